"""Finding by words: terms, BM25, and how much of a question a text covers, forgiving a wrong letter."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy
from numpy.typing import NDArray

from app.process.large_imports import ARITHMETIC, import_once

TOKEN = re.compile(r"[^\W_]+(?:[_.'’-]+[^\W_]+)*", re.UNICODE)
PART = re.compile(r"[^\W_]+", re.UNICODE)
FUZZY_CREDIT = 0.75
SHORT_FUZZY_CREDIT = 0.5
UNKNOWN_WEIGHT = 1.3
TELLING_WORDS = 5
SHORTEST_JOINED = 6
LONG_QUERY_POWER = 0.35
HEADING_REPEATS = 2

_STOP = """
    a about above after again all almost also although always am among an and another any anyone anything are around
    as ask at away back be because been before being below best better between both but by can cannot come comes could
    did do does doing done down during each either else enough even ever every everything few find for from further
    gave get gets getting give gives go goes going gone good got great had happen happened happening happens has have
    having he help her here hers him his how however i if in instead into is it its itself just keep keeps know last
    least less let like likely long look looking lot made make makes making many may maybe me mean means might mine
    more most much must my myself need needed needs never new next no nobody none nor not nothing now of off often ok
    old on once one only onto or other others our ours out over own perhaps please possible put quite rather really
    right said same say says see seem seems seen shall she should show shows since so some someone something soon
    still such sure take taken takes tell than thank thanks that the their theirs them then there these they thing
    things think this those though through thus to together told too took toward two under until up upon us use used
    uses using very via want wanted wants was way we well went were what whatever when where whether which while who
    whole whom whose why will with within without work working works would yes yet you your yours don't doesn't didn't
    isn't aren't wasn't can't won't cant dont doesnt isnt wont im i'm i've we're we've they're it's what's where's
    how's let's
"""
STOP_WORDS = frozenset(_STOP.split())
"""Words that say nothing about what a question is about."""


@lru_cache(maxsize=50_000)
def stem_word(word: str) -> str:
    """A word without its commonest English endings; numbers and short words stay."""
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ingly", "edly", "ing", "ed", "ly"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and any(vowel in base for vowel in "aeiouy"):
            return _repair_base(base)
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _repair_base(base: str) -> str:
    """What is left of a word after its ending: a doubled consonant is halved, a final e dropped, so that all forms
    meet.
    """
    if base[-1] == base[-2] and base[-1] not in "lsz":
        return base[:-1]
    return base[:-1] if len(base) > 4 and base.endswith("e") else base


def written_terms(text: str) -> list[tuple[str, str]]:
    """(as written, stemmed) for the words that carry meaning; an identifier counts by its parts and as a whole."""
    found: list[tuple[str, str]] = []
    for token in TOKEN.findall(text.casefold()):
        parts = PART.findall(token)
        words = [part for part in parts if part not in STOP_WORDS and (len(part) > 1 or part.isdigit())]
        if token in STOP_WORDS or not words:
            continue
        found += [(word, stem_word(word)) for word in words]
        if len(parts) > 1 and len(words) > 1:
            found.append((token, "_".join(parts)))
    return found


def extract_terms(text: str) -> list[str]:
    """The stems of the words that carry meaning."""
    return [stemmed for _, stemmed in written_terms(text)]


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares, in [0, 1], of a query's telling words: in a text with its headings, in the headings alone, in the whole
    document.
    """

    text: float
    headings: float
    document: float


class Lexicon:
    """BM25 and word coverage over a fixed list of texts with headings."""

    def __init__(
        self,
        texts: Sequence[str],
        headings: Sequence[str],
        documents: Sequence[str],
        dictionary: frozenset[str] = frozenset(),
    ) -> None:
        self._documents = documents
        self._dictionary = dictionary
        self._bodies = [Counter(extract_terms(text)) for text in texts]
        self._headings = [Counter(extract_terms(heading)) for heading in headings]
        seen: Counter[str] = Counter()
        for body, heading in zip(self._bodies, self._headings, strict=True):
            seen.update(body.keys() | heading.keys())
        self._frequency = seen
        self._written = _written_words([*texts, *headings])
        self._surfaces = {stem_word(word): word for word, _ in reversed(self._written.most_common())}
        self._vocabularies: dict[str, set[str]] = {}
        for document, body, heading in zip(documents, self._bodies, self._headings, strict=True):
            self._vocabularies.setdefault(document, set()).update(body.keys() | heading.keys())
        self._by_shape: dict[tuple[str, int], list[str]] = {}
        for word in self._written:
            self._by_shape.setdefault((word[0], len(word)), []).append(word)
        self._bm25 = self._indexed()

    def _indexed(self) -> Any:
        """The BM25 index, or None when there is no word to index."""
        if not self._frequency:
            return None
        import_once(*ARITHMETIC)
        import bm25s

        tokens = [
            list(body.elements()) + list(heading.elements()) * HEADING_REPEATS
            for body, heading in zip(self._bodies, self._headings, strict=True)
        ]
        index = bm25s.BM25()
        index.index(tokens, show_progress=False)
        return index

    def weight(self, term: str) -> float:
        """How telling a term is: rare ones more, unknown ones most."""
        count = self._frequency.get(term, 0)
        rarity = math.log(1.0 + (len(self._bodies) - count + 0.5) / (count + 0.5))
        return rarity if count else rarity * UNKNOWN_WEIGHT

    def understood(self, query: str) -> dict[str, tuple[str | None, float]]:
        """Each term of the query with the term of ours it stands for (None: unknown) and the credit for that."""
        asked = written_terms(query)
        found = {term: self._nearest(word, term) for word, term in dict.fromkeys(asked)}
        for first, second in pairwise(PART.findall(query.casefold())):
            one_word = stem_word(first + second)
            if len(one_word) >= SHORTEST_JOINED and one_word in self._frequency:
                found = {
                    term: match for term, match in found.items() if term not in {stem_word(first), stem_word(second)}
                } | {one_word: (one_word, 1.0)}
        return {term: match for term, match in found.items() if "_" not in term or match[0]}

    def corrected(self, query: str) -> str:
        """The query with the words that are a letter or two away from ours replaced by ours."""

        def ours(match: re.Match[str]) -> str:
            word = match[0].casefold()
            near, credit = self._nearest(word, stem_word(word)) if word not in STOP_WORDS else (None, 0.0)
            return self._surfaces.get(near, match[0]) if near and credit < 1.0 else match[0]

        return PART.sub(ours, query)

    def _nearest(self, word: str, term: str) -> tuple[str | None, float]:
        """The term itself when we know it, else the commonest one a letter or two away; a real word is not taken for a
        misspelt one.
        """
        if term in self._frequency:
            return term, 1.0
        shortest = 4 if self._dictionary else 5
        if len(word) < shortest or not word.isalpha() or word in self._dictionary:
            return None, 0.0
        allowed = 1 if len(word) < 8 else 2
        lengths = range(len(word) - allowed, len(word) + allowed + 1)
        near = (ours for length in lengths for ours in self._by_shape.get((word[0], length), ()) if length >= shortest)
        best = min(
            ((edit_distance(word, ours, allowed), -self._written[ours], ours) for ours in near),
            default=(allowed + 1, 0, ""),
        )
        sure = self._dictionary or len(word) > 5
        return (stem_word(best[2]), FUZZY_CREDIT if sure else SHORT_FUZZY_CREDIT) if best[0] <= allowed else (None, 0.0)

    def bm25(self, understood: dict[str, tuple[str | None, float]]) -> NDArray[numpy.float64]:
        """BM25 scores of every text."""
        known = [ours for ours, _ in understood.values() if ours]
        if not known or self._bm25 is None:
            return numpy.zeros(len(self._bodies))
        return numpy.asarray(self._bm25.get_scores(list(dict.fromkeys(known))), dtype=numpy.float64)

    def shares(self, understood: dict[str, tuple[str | None, float]], position: int) -> Shares:
        """How much of the query's telling words a text, its headings and its document have."""
        body, heading = self._bodies[position].keys(), self._headings[position].keys()
        whole = self._vocabularies[self._documents[position]]
        return Shares(*(self._share(understood, words) for words in (body | heading, heading, whole)))

    def _share(self, understood: dict[str, tuple[str | None, float]], words: Set[str]) -> float:
        total = sum(self.weight(ours or term) for term, (ours, _) in understood.items())
        covered = sum(self.weight(ours) * credit for ours, credit in understood.values() if ours in words and ours)
        return min(1.0, covered / self._expected(total)) if total else 0.0

    def _expected(self, total: float) -> float:
        """How much weight a text that answers would have: all of a short question, but not every word of a
        long letter.
        """
        enough = TELLING_WORDS * self.weight("")
        return total if total <= enough else enough * (total / enough) ** LONG_QUERY_POWER


def _written_words(texts: Iterable[str]) -> Counter[str]:
    """The telling words as they are written, and how often."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(word for word in PART.findall(text.casefold()) if word.isalpha() and word not in STOP_WORDS)
    return found


def edit_distance(one: str, other: str, most: int) -> int:
    """Letters to change, add, drop or swap to get from one word to the other; anything above `most` is just more than
    that.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, mark in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != mark))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == mark:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
