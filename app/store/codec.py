"""How a domain value becomes a column and comes back: canonical JSON of normalised text, the same bytes for the same
value.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_jsonable_python
from pydantic_core import to_json as write_json

from app.domain.base import JsonMapping, JsonObject, Value, canonical_json, normal_text

V = TypeVar("V", bound=Value)
Cell = JsonValue | datetime
"""What a column takes: JSON, or a moment, which its column spells."""

Columns = dict[str, Cell]
"""The columns of a row by their names."""
_AS_THEY_ARE = frozenset({int, bool, type(None)})


def clean_text(value: Any) -> Any:
    """The same value with every text (names of members too) normalised, so that it reads back as it was written.

    Collections and domain values become plain ones; what JSON does not know (a time, say) stays as it is.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() and "\x00" not in value else normal_text(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is list or kind is tuple:
        return list(value) if _are_clean(value) else [clean_text(member) for member in value]
    if kind is dict or isinstance(value, Mapping):
        return {clean_text(str(name)): clean_text(member) for name, member in value.items()}
    return _clean_rare(value)


def _are_clean(members: Sequence[Any]) -> bool:
    """Whether all of them are texts that need no normalising, which many long lists are: of names, of ids."""
    if set(map(type, members)) != {str}:
        return False
    together = "".join(members)
    return together.isascii() and "\x00" not in together


def _clean_rare(value: Any) -> Any:
    """The same for what is met less often: kinds of text and of collections that are not Python's own, and values."""
    if isinstance(value, list | tuple):
        return [clean_text(member) for member in value]
    if isinstance(value, str):
        return str(value) if value.isascii() and "\x00" not in value else normal_text(value)
    if isinstance(value, Value):
        return clean_text(value.plain())
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite cannot be stored")
    return value


def to_plain(value: Any) -> Any:
    """Any value made of models, times, enums and collections, as clean plain JSON types of our own (nothing is shared
    with the caller).
    """
    return to_jsonable_python(clean_text(value))


def to_json(value: Any) -> str:
    """The canonical JSON text of any such value."""
    return canonical_json(to_plain(value)).decode()


def to_fields(value: Value) -> JsonObject:
    """The clean plain fields of a domain value: what its columns are taken from."""
    fields = value.plain()
    if spell_as_is(fields) is not None:
        return fields
    kept: JsonObject = clean_text(fields)
    return kept


def to_columns(value: Value) -> Columns:
    """The clean fields of a value of which every field is a column: its moments stay moments, which their columns
    spell.
    """
    return {**to_fields(value), **{name: member for name, member in value if isinstance(member, datetime)}}


def to_body(kept: JsonMapping, without: Collection[str] = ()) -> str:
    """The JSON text of the fields, less those that have a column of their own."""
    return canonical_json({name: member for name, member in kept.items() if name not in without}).decode()


def spell_as_is(fields: JsonMapping) -> str | None:
    """The JSON text of fields in their order, where it shows that they need no normalising and are finite; None where
    it does not.
    """
    try:
        written = write_json(fields)
    except (PydanticSerializationError, UnicodeEncodeError):
        return None
    as_is = written.isascii() and b"\\u0000" not in written and b"Infinity" not in written and b"NaN" not in written
    return written.decode("ascii") if as_is else None


def read_value(kind: type[V], stored: str, **columns: Any) -> V:
    """The domain value again: its body, and the fields that columns carry."""
    if not columns:
        return kind.model_validate_json(stored)
    return kind.model_validate({**json.loads(stored), **columns})
