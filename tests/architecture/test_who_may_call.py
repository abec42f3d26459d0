"""The API's document says of each operation who may call it, in the words of the table of rights."""

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.routing import APIRoute

from app.access import NEEDED_ROLES, UseCase
from app.api import routes
from app.api.main import create_app
from app.bootstrap import build_application
from app.domain.tenants import Role
from app.settings import Settings

ROLE_WORDS = {**{role.value: role for role in Role}, "administrator": Role.ADMIN}
PROJECT = Path(__file__).resolve().parents[2]


def operations() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Path, method and function of each operation."""
    for found in pkgutil.iter_modules(routes.__path__):
        module = importlib.import_module(f"{routes.__name__}.{found.name}")
        for route in module.router.routes:
            if isinstance(route, APIRoute):
                yield from ((route.path, method.lower(), route.endpoint) for method in route.methods)


def use_cases_of(endpoint: Callable[..., Any]) -> set[UseCase]:
    """The rights that the use cases ask for which an operation calls."""
    found: set[UseCase] = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(endpoint)))):
        if isinstance(node, ast.Call):
            called = _resolve(node.func, endpoint.__globals__)
            if inspect.isfunction(called) and called.__module__.startswith("app.services"):
                found |= {UseCase[name] for name in re.findall(r"UseCase\.([A-Z_]+)", inspect.getsource(called))}
    return found


def _resolve(node: ast.expr, known: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = known.get(node.value.id)
        return getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
    return None


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    application = build_application(
        Settings(data=tmp_path_factory.mktemp("who"), demo=False, lite=True, log_level="ERROR"), passing=True
    )
    yield create_app(application).openapi()
    application.stop()


def test_every_right_belongs_to_an_operation() -> None:
    asked = {use_case for _, _, endpoint in operations() for use_case in use_cases_of(endpoint)}
    assert asked == set(UseCase)


def test_each_operation_names_the_roles_that_the_table_asks_for(document: dict[str, Any]) -> None:
    wrong = {}
    for path, method, endpoint in operations():
        told = document["paths"][path][method]["description"]
        named = {ROLE_WORDS[word] for word in re.findall(rf"\b({'|'.join(ROLE_WORDS)})\b", told)}
        needed = {NEEDED_ROLES[use_case] for use_case in use_cases_of(endpoint)}
        if named != needed:
            wrong[f"{method} {path}"] = f"says {sorted(named)}, the table asks for {sorted(needed)}"
    assert wrong == {}


def test_the_guides_speak_of_rights_as_the_code_does() -> None:
    for document in [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]:
        for name in re.findall(r"\b(?:UseCase|Role)\.([A-Z_]+)", document.read_text("utf-8")):
            assert name in {*UseCase.__members__, *Role.__members__}, f"{document.name} names {name}"
