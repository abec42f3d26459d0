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
from collections.abc import Callable, Iterator, Sequence
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
from app.services.actions.rows import list_questions
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
    """What stands between the console and the API: it may break off while it carries the answer to an approval."""

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

            async def break_off(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send({**message, "headers": [(b"content-length", b"1000000")]})

            await served(scope, receive, break_off)

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


def open_console_page(stage: Stage, window: Any, row: Action) -> Any:
    """A page of the console that stands on a card."""
    page = window.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{stage.console}/?tenant={TENANT}&action={row.id}")
    return page


def open_card(page: Any, row: Action) -> None:
    """From wherever the page stands to the point where one press approves."""
    if f"action={row.id}" not in page.url:
        page.locator(f".st-key-open-{row.id} button").click()
    sync_api.expect(page.get_by_text(re.compile(f"^{row.id} · version")).first).to_be_visible()
    page.get_by_role("button", name=APPROVE).first.click()
    confirm = page.get_by_role("button", name=CONFIRM)
    sync_api.expect(confirm.first).to_be_visible()
    if row.decision.risk.level in {"high", "critical"}:
        typed = page.get_by_label("Type the store's id")
        typed.fill(row.decision.scope[0])
        typed.press("Enter")
    sync_api.expect(confirm.first).to_be_enabled()


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
    lost = stage.line.lost
    stage.line.loses.set()
    one.get_by_role("button", name=CONFIRM).first.click()
    wait_until(lambda: stage.line.lost > lost, 30, "the answer that is lost")
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


def run_race(stage: Stage, row: Action, kind: str, pages: list[Any]) -> tuple[str, str]:
    """One question, two people; what each reads in the end."""
    for number, window in enumerate((stage.first, stage.second)):
        if len(pages) <= number:
            pages.append(open_console_page(stage, window, row))
        open_card(pages[number], row)
    RACES[kind](stage, *pages)
    if pages[0].is_closed():
        pages[0] = open_console_page(stage, stage.first, row)
    return read_ending(pages[0]), read_ending(pages[1])


def list_questions_shown(stage: Stage, count: int) -> list[Action]:
    """So many questions, in the order in which the inbox lists them."""
    asked(stage.application, count)
    return list_questions(stage.application.ctx, TenantScope(tenant_id=TENANT), limit=count, offset=0, snoozed=False)


def race_them(stage: Stage, count: int, kinds: Sequence[str] = tuple(RACES)) -> None:
    rows, pages, heard = list_questions_shown(stage, count), [], Counter[str]()
    for number, row in enumerate(rows):
        kind = kinds[number % len(kinds)]
        told = run_race(stage, row, kind, pages)
        heard[f"{kind}: {' / '.join(told)}"] += 1
        assert told.count("won") <= 1, (kind, told)
        if kind in {"two browsers", "double click", "answer lost"}:
            assert sorted(told) == ["lost", "won"], (kind, told, "who came second is told so, and nobody else")
        with stage.application.store.read(TenantScope(tenant_id=TENANT)) as session:
            assert session.actions.get(row.id).status is ActionStatus.APPROVED
    assert stage.line.lost == sum(kinds[number % len(kinds)] == "answer lost" for number in range(count))
    assert stage.line.approvals > count, "more was sent than had an effect"
    assert_done_once(stage.application, stage.effects, rows, stage.config)
    effects = Counter(Counter(sent.key for sent in stage.effects.effects()).values())
    print(f"{count} approvals, {stage.line.approvals} sent, effects each {dict(effects)}: {dict(heard)}")


def test_ten_approvals_in_two_browsers_have_one_effect_each_and_both_read_the_truth(stage: Stage) -> None:
    race_them(stage, 10)


@pytest.mark.parametrize("part", range(10))
def test_200_approvals_in_two_browsers_have_one_effect_each_and_both_read_the_truth(stage: Stage, part: int) -> None:
    """Twenty at a time, each time with a product of its own."""
    race_them(stage, 20)
