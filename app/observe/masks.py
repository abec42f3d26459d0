"""What in a line is a value by its looks alone: numbers, ids, addresses, times and quoted text, whatever the system.

A line is somebody else's text, of any length and content; it is capped first, and nothing here executes, stores or
shows it.
"""

import re
from functools import lru_cache
from typing import NamedTuple

LINE_LIMIT, WORD_LIMIT, TOKEN_LIMIT = 2_000, 60, 200
"""How much of a line is looked at: characters, words, and characters of one word."""
MASK = "\x01"
"""How a masked value stands in a line."""
PLAIN_WORD = re.compile(r"[^\W\d_]+(?:[.!?-][^\W\d_]*)*\Z")

_UNSEEN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.){0,400}\"|(?<!\w)'[^']{0,400}'(?!\w)")
_MESSAGE_KEY = re.compile(r"(?:msg|message|event|error|err|reason|exception|log|text|title)[\"']?\s*[:=]\s*\Z", re.I)
"""A quoted value after one of these is the message itself."""
_DATE_IN_WORDS = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w{0,6},? )?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} +\d{1,2}\b"
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>)\]}]*[^\s\"'<>)\]},.;:]", re.I)
_TOKEN = re.compile(r"[^\s=,;()\[\]{}|\"'<>]+")
_VALUE = re.compile(
    "|".join(
        (
            r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+",
            r"(?<![\w/])(?=[\w.#:+*-]{0,199}\d)[\w#+-][\w.#:+*-]*(?:%|\b)(?=[^\w/]|\Z)",
            r"(?<=/)(?=[^/]*\d)[^/\s:]+",
        )
    ),
    re.I,
)
"""In one word: a mail address, anything with a digit that is no path, and the parts of a path with a digit."""
_SIDE_BY_SIDE = re.compile(rf"/?{MASK}(?:(?:, ?|[.:;#@/*%+-]+){MASK})+%?")
_PIECE = re.compile(r"([\s=:,;()\[\]{}|\"'<>]*)([^\s=:,;()\[\]{}|\"'<>]*)")


class CutLine(NamedTuple):
    """A masked line: its words, and what stands before each of them and after the last."""

    words: tuple[str, ...]
    between: tuple[str, ...]

    def joined(self, words: tuple[str, ...]) -> str:
        """A line of other words between the same signs."""
        return "".join(sign + word for sign, word in zip(self.between, (*words, ""), strict=True)).strip()


def mask_line(line: str) -> str:
    """A line on which whatever looks like a value is masked."""
    text = line[:LINE_LIMIT]
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    text = _UNSEEN.sub(" ", text)
    if '"' in text or "'" in text:
        text = _QUOTED.sub(_mask_quoted, text)
    if "://" in text:
        text = _ADDRESS.sub(MASK, text)
    text = _DATE_IN_WORDS.sub(MASK, text)
    text = _TOKEN.sub(_mask_token, text)
    return " ".join(_SIDE_BY_SIDE.sub(MASK, text).split())


def _mask_quoted(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 16) : found.start()]
    is_key = found.string[found.end() : found.end() + 1] == ":" and before.rstrip()[-1:] in {"{", ","}
    is_message = " " in found.group() and _MESSAGE_KEY.search(before)
    return found.group() if is_key or is_message else MASK


def _mask_token(found: re.Match[str]) -> str:
    return _masked_token(found.group()[:TOKEN_LIMIT])


@lru_cache(maxsize=20_000)
def _masked_token(token: str) -> str:
    """Most words of a log come again and again."""
    if token.isalpha():
        return token
    return _VALUE.sub(MASK, token)


@lru_cache(maxsize=4_096)
def cut_line(masked: str) -> CutLine:
    """A masked line in pieces; words beyond the limit are left out."""
    pieces = _PIECE.findall(masked)
    words = tuple(word for _, word in pieces if word)[:WORD_LIMIT]
    tail = pieces[len(words)][0] if len(words) < WORD_LIMIT and len(pieces) > len(words) else ""
    return CutLine(words, (*(sign for sign, _ in pieces[: len(words)]), tail))
