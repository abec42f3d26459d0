"""Finds the sources: every file of this package is one, by being there."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import app.sources
from app.sources.base import Delivery, WebhookSource
from app.validation.strict_json import Unreadable

COMMON = frozenset({"base", "fields", "files", "mapping", "proofs", "registry"})
"""The files that are no source."""
UNKNOWN = "other"
"""The source of what looks like none."""


def find_sources() -> dict[str, WebhookSource]:
    """Every source by name, in the order of the names."""
    names = sorted(module.name for module in iter_modules(app.sources.__path__) if module.name not in COMMON)
    return {name: _read_source(name) for name in names}


def _read_source(name: str) -> WebhookSource:
    source = getattr(import_module(f"{app.sources.__name__}.{name}"), "SOURCE", None)
    if not isinstance(source, WebhookSource) or source.name != name:
        raise TypeError(f"app/sources/{name}.py must hold SOURCE, a source named {name!r}")
    return source


SOURCES: Mapping[str, WebhookSource] = MappingProxyType(find_sources())


def recognise_source(delivery: Delivery) -> WebhookSource:
    """Whose request this looks like; nothing is believed by it."""
    return next((source for source in SOURCES.values() if _looks_like(source, delivery)), SOURCES[UNKNOWN])


def _looks_like(source: WebhookSource, delivery: Delivery) -> bool:
    try:
        return source.recognise(delivery)
    except Unreadable:
        return False
