"""JSON as strictly as it can be read: one meaning per body, or a refusal that names the line and the column.

The fast way is the standard decoder with three hooks; the position of what they refuse is looked up only when something
was refused.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NoReturn

from app.domain.base import Json, JsonObject
from app.domain.errors import Permanent

DEEPEST = 32
_NESTED = frozenset({dict, list})
SMALLEST_INT, BIGGEST_INT = -(2**63), 2**63 - 1
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?(?P<key>\s*+:)?|[{}\[\]]|-?[0-9A-Za-z][0-9A-Za-z.+\-]*+', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Unreadable(Permanent):
    """The bytes are not JSON as we accept it; the facts are line and column where the place is known."""


class _RefusedError(ValueError):
    """Raised inside the decoder's hooks; the place is found afterwards."""


def strict_json(raw: bytes) -> Any:
    """The value of a body; Unreadable for everything that could mean two things, or that cannot be kept exactly."""
    text = _decode_utf8(raw)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_constant=_refuse_constant,
            parse_float=_finite_number,
            parse_int=_bounded_integer,
        )
        _within_depth(value)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as problem:
        raise Unreadable(
            f"Not JSON at line {problem.lineno}, column {problem.colno}: {problem.msg}.",
            line=problem.lineno,
            column=problem.colno,
        ) from None
    except (RecursionError, UnicodeEncodeError, _RefusedError):
        _point_at_the_fault(text)
    return value


def _decode_utf8(raw: bytes) -> str:
    """Strict UTF-8; another encoding is refused with the place of the first byte that does not fit."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = raw[: problem.start]
        line, column = before.count(b"\n") + 1, problem.start - (before.rfind(b"\n") + 1) + 1
        raise Unreadable(
            f"The body is not UTF-8: byte {column} of line {line} does not fit.", line=line, column=column
        ) from None


def _unique_members(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError
    return found


def _refuse_constant(piece: str) -> NoReturn:
    raise _RefusedError


def _finite_number(piece: str) -> float:
    number = float(piece)
    if number in (float("inf"), float("-inf")):
        raise _RefusedError
    return number


def _bounded_integer(piece: str) -> int:
    if len(piece) > 20 or not SMALLEST_INT <= int(piece) <= BIGGEST_INT:
        raise _RefusedError
    return int(piece)


def _within_depth(value: Any) -> None:
    """Level by level, so that the check itself never recurses."""
    level = [value]
    for _ in range(DEEPEST + 1):
        nested = [item for item in level if type(item) in _NESTED]
        if not nested:
            return
        level = list(chain.from_iterable([item.values() if type(item) is dict else item for item in nested]))
    raise _RefusedError


def _point_at_the_fault(text: str) -> NoReturn:
    """Walk the tokens to the first one that is refused, and say where it stands and why."""
    for start, problem in _list_faults(text):
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        raise Unreadable(f"At line {line}, column {column}: {problem}", line=line, column=column)
    raise Unreadable("The body is nested too deeply, or holds text or numbers that cannot be kept exactly.")


def _list_faults(text: str) -> Iterator[tuple[int, str]]:
    """Every refused piece with its offset, in reading order."""
    names: list[set[str]] = []
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in "{[":
            names.append(set())
            if len(names) > DEEPEST:
                yield match.start(), f"nested more than {DEEPEST} levels deep."
        elif piece in "}]":
            names[-1:] = []
        elif piece[0] == '"':
            yield from _string_faults(match, names)
        elif problem := _number_fault(piece):
            yield match.start(), problem


def _string_faults(match: re.Match[str], names: list[set[str]]) -> Iterator[tuple[int, str]]:
    is_key = match.group("key") is not None
    piece = match.group()[: -len(match.group("key"))] if is_key else match.group()
    try:
        content = json.loads(piece)
        content.encode()
    except UnicodeEncodeError:
        yield match.start(), "the text holds half of a surrogate pair, which cannot be stored."
    except json.JSONDecodeError:
        yield match.start(), "a text that does not end or holds a bad escape."
    else:
        if is_key and names:
            if content in names[-1]:
                yield match.start(), f"the key {content[:80]!r} appears twice in one object."
            names[-1].add(content)


def _number_fault(piece: str) -> str | None:
    if piece in {"NaN", "Infinity", "-Infinity"}:
        return f"{piece} is not a JSON number."
    if not piece.lstrip("-")[:1].isdigit():
        return None
    try:
        _finite_number(piece) if set(piece) & set(".eE") else _bounded_integer(piece)
    except ValueError:
        return f"the number {piece[:40]} does not fit (whole numbers have 64 bits, others are finite)."
    return None
