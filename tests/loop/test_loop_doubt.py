"""A tool that breaks while it answers may have done its work: what happens since tells it, and people are asked
meanwhile.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus as A
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.incidents import IncidentStatus as S
from app.domain.receipts import ReceiptVerdict
from app.services.actions import waiting
from app.services.incidents import cases
from tests.loop.conftest import Agency, Past, Pasts, lent
from tests.loop.stories import CALLBACK, treatment

TOOL = "update_callback_url"


@pytest.fixture
def doubting(request: pytest.FixtureRequest, tmp_path: Path, pasts: Pasts, first_cycle: Past) -> Iterator[Agency]:
    """The fix was sent to a tool that breaks, and does what the test says."""
    yield from lent(tmp_path, pasts.after(first_cycle, send_with_no_clear_answer, request.param))


def send_with_no_clear_answer(agency: Agency, does: str) -> None:
    """The fix, approved and sent three times under one key to a tool that answers 500 each time."""
    agency.retell(tools=[{"tool": TOOL, "does": does}])
    row = agency.approve(agency.pending(CALLBACK))
    for _ in range(4):
        agency.drain()
        agency.skip(1)
    known = agency.row(row.id)
    assert known.status is A.IN_DOUBT and known.result is not None and "500" in known.result.error
    assert agency.incident(row.incident_id).status is S.VERIFYING, "it is watched"
    assert [one.action.id for one in waiting.list_waiting(agency.ctx, agency.scope).in_doubt] == [row.id], "and asked"


def watch(agency: Agency, row: Action) -> None:
    for _ in range(30):
        agency.pass_time(5)
        agency.drain()
        if agency.incident(row.incident_id).status is not S.VERIFYING:
            return
    raise AssertionError(f"{row.incident_id} is watched for ever")


def outcomes(agency: Agency, row: Action) -> list[str]:
    found = cases.read_incident(agency.ctx, agency.scope, row.incident_id).lessons
    return [one.outcome for one in found if one.tool == TOOL]


@pytest.mark.parametrize("doubting", ["fails_but_did_it"], indirect=True)
def test_what_a_broken_tool_has_done_is_told_by_what_happens_since(doubting: Agency) -> None:
    row = treatment(doubting)
    watch(doubting, row)
    done = doubting.row(row.id)
    assert done.status is A.VERIFIED and done.result is not None and done.receipt is not None and done.receipt.done
    word = done.result.resolution
    assert word is not None and (word.happened, word.source) == (True, "receipt") and "500" in word.doubt
    assert doubting.incident(row.incident_id).status is S.RESOLVED
    assert waiting.list_waiting(doubting.ctx, doubting.scope).in_doubt == []
    assert outcomes(doubting, row) == ["VERIFIED"]
    keys = {
        call["key"]
        for call in doubting.calls(TOOL)
        if set(row.decision.scope) <= set(call["arguments"]["merchant_ids"])
    }
    assert keys == {row.idempotency_key}
    with doubting.ctx.store.read(doubting.scope) as session:
        assert session.events.verify().ok


@pytest.mark.parametrize("doubting", ["fails"], indirect=True)
def test_what_nothing_tells_of_stays_with_people_within_the_hour(doubting: Agency) -> None:
    row = treatment(doubting)
    watch(doubting, row)
    incident = doubting.incident(row.incident_id)
    assert incident.status is S.ESCALATED and "in doubt" in incident.metrics_snapshot["handed_over"]["why"]
    assert doubting.row(row.id).status is A.IN_DOUBT and outcomes(doubting, row) == ["IN_DOUBT"]
    assert row.executed_at is not None
    assert doubting.ctx.clock(doubting.scope).now() - row.executed_at <= timedelta(minutes=70)
    assert not any(one.step is RowKind.UNDO and one.parent_id == row.id for one in doubting.rows())


@pytest.mark.parametrize(
    ("doubting", "happened", "ended"),
    [("fails_but_did_it", True, A.VERIFIED), ("fails", False, A.FAILED)],
    indirect=["doubting"],
)
def test_a_persons_word_settles_it_while_it_is_watched(doubting: Agency, happened: bool, ended: A) -> None:
    row = treatment(doubting)
    waiting.resolve_doubt(doubting.ctx, doubting.scope, row.id, happened=happened, feedback="I looked at their panel")
    watch(doubting, row)
    assert doubting.row(row.id).status is ended and outcomes(doubting, row) == [ended.value]
    result = doubting.row(row.id).result
    assert result is not None and result.resolution is not None and result.resolution.by == "local:admin"


@pytest.mark.parametrize("doubting", ["fails_but_did_it"], indirect=True)
def test_what_was_said_not_to_be_done_is_never_called_fixed(doubting: Agency) -> None:
    row = treatment(doubting)
    waiting.resolve_doubt(doubting.ctx, doubting.scope, row.id, happened=False, feedback="their panel does not show it")
    watch(doubting, row)
    assert doubting.row(row.id).status is A.FAILED and outcomes(doubting, row) == ["FAILED"]
    (receipt,) = cases.read_incident(doubting.ctx, doubting.scope, row.incident_id).receipts
    assert receipt.verdict is ReceiptVerdict.INCONCLUSIVE and receipt.done is False and not receipt.is_waiting
    assert "not done" in receipt.in_words and "the promise was kept" in receipt.statement
    assert receipt.statement.endswith("look once more.")
    why = doubting.incident(row.incident_id).metrics_snapshot["handed_over"]["why"]
    assert "not done, says local:admin" in why and "the tool failed" not in why
