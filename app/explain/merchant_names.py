"""Which merchants a question names: by their names, in full or by a word that only one of them has, misspelt as people
in haste do.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from app.explain.plain_text import count_edits
from app.explain.spelling import BESIDE, weigh_slips

MOST_MISSPELT: Final = 4_000
"""Among more names than this only a name that is spelt rightly is found: all others would be compared in vain."""
LEAST_LETTERS: Final = 7
"""A shorter name with a slip in it may be any word."""
LEAST_OF_A_WORD: Final = 5
"""A shorter word of a name names nobody by itself."""
SLIPS: Final = 2
"""So many letters of a name may be others ..."""
DEAR_SLIPS: Final = 0.3
"""... and where nobody asks with a word of it, slips that cost so much for each of its letters, ..."""
MOST_SLIPS: Final = 3.6
"""... and never more than this; words that people do ask with have to stand in the name."""
MOST_WORDS: Final = 5
ENDS: Final = "?!.,;:'\"()"


class MerchantNames:
    """What merchants are called, ready to be looked for."""

    def __init__(self, called: Mapping[str, str]) -> None:
        """`called` gives the id of each by what it is called, in plain form."""
        self.called = called
        self.longest = min(max((len(name.split()) for name in called), default=0), MOST_WORDS)
        self._near: dict[str, str | None] = {}

    @cached_property
    def _alike(self) -> dict[tuple[str, int], list[tuple[str, int]]]:
        """Names by first letter and length with their letters: where a misspelt name is looked for."""
        found: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for name in self.called:
            found.setdefault((name[:1], len(name)), []).append((name, _mark_letters(name)))
        return found

    @cached_property
    def _by_word(self) -> dict[str, str]:
        """The words that stand in the name of one merchant only."""
        owners: dict[str, set[str]] = {}
        for name, one in self.called.items():
            for word in name.split():
                owners.setdefault(word, set()).add(one)
        return {word: min(ids) for word, ids in owners.items() if len(ids) == 1 and len(word) >= LEAST_OF_A_WORD}

    def read(self, text: str, is_asked_with: Callable[[str], bool]) -> tuple[tuple[str, ...], str]:
        """The merchants that a plain text names, and the text with a mask in their places. A word that people ask with
        is no misspelt name, and no part of one.
        """
        words = text.split()
        found: dict[str, None] = {}
        for size in range(self.longest, 0, -1):
            start = 0
            while start + size <= len(words):
                window = " ".join(words[start : start + size]).strip(ENDS)
                name = self.called.get(window) or self._find_misspelt(window, is_asked_with)
                if name and not window.startswith("xmerchantx"):
                    found[name] = None
                    words[start : start + size] = [_mask(words[start : start + size])]
                start += 1
        for place, written in enumerate(words):
            name = self._find_by_word(written.strip(ENDS), is_asked_with)
            if name:
                found[name] = None
                words[place] = _mask([written])
        return tuple(found), " ".join(words)

    def _find_by_word(self, word: str, is_asked_with: Callable[[str], bool]) -> str | None:
        name = self._by_word.get(word.removesuffix("'s"))
        return name if name and not is_asked_with(word) else None

    def _find_misspelt(self, window: str, is_asked_with: Callable[[str], bool]) -> str | None:
        """A long name with slips in it; never where two could be meant, and never a number."""
        too_many = len(self.called) > MOST_MISSPELT
        if too_many or len(window) < LEAST_LETTERS or any(mark.isdigit() for mark in window):
            return None
        if window not in self._near:
            asked_with = {word for word in window.split() if is_asked_with(word)}
            self._near[window] = self._look_near(window, asked_with)
        return self._near[window]

    def _look_near(self, window: str, asked_with: set[str]) -> str | None:
        strange = any(len(word) > 2 for word in {*window.split()} - asked_with)
        most = min(DEAR_SLIPS * len(window), MOST_SLIPS) if strange else 0.0
        stay = {word for word in asked_with if len(word) > 3}
        letters = _mark_letters(window)
        costs: dict[str, float] = {}
        for first in (window[:1], *BESIDE.get(window[:1], "")):
            for length in range(len(window) - 3, len(window) + 4):
                for name, own in self._alike.get((first, length), ()):
                    if (letters ^ own).bit_count() <= 2 * MOST_SLIPS and _is_near(window, name, most, stay):
                        one = self.called[name]
                        costs[one] = min(costs.get(one, most + 1), weigh_slips(window, name, most + 1))
        best = sorted(costs, key=lambda one: costs[one])
        clear = len(best) == 1 or (len(best) > 1 and costs[best[1]] - costs[best[0]] >= 1)
        return best[0] if clear else None


def _is_near(window: str, name: str, most: float, stay: set[str]) -> bool:
    near = window[:1] == name[:1] and count_edits(window, name, SLIPS) <= SLIPS
    return near or (most > 0 and stay <= {*name.split()} and weigh_slips(window, name, most) <= most)


def _mask(written: list[str]) -> str:
    """A mask that ends as what it stands for."""
    last = written[-1]
    return "xmerchantx" + last[len(last.rstrip(ENDS)) :]


def _mark_letters(text: str) -> int:
    """Which letters a text has, a bit each: two texts that differ in many have many letters to change."""
    return sum({1 << (ord(letter) - ord("a")) for letter in text if "a" <= letter <= "z"})
