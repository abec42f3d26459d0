"""Two people with a browser each decide about the same question at the same moment: a double click, a page that is
loaded anew, an answer that is lost, a browser that goes away. Every approval has one effect, and what both read
afterwards is true.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.bootstrap import Application
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.tenants import Scope as TenantScope
from app.settings import PROJECT
from tests.durability.concurrency import Branch, open_branch
from tests.durability.test_approvers import TENANT, asked, assert_done_once
from tests.durability.worker_driver import open_world
from tests.durability.world import config_folder
from tests.screen.conftest import answers, free_port, serving
from tests.waiting import wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright on this machine: the browser tests need it")
pytestmark = [pytest.mark.browser, pytest.mark.long]

PATIENCE = 90_000
CONFIRM = re.compile("Confirm approval")
APPROVE = re.compile("✓ Approve")
WON, LOST = re.compile("Approved:"), re.compile("Nothing was changed")
DECIDED = re.compile("Decided by local:admin")


@dataclass
class Line:
    """What stands between the console and the API: it may lose the answer to an approval that has arrived."""

    loses: threading.Event = field(default_factory=threading.Event)
    approvals: int = 0
    lost: int = 0

    def lay(self, served: ASGIApp) -> ASGIApp:
        async def through(scope: Scope, receive: Receive, send: Send) -> None:
            approves = scope["type"] == "http" and scope["path"] == "/actions/approve"
            self.approvals += approves
            if not (approves and self.loses.is_set()):
                await served(scope, receive, send)
                return
            self.loses.clear()
            self.lost += 1

            async def swallow(_message: Message) -> None:
                return

            await served(scope, receive, swallow)
            raise ConnectionResetError

        return through


class Stage(NamedTuple):
    """The product with questions, its console in front of it, and two browsers that share nothing."""

    application: Application
    effects: Any
    config: Path
    console: str
    line: Line
    first: Any
    second: Any


@contextmanager
def open_console(place: Branch, api: int) -> Iterator[str]:
    """`python -m app console` beside an API."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAUSEWAY_", "STREAMLIT_"))}
    command = [sys.executable, "-m", "app", "console", "--data", str(place.data)]
    command += ["--api-port", str(api), "--console-port", str(port)]
    with (
        (place.folder / "console.log").open("wb") as out,
        subprocess.Popen(command, cwd=PROJECT, env=kept, stdout=out, stderr=out) as running,
    ):
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"), 120, "the console")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


@pytest.fixture
def stage(tmp_path: Path, browser: Any) -> Iterator[Stage]:
    config = config_folder(tmp_path / "config")
    place, line, port = Branch(tmp_path, config), Line(), free_port()
    effects = open_world(place)
    application = open_branch(place, effects)
    sync_api.expect.set_options(timeout=PATIENCE)
    with serving(application, port, line.lay), open_console(place, port) as console:
        windows = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
        yield Stage(application, effects, config, console, line, *windows)
        for window in windows:
            window.close()
    application.stop()
    effects.close()


def open_card(stage: Stage, window: Any, row: Action) -> Any:
    """A page at the point where one press approves."""
    page = window.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{stage.console}/?tenant={TENANT}&action={row.id}")
    page.get_by_role("button", name=APPROVE).first.click()
    confirm = page.get_by_role("button", name=CONFIRM)
    sync_api.expect(confirm.first).to_be_visible()
    if row.decision.risk.level in {"high", "critical"}:
        typed = page.get_by_label("Type the store's id")
        typed.fill(row.decision.scope[0])
        typed.press("Enter")
    sync_api.expect(confirm.first).to_be_enabled()
    return page


def press_together(*pages: Any) -> None:
    """Every page presses at the same moment, each by its own clock."""
    at = pages[0].evaluate("Date.now()") + 300
    for page in pages:
        button = page.get_by_role("button", name=CONFIRM).first
        button.evaluate("(button, at) => { setTimeout(() => button.click(), at - Date.now()) }", at)


def press_twice(stage: Stage, one: Any, other: Any) -> None:
    """The first person presses twice, the second once, at the same moment."""
    press_together(one, one, other)


def load_anew(stage: Stage, one: Any, other: Any) -> None:
    """The first person presses and loads the page anew before anything is answered."""
    press_together(one, other)
    one.wait_for_timeout(320)
    one.reload()


def lose_answer(stage: Stage, one: Any, other: Any) -> None:
    """What the first person sends arrives, and the answer is lost on its way back; then the second presses."""
    stage.line.loses.set()
    one.get_by_role("button", name=CONFIRM).first.click()
    wait_until(lambda: not stage.line.loses.is_set(), 30, "the answer that is lost")
    other.get_by_role("button", name=CONFIRM).first.click()


def go_away(stage: Stage, one: Any, other: Any) -> None:
    """The first person's browser goes away with the press; the second presses at the same moment."""
    press_together(one, other)
    one.wait_for_timeout(305)
    one.close()


RACES: dict[str, Callable[[Stage, Any, Any], None]] = {
    "two browsers": lambda _stage, one, other: press_together(one, other),
    "double click": press_twice,
    "loaded anew": load_anew,
    "answer lost": lose_answer,
    "gone away": go_away,
}


def read_ending(page: Any) -> str:
    """What a person reads once it is decided: that theirs won, that nothing was changed, or only how it stands."""
    sync_api.expect(page.get_by_text(DECIDED).first).to_be_visible()
    assert page.get_by_role("button", name=CONFIRM).count() == 0
    assert page.get_by_role("button", name=APPROVE).count() == 0, "it is no question any more"
    won, lost = page.get_by_text(WON).count(), page.get_by_text(LOST).count()
    return "won" if won else "lost" if lost else "told how it stands"


def run_race(stage: Stage, row: Action, kind: str) -> tuple[str, str]:
    """One question, two people; what each reads in the end."""
    one, other = open_card(stage, stage.first, row), open_card(stage, stage.second, row)
    RACES[kind](stage, one, other)
    if one.is_closed():
        one = stage.first.new_page()
        one.set_default_timeout(PATIENCE)
        one.goto(f"{stage.console}/?tenant={TENANT}&action={row.id}")
    told = read_ending(one), read_ending(other)
    one.close()
    other.close()
    return told


def race_them(stage: Stage, count: int) -> None:
    rows = asked(stage.application, count)
    kinds, heard = list(RACES), Counter[str]()
    for number, row in enumerate(rows):
        kind = kinds[number % len(kinds)]
        told = run_race(stage, row, kind)
        heard[f"{kind}: {' / '.join(told)}"] += 1
        assert told.count("won") <= 1, (kind, told)
        if kind in {"two browsers", "double click"}:
            assert sorted(told) == ["lost", "won"], (kind, told, "who came second is told so, and nobody else")
        with stage.application.store.read(TenantScope(tenant_id=TENANT)) as session:
            assert session.actions.get(row.id).status is ActionStatus.APPROVED
    assert stage.line.lost == sum(number % len(kinds) == kinds.index("answer lost") for number in range(count))
    assert stage.line.approvals > count, "more was sent than had an effect"
    assert_done_once(stage.application, stage.effects, rows, stage.config)
    print(f"{count} approvals, {stage.line.approvals} sent: {dict(heard)}")


def test_ten_approvals_in_two_browsers_have_one_effect_each_and_both_read_the_truth(stage: Stage) -> None:
    race_them(stage, 10)


def test_200_approvals_in_two_browsers_have_one_effect_each_and_both_read_the_truth(stage: Stage) -> None:
    race_them(stage, 200)
