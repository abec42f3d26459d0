"""An incident is closed in any state, with a reason: nothing new is sent, and what runs is finished first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Seams
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import BadInput, Conflict, Forbidden
from app.domain.incidents import GONE, INCIDENT_MOVES, Incident, IncidentStatus
from app.domain.tenants import Principal, Role
from app.ports.connectors import Connector
from app.services.audit import proof
from app.services.incidents import cases
from app.services.incidents.cases import manage_incident
from tests.loop.conftest import Agency, Past, open_agency
from tests.loop.test_loop_repeats import CALLBACK, Gone, Wire, approved, cut_short, gone, set_aside

A, S = ActionStatus, IncidentStatus
WHY = "the vendor mends it tonight"
CURES = ("update_callback_url", "restore_setting")


@pytest.fixture
def wired(tmp_path: Path, first_cycle: Past) -> Iterator[tuple[Agency, Wire]]:
    """An agency with proposals that wait, and a wire to the shop that can be cut."""
    wires: list[Wire] = []

    def lay(shop: Connector) -> Wire:
        wires.append(Wire(shop))
        return wires[-1]

    agency = open_agency(tmp_path, past=first_cycle, seams=Seams(effects=lay))
    yield agency, wires[0]
    agency.application.stop()


def close(agency: Agency, incident_id: str, why: str = WHY) -> Incident:
    return manage_incident(agency.ctx, agency.scope, incident_id, "close", why)


def must_be_closed(agency: Agency, row: Action, sent: int) -> None:
    """It is closed with who and why, stays so, and nothing was sent since."""
    for _ in range(3):
        agency.drain()
        agency.skip(30)
    closed = agency.incident(row.incident_id)
    who = agency.scope.principal.id
    assert closed.status is S.CLOSED and closed.resolution is not None and f"losed by {who}: {WHY}" in closed.resolution
    assert len(agency.calls(*CURES)) == sent
    events = cases.list_timeline(agency.ctx, agency.scope, row.incident_id)
    (asked,) = [one for one in events if one.kind == "incident.close"]
    moved = [one for one in events if one.kind == "incident.moved"][-1]
    assert (asked.principal, asked.payload["value"]) == (who, WHY)
    assert moved.payload["to"] == "CLOSED" and moved.payload["reason"] == f"closed by {who}: {WHY}"
    assert proof.verify_chain(agency.ctx, agency.scope).ok
    with pytest.raises(Conflict, match="CLOSED"):
        close(agency, row.incident_id)


def test_the_table_of_moves_lets_every_state_but_an_ended_one_be_closed() -> None:
    assert {status for status, targets in INCIDENT_MOVES.items() if S.CLOSED in targets} == set(S) - GONE


@pytest.mark.parametrize("decided", [False, True], ids=["asked", "granted"])
def test_what_is_asked_or_granted_is_superseded_with_the_reason(asking: Agency, decided: bool) -> None:
    row = asking.pending(CALLBACK)
    sent = len(asking.calls(*CURES))
    if decided:
        asking.approve(row)
    close(asking, row.incident_id)
    card = asking.row(row.id)
    assert card.status is A.SUPERSEDED and WHY in card.withdrawn_because
    with pytest.raises(Conflict, match=WHY):
        asking.approve(row)
    must_be_closed(asking, row, sent)


def test_an_incident_that_was_just_opened_is_closed(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with asking.ctx.store.write(asking.scope) as session:
        session.incidents.move(row.incident_id, S.OPEN, at=asking.ctx.clock(asking.scope).now(), reason="as if new")
    close(asking, row.incident_id)
    must_be_closed(asking, row, len(asking.calls(*CURES)))


def test_what_was_done_and_waits_for_its_receipt_is_closed_without_one(asking: Agency) -> None:
    row = asking.approve(asking.pending(CALLBACK))
    asking.drain()
    assert asking.incident(row.incident_id).status is S.VERIFYING
    sent = len(asking.calls(*CURES))
    assert close(asking, row.incident_id).status is S.CLOSED
    must_be_closed(asking, row, sent)
    assert asking.row(row.id).status is A.EXECUTED and asking.row(row.id).receipt is None


def test_what_is_being_sent_is_finished_first(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.after = gone
    cut_short(agency)
    wire.after = lambda: None
    asked = close(agency, row.incident_id)
    assert asked.status is S.MITIGATING and asked.closing is not None and asked.closing.reason == WHY
    agency.drain()
    assert agency.row(row.id).status is A.EXECUTED and set(wire.sent) == {agency.row(row.id).idempotency_key}
    must_be_closed(agency, row, len(agency.calls(*CURES)))


def test_closed_while_the_call_is_out_its_answer_is_kept_and_the_thread_ends(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.after = lambda: None if agency.incident(row.incident_id).closing else (close(agency, row.incident_id), None)[1]
    agency.drain()
    assert agency.row(row.id).status is A.EXECUTED and agency.row(row.id).result is not None
    must_be_closed(agency, row, len(agency.calls(*CURES)))
    with agency.ctx.store.read(agency.scope) as session:
        assert session.setbacks.get(row.incident_id) is None, "nothing failed"


def test_the_undo_of_a_harm_is_carried_out_before_it_ends(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    agency.retell(tools=[{"tool": "update_callback_url", "does": "harms"}])
    row = approved(agency)
    agency.drain()
    wire.before = gone
    with pytest.raises(Gone):
        agency.until_receipt(row.id)
    with agency.ctx.store.write(agency.scope) as session:
        for lease in session.leases.page():
            session.leases.release(lease.fence)
    assert agency.row(row.id).status is A.HARMED and agency.row(f"{row.id}-U0").status is A.SENDING
    wire.before = lambda: None
    assert close(agency, row.incident_id).status is S.MITIGATING
    agency.drain()
    assert agency.row(row.id).status is A.UNDONE
    must_be_closed(agency, row, len(agency.calls(*CURES)))


def test_what_was_being_sent_when_it_was_set_aside_is_left_in_doubt(wired: tuple[Agency, Wire]) -> None:
    agency, wire = wired
    row = approved(agency)
    wire.after = gone
    cut_short(agency)
    wire.after = lambda: None
    set_aside(agency, row.incident_id)
    close(agency, row.incident_id)
    doubt = agency.row(row.id)
    assert doubt.status is A.IN_DOUBT and WHY in str(doubt.result)
    must_be_closed(agency, row, len(agency.calls(*CURES)))


def test_closing_what_is_still_treated_needs_a_reason_and_more_than_a_viewer(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(BadInput, match="why"):
        close(asking, row.incident_id, "  ")
    viewer = asking.scope.changed(principal=Principal(id="v", role=Role.VIEWER))
    with pytest.raises(Forbidden, match="operator"):
        manage_incident(asking.ctx, viewer, row.incident_id, "close", WHY)
    assert asking.row(row.id).status is A.PENDING
