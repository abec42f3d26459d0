"""Every kind of question, read from app/explain/kinds once."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from app.explain import kinds
from app.explain.kind import QuestionKind


@cache
def list_kinds() -> dict[str, QuestionKind]:
    """All kinds by id, in the order of their ids."""
    found = [import_module(f"{kinds.__name__}.{one.name}").KIND for one in iter_modules(kinds.__path__)]
    return {kind.id: kind for kind in sorted(found, key=lambda kind: kind.id)}
