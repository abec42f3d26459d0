"""How near messages come to sentences by the words they share, where no model of meaning is installed; and beside the
model, since a name that both say is no accident.

Words are cut to their beginnings, so that endings and inflections do not matter, and the rarer one is among the
sentences the more it counts.
"""

import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy

from app.ports.knowledge import Meaning, Nearness
from rag.sentence_groups import one_after_other

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEGINNING = 5
"""So many letters of a word count."""
SHARE_OF_WORDS = 0.5
"""What likeness in words adds to likeness in meaning."""
LISTS_KEPT = 32
_WORD = re.compile(r"[^\W_]+")


def _count_words(text: str) -> Counter[str]:
    plain = text.casefold()
    if not plain.isascii():
        parted = unicodedata.normalize("NFKD", plain)
        plain = "".join(mark for mark in parted if not unicodedata.combining(mark))
    return Counter(word[:BEGINNING] for word in _WORD.findall(plain))


class _Sentences:
    """A list of sentences, by the words that stand in them."""

    def __init__(self, sentences: Sequence[str]) -> None:
        counted = [_count_words(one) for one in sentences]
        self._size = len(sentences)
        self._spread = Counter(word for words in counted for word in words)
        places: dict[str, list[int]] = {word: [] for word in self._spread}
        shares: dict[str, list[float]] = {word: [] for word in self._spread}
        for place, words in enumerate(counted):
            for word, share in self._direction_of(words).items():
                places[word].append(place)
                shares[word].append(share)
        self._held = {word: (numpy.array(places[word]), numpy.array(shares[word])) for word in places}

    def _direction_of(self, words: Counter[str]) -> dict[str, float]:
        """What each word counts, of length 1 in all."""
        weights = {word: (1 + math.log(often)) * self._rarity_of(word) for word, often in sorted(words.items())}
        length = math.sqrt(math.fsum(one * one for one in weights.values()))
        return {word: one / length for word, one in weights.items()}

    def _rarity_of(self, word: str) -> float:
        return 1 + math.log((1 + self._size) / (1 + self._spread[word]))

    def compare(self, text: str) -> "NDArray[numpy.float64]":
        """How alike each sentence is, from 0 to 1."""
        alike = numpy.zeros(self._size)
        for word, share in self._direction_of(_count_words(text)).items():
            if word in self._held:
                places, shares = self._held[word]
                alike[places] += share * shares
        return alike


class WordNearness:
    """Compares by shared words; each list of sentences is cut into words once."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, ...], _Sentences] = {}
        self._lock = threading.Lock()

    def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each text how near it comes to the nearest sentence of each group; to an empty one not at all."""
        held = self._held(one_after_other(groups))
        ends = numpy.cumsum([len(group) for group in groups])
        rows = [held.compare(text) for text in texts]
        return [
            [float(row[end - len(group) : end].max(initial=0.0)) for group, end in zip(groups, ends, strict=True)]
            for row in rows
        ]

    def _held(self, sentences: tuple[str, ...]) -> _Sentences:
        with self._lock:
            if sentences not in self._lists:
                self._lists[sentences] = _Sentences(sentences)
                while len(self._lists) > LISTS_KEPT:
                    del self._lists[next(iter(self._lists))]
            return self._lists[sentences]


class MeaningAndWords:
    """Compares by what is meant, and by the words that say it."""

    def __init__(self, meaning: Meaning, words: Nearness) -> None:
        self._meaning, self._words = meaning, words

    def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each text how near it comes to each group, by the nearest in meaning and the nearest in words."""
        by_meaning, by_words = self._meaning.nearness(texts, groups), self._words.nearness(texts, groups)
        return [
            [meant + SHARE_OF_WORDS * said for meant, said in zip(*both, strict=True)]
            for both in zip(by_meaning, by_words, strict=True)
        ]


_WORDS = WordNearness()


def nearness_with(meaning: Meaning | None) -> Nearness:
    """What messages are compared with sentences by: words, and their meaning where a model can tell it."""
    return MeaningAndWords(meaning, _WORDS) if meaning else _WORDS
