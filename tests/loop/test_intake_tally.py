"""What came in is added up once, in the transaction that keeps it, whatever way it came and whatever became of it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.errors import BadInput
from app.domain.rollups import Cell, slot_of
from app.domain.signals import SignalType
from app.domain.times import FIRST
from app.observe.streams import PAYMENT_ORDER, failure_stream
from app.schemas.signals import IncomingSignal
from app.services.intake import ingest, signals, tally
from tests.builders import make_signal
from tests.loop.conftest import START, Agency

AGO = timedelta(minutes=30)


def item(number: int = 1, **changes: Any) -> IncomingSignal:
    fields = {
        "signal_type": "api_error",
        "source": "probe",
        "event_id": f"E-{number}",
        "merchant_id": f"M-{number % 3}",
        "occurred_at": START - AGO + timedelta(minutes=number % 20),
        "error_code": "E_CHECKOUT",
    }
    return IncomingSignal.model_validate({**fields, **changes}, strict=False)


def payment(number: int, **changes: Any) -> IncomingSignal:
    own = {
        "signal_type": "payment",
        "error_code": None,
        "payment_id": f"pay-{number}",
        "amount": 4_900,
        "currency": "EUR",
    }
    return item(number, **{"event_id": f"P-{number}", **own, "status": "captured", **changes})


def order(number: int, **changes: Any) -> IncomingSignal:
    return payment(number, **{"event_id": f"O-{number}", "signal_type": "order", "status": "created", **changes})


def cells(agency: Agency) -> list[Cell]:
    with agency.ctx.store.read(agency.scope) as session:
        return sorted(session.rollups.between(0, 10**8))


def owed(agency: Agency) -> list[str]:
    with agency.ctx.store.read(agency.scope) as session:
        return [row.key for row in session.awaits.waiting(PAYMENT_ORDER)]


def changes(before: list[Cell], after: list[Cell]) -> dict[tuple[int, str, str], float]:
    """How the counts of the places differ."""
    difference = Counter({one[:3]: one.count for one in after})
    difference.subtract({one[:3]: one.count for one in before})
    return {place: count for place, count in difference.items() if count}


def moment(number: int) -> datetime:
    return START - AGO + timedelta(minutes=number % 20)


def test_what_is_new_is_counted_and_a_duplicate_adds_nothing(agency: Agency) -> None:
    before = cells(agency)
    ingest.accept(agency.ctx, agency.scope, [item(1), item(4), item(1)])
    once = cells(agency)
    assert changes(before, once) == {(slot_of(moment(1)), "M-1", "errors|call||E_CHECKOUT"): 2.0}
    ingest.accept(agency.ctx, agency.scope, [item(4), item(1)])
    assert cells(agency) == once


def test_a_refused_batch_counts_nothing(agency: Agency) -> None:
    before = cells(agency)
    with pytest.raises(BadInput):
        ingest.accept(agency.ctx, agency.scope, [item(1), item(2, occurred_at=START + timedelta(days=9))])
    assert cells(agency) == before


def test_what_lies_beyond_the_accepted_times_counts_once_it_is_brought_back(agency: Agency) -> None:
    before, far = cells(agency), START + timedelta(days=3)
    ingest.accept(agency.ctx, agency.scope, [item(1), item(2, occurred_at=far)], lenient=True)
    assert set(changes(before, cells(agency))) == {(slot_of(moment(1)), "M-1", "errors|call||E_CHECKOUT")}
    signals.bring_back(agency.ctx, agency.scope, [])
    assert tally.count_waiting(agency.ctx, agency.scope) == 1
    assert tally.count_waiting(agency.ctx, agency.scope) == 0
    assert changes(before, cells(agency))[slot_of(far), "M-2", "errors|call||E_CHECKOUT"] == 1.0


def test_what_is_set_aside_later_is_taken_back_and_counted_again_when_it_returns(agency: Agency) -> None:
    before = cells(agency)
    answer = ingest.accept(agency.ctx, agency.scope, [item(1), item(2)])
    with_both = cells(agency)
    for _ in range(2):
        signals.set_aside(agency.ctx, agency.scope, {answer.signal_ids[0]: "a test"})
        assert set(changes(before, cells(agency))) == {(slot_of(moment(2)), "M-2", "errors|call||E_CHECKOUT")}
    signals.bring_back(agency.ctx, agency.scope, [])
    tally.count_waiting(agency.ctx, agency.scope)
    assert changes(with_both, cells(agency)) == {}


def test_what_a_store_holds_uncounted_is_counted_in_slices_as_if_it_had_come_in_now(agency: Agency) -> None:
    """A store that an older version wrote."""
    made = [make_signal(number, merchant_id=f"M-{number % 4}") for number in range(1, 60)]
    before = cells(agency)
    with agency.ctx.store.write(agency.scope) as session:
        session.signals.add(made)
    assert cells(agency) == before
    assert [tally.count_waiting(agency.ctx, agency.scope, 25) for _ in range(4)] == [25, 25, 9, 0]
    expected = Counter((slot_of(one.occurred_at), one.merchant_id, failure_stream(one)) for one in made)
    assert changes(before, cells(agency)) == expected


def test_payments_await_their_orders_whichever_comes_first(agency: Agency) -> None:
    before = owed(agency)
    ingest.accept(agency.ctx, agency.scope, [payment(1), payment(2), order(3), payment(4, status="declined")])
    ingest.accept(agency.ctx, agency.scope, [payment(3), order(1), payment(5, amount=0)])
    assert set(owed(agency)) - set(before) == {"pay-2"}
    ingest.accept(agency.ctx, agency.scope, [payment(2, event_id="R-2", status="refunded")])
    assert owed(agency) == before


def test_an_order_that_names_no_payment_pays_for_the_latest_alike_before_it(agency: Agency) -> None:
    before = set(owed(agency))
    alike = {"merchant_id": "M-9", "amount": 1_234}
    ingest.accept(agency.ctx, agency.scope, [payment(number, **alike) for number in (1, 2, 9)])
    ingest.accept(agency.ctx, agency.scope, [order(5, payment_id=None, **alike)])
    assert set(owed(agency)) - before == {"pay-1", "pay-9"}


def test_the_signals_of_a_simulated_platform_are_counted_too(agency: Agency) -> None:
    with agency.ctx.store.read(agency.scope) as session:
        orders = session.signals.window(FIRST, types=[SignalType.ORDER])
        assert session.signals.uncounted(1) == []
    assert sum(one.count for one in cells(agency) if one.stream == "done|order") == sum(
        one.status == "created" for one in orders
    )
