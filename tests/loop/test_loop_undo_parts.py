"""What is taken back beside the loop, which goes on: for single merchants, of an earlier attempt while a later one
waits for its receipt, and once more when it failed, until people are told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Seams
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.errors import BadInput, Conflict
from app.domain.incidents import IncidentStatus
from app.domain.tenants import Scope
from app.ports.connectors import Connector
from app.schemas.actions import UndoAnswer
from app.schemas.incidents import CauseRequest
from app.services.actions.taking_back import undo_action
from app.services.actions.waiting import list_waiting
from app.services.incidents import cases
from app.services.incidents.said import name_cause
from app.services.loop.undoing import GAVE_UP, MOST_TRIES
from app.services.operations import controls
from tests.builders import make_signal
from tests.loop.conftest import Agency, Past, open_agency
from tests.loop.stories import CALLBACK, callback_scheme, second_part, treatment
from tests.loop.test_loop_repeats import Gone, cut_short

UNDO = "restore_setting"
WHY = "this shop wants it as it was"


@dataclass
class Stubborn:
    """The shop behind tools of which the undo is refused so many times."""

    shop: Connector
    refuses: int = 0
    accepts: bool = False
    """It says yes to the rest, and does nothing."""
    asked: list[str] = field(default_factory=list)
    dies: bool = False
    """The process ends as soon as the undo has arrived."""

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        if tool == UNDO:
            self.asked.append(idempotency_key)
            if len(self.asked) <= self.refuses:
                return {"http_status": 422, "reference": "", "body": {"error": "locked"}}
            if self.accepts:
                return {"http_status": 200, "reference": "RESTORED", "body": {}}
        answer = self.shop.apply(scope, tool, arguments, idempotency_key=idempotency_key)
        if tool == UNDO and self.dies:
            self.dies = False
            raise Gone
        return answer

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        return self.shop.look(scope, tool, idempotency_key=idempotency_key)

    def find(self, scope: Scope, reference: str) -> bool:
        return self.shop.find(scope, reference)


@pytest.fixture
def stubborn(tmp_path: Path, first_cycle: Past) -> Iterator[tuple[Agency, Stubborn]]:
    """What is proposed waits for an answer."""
    yield from open_before_shop(tmp_path, first_cycle)


@pytest.fixture
def rolling_stubborn(tmp_path: Path, rolled_out: Past) -> Iterator[tuple[Agency, Stubborn]]:
    """The second part of a rollout was sent."""
    yield from open_before_shop(tmp_path, rolled_out)


def open_before_shop(folder: Path, past: Past) -> Iterator[tuple[Agency, Stubborn]]:
    shops: list[Stubborn] = []

    def lay(shop: Connector) -> Stubborn:
        shops.append(Stubborn(shop))
        return shops[-1]

    agency = open_agency(folder, past=past, seams=Seams(effects=lay))
    yield agency, shops[0]
    agency.application.stop()


def take_back(agency: Agency, name: str, *merchants: str) -> UndoAnswer:
    return undo_action(agency.ctx, agency.scope, name, WHY, [*merchants] or None)


def sent_parts(agency: Agency) -> tuple[Action, Action]:
    row = treatment(agency)
    return row, second_part(agency, row)


def kinds(agency: Agency, incident_id: str) -> list[str]:
    return [event.kind for event in cases.list_timeline(agency.ctx, agency.scope, incident_id)]


def test_at_one_merchant_it_is_taken_back_and_the_rollout_goes_on_for_the_others(rolling: Agency) -> None:
    row, second = sent_parts(rolling)
    name, *others = second.decision.rollout[1]
    answer = take_back(rolling, row.id, name)
    (undo,) = answer.undo_rows
    assert (undo.id, undo.step, undo.decided_by) == (f"{row.id}-U1-1", RowKind.UNDO, "local:admin")
    assert undo.digest != row.digest and undo.decision.undo_requests[1].merchants == (name,)
    assert "What was done besides stands, and its incident goes on." in answer.note
    with pytest.raises(BadInput, match="does not stand for 1 of these") as twice:
        take_back(rolling, row.id, name)
    assert twice.value.problems == [
        {"field": "merchants", "problem": f"{name} was not treated by it, or it is taken back there already"}
    ]
    rolling.drain()
    assert rolling.row(undo.id).status is ActionStatus.EXECUTED
    assert rolling.incident(row.incident_id).status is IncidentStatus.VERIFYING
    assert callback_scheme(rolling, name) == "http"
    done = rolling.until_receipt(second.id)
    assert done.status is ActionStatus.VERIFIED, "the receipt is about those for whom it stands"
    rolling.drain()
    assert [callback_scheme(rolling, one) for one in others] == ["https"] * len(others)
    assert rolling.incident(row.incident_id).status is IncidentStatus.RESOLVED
    rolling.pass_time(90)
    rolling.cycle()
    asked = [one for one in rolling.rows(ActionStatus.PENDING) if one.decision.tool == row.decision.tool]
    assert all(name not in one.decision.scope for one in asked), "nobody is treated against their word"


def test_what_is_taken_back_merchant_by_merchant_is_undone_with_the_last_one(rolling: Agency) -> None:
    row, second = sent_parts(rolling)
    rolling.until_receipt(second.id)
    rolling.drain()
    resolved = rolling.incident(row.incident_id).status
    first, *rest = second.decision.rollout[1]
    take_back(rolling, second.id, first)
    rolling.drain()
    assert rolling.row(second.id).status is ActionStatus.VERIFIED
    take_back(rolling, second.id, *rest[:-1]) if rest[:-1] else None
    rolling.drain()
    answer = take_back(rolling, second.id)
    assert answer.undo_rows[0].decision.undo_requests[1].merchants == (rest[-1],)
    rolling.drain()
    assert rolling.row(second.id).status is ActionStatus.UNDONE
    assert {callback_scheme(rolling, one) for one in second.decision.rollout[1]} == {"http"}
    assert callback_scheme(rolling, row.decision.rollout[0][0]) == "https", "the canary was not named"
    assert resolved is IncidentStatus.RESOLVED
    with pytest.raises(Conflict, match="is not taken back twice: local:admin asked for it"):
        take_back(rolling, second.id)


def test_who_was_never_treated_is_told_so(beginning: Agency) -> None:
    row = treatment(beginning)
    with pytest.raises(BadInput, match="does not stand for 2 of these merchants"):
        take_back(beginning, row.id, "MERCH-NOBODY", row.decision.rollout[1][0])
    with pytest.raises(BadInput, match="name others"):
        undo_action(beginning.ctx, beginning.scope, row.id, WHY, [])
    assert not [one for one in beginning.rows() if one.step is RowKind.UNDO]


def test_the_only_one_it_stands_for_is_all_of_it_and_people_take_over(beginning: Agency) -> None:
    row = treatment(beginning)
    (canary,) = row.decision.rollout[0]
    assert [one.id for one in take_back(beginning, row.id, canary).undo_rows] == [f"{row.id}-U0"]
    beginning.drain()
    assert beginning.row(row.id).status is ActionStatus.UNDONE
    assert beginning.incident(row.incident_id).status is IncidentStatus.ESCALATED


def test_the_undo_of_a_harm_that_failed_is_tried_again_by_itself_until_it_works(
    stubborn: tuple[Agency, Stubborn],
) -> None:
    agency, shop = stubborn
    agency.retell(tools=[{"tool": "update_callback_url", "does": "harms"}])
    row = agency.approve(agency.pending(CALLBACK))
    shop.refuses = 2
    agency.drain()
    assert agency.until_receipt(row.id).status is ActionStatus.HARMED
    agency.drain()
    assert agency.row(f"{row.id}-U0").status is ActionStatus.FAILED
    again = agency.row(f"{row.id}-U0-1")
    assert (again.status, again.tries) == (ActionStatus.APPROVED, 2) and again.not_before is not None
    assert (again.decided_by or "").startswith("approval:APR-"), "the grant covers the undo, however often it is tried"
    agency.drain()
    assert agency.row(again.id).status is ActionStatus.APPROVED, "not before its time"
    agency.skip(1)
    controls.turn_kill_switch(agency.ctx, agency.scope, on=True, reason="hands off", everywhere=False)
    agency.drain()
    assert agency.row(again.id).status is ActionStatus.APPROVED
    controls.turn_kill_switch(agency.ctx, agency.scope, on=False, reason="", everywhere=False)
    agency.drain()
    assert agency.row(again.id).status is ActionStatus.FAILED
    agency.skip(5)
    agency.drain()
    assert agency.row(f"{row.id}-U0-2").status is ActionStatus.EXECUTED
    assert agency.row(row.id).status is ActionStatus.UNDONE
    assert len(shop.asked) == len(set(shop.asked)) == 3, "every try is sent once, under a key of its own"
    assert GAVE_UP not in kinds(agency, row.incident_id)
    assert agency.incident(row.incident_id).status is IncidentStatus.ESCALATED
    with agency.ctx.store.read(agency.scope) as session:
        assert session.events.verify().ok


def tell_harm(agency: Agency, row: Action, merchants: Sequence[str]) -> None:
    """Far more fails at these than before it was done."""
    assert row.result is not None
    at = row.result.at
    failures = [
        make_signal(
            number, id=f"SIG-HARM-{name}-{number}", merchant_id=name, status=400, occurred_at=moment, received_at=moment
        )
        for name in merchants
        for number, moment in enumerate(at + timedelta(seconds=10 * turn) for turn in range(120))
    ]
    with agency.ctx.store.write(agency.scope) as session:
        session.signals.add(failures)


@pytest.mark.parametrize("refuses", [0, 1])
def test_a_harm_is_undone_for_those_alone_whom_nobody_had_it_taken_back_for(
    rolling_stubborn: tuple[Agency, Stubborn], refuses: int
) -> None:
    agency, shop = rolling_stubborn
    row, second = sent_parts(agency)
    name, *others = second.decision.rollout[1]
    (asked,) = take_back(agency, second.id, name).undo_rows
    agency.drain()
    shop.refuses = len(shop.asked) + refuses
    tell_harm(agency, second, others)
    assert agency.until_receipt(second.id).status in {ActionStatus.HARMED, ActionStatus.UNDONE}
    agency.drain()
    agency.skip(5)
    agency.drain()
    undo = agency.row(f"{row.id}-U1{'-2' if refuses else ''}")
    assert (undo.status, undo.undo_asked_by) == (ActionStatus.EXECUTED, "")
    assert undo.decision.undo_requests[1].merchants == tuple(others)
    assert undo.digest not in {row.digest, asked.digest}, "what is sent is what its digest says"
    assert undo.result is not None and undo.result.merchants == tuple(others)
    sent = Counter(one for call in agency.calls(UNDO) for one in call["arguments"]["merchant_ids"])
    assert sent == Counter(second.decision.rollout[1]), "to each of them once"
    assert agency.row(second.id).status is ActionStatus.UNDONE
    assert len(shop.asked) == len(set(shop.asked)) == 2 + refuses
    with agency.ctx.store.read(agency.scope) as session:
        assert session.events.verify().ok


def test_a_crash_in_the_middle_of_an_undo_beside_the_loop_repeats_no_effect(
    rolling_stubborn: tuple[Agency, Stubborn],
) -> None:
    agency, shop = rolling_stubborn
    row, second = sent_parts(agency)
    name = second.decision.rollout[1][0]
    (undo,) = take_back(agency, row.id, name).undo_rows
    shop.dies = True
    cut_short(agency)
    assert agency.row(undo.id).status is ActionStatus.SENDING and callback_scheme(agency, name) == "http"
    agency.drain()
    assert agency.row(undo.id).status is ActionStatus.SENDING, "it is looked for after a while"
    agency.skip(1)
    agency.drain()
    assert agency.row(undo.id).status is ActionStatus.EXECUTED
    done = [call for call in agency.calls(UNDO) if call["key"] == agency.row(undo.id).idempotency_key]
    assert len(done) == 1
    assert agency.until_receipt(second.id).status is ActionStatus.VERIFIED


def test_after_the_last_try_people_are_told_and_may_ask_for_it_once_more(stubborn: tuple[Agency, Stubborn]) -> None:
    agency, shop = stubborn
    row = agency.approve(agency.pending(CALLBACK))
    agency.drain()
    shop.refuses = MOST_TRIES
    take_back(agency, row.id)
    agency.drain()
    with pytest.raises(Conflict, match=r"is not taken back twice: local:admin asked for it, and .*-U0-1 is APPROVED"):
        take_back(agency, row.id)
    for _ in range(10):
        agency.skip(10)
        agency.drain()
    failed = [one for one in agency.rows(ActionStatus.FAILED) if one.step is RowKind.UNDO]
    assert sorted(one.tries for one in failed) == list(range(1, MOST_TRIES + 1)) and len(shop.asked) == MOST_TRIES
    assert agency.row(row.id).status is ActionStatus.EXECUTED, "it stands, and nothing says otherwise"
    told = cases.list_timeline(agency.ctx, agency.scope, row.incident_id)
    (gave_up,) = [event for event in told if event.kind == GAVE_UP]
    assert gave_up.payload["tries"] == MOST_TRIES and "422" in str(gave_up.payload["error"])
    assert [one.tries for one in list_waiting(agency.ctx, agency.scope).undo_gave_up] == [MOST_TRIES]
    (undo,) = take_back(agency, row.id).undo_rows
    assert list_waiting(agency.ctx, agency.scope).undo_gave_up == []
    agency.drain()
    assert (agency.row(undo.id).status, undo.tries) == (ActionStatus.EXECUTED, 1)
    assert agency.row(row.id).status is ActionStatus.UNDONE
    assert agency.incident(row.incident_id).status is IncidentStatus.ESCALATED


def test_an_earlier_attempt_is_taken_back_while_the_later_one_gets_its_verdict(
    stubborn: tuple[Agency, Stubborn],
) -> None:
    agency, shop = stubborn
    shop.refuses = MOST_TRIES
    agency.retell(tools=[{"tool": "update_callback_url", "does": "nothing"}])
    row = agency.approve(agency.pending(CALLBACK))
    agency.drain()
    assert agency.until_receipt(row.id).status is ActionStatus.INEFFECTIVE
    agency.drain()
    assert agency.incident(row.incident_id).status is IncidentStatus.ESCALATED
    name_cause(agency.ctx, agency.scope, row.incident_id, CauseRequest(cause="token_version_mismatch"))
    agency.drain()
    later = [
        one for one in agency.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id and one.decision.undo
    ]
    assert later, [(one.decision.tool, one.status) for one in agency.rows() if one.incident_id == row.incident_id]
    agency.approve(later[0])
    agency.drain()
    waiting = agency.row(later[0].id)
    assert waiting.status is ActionStatus.EXECUTED
    for _ in range(8):
        agency.skip(5)
        agency.drain()
    shop.accepts = True
    answer = take_back(agency, row.id)
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.UNDONE and answer.undo_rows[0].aside == MOST_TRIES
    assert agency.incident(row.incident_id).status in {IncidentStatus.VERIFYING, IncidentStatus.ESCALATED}
    receipts = cases.read_incident(agency.ctx, agency.scope, row.incident_id).receipts
    for _ in range(80):
        if any(one.row_id == waiting.id and not one.is_waiting for one in receipts):
            break
        agency.pass_time(5)
        agency.drain()
        receipts = cases.read_incident(agency.ctx, agency.scope, row.incident_id).receipts
    assert [one.verdict for one in receipts if one.row_id == waiting.id and not one.is_waiting]
