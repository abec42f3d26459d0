"""Finds the kinds of sign: every file of this package is one, by being there."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import app.signs
from app.domain.base import JsonMapping
from app.signs.base import RouteKind, SignKind
from app.validation.strict_yaml import KeyPath

COMMON = frozenset({"base", "registry"})
"""The files that are no kind."""


def find_kinds() -> dict[str, SignKind]:
    """Every kind by name, in the order of the names."""
    names = sorted(module.name for module in iter_modules(app.signs.__path__) if module.name not in COMMON)
    return {name: _read_kind(name) for name in names}


def _read_kind(name: str) -> SignKind:
    kind = getattr(import_module(f"{app.signs.__name__}.{name}"), "KIND", None)
    if not isinstance(kind, SignKind) or kind.name != name:
        raise TypeError(f"app/signs/{name}.py must hold KIND, a kind of sign named {name!r}")
    return kind


KINDS: Mapping[str, SignKind] = MappingProxyType(find_kinds())
ROUTE_KINDS: Mapping[str, RouteKind] = MappingProxyType(
    {name: kind for name, kind in KINDS.items() if isinstance(kind, RouteKind)}
)


def kind_tested_by(test: JsonMapping) -> SignKind | None:
    """The kind that the test of a sign asks for."""
    for name in test:
        kind = KINDS.get(name)
        if kind is not None:
            return kind
    return None


def find_test_problems(test: JsonMapping) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the test of a sign, by the keys below it."""
    if len(test) != 1 or not test.keys() <= KINDS.keys():
        yield (), f"must test one thing: {', '.join(KINDS)}"
        return
    for name, wanted in test.items():
        for path, what in KINDS[name].find_problems(wanted):
            yield (name, *path), what
