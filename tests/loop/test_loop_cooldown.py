"""A signal that flaps does not make the agent flap: one action of its own per cool-down, one rollback, then people."""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.decisions import Tried
from app.domain.incidents import IncidentStatus
from app.observe.cooldown import cooling_down, recent_treatments, undone_before
from app.services.incidents import cases
from app.settings import PROJECT
from tests.builders import NOW, make_action, make_decision, minutes
from tests.loop.conftest import Agency, open_agency

A = ActionStatus
SHOP = "MERCH-A1B2C3"
CALLBACK = "callback_not_https"
OVER_LIMIT = "inventory_sync_over_limit"
HOUR = timedelta(hours=1)


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Agency]:
    """A platform on which nothing was told yet."""
    opened = open_agency(tmp_path)
    yield opened
    opened.application.stop()


@pytest.fixture
def cautious(tmp_path: Path) -> Iterator[Agency]:
    """The same, whose cool-down is longer than it takes to see that a trouble has come back."""
    yield from with_cool_down(tmp_path, 180)


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Agency]:
    """The same, whose cool-down is over before a trouble has come back."""
    yield from with_cool_down(tmp_path, 20)


def with_cool_down(folder: Path, length: int) -> Iterator[Agency]:
    shutil.copytree(PROJECT / "config", folder / "config")
    policies = folder / "config" / "agent_policies.yaml"
    said = policies.read_text("utf-8")
    policies.write_text(re.sub(r"(?m)^cooldown_minutes: \d+", f"cooldown_minutes: {length}", said), "utf-8")
    opened = open_agency(folder / "data", config=folder / "config")
    assert opened.ctx.config.policies.cooldown_minutes == length
    yield opened
    opened.application.stop()


def let_flap(agency: Agency) -> tuple[int, list[datetime]]:
    """Two hours in which the trouble is back as soon as it was cured: how often it came back, and when it was treated
    by rule.
    """
    agency.only_broken(OVER_LIMIT)
    agency.pass_time(60)
    flaps = 0
    for _ in range(8):
        agency.pass_time(15)
        agency.cycle()
        if agency.calls("adjust_rate_limit") and not agency.rows(A.EXECUTED):
            agency.only_broken(OVER_LIMIT)
            flaps += 1
    by_rule = [row for row in agency.rows() if (row.decided_by or "").startswith("policy:")]
    return flaps, sorted(row.executed_at for row in by_rule if row.executed_at)


def test_a_signal_that_flaps_is_treated_by_rule_at_most_once_per_cool_down(hasty: Agency) -> None:
    cooldown = timedelta(minutes=hasty.ctx.config.policies.cooldown_minutes)
    flaps, done = let_flap(hasty)
    assert flaps and len(done) > 1
    assert all(later - earlier >= cooldown for earlier, later in pairwise(done)), done


def test_what_comes_back_within_the_cool_down_is_asked(cautious: Agency) -> None:
    flaps, done = let_flap(cautious)
    assert flaps and len(done) == 1
    asked = [row for row in cautious.rows(A.PENDING) if row.decision.cause == OVER_LIMIT]
    assert asked
    assert all("ask.cooling_down" in row.decision.ruling.rule_ids for row in asked)
    assert all(done[-1] < row.proposed_at < done[-1] + timedelta(minutes=180) for row in asked)


def test_after_one_rollback_people_take_over_and_nothing_loops(quiet: Agency) -> None:
    quiet.retell(tools=[{"tool": "update_callback_url", "does": "harms"}])
    quiet.only_broken(CALLBACK)
    quiet.pass_time(60)
    quiet.cycle()
    first = (quiet.rows(A.PENDING) + quiet.rows(A.EXECUTED))[0]
    if first.status is A.PENDING:
        quiet.approve(first)
    for _ in range(24):
        quiet.pass_time(10)
        quiet.cycle()
        if quiet.incident(first.incident_id).status is IncidentStatus.ESCALATED:
            break
    assert quiet.row(first.id).status is A.UNDONE
    cases.manage_incident(quiet.ctx, quiet.scope, first.incident_id, "close", "the merchant was called")
    for _ in range(6):
        quiet.pass_time(10)
        quiet.cycle()
    again = quiet.incidents()[0]
    assert again.id != first.incident_id and again.status is IncidentStatus.ESCALATED
    assert again.metrics_snapshot["rules"] == ["never.second_rollback"]
    alike = [row for row in quiet.rows() if row.decision.tool == "update_callback_url"]
    assert sorted(row.step.value for row in alike) == ["first", "undo"]


# --- the facts -------------------------------------------------------------------------------------------------------


def row(number: int, status: ActionStatus, minute: float, **changes: Any) -> Action:
    return make_action(number, status=status, executed_at=minutes(minute), **changes)


@pytest.mark.parametrize(
    "status,minute,counted",
    [
        (A.EXECUTED, -59, True),
        (A.EXECUTED, -61, False),
        (A.UNDONE, -10, True),
        (A.NOT_APPLIED, -1, False),
        (A.FAILED, -1, False),
        (A.IN_DOUBT, -300, True),
    ],
)
def test_the_cool_down_counts_what_was_or_may_have_been_done(
    status: ActionStatus, minute: float, counted: bool
) -> None:
    facts = recent_treatments([row(1, status, minute)], {SHOP}, now=NOW, cooldown=HOUR)
    assert cooling_down(facts.cooling, (), tool="update_callback_url", scope={SHOP, "MERCH-X"}) is counted
    assert not cooling_down(facts.cooling, (), tool="rotate_token", scope={SHOP})
    assert not cooling_down(facts.cooling, (), tool="update_callback_url", scope={"MERCH-X"})


def test_a_rollback_is_remembered_for_a_day_and_for_the_same_cause_only() -> None:
    rows = [
        row(1, A.UNDONE, -60),
        row(2, A.HARMED, -90),
        row(3, A.HARMED, -60 * 25),
        row(4, A.UNDONE, -5, decision=make_decision(4, cause="other")),
    ]
    facts = recent_treatments(rows, {SHOP}, now=NOW, cooldown=HOUR)
    asked = {"tool": "update_callback_url", "scope": {SHOP}}
    assert undone_before(facts.undone, cause="callback_not_https", **asked) == 2
    assert undone_before(facts.undone, cause="other", **asked) == 1
    assert undone_before((), cause="other", **asked) == 0


def test_an_earlier_attempt_on_the_same_incident_counts_although_the_dossier_is_older() -> None:
    tried = Tried(action_id="ACT-1", cause="another", tool="purge_cache", ended="INEFFECTIVE", evidence_version=1)
    assert cooling_down((), [tried], tool="purge_cache", scope={SHOP})
    assert not cooling_down((), [tried.changed(ended="REJECTED")], tool="purge_cache", scope={SHOP})
