"""What failed while something harmful stood is no measure of what was wrong before: the next attempt is not credited
with the end of that harm.
"""

from datetime import timedelta
from typing import Any

from app.domain.action_states import ActionStatus as A
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.receipts import ReceiptVerdict
from app.domain.signals import Signal, SignalType
from app.verify.grade import Observed, grade_forecast
from graph.harmed_time import find_harmed_time
from tests.builders import make_action, make_decision, make_receipt, make_request, make_signal, minutes
from tests.faults import pack

SHOP, OTHER = "MERCH-A1B2C3", "MERCH-OTHER"
SETTLES = timedelta(minutes=5)
HARMED, UNDONE, NEXT = -30, -5, 0


def rows(verdict: ReceiptVerdict = ReceiptVerdict.HARMED, by: str = "approval:APR-1", **undo: Any) -> list[Action]:
    """An attempt that was taken back before the next one."""
    decision = make_decision(1, undo_requests=(make_request(),))
    receipt = make_receipt(1, verdict=verdict)
    first = make_action(1, decision=decision, status=A.UNDONE, executed_at=minutes(HARMED), receipt=receipt)
    given = {"status": A.EXECUTED, "executed_at": minutes(UNDONE), "decided_by": by, **undo}
    named = {"id": f"{first.id}-U0", "parent_id": first.id, "step": RowKind.UNDO}
    return [first, make_action(1, decision=decision, **named, **given)]


def fail(span: tuple[int, int], an_hour: int, shop: str = SHOP) -> list[Signal]:
    count = (span[1] - span[0]) * an_hour // 60
    moments = [span[0] + (place + 0.5) * (span[1] - span[0]) / count for place in range(count)]
    return [make_signal(id=f"F-{shop}-{one}", merchant_id=shop, occurred_at=minutes(one)) for one in moments]


def grade(signals: list[Signal]) -> Observed:
    paid = [
        make_signal(
            id=f"P-{one}", signal_type=SignalType.PAYMENT, status="captured", merchant_id=SHOP, occurred_at=minutes(one)
        )
        for one in range(-150, 60)
    ]
    return grade_forecast(
        Forecast(metric="error_rate", selector=Selector(signal_types=("api_error",)), statement="errors fall"),
        [*signals, *paid],
        treated=(SHOP,),
        acted_at=minutes(NEXT),
        until=minutes(60),
        before=timedelta(minutes=90),
        words=pack().vocabulary,
    )


def test_what_did_nothing_is_not_credited_with_the_end_of_a_harm_that_was_undone_before_it() -> None:
    told = [*fail((-120, HARMED), 6), *fail((HARMED, UNDONE), 150), *fail((NEXT, 60), 6)]
    assert grade(told).verdict is ReceiptVerdict.VERIFIED, "without cutting it out it looks like a cure"
    harmed = find_harmed_time(rows(), minutes(NEXT), SETTLES)
    assert harmed.longest == timedelta(minutes=30)
    seen = grade(harmed.cut_out(told))
    assert seen.verdict is not ReceiptVerdict.VERIFIED
    assert abs(seen.treated_before.per_hour - seen.treated_after.per_hour) < 0.5


def test_a_cure_after_a_harm_is_still_seen() -> None:
    told = [*fail((-120, HARMED), 12), *fail((HARMED, UNDONE), 150)]
    seen = grade(find_harmed_time(rows(), minutes(NEXT), SETTLES).cut_out(told))
    assert seen.verdict is ReceiptVerdict.VERIFIED


def test_nobody_elses_time_is_cut_and_nothing_after_it() -> None:
    told = [*fail((-40, NEXT), 30, OTHER), *fail((NEXT, 60), 30)]
    assert find_harmed_time(rows(), minutes(NEXT), SETTLES).cut_out(told) == told


def test_what_only_did_not_help_or_was_never_taken_back_leaves_the_time_as_it_was() -> None:
    for kept in (rows(ReceiptVerdict.INEFFECTIVE), rows(status=A.FAILED), rows(executed_at=None)):
        assert find_harmed_time(kept, minutes(NEXT), SETTLES).longest == timedelta(0)
    by_person = rows(ReceiptVerdict.INEFFECTIVE, by="person:ada")
    assert find_harmed_time(by_person, minutes(NEXT), SETTLES).longest > timedelta(0), "who took it back saw a reason"
