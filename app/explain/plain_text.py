"""A question as the matcher sees it: small letters without accents, and words."""

import re
import unicodedata
from typing import Final

MOST_CHARACTERS = 2_000
_WORD = re.compile(r"x[a-z]+x|[a-z]+(?:_[a-z]+)+|[a-z]+|[0-9]+")
_ELIDED = re.compile(r"\b(qu|[cdjlmnst])['’]|(?<=[a-z])['’]")
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
NUMBER_WORDS: Final = {
    word: number
    for number, words in enumerate(
        (
            "two zwei deux dos",
            "three drei trois tres",
            "four vier quatre cuatro",
            "five funf cinq cinco",
            "six sechs six seis",
            "seven sieben sept siete",
            "eight acht huit ocho",
            "nine neun neuf nueve",
            "ten zehn dix diez",
            "eleven elf onze once",
            "twelve zwolf douze doce",
        ),
        2,
    )
    for word in words.split()
}
"""Numbers as words, in every language."""


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
