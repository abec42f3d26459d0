"""A signal that flaps does not make the agent flap: one action of its own per cool-down, one rollback, then people."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.actions import Action, ActionStatus
from app.domain.approvals import Step
from app.domain.decisions import Tried
from app.domain.incidents import IncidentStatus
from app.observe.damping import cooling_down, lately, undone_before
from tests.builders import NOW, make_action, make_decision, minutes
from tests.loop.conftest import Agency

A = ActionStatus
SHOP = "MERCH-A1B2C3"
HOUR = timedelta(hours=1)


def by_rule(agency: Agency) -> list[Action]:
    """What the agent did by itself, oldest first."""
    return sorted((row for row in agency.rows() if (row.decided_by or "").startswith("policy:") and row.executed_at), key=when)


def when(row: Action) -> datetime:
    assert row.executed_at is not None
    return row.executed_at


def broken_again(agency: Agency, settings: dict[str, Any]) -> None:
    """The fault is back: the settings are what they were before anybody mended them."""
    shops = agency.shop().merchants
    agency.change_shop(merchants={name: shop.changed(settings=settings[name], changes=()) for name, shop in shops.items()})


def test_a_flapping_signal_is_treated_at_most_once_per_cool_down(agency: Agency) -> None:
    cooldown = timedelta(minutes=agency.house.config.policies.cooldown_minutes)
    settings = {name: shop.settings for name, shop in agency.shop().merchants.items()}
    flaps = 0
    for _ in range(36):
        agency.pass_time(10)
        agency.cycle()
        if any(shop.settings != settings[name] for name, shop in agency.shop().merchants.items()):
            broken_again(agency, settings)
            flaps += 1
    done = by_rule(agency)
    assert done and flaps
    for tool in {row.decision.tool for row in done}:
        alike = [row for row in done if row.decision.tool == tool]
        for row in alike:
            close = [other for other in alike if other.id != row.id and set(other.decision.scope) & set(row.decision.scope)]
            assert all(abs(when(other) - when(row)) >= cooldown for other in close), [(other.id, when(other)) for other in alike]


def test_what_comes_back_within_the_cool_down_is_asked(agency: Agency) -> None:
    settings = {name: shop.settings for name, shop in agency.shop().merchants.items()}
    agency.cycle()
    first = by_rule(agency)[0]
    agency.until_receipt(first.id)
    broken_again(agency, settings)
    again = None
    for _ in range(6):
        agency.pass_time(5)
        agency.cycle()
        later = [row for row in agency.rows() if row.id != first.id and row.decision.tool == first.decision.tool and row.parent_id is None]
        again = next((row for row in later if set(row.decision.scope) & set(first.decision.scope)), None)
        if again:
            break
    assert again is not None and when(first) + timedelta(minutes=60) > again.proposed_at
    assert again.status is A.PENDING and "ask.cooling_down" in again.decision.ruling.rule_ids


def test_after_one_rollback_people_take_over_and_nothing_loops(agency: Agency) -> None:
    settings = {name: shop.settings for name, shop in agency.shop().merchants.items()}
    agency.cycle()
    first = by_rule(agency)[0]
    tool, cause, shops = str(first.decision.tool), first.decision.cause, set(first.decision.scope)
    agency.skip(24 * 60 + 1)
    broken_again(agency, settings)
    agency.change_shop(harmful_tools=(tool,))
    for _ in range(60):
        agency.pass_time(10)
        agency.cycle()
        for row in agency.rows(A.PENDING):
            agency.approve(row)
        broken_again(agency, settings)
    harmed = [row for row in agency.rows() if row.step is not Step.UNDO and row.decision.tool == tool and row.decision.cause == cause]
    harmed = [row for row in harmed if row.status in {A.HARMED, A.UNDONE} and set(row.decision.scope) & shops]
    assert len(harmed) == 1, [(row.id, row.status, row.executed_at) for row in harmed]
    undone = [row for row in agency.rows() if row.step is Step.UNDO and (row.parent_id or "") == harmed[0].id]
    assert len(undone) == 1
    handed = [one for one in agency.incidents() if one.status is IncidentStatus.ESCALATED and "never.second_rollback" in denied_by(agency, one.id)]
    assert handed, [(one.id, one.status, denied_by(agency, one.id)) for one in agency.incidents()]


def denied_by(agency: Agency, incident_id: str) -> list[str]:
    return [str(rule) for rule in agency.incident(incident_id).metrics_snapshot.get("rules", [])]


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
def test_the_cool_down_counts_what_was_or_may_have_been_done(status: ActionStatus, minute: float, counted: bool) -> None:
    facts = lately([row(1, status, minute)], {SHOP}, now=NOW, cooldown=HOUR)
    assert cooling_down(facts, (), tool="update_callback_url", scope={SHOP, "MERCH-X"}) is counted
    assert not cooling_down(facts, (), tool="rotate_token", scope={SHOP})
    assert not cooling_down(facts, (), tool="update_callback_url", scope={"MERCH-X"})


def test_a_rollback_is_remembered_for_a_day_and_for_the_same_cause_only() -> None:
    rows = [row(1, A.UNDONE, -60), row(2, A.HARMED, -90), row(3, A.HARMED, -60 * 25), row(4, A.UNDONE, -5, decision=make_decision(4, cause="other"))]
    facts = lately(rows, {SHOP}, now=NOW, cooldown=HOUR)
    asked = {"tool": "update_callback_url", "scope": {SHOP}}
    assert undone_before(facts, cause="callback_not_https", **asked) == 2
    assert undone_before(facts, cause="other", **asked) == 1
    assert undone_before({}, cause="other", **asked) == 0


def test_an_earlier_attempt_on_the_same_incident_counts_although_the_dossier_is_older() -> None:
    tried = Tried(action_id="ACT-1", cause="another", tool="purge_cache", ended="INEFFECTIVE", evidence_version=1)
    assert cooling_down({}, [tried], tool="purge_cache", scope={SHOP})
    assert not cooling_down({}, [tried.changed(ended="REJECTED")], tool="purge_cache", scope={SHOP})
