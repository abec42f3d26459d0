"""What a condition may speak about: the names of typed facts, the words that a text among them can be, and samples to
try a condition on. Policies and playbooks have facts of their own, and one language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from app.domain.base import JsonMapping, Value

KINDS: dict[str, type] = {"bool": bool, "int": int, "double": float, "string": str, "list": list}
"""Each CEL type with what it is in plain JSON; a list is one of texts."""
SOME_TEXT = "a text"


@dataclass(frozen=True, eq=False)
class FactBook:
    """The facts of one kind of condition."""

    kinds: Mapping[str, str]
    words: Mapping[str, frozenset[str]]
    samples: Sequence[JsonMapping]


def describe_facts(strictest: Value, words: Mapping[str, frozenset[str]] = MappingProxyType({})) -> FactBook:
    """The facts of a shape, of which any value tells the types; `words` are those of a text that its type does not
    say.
    """
    shape = type(strictest)
    plain = strictest.plain()
    kinds = {name: _kind_of(plain[name]) for name in shape.model_fields}
    known = {
        name: frozenset(said)
        for name, field in shape.model_fields.items()
        if kinds[name] == "string" and (said := words.get(name) or _literal_words(field.annotation))
    }
    return FactBook(MappingProxyType(kinds), MappingProxyType(known), _sample_facts(kinds, known))


def _kind_of(value: object) -> str:
    return next(kind for kind, python_type in KINDS.items() if type(value) is python_type)


def _literal_words(annotation: Any) -> list[str]:
    if annotation is str:
        return []
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if parts := get_args(annotation):
        return [word for part in parts for word in _literal_words(part)]
    return [member.value for member in annotation]


def _sample_facts(kinds: Mapping[str, str], words: Mapping[str, frozenset[str]]) -> Sequence[JsonMapping]:
    """Typed samples for trying a condition: all low, all high, and every word each string fact can be."""
    ends: dict[str, tuple[Any, Any]] = {
        "bool": (False, True),
        "int": (0, 1_000),
        "double": (0.0, 1.0),
        "list": ([], [SOME_TEXT]),
        "string": ("", SOME_TEXT),
    }
    low, high = ({name: ends[kind][end] for name, kind in kinds.items()} for end in (0, 1))
    longest = max((len(choices) for choices in words.values()), default=1)
    rows = [{name: sorted(choices)[turn % len(choices)] for name, choices in words.items()} for turn in range(longest)]
    return tuple(MappingProxyType({**numbers, **row}) for numbers in (low, high) for row in rows)
