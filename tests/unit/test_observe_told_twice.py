"""One failure that is told twice, by the error it raised and by the call it failed, is one incident and one bill."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.domain.base import Severity
from app.domain.signals import Signal, SignalType
from app.observe.correlate import correlate
from app.observe.impact import failed_attempts
from app.observe.patterns import patterns_of
from tests.builders import make_merchant, make_signal, minutes
from tests.faults import pack, thresholds
from tests.judging import judge_signals

PLACE = "/api/v3/checkout/complete"


def told(count: int, **named: dict[str, str]) -> list[Signal]:
    """So many failures, each told by an error without a status and a call without a code; both by the names given."""
    error: dict[str, Any] = {
        "error_code": "SOMETHING_NEW",
        "endpoint": PLACE,
        "status": None,
        "severity": Severity.HIGH,
    }
    call: dict[str, Any] = {
        "signal_type": SignalType.API_CALL,
        "source": "gateway",
        "endpoint": PLACE,
        "status": 500,
        "severity": Severity.HIGH,
    }
    names = [
        {kind: {name: f"{value}-{number}" for name, value in said.items()} for kind, said in named.items()}
        for number in range(count)
    ]
    return [
        one
        for number in range(count)
        for one in (
            make_signal(2 * number, occurred_at=minutes(number), attributes=names[number].get("error", {}), **error),
            make_signal(2 * number + 1, occurred_at=minutes(number), attributes=names[number].get("call", {}), **call),
        )
    ]


NAMES: dict[str, dict[str, dict[str, str]]] = {
    "neither names the attempt": {},
    "both name the session": {"error": {"request_id": "r"}, "call": {"request_id": "r"}},
    "they share their second name": {"error": {"attempt_id": "a", "request_id": "r"}, "call": {"request_id": "r"}},
    "only the call names it": {"call": {"request_id": "r"}},
    "only the error names it": {"error": {"checkout_id": "c"}},
}


def incidents(signals: Sequence[Signal]) -> int:
    patterns = patterns_of("demo", signals, [make_merchant()], thresholds(), pack().vocabulary)
    known = judge_signals(signals, [make_merchant()], minutes(15))
    return len(correlate(patterns, [], thresholds(), pack(), **known))


@pytest.mark.parametrize("how", NAMES)
def test_it_is_one_incident_and_one_bill(how: str) -> None:
    signals = told(12, **NAMES[how])
    assert incidents(signals) == 1
    assert failed_attempts(signals, pack().vocabulary).total == 12


def test_failures_beyond_those_that_are_named_still_count() -> None:
    errors, named = told(12), told(5, call={"request_id": "r"}, error={"request_id": "r"})
    assert failed_attempts([*errors[::2], *named[1::2]], pack().vocabulary).total == 12


def test_what_fails_at_another_place_or_for_others_stays_apart() -> None:
    signals = told(12)
    elsewhere = [
        one.changed(endpoint="/api/v3/cart/add") if one.signal_type is SignalType.API_CALL else one for one in signals
    ]
    others = [
        one.changed(merchant_id="MERCH-B2C3D4") if one.signal_type is SignalType.API_CALL else one for one in signals
    ]
    assert incidents(elsewhere) == incidents(others) == 2
