"""What one signal counts for."""

from datetime import UTC, datetime, timedelta

from app.domain.rollups import SLOT_SECONDS
from app.domain.signals import Signal, SignalType
from app.observe.streams import DOUBLED, StreamReader
from tests.faults import pack

WORDS = pack().vocabulary
AT = datetime(2026, 3, 4, 10, 1, tzinfo=UTC)


def told(kind: SignalType, number: int = 0, seconds: int = 0, **fields: object) -> Signal:
    at = AT + timedelta(seconds=seconds)
    base = {"id": f"SIG-{number}", "signal_type": kind, "source": "x", "occurred_at": at, "received_at": at}
    return Signal.model_validate({"merchant_id": "M1", **base, **fields})


def counts(*signals: Signal, reader: StreamReader | None = None) -> dict[str, float]:
    return {cell.stream: cell.count for cell in (reader or StreamReader(WORDS)).read(signals)}


def test_versions_in_a_path_and_severities_do_not_part_a_stream() -> None:
    one = told(SignalType.API_ERROR, 1, endpoint="/api/v2/pay", error_code="X", severity="low")
    other = told(SignalType.API_ERROR, 2, 70, endpoint="/api/v3/pay", error_code="X", severity="critical")
    assert counts(one, other) == {"errors|call|/api/*/pay|X": 2.0}


def test_a_failure_that_one_visitor_meets_again_and_again_is_one_event_in_whatever_batches_it_is_told() -> None:
    reader = StreamReader(WORDS)
    again = [
        told(SignalType.API_ERROR, n, 90 * n, endpoint="/pay", status=500, attributes={"session_id": "s1"})
        for n in range(5)
    ]
    assert counts(*again[:2], reader=reader) == {"errors|call|/pay|500": 1.0}
    assert counts(*again[2:], reader=reader) == {}


def test_retries_of_nobody_in_particular_are_one_event_a_minute() -> None:
    same = [told(SignalType.API_ERROR, n, n, endpoint="/pay", status=500) for n in range(5)]
    assert counts(*same) == {"errors|call|/pay|500": 1.0}


def test_a_visitor_who_failed_and_bought_in_the_end_is_told_beside_the_failure() -> None:
    failed = told(SignalType.API_ERROR, 1, endpoint="/pay", status=500, attributes={"cart": "c1"})
    order = told(SignalType.ORDER, 2, 120, order_id="O1", status="created", attributes={"cart": "c1"})
    assert counts(failed, order)["well|errors|call|/pay|500"] == 1.0


def test_a_metric_counts_where_its_window_lies_and_tells_how_many_came() -> None:
    at = AT + timedelta(seconds=240)
    sample = told(SignalType.KPI, 1, 240, name="conversion", value=0.25, trials=8, window_s=300)
    cells = {cell.stream: cell for cell in StreamReader(WORDS).read([sample])}
    assert (cells["ratio|conversion"].count, cells["ratio|conversion"].exposure) == (2.0, 8.0)
    assert cells["visits|conversion"].count == 8.0
    assert cells["visits|conversion"].slot == int((at.timestamp() - 150) // SLOT_SECONDS)


def test_a_call_is_slow_only_against_what_its_route_was_before() -> None:
    reader = StreamReader(WORDS)
    usual = [told(SignalType.API_CALL, n, n, endpoint="/pay", status=200, latency_ms=90 + n % 20) for n in range(400)]
    slow = told(SignalType.API_CALL, 999, 500, endpoint="/pay", status=200, latency_ms=4_000)
    assert counts(*usual, reader=reader)["slow|/pay"] == 0.0
    assert counts(slow, reader=reader)["slow|/pay"] == 1.0


def test_a_second_order_for_one_payment_is_counted_and_the_same_order_told_again_is_not() -> None:
    reader = StreamReader(WORDS)
    first = told(SignalType.ORDER, 1, order_id="O1", payment_id="P1", amount=900)
    again = told(SignalType.ORDER, 2, 60, order_id="O1", payment_id="P1", amount=900, status="confirmed")
    second = told(SignalType.ORDER, 3, 90, order_id="O2", payment_id="P1", amount=900)
    other = told(SignalType.ORDER, 4, 95, order_id="O3", payment_id="P1", amount=900, merchant_id="M2")
    assert DOUBLED not in counts(first, again, reader=reader)
    assert counts(second, other, reader=reader)[DOUBLED] == 1.0
