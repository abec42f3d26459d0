"""Which route a call took, whatever it asked for there: a path in which whatever is one thing of many is masked.

Platforms write ids in many ways, and each one that is not masked is a route of its own: what fails is then spread over
thousands of them, none of which ever fails twice. A part of a path is an id by its looks alone, since a route has to be
called the same by every process and after every restart.
"""

import re
from functools import lru_cache
from typing import Final

ID: Final = "{id}"
_METHOD = re.compile(r"^(?:get|post|put|patch|delete|head|options|trace|connect)\s+")
_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*")
_ENDS = re.compile(r"[?#\s]")
"""Where a path is over: a question, a place in the page, or more words beside it."""
_WHOLE = re.compile(r"^(?:\d+|[0-9a-f]{8,}|[0-9a-f-]{32,}|(?=[\w-]*\d)[a-z]+[-_][\w-]{4,})$")
_DATE = re.compile(r"^\d{4}-\d{2}(?:-\d{2})?$")
"""A version of an interface by its date; a day is no more of an id."""
_PIECES = re.compile(r"([^a-z0-9]+)")
_NUMBERED = re.compile(r"^[a-z]+\d{3,}$")
_HEX = re.compile(r"^(?=[a-z]*\d)[0-9a-f]{6,}$")
_MIXED = re.compile(r"^(?=.{5,}$)[a-z]*\d+[a-z]+\d+\w*$")
_NO_WORD = re.compile(
    r"^(?=.{8,}$)(?:[a-z]*[bcdfghjklmnpqrstvwxz]{6}[a-z]*|(?=[a-z]*\d)[a-z0-9]*[bcdfghjklmnpqrstvwxz0-9]{5}[a-z0-9]*)$"
)
"""Letters that nobody could say aloud."""
_IDS_SIDE_BY_SIDE = re.compile(r"\{id\}(?:[^a-z0-9/{}]*\{id\})+")
_KIND_BEFORE = re.compile(r"^[a-z]{1,12}[-_]\{id\}$")
"""Many ids begin with what they are of."""


def endpoint_of(endpoint: str | None) -> str:
    """The endpoint as a route: path only, lower case, ids masked. Empty when there is none."""
    return _route_of(endpoint) if endpoint else ""


@lru_cache(maxsize=16_384)
def _route_of(endpoint: str) -> str:
    path = _HOST.sub("", _METHOD.sub("", endpoint.strip().lower()))
    parts = [part for part in _ENDS.split(path, maxsplit=1)[0].split("/") if part]
    return "/" + "/".join(map(_mask_part, parts))


def _mask_part(part: str) -> str:
    if part.isalpha() and not _NO_WORD.match(part):
        return part
    if _WHOLE.match(part):
        return ID
    if _DATE.match(part):
        return part
    pieces = _PIECES.split(part)
    masked = "".join(ID if _is_id(piece) else piece for piece in pieces)
    return _KIND_BEFORE.sub(ID, _IDS_SIDE_BY_SIDE.sub(ID, masked))


def _is_id(piece: str) -> bool:
    """Whether a piece between signs is one of many; a single digit counts steps, and one behind letters a version."""
    if piece.isdigit():
        return len(piece) > 1
    return any(looks.match(piece) for looks in (_NUMBERED, _HEX, _MIXED, _NO_WORD))
