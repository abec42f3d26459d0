"""A trouble that ends by itself is seen to end: its question is taken back, its waiting costs nothing, and no tool is
credited.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import Conflict
from app.domain.incidents import FEEDABLE, REOPENED, IncidentStatus
from app.services.actions.waiting import list_waiting
from app.services.incidents import cases
from app.services.watch import recovery
from tests.loop.conftest import Agency, Past, open_agency

CALLBACK = "callback_not_https"
HEALTHY_MINUTES = 90


def live(agency: Agency, minutes: float) -> None:
    for _ in range(int(minutes / 30)):
        agency.pass_time(30, step=30)
        agency.cycle()


@pytest.fixture(scope="module")
def healthy_since(first_cycle: Past, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """All that was wrong ended by itself after the first cycle, and the platform lived on without anybody looking."""
    agency = open_agency(tmp_path_factory.mktemp("healthy"), past=first_cycle)
    agency.retell(faults=[])
    agency.pass_time(HEALTHY_MINUTES, step=30)
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture
def healthy(tmp_path: Path, healthy_since: Past) -> Iterator[Agency]:
    """The platform as it stands then, before the next sweep."""
    opened = open_agency(tmp_path, past=healthy_since)
    yield opened
    opened.application.stop()


@pytest.fixture(scope="module")
def after_the_sweep(healthy_since: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """The platform after it; for tests that change nothing."""
    opened = open_agency(tmp_path_factory.mktemp("swept"), past=healthy_since)
    opened.cycle()
    yield opened
    opened.application.stop()


def asked(agency: Agency) -> Action:
    """What had been proposed against the callbacks, however it stands now."""
    return next(
        row for row in agency.rows() if row.decision.cause == CALLBACK and row.decision.tool == "update_callback_url"
    )


def test_a_trouble_that_ended_by_itself_is_resolved_and_costs_nothing_more(healthy: Agency) -> None:
    row = asked(healthy)
    before = cases.report_risk(healthy.ctx, healthy.scope, row.incident_id)
    assert before.per_hour and all(item.middle > 0 for item in before.per_hour)
    assert row.incident_id in healthy.cycle().observed.recovered
    healed = healthy.incident(row.incident_id)
    assert healed.status is IncidentStatus.RESOLVED
    assert healed.resolution is not None and "recovered on its own" in healed.resolution
    assert healed.metrics_snapshot["per_hour"] == []
    after = cases.report_risk(healthy.ctx, healthy.scope, row.incident_id)
    assert after.lost_orders["middle"] == before.lost_orders["middle"] > 0 and after.merchants == before.merchants
    assert after.per_hour and all(item.middle == 0 for item in (*after.per_hour, *after.per_day))
    assert not [said for said in after.sentences if "While it lasts" in said]
    moved = [
        event
        for event in cases.list_timeline(healthy.ctx, healthy.scope, row.incident_id)
        if event.kind == "incident.moved"
    ]
    assert (moved[-1].payload["to"], moved[-1].payload["reason"]) == ("RESOLVED", "recovered on its own")


def test_its_old_card_is_refused_and_says_when_the_trouble_was_last_seen(after_the_sweep: Agency) -> None:
    row = asked(after_the_sweep)
    assert row.status is ActionStatus.SUPERSEDED
    last = after_the_sweep.incident(row.incident_id).last_seen
    with pytest.raises(Conflict, match=f"last seen at {last:%Y-%m-%d %H:%M} UTC") as refused:
        after_the_sweep.approve(row)
    assert "recovered on its own" in refused.value.detail and refused.value.status == 409
    assert not after_the_sweep.calls("update_callback_url")


def test_nothing_of_it_waits_any_more(after_the_sweep: Agency) -> None:
    row = asked(after_the_sweep)
    assert not [one for one in after_the_sweep.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]
    assert not after_the_sweep.ctx.loop.bookmarked(after_the_sweep.scope, row.incident_id)
    assert not after_the_sweep.drain()


def test_the_lesson_of_a_recovery_credits_no_tool(after_the_sweep: Agency) -> None:
    row = asked(after_the_sweep)
    known = cases.read_incident(after_the_sweep.ctx, after_the_sweep.scope, row.incident_id).lessons
    learnt = [one for one in known if one.incident_id == row.incident_id]
    assert [(one.outcome, one.tool, one.mttr) for one in learnt] == [("RECOVERED", None, None)]


def test_what_was_handed_to_people_recovers_too(healthy: Agency) -> None:
    row = asked(healthy)
    while waiting := [one for one in healthy.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]:
        healthy.reject(waiting[0], "no")
        healthy.drain()
    assert healthy.incident(row.incident_id).status is IncidentStatus.ESCALATED
    healthy.cycle()
    assert healthy.incident(row.incident_id).status is IncidentStatus.RESOLVED


def test_an_approval_that_came_first_wins_and_is_left_to_its_receipt(healthy: Agency) -> None:
    row = asked(healthy)
    healthy.approve(row)
    assert row.incident_id not in recovery.recover(healthy.ctx, healthy.scope)
    assert healthy.row(row.id).status is ActionStatus.APPROVED
    assert row.incident_id not in healthy.cycle().observed.recovered
    assert healthy.incident(row.incident_id).status is IncidentStatus.VERIFYING


def test_an_approval_between_the_look_and_the_end_wins(healthy: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is taken back by the same compare-and-set that an approval moves it by; when that is lost, nothing
    of the end is kept.
    """
    row = asked(healthy)
    judge = recovery._take_back

    def too_late(session, rows, now):  # type: ignore[no-untyped-def]
        judge(session, [one.changed(version=one.version + 1) for one in rows], now)

    monkeypatch.setattr(recovery, "_take_back", too_late)
    assert row.incident_id not in healthy.cycle().observed.recovered
    assert healthy.row(row.id).status is ActionStatus.PENDING
    assert healthy.incident(row.incident_id).status is IncidentStatus.AWAITING


def test_a_platform_that_sends_nothing_any_more_has_not_recovered(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    for _ in range(5):
        asking.skip(60)
        asking.cycle()
    assert asking.incident(row.incident_id).status is IncidentStatus.AWAITING
    assert asking.row(row.id).status is ActionStatus.PENDING


def test_a_trouble_that_goes_on_stays_open(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    live(asking, 180)
    assert asking.incident(row.incident_id).status in FEEDABLE


def test_a_trouble_that_comes_back_soon_is_another_episode_of_its_incident(healthy: Agency, asking: Agency) -> None:
    row, faults = asked(healthy), asking.world().scenario.faults
    healthy.cycle()
    healthy.retell(faults=faults)
    live(healthy, 60)
    again = healthy.incident(row.incident_id)
    assert again.status in FEEDABLE and again.resolved_at is None
    with healthy.ctx.store.read(healthy.scope) as session:
        told = [one for one in session.incidents.steps(row.incident_id) if one.step == REOPENED]
    assert [one.output["reason"] for one in told] == ["it came back"]
    assert not [one for one in healthy.incidents() if one.previous_id == row.incident_id]


def test_what_is_handed_over_waits_on_the_desk_until_it_ends_by_itself(healthy: Agency) -> None:
    row = asked(healthy)
    while waiting := [one for one in healthy.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]:
        healthy.reject(waiting[0], "no")
        healthy.drain()
    (waits,) = [
        one for one in list_waiting(healthy.ctx, healthy.scope).handed_over if one.incident.id == row.incident_id
    ]
    assert (waits.cause, waits.why) == (CALLBACK, "nothing to propose: people are needed")
    assert waits.since == healthy.ctx.clock(healthy.scope).now() and waits.per_hour
    healthy.cycle()
    assert row.incident_id not in [one.incident.id for one in list_waiting(healthy.ctx, healthy.scope).handed_over]
