"""Who may do what stands in one table: every line of it is used, and no use case has a rule of its own."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from app.access import NEEDED_ROLES, UseCase, is_allowed, require
from app.domain.errors import Forbidden
from app.domain.tenants import Role
from tests.builders import make_scope

APP = Path(__file__).resolve().parents[2] / "app"
SERVICES = sorted((APP / "services").rglob("*.py"))


def test_every_use_case_needs_a_role_above_the_least() -> None:
    assert set(NEEDED_ROLES) == set(UseCase)
    assert all(not Role.VIEWER.covers(role) for role in NEEDED_ROLES.values())


def test_every_use_case_of_the_table_is_asked_about_at_one_place() -> None:
    asked: Counter[str] = Counter()
    for path in SERVICES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"require", "is_allowed"}:
                asked.update(
                    one.attr
                    for one in ast.walk(node.args[1])
                    if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "UseCase"
                )
    assert asked == Counter({one.name: 1 for one in UseCase})


def test_no_other_place_compares_roles() -> None:
    compared = [
        path.relative_to(APP).as_posix()
        for path in sorted(APP.rglob("*.py"))
        if ".covers" in (text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".covers")
    ]
    assert compared == ["access.py"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("use_case", UseCase)
def test_a_role_that_covers_the_needed_one_may_and_another_is_told_which_it_needs(
    use_case: UseCase, role: Role
) -> None:
    scope = make_scope("demo", "person:ada", role)
    needed = NEEDED_ROLES[use_case]
    assert is_allowed(scope, use_case) is role.covers(needed)
    if role.covers(needed):
        require(scope, use_case)
        return
    with pytest.raises(Forbidden) as refused:
        require(scope, use_case)
    assert refused.value.detail == f"this needs the role {needed.value}; person:ada is {role.value}"
