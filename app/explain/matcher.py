"""Which kind a question is of, and in which language it is put: read off what was learnt from the examples.

There is no order in which patterns are tried, so a new kind needs examples and nothing else; `app.explain.learning`
learns them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import BadConfig
from app.explain.concepts import BEGINS, WHOLE, find_concepts
from app.explain.features import count_features, is_slot, speak_slots, weigh_features
from app.explain.kind import LANGUAGES, UNKNOWN_KIND
from app.explain.plain_text import Speller, list_words
from app.explain.taught import LEARNT, LEARNT_ABROAD
from app.ports.knowledge import Places

SHARPNESS: Final = 3.0
"""How much a lead in likeness counts as a share of belief."""
MEANT: Final = {"en": 1.0}
"""By language, so much what a question means counts beside its words, where a model of meaning is installed. It was
taught English: of French left out it takes three right answers in a hundred, of German and Spanish it adds none.
"""
MEANT_ABROAD: Final = dict.fromkeys(LANGUAGES, 1.0)
"""The same for a model of many languages, which adds to each."""
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


@dataclass(frozen=True)
class Meant:
    """What the place of a question tells of each kind; where it lies is counted from the middle of all questions."""

    weights: Numbers
    offset: Numbers
    middle: Numbers | None
    counts: Mapping[str, float]

    @classmethod
    def read(cls, learnt: Mapping[str, Numbers], counts: Mapping[str, float]) -> "Meant | None":
        """As it was learnt; None where it was not."""
        if "meant" not in learnt:
            return None
        weights = learnt["meant"].astype(np.float32)
        return cls(weights, learnt["meant_offset"], learnt.get("middle"), counts)

    def tell(self, place: Sequence[float]) -> Numbers | None:
        """What it tells of one place; None of one that another model gave."""
        placed = np.array(place, dtype=np.float32)
        if len(placed) != len(self.weights):
            return None
        if self.middle is not None:
            placed -= self.middle
            placed /= np.linalg.norm(placed) or 1.0
        told: Numbers = placed @ self.weights + self.offset
        return told


class PlacedTogether:
    """The meanings of some texts, asked for in one call; of any other text as it comes."""

    def __init__(self, texts: Sequence[str], meaning: Places) -> None:
        self._meaning = meaning
        self.multilingual = meaning.multilingual
        self._placed = dict(zip(texts, meaning.place(texts), strict=True)) if texts else {}

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text where it stands."""
        return [self._placed[one] if one in self._placed else self._meaning.place([one])[0] for one in texts]


class Matcher:
    """What was learnt, ready to be asked."""

    def __init__(self, learnt: dict[str, Numbers], abroad: dict[str, Numbers] | None = None) -> None:
        self.kinds = [str(one) for one in learnt["kinds"]]
        self._weights = learnt["weights"]
        self._scale, self._offset = learnt["scale"], learnt["offset"]
        self._meant = Meant.read(learnt, MEANT)
        of_these = abroad is not None and [str(one) for one in abroad["kinds"]] == self.kinds
        self._meant_abroad = Meant.read(abroad, MEANT_ABROAD) if abroad and of_these else None
        self._rarity = learnt["rarity"].astype(np.float64).tolist()
        counts = {str(word): int(count) for word, count in zip(learnt["words"], learnt["counts"], strict=True)}
        self.speller = Speller({word: 1 for word in (*WHOLE, *BEGINS) if len(word) > 3} | counts)

    def compare(self, text: str, meaning: Places | None = None) -> Likeness:
        """How much a question, its names masked, is like each kind and language: by its words, and by what it means."""
        written = list_words(text)
        words = [self.speller.correct(word) for word in written]
        if not words:
            return Likeness(((UNKNOWN_KIND, 1.0), (UNKNOWN_KIND, 0.0)), tuple((code, 0.0) for code in LANGUAGES))
        placed = weigh_features(count_features(words), self._rarity)
        rows = self._weights[list(placed)].astype(np.float32)
        told = np.array(list(placed.values()), dtype=np.float32) @ rows * self._scale + self._offset
        ends = len(self.kinds) + len(LANGUAGES)
        spoken = zip(LANGUAGES, told[len(self.kinds) : ends].tolist(), strict=True)
        languages = tuple(sorted(spoken, key=lambda one: -one[1]))
        by_words = np.concatenate([told[: len(self.kinds)], told[ends:]])
        *by_kind, ours = self._add_meaning(by_words, text, languages[0][0], meaning)
        shares = _share_out(np.array(by_kind))
        kinds = sorted(zip(self.kinds, shares, strict=True), key=lambda one: (-one[1], one[0]))
        strange = sum(not is_slot(one) and one not in self.speller.known and not find_concepts(one) for one in words)
        odd = strange + sum(one != other for one, other in zip(written, words, strict=True))
        return Likeness(tuple(kinds), languages, strange / len(words), odd / len(words), float(ours))

    def place_together(self, texts: Sequence[str], meaning: Places | None) -> Places | None:
        """A model of meaning that was asked once for all of these, as far as they are in a language it counts for."""
        meant = self._learnt_of(meaning)
        if meaning is None or meant is None:
            return None
        counted = [one for one in dict.fromkeys(texts) if self.compare(one).languages[0][0] in meant.counts]
        return PlacedTogether([speak_slots(one) for one in counted], meaning)

    def _learnt_of(self, meaning: Places | None) -> Meant | None:
        if meaning is None:
            return None
        return self._meant_abroad if meaning.multilingual else self._meant

    def _add_meaning(self, told: Numbers, text: str, language: str, meaning: Places | None) -> Numbers:
        """What the words tell of each kind, and last of whether it is for us, and what the meaning does, as much as
        either counts; a model that was taught the kinds alone leaves the last as it is.
        """
        meant = self._learnt_of(meaning)
        counts = meant.counts.get(language, 0.0) if meant else 0.0
        if meaning is None or meant is None or not counts:
            return told
        by_meaning = meant.tell(meaning.place([speak_slots(text)])[0])
        if by_meaning is None:
            return told
        both = told.copy()
        both[: len(by_meaning)] = (told[: len(by_meaning)] + counts * by_meaning) / (1 + counts)
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
    with np.load(LEARNT, allow_pickle=False) as found, np.load(LEARNT_ABROAD, allow_pickle=False) as abroad:
        return Matcher(dict(found), dict(abroad))
