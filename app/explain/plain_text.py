"""A question as the matcher sees it: small letters without accents, words, and what was written wrongly put right."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_CHARACTERS = 2_000
_WORD = re.compile(r"x[a-z]+x|[a-z]+(?:_[a-z]+)+|[a-z]+|[0-9]+")
_ELIDED = re.compile(r"\b(qu|[cdjlmnst])['’]|(?<=[a-z])['’]")
LEAST_LETTERS: Final = 3
"""A shorter word may be a slip for anything."""
SHORT_FORMS: Final = {
    "u": "you",
    "ya": "you",
    "ur": "your",
    "r": "are",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "ty": "thanks",
    "smth": "something",
    "sth": "something",
    "bc": "because",
    "cuz": "because",
    "coz": "because",
    "rn": "now",
    "tho": "though",
    "wat": "what",
    "wut": "what",
    "gonna": "going",
    "gotta": "must",
    "b4": "before",
    "dunno": "know",
    "tldr": "summary",
    "wtf": "what",
    "eta": "when",
    "mins": "minutes",
    "ppl": "people",
    "pk": "pourquoi",
    "pq": "pourquoi",
    "qd": "quand",
    "qqn": "quelqu",
    "qqch": "quelque",
    "stp": "plait",
    "svp": "plait",
    "tt": "tout",
    "ds": "dans",
    "xq": "porque",
    "q": "que",
    "k": "que",
    "tb": "tambien",
    "xfa": "favor",
    "porfa": "favor",
    "nix": "nichts",
    "wg": "wegen",
    "evtl": "vielleicht",
    "bzw": "oder",
}
"""How words are written in haste, in every language."""


def plain_form(text: str) -> str:
    """Small letters, no accents, one space; apostrophes part French words and join English ones."""
    parted = unicodedata.normalize("NFKD", text[:MOST_CHARACTERS]).casefold().replace("’", "'")
    return " ".join("".join(mark for mark in parted if not unicodedata.combining(mark)).split())


def list_words(text: str) -> list[str]:
    """The words of a text in its plain form."""
    parted = _ELIDED.sub(lambda found: f"{found[1]} " if found[1] else "", plain_form(text))
    return _WORD.findall(parted)


def count_edits(one: str, other: str, most: int) -> int:
    """How many letters were changed, left out, added or swapped with their neighbour; `most` + 1 when it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return last[-1]


def _drop_vowels(word: str) -> str:
    """What is left of a word that was typed in haste."""
    return "".join(letter for letter in word if letter not in "aeiouy")


class Speller:
    """Puts a word right that is not known, where one that is known is near; frequent words first, and those that were
    never asked with (counted 0) last. Who slips twice in a word still begins it rightly.
    """

    def __init__(self, known: Mapping[str, int]) -> None:
        self.known = known
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(known):
            self._by_length.setdefault(len(word), []).append(word)
        self._letters = {length: _count_letters(words) for length, words in self._by_length.items()}
        self.correct = lru_cache(maxsize=2_000)(self._correct)

    def _correct(self, word: str) -> str:
        if word in self.known or not word.isalpha():
            return word
        if word in SHORT_FORMS or len(word) < LEAST_LETTERS:
            return SHORT_FORMS.get(word, word)
        most, bones = 1 if len(word) < 7 else 2, _drop_vowels(word)
        best, least = word, (most + 1, 0, 0, 0, 0, "")
        for one in self._list_near(word, most):
            edits = count_edits(word, one, most)
            vowels = int(_drop_vowels(one) != bones)
            begins_so = one[:1] == word[:1]
            rank = (edits, int(not begins_so), int(not self.known[one]), vowels, -self.known[one], one)
            if edits <= (most if begins_so else 1) and rank < least:
                best, least = one, rank
        return best

    def _list_near(self, word: str, most: int) -> Iterator[str]:
        """The words that are made of nearly the same letters: only these are worth comparing letter by letter."""
        (mine,) = _count_letters([word])
        for length in range(len(word) - most, len(word) + most + 1):
            if length in self._letters:
                differ = np.abs(self._letters[length] - mine).sum(axis=1, dtype=np.int16)
                yield from (self._by_length[length][place] for place in np.flatnonzero(differ <= 2 * most))


def _count_letters(words: Sequence[str]) -> NDArray[np.int8]:
    """How often each letter stands in each word."""
    counts = np.zeros((len(words), 26), dtype=np.int8)
    for row, word in enumerate(words):
        for letter in word:
            if "a" <= letter <= "z":
                counts[row, ord(letter) - ord("a")] += 1
    return counts
