"""What a sentence says that may not change when it is said in other words: ids, numbers with their units, names, and
the words that turn a meaning round.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from app.llm.turning_words import CONDITIONS, GROUNDS, HEDGES, NEGATIONS, NUMBER_WORDS, OPPOSITES, TO_COME, UNITS

_ADDRESS = r"[a-z][a-z0-9+.-]*://[^\s)\"'»]+|(?<![\w/])/[\w{}][\w{}/.-]*|www\.[^\s)]+|[\w.+-]+@[\w-]+\.[\w.]+"
_DATE = r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}(?::\d{2})?"
_ID = r"[A-Za-z]+(?:-[A-Za-z0-9]+)*-[A-Za-z0-9]*\d[A-Za-z0-9-]*|[A-Z]{2,}-[A-Za-z0-9-]+"
_MIXED = r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{2,}"
_DOTTED = r"[A-Za-z0-9]+(?:[_.][A-Za-z0-9]+)+(?<!\d)"
_NUMBER = r"[-+−]?\d+(?:[.,'\u00a0\u202f]\d+)*"
_WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)*"
_PIECE = re.compile(
    rf"(?P<address>{_ADDRESS})|(?P<date>{_DATE})|(?P<id>\b(?:{_ID}))|(?P<dotted>\b(?:{_DOTTED}))"
    rf"|(?P<mixed>\b(?:{_MIXED})\b)|(?P<number>{_NUMBER})|(?P<word>{_WORD})|(?P<sign>\S)"
)
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)")
_CURRENCY: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
PLAIN_SIGNS: Final = frozenset(".,;:!?'\"’‘“”„«»()–—-…%€$£")


@dataclass(frozen=True)
class Tokens:
    """What a text is made of."""

    ids: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    """Each as it is written, with its unit or nothing."""
    names: tuple[str, ...]
    words: tuple[str, ...]
    signs: frozenset[str]
    turns: tuple[int, ...]
    """How often it denies, makes conditions, speaks of what is to come, and hedges."""
    opposites: tuple[str, ...]
    grounds: bool
    """Whether a word of it makes one thing the ground of another."""
    explains: bool
    """Whether a colon may do that."""


def read_tokens(text: str, known: Collection[str] = (), language: str = "en") -> Tokens:
    """Take a text apart; `known` are the names of this shop, in small letters."""
    pieces = [(str(found.lastgroup), found[0]) for found in _PIECE.finditer(text)]
    words = [_plain_word(piece, language) for kind, piece in pieces if kind == "word"]
    return Tokens(
        ids=tuple(piece.rstrip(".,;:") for kind, piece in pieces if kind in {"address", "date", "id", "mixed"}),
        numbers=tuple(_list_numbers(pieces, language)),
        names=(*_list_names(pieces), *find_names(text, known)),
        words=tuple(words),
        signs=frozenset(piece for kind, piece in pieces if kind == "sign") - PLAIN_SIGNS,
        turns=_count_turns(words, language),
        opposites=_list_opposites(words, language),
        grounds=any(word in GROUNDS[language] for word in words),
        explains=": " in text,
    )


def find_names(text: str, known: Collection[str]) -> list[str]:
    """The known names in a text, in the order in which they stand there; of two in one place the longer."""
    plain = f" {plain_name(text)} "
    found = [
        (place.start(), -len(name), name)
        for name in known
        if f" {name} " in plain
        for place in re.finditer(f"(?<= ){re.escape(name)}(?= )", plain)
    ]
    taken, kept = -1, []
    for start, length, name in sorted(found):
        if start >= taken:
            kept.append(name)
            taken = start - length + 1
    return kept


def plain_name(name: str) -> str:
    """A name as `find_names` looks for it."""
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def is_odd(text: str) -> bool:
    """Whether it holds marks that look like others: hidden ones, foreign letters, digits that are none of ours."""
    for mark in text:
        if mark.isascii() or mark in PLAIN_SIGNS or mark in "\u00a0\u202f·×→°²":
            continue
        if not unicodedata.name(mark, "").startswith("LATIN SMALL LETTER") and not unicodedata.name(
            mark, ""
        ).startswith("LATIN CAPITAL LETTER"):
            return True
        if unicodedata.normalize("NFKC", mark) != mark:
            return True
    return False


def _list_names(pieces: Sequence[tuple[str, str]]) -> list[str]:
    """Names of tools, settings and states: what is joined by marks, and what is written in capitals only."""
    return [
        piece for kind, piece in pieces if kind == "dotted" or (kind == "word" and len(piece) > 1 and piece.isupper())
    ]


def _list_numbers(pieces: Sequence[tuple[str, str]], language: str) -> list[tuple[str, str]]:
    spelled = NUMBER_WORDS.get(language, {})
    found: list[tuple[str, str]] = []
    for place, (kind, piece) in enumerate(pieces):
        before = pieces[place - 1][1] if place else ""
        after = next((other for _, other in pieces[place + 1 : place + 2]), "")
        value = piece.replace("−", "-") if kind == "number" else ""
        if kind == "word":
            worth = spelled.get(piece.casefold(), "")
            value = piece.casefold() if worth == "?" else worth
        if value:
            unit = UNITS.get(after.casefold()) or _CURRENCY.get(after) or _CURRENCY.get(before) or ""
            unit = unit or (before if before in {"EUR", "USD", "GBP"} else "")
            found.append((value, unit))
    return found


def _plain_word(word: str, language: str) -> str:
    """In small letters, and in French without what is elided before it."""
    plain = word.casefold().replace("’", "'")
    return _ELIDED.sub("", plain) if language == "fr" else plain


def _list_opposites(words: Sequence[str], language: str) -> tuple[str, ...]:
    """Words whose exchange says the contrary, and where between them something is denied or made a condition; Spanish
    denies twice as often as it means.
    """
    found: list[str] = []
    for word in words:
        if word in OPPOSITES[language]:
            found.append(word)
        elif word in CONDITIONS[language]:
            found.append("if")
        elif language != "es" and _denies(word, language):
            found.append("not")
    return tuple(found)


def _denies(word: str, language: str) -> bool:
    return word in NEGATIONS[language] or word.endswith("n't")


def _count_turns(words: Sequence[str], language: str) -> tuple[int, ...]:
    denied = [word for word in words if _denies(word, language)]
    plain = denied.count("no")
    return (
        max(plain, len(denied) - plain) if language == "es" else len(denied),
        sum(word in CONDITIONS[language] for word in words),
        int(any(word in TO_COME[language] for word in words)),
        int(any(word in HEDGES[language] for word in words)),
    )
