"""Puts what was written in haste right: each word that nobody ever asked with is read as those that are near to it,
alone or as several that were run together, and the words around it decide which is meant, in each language by itself.
Numbers and masks of names stay as they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from app.explain.concepts import find_concepts
from app.explain.plain_text import SHORT_FORMS

LEAST_LETTERS: Final = 3
"""A shorter word may be a slip for anything."""
MOST_LETTERS: Final = 30
"""A longer word is none that anybody meant."""
MOST_WORDS: Final = 30
"""So many words of a question are put right; who writes more says enough."""
MOST_READINGS: Final = 10
"""So many words that one may have been meant for are weighed."""
DEAR: Final = 1.6
"""How much a slip counts beside how usual the words are."""
UNREAD: Final = 5.5
"""What it costs to leave a word that nobody ever asked with as it is."""
MEANT_SO: Final = 2.5
"""Less, where it begins like a word that we know the meaning of."""
SPLIT: Final = 0.8
"""What it costs to read one word as two."""
ONE_SLIP: Final = 1.0
"""How dear a slip in one of two words that were run together may be."""
VOWELS_LEFT_OUT: Final = 1.2
"""What it costs to read a word that has no vowels as one that has."""
OTHER_LANGUAGE: Final = 0.08
"""How usual a word of another language is."""
NEVER_USED: Final = 11.0
"""How little a word is used that nobody ever asked with."""
PAIRED: Final = 2.2
"""What is gained where a word often follows the one before it."""
KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
ALIKE: Final = "ck cs sz bv iy kq fv ei ae ou gj uo td mn zy dt"  # as they sound, or as keyboards have them
VOWELS: Final = frozenset("aeiouy")
NEAR, FAR, FAR_AT_FIRST, SWAP = 0.7, 1.1, 1.4, 0.7
"""What it costs to hit a key beside the one that was meant, any other, any other at the beginning, and two in turn."""
Numbers = NDArray[Any]


@dataclass(frozen=True)
class WordMeant:
    """What a written word may have been meant for, and how dear the slip is."""

    words: tuple[str, ...]
    cost: float


class Speller:
    """Knows which words are asked with in each language and which follow each other."""

    def __init__(self, known: Sequence[str], counts: Numbers, pairs: Numbers, meanings: Sequence[str]) -> None:
        """`counts` says by word and language how often it was asked with; `pairs` are the marks of two that were; of
        `meanings` it is known what they stand for, though nobody asked with them.
        """
        self.known = dict(zip(known, counts.astype(np.float64), strict=True))
        self.known |= {word: np.zeros(counts.shape[1]) for word in meanings if word not in self.known}
        self._written = frozenset(known)
        self._pairs = frozenset(pairs.tolist())
        sums = counts.sum(axis=0) + 1.0
        self._usual = {word: _weigh_usual(row, sums) for word, row in self.known.items()}
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self.known):
            self._by_length.setdefault(len(word), []).append(word)
        self._bare: dict[str, list[str]] = {}
        for word in sorted(self.known):
            self._bare.setdefault(word[:1] + _drop_vowels(word[1:]), []).append(word)
        self._letters = {length: _count_letters(words) for length, words in self._by_length.items()}
        self.list_readings = lru_cache(maxsize=4_000)(self._list_readings)

    def correct(self, words: Sequence[str]) -> tuple[list[str], float]:
        """The words as they were meant, and how dear all slips were."""
        told = self.read_words(words)
        return [word for one in told for word in one.words], sum(one.cost for one in told)

    def read_words(self, words: Sequence[str]) -> list[WordMeant]:
        """What each of the words was meant for."""
        choices = [self.list_readings(word) for word in words[:MOST_WORDS]]
        if all(len(one) == 1 for one in choices):
            told = [one[0] for one in choices]
        else:
            languages = range(next(iter(self._usual.values())).shape[0])
            told = min((self._choose(choices, code) for code in languages), key=lambda one: one[0])[1]
        return [*told, *(WordMeant((word,), 0.0) for word in words[MOST_WORDS:])]

    def knows(self, word: str) -> bool:
        """Whether it is a word that people ask with, or one that we know the meaning of."""
        return word in self.known or bool(find_concepts(word))

    def _choose(self, choices: Sequence[tuple[WordMeant, ...]], language: int) -> tuple[float, list[WordMeant]]:
        """The cheapest reading of all words together in a language."""
        paths: list[tuple[float, list[WordMeant]]] = [(0.0, [])]
        for readings in choices:
            lasts = [(cost, path, path[-1].words[-1] if path else "<") for cost, path in paths]
            paths = []
            for one in readings:
                own = self._weigh(one, language)
                cost, path = min(
                    ((cost + self._gain(last, one.words[0]), path) for cost, path, last in lasts), key=_first
                )
                paths.append((cost + own, [*path, one]))
        return min(paths, key=_first)

    def _weigh(self, one: WordMeant, language: int) -> float:
        usual = sum(self._usual[word][language] if word in self._usual else NEVER_USED for word in one.words)
        return DEAR * one.cost + usual + sum(self._gain(*both) for both in pairwise(one.words))

    def _gain(self, before: str, word: str) -> float:
        return -PAIRED if mark_pair(before, word) in self._pairs else 0.0

    def _list_readings(self, word: str) -> tuple[WordMeant, ...]:
        """What a word may have been meant for: itself where somebody asked with it."""
        itself = WordMeant((word,), 0.0)
        if not word.isalpha() or (word.startswith("x") and word.endswith("x") and len(word) > 4):
            return (itself,)
        if word in self._written and (len(word) > LEAST_LETTERS or self.known[word].sum() > 0):
            return (itself,)
        if word in SHORT_FORMS and word not in self.known:
            return (WordMeant((SHORT_FORMS[word],), 0.0),)
        if not LEAST_LETTERS <= len(word) <= MOST_LETTERS:
            return (itself,)
        left = 0.0 if word in self.known else MEANT_SO if find_concepts(word) else UNREAD
        found = [WordMeant((word,), left / DEAR), *self._list_near(word), *self._list_splits(word)]
        return tuple(sorted(found, key=lambda one: (one.cost, one.words))[:MOST_READINGS])

    def _list_near(self, word: str, at_most: float = 9.0) -> list[WordMeant]:
        """The words that it may be a slip for."""
        most = min(at_most, most_slips(len(word)))
        (mine,) = _count_letters([word])
        found: list[WordMeant] = []
        reach = math.ceil(most / 0.5)
        for length in range(len(word) - 3, len(word) + 4):
            if length in self._letters and length >= 2:
                differ = np.abs(self._letters[length] - mine).sum(axis=1, dtype=np.int16)
                for place in np.flatnonzero(differ <= reach):
                    one = self._by_length[length][place]
                    cost = weigh_slips(word, one, most)
                    if one != word and cost <= most:
                        found.append(WordMeant((one,), cost))
        bare = word[:1] + _drop_vowels(word[1:])
        if bare == word:
            found += [WordMeant((one,), VOWELS_LEFT_OUT) for one in self._bare.get(bare, ()) if one != word]
        return sorted(found, key=lambda one: one.cost)[:MOST_READINGS]

    def _list_splits(self, word: str, most: int = 3) -> list[WordMeant]:
        """The words that were run together, one of which may have a slip in it."""
        found: list[WordMeant] = []
        for place in range(1, len(word)):
            one, other = word[:place], word[place:]
            if self._is_asked_with(one):
                found += [WordMeant((one, *rest.words), SPLIT + rest.cost) for rest in self._list_rests(other, most)]
            elif self._is_asked_with(other) and len(other) > 1:
                near = self._list_near(one, ONE_SLIP)[:2] if len(one) > LEAST_LETTERS else []
                found += [WordMeant((*rest.words, other), SPLIT + rest.cost) for rest in near]
        return found

    def _list_rests(self, word: str, most: int) -> list[WordMeant]:
        """What the rest of words that were run together may be."""
        if self._is_asked_with(word):
            return [WordMeant((word,), 0.0)]
        more = self._list_splits(word, most - 1) if most > 2 and len(word) > LEAST_LETTERS else []
        near = self._list_near(word, ONE_SLIP)[:2] if len(word) > LEAST_LETTERS else []
        return sorted([*near, *more], key=lambda one: one.cost)[:3]

    def _is_asked_with(self, word: str) -> bool:
        return word in self.known and self.known[word].sum() > (0 if len(word) > 2 else 20)


def _first(one: tuple[float, Any]) -> float:
    return one[0]


def mark_pair(one: str, other: str) -> int:
    """The number that stands for two words, one after the other."""
    return crc32(f"{one} {other}".encode())


def _weigh_usual(row: Numbers, sums: Numbers) -> Numbers:
    """By language, how little a word is asked with there; in another one it is asked with a little, too."""
    own = (row + 0.05) / sums
    every = (row.sum() + 0.2) / sums.sum()
    weighed: Numbers = -np.log((1 - OTHER_LANGUAGE) * own + OTHER_LANGUAGE * every)
    return weighed


def most_slips(letters: int) -> float:
    """How dear the slips in a word of so many letters may be, together."""
    return 1.0 if letters < 4 else 1.3 if letters < 6 else 1.9 if letters < 8 else 2.5


def weigh_slips(written: str, meant: str, most: float) -> float:
    """How unlikely it is to write one word for another: letters left out, added, swapped, hit beside the key, or put as
    they sound. `most` + 1 where it is more than that.
    """
    missing = [_weigh_missing(letter, before) for letter, before in zip(meant, " " + meant, strict=False)]
    above, over = [0.0, *accumulate(missing)], list[float]()
    for row, letter in enumerate(written):
        added = _weigh_added(letter, written[row - 1] if row else " ")
        near, before = BESIDE.get(letter, ""), written[row - 1] if row else ""
        line = [above[0] + added]
        for column, against in enumerate(meant):
            cost = above[column]
            if letter != against:
                cost += NEAR if against in near else FAR if column else FAR_AT_FIRST
                if over and column and letter == meant[column - 1] and before == against:
                    cost = min(cost, over[column - 1] + SWAP)
            line.append(min(cost, above[column + 1] + added, line[column] + missing[column]))
        if min(line) > most:
            return most + 1
        above, over = line, above
    return above[-1]


def _weigh_missing(letter: str, before: str) -> float:
    return 0.4 if letter == before else 0.6 if letter in VOWELS else 1.2 if before == " " else 0.9


def _weigh_added(letter: str, before: str) -> float:
    return 0.4 if letter == before else 1.0


def _list_beside() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for number, keys in enumerate(KEYS):
        for place, key in enumerate(keys):
            near = {keys[at] for at in (place - 1, place + 1) if 0 <= at < len(keys)}
            near |= {
                other[at]
                for other in KEYS[max(0, number - 1) : number + 2]
                if other is not keys
                for at in (place - 1, place, place + 1)
                if 0 <= at < len(other)
            }
            found[key] = near
    for one, other in ((pair[0], pair[1]) for pair in ALIKE.split()):
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {key: "".join(sorted(near)) for key, near in found.items()}


BESIDE: Final = _list_beside()


def _drop_vowels(word: str) -> str:
    """What is left of a word of which only the consonants were typed."""
    return "".join(letter for letter in word if letter not in VOWELS)


def _count_letters(words: Sequence[str]) -> NDArray[np.int8]:
    """How often each letter stands in each word."""
    counts = np.zeros((len(words), 26), dtype=np.int8)
    for row, word in enumerate(words):
        for letter in word:
            if "a" <= letter <= "z":
                counts[row, ord(letter) - ord("a")] += 1
    return counts
