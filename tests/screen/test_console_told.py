"""Who is told, and who has an incident: what stands on the pages, and what the buttons do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screen.conftest import Desk, free_port, opened, said, serving
from tests.screen.test_console_migrations import cells
from tests.screen.test_console_pages import press
from tests.telling import Telling, open_telling, open_vendors, target_over


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Telling]:
    targets = [target_over("telegram", mode="dry_run", then={"target": "ops", "after_minutes": 5})]
    with (
        open_vendors() as vendors,
        open_telling(tmp_path, vendors, [*targets, target_over("slack", name="ops")]) as found,
    ):
        yield found


@pytest.fixture
def own_desk(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    port = free_port()
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(port))
    with serving(telling.application, port):
        yield from opened(port)


def test_the_page_of_the_tools_says_who_is_told_and_what_became_of_it(own_desk: Desk, telling: Telling) -> None:
    assert telling.ctx.config.notices[0].then is not None
    telling.ask(1, title="Checkout fails")
    telling.tell("by-telegram")
    drawn = own_desk.open("tools", tenant="default")
    assert not drawn.exception and "Who is told" in said(drawn)
    assert "ops after 5 min" in cells(drawn, "then")
    assert "1 of 30" in cells(drawn, "this hour")
    assert "◇ shown, not sent" in cells(drawn, "state")
    assert "Your word is needed: Checkout fails." in cells(drawn, "what")


def test_what_did_not_arrive_is_sent_again_from_the_page_of_the_tools(own_desk: Desk, telling: Telling) -> None:
    telling.ask(1, title="Checkout fails")
    secret, telling.vendors.slack.secret = telling.vendors.slack.secret, "another"
    telling.tell("ops")
    telling.vendors.slack.secret = secret
    (lost,) = telling.notices("ops")
    drawn = own_desk.open("tools", tenant="default")
    assert "Did not arrive" in said(drawn) and "✕ given up, to ops: Your word is needed: Checkout fails." in said(drawn)
    drawn = press(drawn, f"resend-{lost.id[:16]}")
    assert not drawn.exception and "It is sent to ops at the next look." in said(drawn)
    telling.tell("ops")
    assert telling.states("ops") == ["SENT"]


def test_an_incident_is_taken_assigned_noted_muted_and_merged_on_its_page(own_desk: Desk, telling: Telling) -> None:
    for number in (1, 2):
        telling.ask(number)
    name = "INC-00000001"
    drawn = press(own_desk.open("incidents", tenant="default", incident=name), "take")
    assert not drawn.exception and "local:admin has it." in said(drawn)
    assert "take" not in {one.key for one in drawn.button}
    for key, verb, text in ((f"assign-{name}", "do-assign", "night shift"), (f"note-{name}", "do-note", "called them")):
        assert drawn.button(key=verb).disabled
        drawn.text_input(key=key).set_value(text).run()
        drawn = press(drawn, verb)
    assert "It is assigned to night shift." in said(drawn)
    drawn = press(drawn, "do-mute")
    assert "It is muted" in said(drawn)
    drawn.selectbox(key=f"merge-{name}").set_value("INC-00000002").run()
    drawn = press(drawn, "do-merge")
    assert "was merged into INC-00000002" in said(drawn)
    kept = own_desk.get(f"/incidents/{name}", tenant="default")["incident"]
    assert (kept["acknowledged_by"], kept["assignee"], kept["muted"]) == ("local:admin", "night shift", True)
    assert (kept["status"], kept["merged_into"]) == ("MERGED", "INC-00000002")
    told = [one["kind"] for one in own_desk.get(f"/incidents/{name}/timeline", tenant="default")]
    assert {"incident.acknowledge", "incident.assign", "incident.note", "incident.mute"} <= set(told)
