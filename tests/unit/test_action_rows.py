"""One way to spell the id of a row, and one way to narrow a call to the merchants of a cohort."""

import ast
import re
from pathlib import Path

import pytest

from app.config.load import load_config
from app.domain.actions import harmed_id, row_id
from app.domain.approvals import RowKind
from tests.builders import make_action

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("cohort", [0, 1, 7])
def test_an_undo_takes_back_the_row_of_its_cohort(cohort: int) -> None:
    sent = row_id("ACT-1", RowKind.COHORT if cohort else RowKind.FIRST, cohort)
    undo = make_action(9, id=row_id("ACT-1", RowKind.UNDO, cohort), parent_id="ACT-1", step="undo", cohort=cohort)
    assert harmed_id(undo) == sent and undo.id == f"ACT-1-U{cohort}"


def test_the_letters_of_row_ids_are_spelt_in_one_file() -> None:
    spelt = {
        path.relative_to(PROJECT).as_posix()
        for folder in ("app", "graph")
        for path in (PROJECT / folder).rglob("*.py")
        if {"-C", "-U"} & set(re.findall("-[CU]", text := path.read_text("utf-8")))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.JoinedStr) and {"-C", "-U"} & {getattr(part, "value", None) for part in node.values}
    }
    assert spelt == {"app/domain/actions.py"}


def test_a_call_is_narrowed_to_its_cohort_where_the_tool_takes_merchants() -> None:
    tools = {spec.name: spec for spec in load_config(PROJECT / "config").tools}
    callback, hold = tools["update_callback_url"], tools["hold_cutover_wave"]
    whole = {"merchant_ids": ["A", "B"], "callback_scheme": "https"}
    assert callback.narrow(whole, ("B",)) == {"merchant_ids": ["B"], "callback_scheme": "https"}
    assert callback.narrow(whole, ()) == whole, "nobody is no cohort"
    assert hold.narrow({"wave": 3, "reason": "x"}, ("B",)) == {"wave": 3, "reason": "x"}
