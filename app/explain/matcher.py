"""Which kind a question is of, and in which language it is put: read off what was learnt from the examples.

There is no order in which patterns are tried, so a new kind needs examples and nothing else; `app.explain.learning`
learns them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import BadConfig
from app.explain.concepts import BEGINS, WHOLE
from app.explain.features import count_features, is_slot, speak_slots, weigh_features
from app.explain.kind import LANGUAGES, UNKNOWN_KIND
from app.explain.plain_text import NUMBER_WORDS, list_words
from app.explain.spelling import Speller
from app.explain.taught import LEARNT
from app.ports.knowledge import Places

SHARPNESS: Final = 3.0
"""How much a lead in likeness counts as a share of belief."""
MEANT: Final = {"en": 1.0}
"""By language, so much what a question means counts beside its words, where a model of meaning is installed. It was
taught English: of French left out it takes three right answers in a hundred, of German and Spanish it adds none.
"""
REMEMBERED: Final = 500
"""So many texts are not read again: parts of one message are compared several times."""
SLIP: Final = 0.5
"""How odd a slip is beside a word that nobody asks with."""
Numbers = NDArray[Any]


@dataclass(frozen=True)
class Likeness:
    """How much a question is like each kind as shares of one, the most first, and how much like each language."""

    kinds: tuple[tuple[str, float], ...]
    languages: tuple[tuple[str, float], ...]
    strange: float = 0.0
    """Which share of its words stands in no example."""
    odd: float = 0.0
    """Which share of its words stands in no example as it was written."""
    ours: float = 1.0
    """How much it is like a question for us at all: below nothing, where it is more like one that is none of ours."""

    @property
    def best(self) -> tuple[str, float]:
        """The kind it is most like."""
        return self.kinds[0]


class PlacedTogether:
    """The meanings of some texts, asked for in one call; of any other text as it comes."""

    def __init__(self, texts: Sequence[str], meaning: Places) -> None:
        self._meaning = meaning
        self._placed = dict(zip(texts, meaning.place(texts), strict=True)) if texts else {}

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text where it stands."""
        return [self._placed[one] if one in self._placed else self._meaning.place([one])[0] for one in texts]


class Matcher:
    """What was learnt, ready to be asked."""

    def __init__(self, learnt: dict[str, Numbers]) -> None:
        self.kinds = [str(one) for one in learnt["kinds"]]
        self._weights = learnt["weights"]
        self._scale, self._offset = learnt["scale"], learnt["offset"]
        self._meant, self._meant_offset = learnt.get("meant"), learnt.get("meant_offset")
        self._rarity = learnt["rarity"].astype(np.float64).tolist()
        meanings = [word for word in (*WHOLE, *BEGINS, *NUMBER_WORDS) if len(word) > 3]
        self.speller = Speller([str(one) for one in learnt["words"]], learnt["counts"], learnt["pairs"], meanings)
        self._compare_words = lru_cache(maxsize=REMEMBERED)(self._read_words)

    def compare(self, text: str, meaning: Places | None = None) -> Likeness:
        """How much a question, its names masked, is like each kind and language: by its words, and by what it means."""
        by_words, languages, strange, odd = self._compare_words(text)
        if not languages:
            return Likeness(((UNKNOWN_KIND, 1.0), (UNKNOWN_KIND, 0.0)), tuple((code, 0.0) for code in LANGUAGES))
        *by_kind, ours = self._add_meaning(by_words, text, languages[0][0], meaning)
        shares = _share_out(np.array(by_kind))
        kinds = sorted(zip(self.kinds, shares, strict=True), key=lambda one: (-one[1], one[0]))
        return Likeness(tuple(kinds), languages, strange, odd, float(ours))

    def _read_words(self, text: str) -> tuple[Numbers, tuple[tuple[str, float], ...], float, float]:
        """What the words of a question tell of each kind and language, and which share of them is strange, and odd."""
        words, slips = self.speller.correct(list_words(text))
        if not words:
            return np.zeros(0), (), 0.0, 0.0
        placed = weigh_features(count_features(words), self._rarity)
        rows = self._weights[list(placed)].astype(np.float32)
        told = np.array(list(placed.values()), dtype=np.float32) @ rows * self._scale + self._offset
        ends = len(self.kinds) + len(LANGUAGES)
        spoken = zip(LANGUAGES, told[len(self.kinds) : ends].tolist(), strict=True)
        languages = tuple(sorted(spoken, key=lambda one: -one[1]))
        by_words = np.concatenate([told[: len(self.kinds)], told[ends:]])
        strange = sum(not is_slot(one) and not self.speller.knows(one) for one in words)
        odd = min(len(words), strange + SLIP * slips)
        return by_words, languages, strange / len(words), odd / len(words)

    def place_together(self, texts: Sequence[str], meaning: Places | None) -> Places | None:
        """A model of meaning that was asked once for all of these, as far as they are in a language it counts for."""
        if meaning is None or self._meant is None:
            return None
        counted = [one for one in dict.fromkeys(texts) if self.compare(one).languages[0][0] in MEANT]
        return PlacedTogether([speak_slots(one) for one in counted], meaning)

    def _add_meaning(self, told: Numbers, text: str, language: str, meaning: Places | None) -> Numbers:
        """What the words tell of each kind, and last of whether it is for us, and what the meaning does, as much as
        either counts.
        """
        counts = MEANT.get(language, 0.0)
        if meaning is None or self._meant is None or self._meant_offset is None or not counts:
            return told
        placed = np.array(meaning.place([speak_slots(text)])[0], dtype=np.float32)
        if len(placed) != len(self._meant):
            return told
        meant = placed @ self._meant.astype(np.float32) + self._meant_offset
        both: Numbers = (told + counts * meant) / (1 + counts)
        return both


def _share_out(told: Numbers) -> list[float]:
    weighed = np.exp(SHARPNESS * (told - told.max()))
    shares: list[float] = (weighed / weighed.sum()).tolist()
    return shares


@cache
def load_matcher() -> Matcher:
    """The matcher of this process."""
    if not LEARNT.exists():
        raise BadConfig([f"{LEARNT.name} is missing; write it by `make learn`"])
    with np.load(LEARNT, allow_pickle=False) as found:
        return Matcher(dict(found))
