"""Within a window, or about what is muted, everything is recorded, nothing asked, and nothing done by itself."""

from datetime import timedelta

import pytest

from app.domain.action_states import ActionStatus
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.incidents import ACTIVE, IncidentStatus
from app.domain.quiet import QuietKind
from app.domain.tenants import Role
from app.schemas.quiet import MuteRequest, QuietShown, WindowRequest
from app.services.actions import rows, waiting
from app.services.incidents import cases
from app.services.operations.quiet_rules import add_mute, add_window, end_quiet_rule, list_quiet_rules
from tests.builders import make_scope
from tests.loop.conftest import Agency

CALLBACK = "callback_not_https"


def open_window(agency: Agency, minutes: int = 60) -> QuietShown:
    until = agency.ctx.clock(agency.scope).now() + timedelta(minutes=minutes)
    return add_window(agency.ctx, agency.scope, WindowRequest(name="the move", reason="databases move", until=until))


def mute(agency: Agency, **about: list[str]) -> QuietShown:
    until = agency.ctx.clock(agency.scope).now() + timedelta(days=1)
    wish = MuteRequest(name="known", reason="it is being handled", until=until, **about)
    return add_mute(agency.ctx, agency.scope, wish)


def asked(agency: Agency, *, snoozed: bool = False) -> set[str]:
    return {row.id for row in rows.list_questions(agency.ctx, agency.scope, limit=500, offset=0, snoozed=snoozed)}


def test_in_a_window_incidents_are_recorded_and_nothing_is_asked_or_done_until_it_is_over(agency: Agency) -> None:
    shown = open_window(agency)
    agency.cycle()
    found = agency.incidents()
    assert found and agency.calls() == [] and asked(agency) == set()
    granted = agency.rows(ActionStatus.APPROVED)
    assert granted and all((row.decided_by or "").startswith("policy:") for row in granted), "a rule grants, and waits"
    pending = {row.id for row in agency.rows(ActionStatus.PENDING)}
    assert asked(agency, snoozed=True) == pending and pending
    detail = cases.read_incident(agency.ctx, agency.scope, granted[0].incident_id)
    assert [one.rule_id for one in detail.held_back] == [shown.rule.id]
    assert waiting.list_waiting(agency.ctx, agency.scope).handed_over == []
    assert agency.drain() == [], "what waits for the end of a window is not tried again and again"
    agency.skip(61)
    assert asked(agency) >= {name for name in pending if agency.row(name).status is ActionStatus.PENDING}
    agency.drain()
    for row in granted:
        stands = agency.row(row.id)
        assert stands.status is ActionStatus.SUPERSEDED and "withdraw.window_over" in stands.withdrawn_because
        fresh = [one for one in agency.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]
        assert [one.decision.ruling.rule_ids[-1] for one in fresh] == ["ask.after_window"]
    assert agency.calls() == [], "what was seen in a window is asked about after it"


def test_a_person_may_approve_within_a_window_and_a_harm_is_undone_in_it(asking: Agency) -> None:
    asking.retell(tools=[{"tool": "update_callback_url", "does": "harms"}])
    row = asking.pending(CALLBACK)
    open_window(asking, minutes=600)
    asking.approve(row)
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.EXECUTED
    asking.until_receipt(row.id)
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.UNDONE


def test_what_is_muted_is_not_asked_and_ending_it_asks_again(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    others = asked(asking) - {row.id}
    shown = mute(asking, causes=[CALLBACK])
    assert shown.rule.kind is QuietKind.MUTE and asked(asking) == others and others
    assert asking.incident(row.incident_id).status in ACTIVE - {IncidentStatus.OPEN}
    end_quiet_rule(asking.ctx, asking.scope, shown.rule.id)
    assert asked(asking) == {*others, row.id}
    with pytest.raises(Conflict, match="is over already"):
        end_quiet_rule(asking.ctx, asking.scope, shown.rule.id)
    (kept,) = list_quiet_rules(asking.ctx, asking.scope)
    assert kept.over and kept.rule.ended_by == "local:admin"
    with asking.ctx.store.read(asking.scope) as session:
        kinds = [event.kind for event in session.events.page(subject=shown.rule.id)]
        assert kinds == ["quiet.mute", "quiet.ended"]


def test_a_window_or_mute_without_an_end_a_subject_or_a_right_is_refused(asking: Agency) -> None:
    now = asking.ctx.clock(asking.scope).now()
    viewer = make_scope("shop", role=Role.OPERATOR)
    with pytest.raises(BadInput, match="needs its end"):
        add_window(asking.ctx, asking.scope, WindowRequest(name="n", reason="r"))
    with pytest.raises(BadInput, match="over at"):
        add_window(asking.ctx, asking.scope, WindowRequest(name="n", reason="r", until=now - timedelta(minutes=1)))
    with pytest.raises(BadInput, match="whoever misses a message"):
        add_window(asking.ctx, asking.scope, WindowRequest(name=" ", reason="r", until=now + timedelta(minutes=1)))
    with pytest.raises(BadInput, match="to be silent about everything, use a window"):
        mute(asking)
    for call in (
        lambda: add_window(asking.ctx, viewer, WindowRequest(name="n", reason="r", until=now + timedelta(minutes=1))),
        lambda: end_quiet_rule(asking.ctx, viewer, "QUIET-1"),
    ):
        with pytest.raises(Forbidden):
            call()
    with pytest.raises(NotFound):
        end_quiet_rule(asking.ctx, asking.scope, "QUIET-1")
    assert list_quiet_rules(asking.ctx, asking.scope) == []
