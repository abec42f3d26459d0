"""The rules of how things read, and of what may reach the screen: tested without a screen."""

import ast
import random
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.console import format as fmt
from app.console import safe_text
from app.console.client import Api, ApiProblem
from app.domain.action_states import ActionStatus
from app.domain.base import Money
from app.domain.incidents import IncidentStatus
from app.settings import PROJECT

CONSOLE = sorted((PROJECT / "app" / "console").rglob("*.py"))
MARKDOWN = {
    "markdown",
    "write",
    "caption",
    "header",
    "subheader",
    "title",
    "error",
    "warning",
    "info",
    "success",
    "toast",
    "badge",
    "metric",
    "table",
    "latex",
}
LABELLED = {
    "button",
    "download_button",
    "expander",
    "popover",
    "status",
    "selectbox",
    "multiselect",
    "text_input",
    "text_area",
    "number_input",
    "checkbox",
    "toggle",
    "segmented_control",
    "pills",
    "radio",
    "file_uploader",
    "tabs",
    "link_button",
    "form_submit_button",
}
BANNED = {"html", "iframe", "unsafe_allow_html", "components"}
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


def is_inert(node: ast.expr) -> bool:
    """A constant, a list of constants, a call of safe_text.label, or a name of this file that was made by one."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.List | ast.Tuple):
        return all(is_inert(item) for item in node.elts)
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "safe_text.label"


def test_dynamic_text_has_one_door_to_the_screen() -> None:
    """Most elements read Markdown, and Markdown fetches pictures: a ticket could make an operator's browser
    call home.
    """
    wrong = []
    for path in CONSOLE:
        if path.name == "safe_text.py":
            continue
        for name, node in calls(path):
            if ast.unparse(node.func) not in {f"st.{name}"} or name not in MARKDOWN | LABELLED or not node.args:
                continue
            first = node.args[0]
            allowed = (
                is_inert(first)
                or ast.unparse(first) in {"title", "about_label"}
                or (isinstance(first, ast.JoinedStr) and _counts_only(first))
            )
            if not allowed:
                wrong.append(f"{path.name}:{node.lineno}: st.{name}({ast.unparse(first)})")
    assert not wrong


def _counts_only(node: ast.JoinedStr) -> bool:
    """An f-string whose only values are lengths."""
    values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    return all(ast.unparse(value).startswith("len(") for value in values)


def test_no_markup_is_ever_let_through() -> None:
    for path in [*CONSOLE, PROJECT / "streamlit_app.py"]:
        words = {node.arg for _, call in calls(path) for node in call.keywords} | {
            ast.unparse(call.func) for _, call in calls(path)
        }
        assert not {word for word in words if word and set(word.split(".")) & BANNED}, path


def test_no_icon_is_fetched_from_outside() -> None:
    assert not [path.name for path in CONSOLE if ":material/" in path.read_text("utf-8")]


def test_a_label_means_nothing_but_itself() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    alphabet = "![]()<>:/@#*_`~$|\\abcwww. \n\t\u202e\u200bhttps"
    for _ in range(300):
        words = "".join(chance.choice(alphabet) for _ in range(chance.randrange(40)))
        shown = safe_text.label(words)
        assert "\n" not in shown and "\u202e" not in shown
        bare = shown.replace(safe_text.JOINER, "")
        for mark in "![]()<>`*_$|":
            assert bare.count(mark) == bare.count(f"\\{mark}")
        assert "http:/" not in shown.replace("\\", "")


def test_every_state_has_words_and_not_only_a_colour() -> None:
    assert set(fmt.ACTION_MARKS) == set(ActionStatus) and set(fmt.INCIDENT_MARKS) == set(IncidentStatus)
    assert len({words for words, _ in fmt.ACTION_MARKS.values()}) == len(ActionStatus)


@pytest.mark.parametrize(
    ("minor", "shown"), [(123_450, "1,234 EUR"), (99_999, "999.99 EUR"), (5, "0.05 EUR"), (-250, "-2.50 EUR")]
)
def test_money_carries_its_currency(minor: int, shown: str) -> None:
    assert fmt.money(minor, "EUR") == shown


def test_two_currencies_are_shown_side_by_side() -> None:
    assert fmt.amounts([Money(minor=100, currency="EUR"), Money(minor=200, currency="USD")]) == "1.00 EUR + 2.00 USD"
    assert fmt.amounts([]) == fmt.NOTHING


@pytest.mark.parametrize(
    ("share", "shown"), [(0.999, "> 99 %"), (1.0, "100 %"), (0.001, "< 1 %"), (0.0, "0 %"), (0.61, "61 %")]
)
def test_a_share_is_never_rounded_to_certainty(share: float, shown: str) -> None:
    assert fmt.percent(share) == shown
    assert shown in fmt.confidence(share)


def test_times_are_relative_and_absolute() -> None:
    assert fmt.when(NOW - timedelta(minutes=90), NOW) == "1 hour ago · 02 Mar 2026, 07:30 UTC"
    assert fmt.since(NOW + timedelta(days=2), NOW) == "in 2 days"


def test_citation_marks_draw_runs_together() -> None:
    assert fmt.marks([3, 1, 2, 7, 7]) == "[1-3] [7]"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%0A"])
def test_no_cell_of_a_download_is_a_formula(cell: str) -> None:
    assert fmt.inert_cell(cell) == f"'{cell}"
    assert fmt.csv_of([{"a": cell}], ["a"]).splitlines()[1].lstrip('"').startswith("'")


def test_a_silent_server_is_a_sentence_and_not_a_wait_without_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = Api(f"http://127.0.0.1:{silent.getsockname()[1]}", patience=0.2)
        with pytest.raises(ApiProblem, match="taking too long"):
            api.get("demo", "/agent/state")
        api.close()
