"""Lets through of a model's wording what recorded facts say, sentence by sentence, and nothing else.

A line names the facts it words. Its ids, numbers with their units, and names must be theirs, all of them and in their
order; it may deny, hedge and promise exactly as they do; and each of its words must stand in them, mean the same as one
that does, or be one that only joins. What the line leaves open is so never filled by the model. What is dropped is said
as the rules said it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from app.llm.free_words import ALIKE, FREE
from app.llm.tokens import Tokens, is_odd, read_tokens
from app.llm.turning_words import CONDITIONS, GROUNDS, HEDGES, NEGATIONS, NUMBER_WORDS, TO_COME

LONGEST_LINE: Final = 1_200
LEAST_KEPT: Final = 0.6
"""Of the telling words of a fact so many stand in its wording: what says less says something else."""
_LINE = re.compile(r"^(?P<text>.*?\S)\s*(?P<marks>(?:\[\d{1,2}(?:\s*,\s*\d{1,2})*\]\s*)+)[.]?$")


@dataclass(frozen=True)
class Worded:
    """A line that was let through: what it says, and the places of the facts it says."""

    text: str
    facts: tuple[int, ...]


@dataclass(frozen=True)
class CheckedWording:
    """What became of an answer: the lines let through, and for each dropped one why."""

    kept: tuple[Worded, ...]
    dropped: tuple[str, ...]


def sift_wording(said: str, facts: Sequence[str], known: Collection[str] = (), language: str = "en") -> CheckedWording:
    """Hold each line of a model against the facts; places count from nought. Each fact is worded once."""
    kept: list[Worded] = []
    dropped: list[str] = []
    taken: set[int] = set()
    for line in said.splitlines():
        if not line.strip():
            continue
        found = _LINE.match(line.strip()[:LONGEST_LINE])
        if found is None:
            dropped.append("names no fact")
            continue
        places = tuple(sorted({int(one) - 1 for one in re.findall(r"\d+", found["marks"])}))
        told = found["text"].strip()
        problem = _find_problem(told, places, taken, facts, known, language)
        if problem:
            dropped.append(problem)
        else:
            kept.append(Worded(told, places))
            taken.update(places)
    return CheckedWording(tuple(kept), tuple(dropped))


def _find_problem(
    told: str, places: tuple[int, ...], taken: set[int], facts: Sequence[str], known: Collection[str], language: str
) -> str:
    """Why a line is not let through, or nothing."""
    if not places or min(places) < 0 or max(places) >= len(facts):
        return "names a fact that is not there"
    if taken & set(places):
        return "says a fact twice"
    meant = " ".join(facts[place] for place in places)
    if len(places) > 1 and _gives_grounds(told, facts, places, known, language):
        return "makes one fact the ground of another"
    if is_odd(told) and not set(told) <= set(meant):
        return "holds letters that look like others"
    return _compare_tokens(read_tokens(told, known, language), read_tokens(meant, known, language), language)


def _gives_grounds(
    told: str, facts: Sequence[str], places: Sequence[int], known: Collection[str], language: str
) -> bool:
    """Whether a line joins facts by a ground where none of them has one of its own."""
    own = [word for place in places for word in read_tokens(facts[place], known, language).words]
    said = read_tokens(told, known, language).words
    return any(said.count(word) > own.count(word) for word in GROUNDS[language])


def _compare_tokens(said: Tokens, meant: Tokens, language: str) -> str:
    same = (
        (said.ids == meant.ids, "has other ids, addresses or times"),
        (said.numbers == meant.numbers, "has other numbers"),
        (said.names == meant.names, "has other names"),
        (said.turns == meant.turns, "denies, hedges or promises otherwise"),
        (said.opposites == meant.opposites, "says the contrary of something"),
        (meant.grounds or meant.explains or not said.grounds, "makes one thing the ground of another"),
        (said.signs <= meant.signs, "holds other signs"),
        (_share_kept(said, meant, language) >= LEAST_KEPT, "leaves out what the fact says"),
    )
    problem = next((why for holds, why in same if not holds), "")
    strange = [word for word in said.words if not _is_backed(word, meant.words, language)]
    return problem or (f"says {strange[0][:40]!r}, which no fact says" if strange else "")


def _share_kept(said: Tokens, meant: Tokens, language: str) -> float:
    """Of the words that make a fact what it is, how many the line has, in whatever form."""
    telling = [word for word in meant.words if word not in FREE[language]]
    kept = sum(any(_is_alike(word, other) for other in said.words) for word in telling)
    return kept / len(telling) if telling else 1.0


def _is_alike(one: str, other: str) -> bool:
    return one == other or other in ALIKE.get(one, frozenset()) or _is_form(one, other)


def _is_backed(word: str, meant: Sequence[str], language: str) -> bool:
    """Whether a word only joins, stands in the facts, or means the same as one that does."""
    turning = NEGATIONS[language] | CONDITIONS[language] | HEDGES[language] | TO_COME[language]
    if word in FREE[language] or word in turning or word in NUMBER_WORDS[language] or word.endswith("n't"):
        return True
    return any(_is_alike(word, other) for other in meant)


def _is_form(one: str, other: str) -> bool:
    """Whether two words are forms of one: they begin alike and end differently."""
    shorter, longer = sorted((one, other), key=len)
    stem = max(4, len(shorter) - 2)
    return len(shorter) >= 5 and len(longer) - len(shorter) <= 3 and one[:stem] == other[:stem]
