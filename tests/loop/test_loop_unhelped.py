"""What did not help is taken back, once, before anything else is tried and before people are called."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import AttemptEnd, Effect
from app.domain.incidents import IncidentStatus
from app.domain.receipts import NextStep, ReceiptVerdict
from app.services.incidents import cases
from app.services.loop.undoing import GAVE_UP, MOST_TRIES
from graph.way_back import narrow_undo
from tests.builders import make_receipt
from tests.loop.conftest import Agency, Past, Pasts, lent
from tests.loop.stories import callback_scheme, send_in_vain, treatment
from tests.loop.test_loop_repeats import Gone
from tests.loop.test_loop_undo_parts import UNDO, Stubborn, open_before_shop, sent_parts


@pytest.fixture
def in_vain(tmp_path: Path, pasts: Pasts, first_cycle: Past) -> Iterator[Agency]:
    """What was approved and sent cures nothing; its receipt is not due yet."""
    yield from lent(tmp_path, pasts.after(first_cycle, send_in_vain))


@pytest.fixture
def stubborn_in_vain(tmp_path: Path, pasts: Pasts, first_cycle: Past) -> Iterator[tuple[Agency, Stubborn]]:
    yield from open_before_shop(tmp_path, pasts.after(first_cycle, send_in_vain))


def undos(agency: Agency) -> list[Action]:
    return [one for one in agency.rows() if one.step is RowKind.UNDO]


def test_what_did_not_help_is_taken_back_once_before_anything_else_is_tried(in_vain: Agency) -> None:
    row = treatment(in_vain)
    done = in_vain.until_receipt(row.id)
    assert done.receipt is not None
    assert (done.receipt.verdict, done.receipt.next) == (ReceiptVerdict.INEFFECTIVE, NextStep.UNDO)
    in_vain.drain()
    (undo,) = undos(in_vain)
    assert (undo.status, undo.parent_id) == (ActionStatus.EXECUTED, row.id)
    assert (undo.decided_by or "").startswith("approval:"), "the grant of the action covers it"
    assert in_vain.row(row.id).status is ActionStatus.UNDONE and in_vain.row(row.id).was_taken_back_unhelped
    assert {callback_scheme(in_vain, name) for name in row.decision.scope} == {"http"}, "it is as it was"
    assert len(in_vain.calls(UNDO)) == 1
    later = [
        one
        for one in in_vain.rows()
        if one.incident_id == row.incident_id and one.step is RowKind.FIRST and one.id != row.id
    ]
    assert later and all(one.proposed_at >= undo.executed_at for one in later if undo.executed_at)
    assert all(one.decision.tried[0].ended is AttemptEnd.INEFFECTIVE for one in later)
    assert all("It was taken back at" in one.decision.tried[0].reason for one in later)
    assert in_vain.incident(row.incident_id).status not in {IncidentStatus.RESOLVED, IncidentStatus.VERIFYING}
    assert undo.result is not None and undo.result.due_at is None, "it promises nothing that is waited for"


def test_what_cannot_be_taken_back_is_built_upon_by_nothing(stubborn_in_vain: tuple[Agency, Stubborn]) -> None:
    agency, shop = stubborn_in_vain
    shop.refuses = MOST_TRIES
    row = treatment(agency)
    assert agency.until_receipt(row.id).status is ActionStatus.INEFFECTIVE
    agency.drain()
    incident = agency.incident(row.incident_id)
    assert incident.status is IncidentStatus.ESCALATED
    assert "to take it back ended FAILED" in incident.metrics_snapshot["handed_over"]["why"]
    assert [one.id for one in agency.rows() if one.incident_id == row.incident_id and one.step is RowKind.FIRST] == [
        row.id
    ], "nothing is laid on top of it"
    for _ in range(8):
        agency.skip(5)
        agency.drain()
    assert len(shop.asked) == len(set(shop.asked)) == MOST_TRIES
    told = cases.list_timeline(agency.ctx, agency.scope, row.incident_id)
    assert [event.kind for event in told if event.kind == GAVE_UP] == [GAVE_UP], "people learn that it stands"


def test_a_crash_while_it_is_taken_back_leaves_one_effect(stubborn_in_vain: tuple[Agency, Stubborn]) -> None:
    agency, shop = stubborn_in_vain
    row = treatment(agency)
    shop.dies = True
    with pytest.raises(Gone):
        agency.until_receipt(row.id)
    with agency.ctx.store.write(agency.scope) as session:
        for lease in session.leases.page():
            session.leases.release(lease.fence)
    (undo,) = undos(agency)
    assert undo.status is ActionStatus.SENDING
    agency.drain()
    assert agency.row(undo.id).status is ActionStatus.EXECUTED
    assert agency.row(row.id).status is ActionStatus.UNDONE
    assert len(set(shop.asked)) == 1, "the same key, however often it is sent"
    assert {callback_scheme(agency, name) for name in row.decision.scope} == {"http"}


def test_what_only_tells_people_stays_on_record(in_vain: Agency) -> None:
    for _ in range(40):
        in_vain.pass_time(10)
        in_vain.drain()
        for asked in in_vain.rows(ActionStatus.PENDING):
            in_vain.approve(asked)
        in_vain.drain()
    told = [one for one in in_vain.rows() if one.decision.effect is Effect.EXTERNAL_ESCALATION]
    assert told and not any(one.status is ActionStatus.UNDONE for one in told)


def test_where_it_cured_others_it_is_taken_back_for_those_alone_whom_it_did_not_help(rolling: Agency) -> None:
    row, second = sent_parts(rolling)
    name, *others = second.decision.rollout[1]
    seen = make_receipt(
        action_id=row.id,
        row_id=second.id,
        verdict=ReceiptVerdict.INEFFECTIVE,
        next=NextStep.UNDO,
        next_cohort=1,
        then=NextStep.DONE,
        unhelped=(name, "MERCH-NOBODY"),
    )
    way_back = narrow_undo(rolling.ctx.node_context(rolling.scope), row.decision, seen)
    assert way_back is not None and way_back.undo_requests[1].merchants == (name,)
    assert way_back.digest != row.digest, "what is sent is what its digest says"
    assert others and all(one not in str(way_back.undo_requests[1].body) for one in others)
