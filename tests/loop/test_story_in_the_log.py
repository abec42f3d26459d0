"""Whoever looks for an incident's id in the log reads what happened to it, in order, from the signals to its end."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.domain.incidents import Incident
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.services.incidents.cases import manage_incident
from app.store.event_lines import log_events
from tests.builders import NOW, make_event
from tests.durability.live_driver import (
    HARMED,
    TOOL,
    Life,
    Place,
    live_config,
    open_application,
    open_world,
    tenant_name,
)
from tests.durability.world import Case, Plan
from tests.standins.base import served
from tests.standins.lax import LaxShopify

REPAIRED, UNDONE = tenant_name("k", 1), tenant_name(HARMED, 1)
NAMES = {"timestamp", "level", "event", "tenant", "incident", "action", "tool", "title", "severity", "by", "was", "why"}


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    with served(LaxShopify()) as shop:
        place = Place(tmp_path, live_config(tmp_path / "config", shop.port, shop.secret, [1]))
        opened = open_application(place, open_world(place), passing=True, log_level="INFO")
        yield opened
        opened.stop()


def only_incident(application: Application, tenant: str) -> Incident:
    with application.store.read(Scope(tenant_id=tenant)) as session:
        (incident,) = session.incidents.page()
    return incident


def read_story(lines: str, name: str) -> list[str]:
    """What `grep` finds, by the name of each line."""
    return [found[1] for line in lines.splitlines() if name in line and (found := re.search(r" event='([^']+)'", line))]


def test_the_story_of_a_repair_is_told_in_order(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    Life(application, Plan((Case(1, REPAIRED, TOOL),))).run()
    incident = only_incident(application, REPAIRED)
    manage_incident(application.ctx, Scope(tenant_id=REPAIRED, principal=LOCAL_ADMIN), incident.id, "acknowledge", "")
    lines = capsys.readouterr().err
    assert read_story(lines, incident.id) == [
        "incident.opened",
        "sweep.done",
        "incident.diagnosed",
        "action.proposed",
        "action.pending",
        "incident.awaiting",
        "action.approved",
        "incident.mitigating",
        "action.sending",
        "action.executed",
        "incident.verifying",
        "sweep.done",
        "action.verified",
        "incident.resolved",
        "incident.acknowledge",
    ]
    for line in lines.splitlines():
        if incident.id in line and "sweep.done" not in line:
            names = set(re.findall(r"(?:^| )([a-z_]+)=", line))
            assert names - {"seq"} <= NAMES, line
            assert {"tenant", "incident", "by"} <= names, line
            assert ("action" in names) is (" event='action." in line), line
    assert f"tenant='{REPAIRED}'" in lines and "by='person:ada'" in lines


def test_a_harm_and_its_undo_are_told_with_both_actions(
    application: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    Life(application, Plan((Case(1, UNDONE, TOOL),))).run()
    story = read_story(capsys.readouterr().err, only_incident(application, UNDONE).id)
    assert story[-1] == "incident.escalated"
    assert [name for name in story if name in {"action.harmed", "action.undone"}] == ["action.harmed", "action.undone"]
    assert story.count("action.sending") == 2


def test_nothing_is_told_of_what_was_rolled_back(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    Life(application, Plan((Case(1, REPAIRED, TOOL),))).run()
    incident = only_incident(application, REPAIRED)
    capsys.readouterr()
    with pytest.raises(RuntimeError, match="undecided"), application.store.write(Scope(tenant_id=REPAIRED)) as session:
        session.events.append("incident.note", incident.id, {"value": "half a thought"}, at=NOW)
        raise RuntimeError("undecided")
    assert read_story(capsys.readouterr().err, incident.id) == []


def test_a_line_stays_a_line_and_holds_no_secret(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    token = "xoxb-123456789012-abcdefghijklmnopqrstuvwx"
    why = f"it says {token}\nevent='incident.resolved' incident='INC-00000009'\u202e"
    told = {"from": "OPEN", "to": "ESCALATED", "reason": why}
    log_events("demo", [make_event(kind="incident.moved", subject="INC-00000001", payload=told)])
    (line,) = capsys.readouterr().err.splitlines()
    assert " event='incident.escalated' " in line
    assert token not in line and "\u202e" not in line
