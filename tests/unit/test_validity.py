"""When a question or a grant is void, and by which rule."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import Answer, ApprovalKind, RowKind
from app.domain.incidents import IncidentStatus
from app.domain.tenants import ToolMode
from app.domain.validity import Withdrawal, stands_by, withdrawal_of
from tests.builders import NOW, make_action, make_decision, make_incident, minutes

A, W = ActionStatus, Withdrawal
HOUR = timedelta(hours=1)
NEWER, FORCE = {"evidence_version": 2}, {"policy_version": "policy-2"}


def asked(status: ActionStatus = A.PENDING, step: RowKind = RowKind.FIRST) -> Action:
    decision = make_decision(1, evidence_version=1, expires_at=minutes(30), pack="commerce 1 (a)")
    decided = None if status is A.PENDING else minutes(10)
    return make_action(1, decision=decision, status=status, step=step, decided_at=decided)


def rule_of(row: Action, minute: float = 0, ended: bool = False, **changes: Any) -> Withdrawal | None:
    status = IncidentStatus.ESCALATED if ended else IncidentStatus.AWAITING
    incident = make_incident(status=status, evidence_version=changes.pop("evidence_version", 1))
    given = {"policy_version": "policy-1", "now": minutes(minute), "grants_last": HOUR, **changes}
    return withdrawal_of(row, incident, **given)


@pytest.mark.parametrize(
    "row,minute,changes,expected",
    [
        (asked(), 29.9, {}, None),
        (asked(), 0, {"mode": ToolMode.DRY_RUN}, None),
        (asked(), 0, {"mode": ToolMode.LIVE}, W.MODE),
        (asked(A.APPROVED), 0, {"mode": ToolMode.LIVE}, W.MODE),
        (asked(A.APPROVED, RowKind.UNDO), 0, {"mode": ToolMode.LIVE}, None),
        (asked(), 30, {}, W.EXPIRED),
        (asked(A.APPROVED), 69.9, {}, None),
        (asked(A.APPROVED), 70, {}, W.EXPIRED),
        (asked(A.APPROVED), 70, {"grants_last": None}, None),
        (asked(), 0, {"pack": "commerce 2 (b)"}, W.PACK),
        (asked(A.APPROVED), 0, {"pack": "commerce 2 (b)", **NEWER}, W.PACK),
        (asked(step=RowKind.COHORT), 0, {"pack": "commerce 2 (b)"}, None),
        (asked(), 0, {"pack": "commerce 1 (a)"}, None),
        (asked(), 0, NEWER, W.EVIDENCE),
        (asked(step=RowKind.COHORT), 0, NEWER, None),
        (asked(), 0, FORCE, W.POLICIES),
        (asked(step=RowKind.COHORT), 0, FORCE, W.POLICIES),
        (asked(), 0, {"policy_version": None}, None),
        (asked(), 0, {"ended": True}, W.ENDED),
    ],
)
def test_each_rule_holds_from_its_moment_on(
    row: Action, minute: float, changes: dict[str, Any], expected: Withdrawal | None
) -> None:
    assert rule_of(row, minute, **changes) is expected


def test_of_several_rules_the_first_is_named_whoever_asks() -> None:
    everything: dict[str, Any] = {"minute": 90, **NEWER, **FORCE}
    assert rule_of(asked(), ended=True, **everything) is W.ENDED
    assert rule_of(asked(), **everything) is W.POLICIES
    assert rule_of(asked(), 90, **NEWER) is W.EVIDENCE


def test_the_undo_of_a_harm_is_never_void() -> None:
    assert rule_of(asked(A.APPROVED, RowKind.UNDO), 900, ended=True, **NEWER, **FORCE) is None


def test_an_answer_stands_only_on_a_row_that_says_the_same_of_the_same_version() -> None:
    row = asked(A.APPROVED)
    answer = Answer(kind=ApprovalKind.GRANTED, by="person:ada", digest=row.digest, version=row.version, at=NOW)
    assert stands_by(row, answer)
    assert not stands_by(row, answer.changed(kind=ApprovalKind.REJECTED))
    assert not stands_by(row, answer.changed(version=row.version + 1))
    assert not stands_by(row, answer.changed(digest="f" * 64))
    assert not stands_by(row.changed(status=A.SENDING), answer)
