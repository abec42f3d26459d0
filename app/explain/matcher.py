"""Which kind a question is of, and in which language it is put: learnt from the examples of the kinds and nothing else.

Words, pairs of words, what words mean, and runs of letters are counted, weighted by how rare they are among the
examples, and a ridge regression tells from them how much a question is like each kind. There is no order in which
patterns are tried, so a new kind needs examples and nothing else.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import fmean
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from app.explain.concepts import BEGINS, WHOLE, find_concepts
from app.explain.kind import LANGUAGES
from app.explain.kinds_list import list_kinds
from app.explain.off_topic import OFF_TOPIC
from app.explain.plain_text import Speller, list_words
from app.ports.knowledge import Meaning

WIDTH: Final = 4_096
RIDGE: Final = 0.6
UNKNOWN_KIND: Final = "unknown"
MEANING: Final = 0.8
"""So much what an English question means counts beside its words, where a model of meaning is installed."""
NEAREST: Final = 2
RARE: Final = 0.3
WEIGHTS: Final = {"w": 1.0, "p": 0.5, "c": 1.5, "q": 1.5, "g": 0.5}
"""Words, pairs of words, meanings, pairs of meanings, runs of letters: as they told most about examples left out."""
Numbers = NDArray[Any]


def mask_slots(text: str) -> str:
    """An example with its slots as words of their own, such as xmerchantx."""
    for name in ("merchant", "incident", "action", "tool", "cause", "wave", "time"):
        text = text.replace("{" + name + "}", f"x{name}x")
    return text


def speak_slots(text: str) -> str:
    """A question or an example in words that a model knows, whatever it names."""
    return re.sub(r"\{(\w+)\}|\bx([a-z]+)x\b", lambda found: f"the {found[1] or found[2]}", text)


def count_features(words: list[str]) -> Counter[str]:
    """What a question is made of."""
    found: Counter[str] = Counter()
    framed = ["<", *words, ">"]
    found.update(f"w:{word}" for word in words)
    found.update(f"p:{one} {two}" for one, two in pairwise(framed))
    meant = sorted({concept for word in words for concept in find_concepts(word)})
    meant += sorted({word for word in words if word.startswith("x") and word.endswith("x") and len(word) > 4})
    found.update(f"c:{one}" for one in meant)
    found.update(f"q:{one}+{two}" for place, one in enumerate(meant) for two in meant[place + 1 :])
    for word in words:
        spaced = f" {word} "
        found.update(f"g:{spaced[at : at + size]}" for size in (3, 4) for at in range(len(spaced) - size + 1))
    return found


@dataclass(frozen=True)
class Likeness:
    """How much a question is like each kind, the most first, and like each language."""

    kinds: tuple[tuple[str, float], ...]
    languages: tuple[tuple[str, float], ...]
    strange: float = 0.0
    """Which share of its words stands in no example."""

    @property
    def best(self) -> tuple[str, float]:
        """The kind it is most like."""
        return self.kinds[0]


class Matcher:
    """Learnt once from the examples."""

    def __init__(self) -> None:
        rows = [
            (kind.id, language, list_words(mask_slots(text)))
            for kind in list_kinds().values()
            for language, texts in kind.examples.items()
            for text in texts
        ]
        rows += [(UNKNOWN_KIND, code, list_words(text)) for code, texts in OFF_TOPIC.items() for text in texts]
        self.speller = Speller(_count_words(row[2] for row in rows))
        counted = [count_features(words) for _, _, words in rows]
        spread = Counter(name for one in counted for name in one)
        self._rarity = {name: (math.log((1 + len(rows)) / (1 + count)) + 1) ** RARE for name, count in spread.items()}
        self._unseen = (math.log(1 + len(rows)) + 1) ** RARE
        self.kinds = [*list_kinds(), UNKNOWN_KIND]
        self.meant = [(kind.id, speak_slots(text)) for kind in list_kinds().values() for text in kind.examples["en"]]
        self.meant += [(UNKNOWN_KIND, text) for text in OFF_TOPIC["en"]]
        matrix = np.stack([self._place(one) for one in counted])
        aims = np.zeros((len(rows), len(self.kinds) + len(LANGUAGES)), dtype=np.float32)
        for number, (kind, language, _) in enumerate(rows):
            aims[number, self.kinds.index(kind)] = 1
            aims[number, len(self.kinds) + LANGUAGES.index(language)] = 1
        likeness = matrix @ matrix.T + RIDGE * np.eye(len(rows), dtype=np.float32)
        self._weights: Numbers = matrix.T @ np.linalg.solve(likeness, aims)

    def _place(self, counted: Counter[str]) -> Numbers:
        """A direction in which questions made of the same lie near each other."""
        place = np.zeros(WIDTH, dtype=np.float32)
        for name, count in counted.items():
            weight = WEIGHTS[name[0]] * self._rarity.get(name, self._unseen) * (1 + math.log(count))
            code = crc32(name.encode())
            place[code % WIDTH] += weight if code & 0x10000 else -weight
        length = float(np.linalg.norm(place))
        return place / length if length else place

    def compare(self, text: str, meaning: Meaning | None = None) -> Likeness:
        """How much a question, its names masked, is like each kind and language: by its words, and an English one by
        what it means, too.
        """
        words = [self.speller.correct(word) for word in list_words(text)]
        if not words:
            return Likeness(((UNKNOWN_KIND, 1.0), (UNKNOWN_KIND, 0.0)), tuple((code, 0.0) for code in LANGUAGES))
        told = self._place(count_features(words)) @ self._weights
        languages = sorted(zip(LANGUAGES, told[len(self.kinds) :].tolist(), strict=True), key=lambda one: -one[1])
        meant = self._nearness(text, meaning) if meaning and languages[0][0] == "en" else {}
        shares = [(kind, share + meant.get(kind, 0.0)) for kind, share in zip(self.kinds, told.tolist(), strict=False)]
        kinds = sorted(shares, key=lambda one: (-one[1], one[0]))
        strange = sum(word not in self.speller.known and not find_concepts(word) for word in words) / len(words)
        return Likeness(tuple(kinds), tuple(languages), strange)

    def list_meant(self) -> list[str]:
        """The sentences that questions are compared with by what they mean."""
        return [text for _, text in self.meant]

    def _nearness(self, text: str, meaning: Meaning) -> dict[str, float]:
        """How much nearer a question is to the examples of each kind, in what it means, than to those of all."""
        (row,) = meaning.compare([speak_slots(text)], self.list_meant())
        near: dict[str, list[float]] = {}
        for (kind, _), likeness in zip(self.meant, row, strict=True):
            near.setdefault(kind, []).append(likeness)
        best = {kind: fmean(sorted(found)[-NEAREST:]) for kind, found in near.items()}
        usual = fmean(best.values())
        return {kind: MEANING * (share - usual) for kind, share in best.items()}


def _count_words(rows: Any) -> Counter[str]:
    known: Counter[str] = Counter(word for words in rows for word in words)
    known.update(word for word in (*WHOLE, *BEGINS) if len(word) > 3)
    return known


@cache
def learn_matcher() -> Matcher:
    """The matcher of this process; learning it takes a moment the first time."""
    return Matcher()
