"""What becomes an incident, what joins which, and what stays out."""

import pytest

from app.domain.base import Severity
from app.domain.patterns import PatternKind
from app.domain.signals import SignalType
from app.observe.correlate import correlate
from app.observe.patterns import patterns_of
from tests.builders import make_signal, minutes
from tests.faults import (
    CAUSES,
    errors,
    opened,
    pack,
    roster,
    sales,
    shuffled,
    stripped,
    study,
    thresholds,
    tickets,
)
from tests.judging import judge_signals, observe

A, B, C = "MERCH-A", "MERCH-B", "MERCH-C"


def test_healthy_traffic_opens_nothing() -> None:
    merchants = roster(healthy=4)
    _, found = observe(sales([one.id for one in merchants], 60), merchants)
    assert found == []


def test_questions_of_several_merchants_open_nothing() -> None:
    asked = [
        f"Could you please send the invoice of {month} again"
        for month in ("January", "February", "March", "April", "May")
    ]
    _, found = observe(tickets(asked, [A, B, C], severity=Severity.LOW), roster(healthy=3))
    assert found == []


def test_a_severe_signal_with_a_known_code_opens_an_incident_alone() -> None:
    signals = errors("callback_not_https", [A], 1)
    assert [one.type for one in observe(signals, roster())[1]] == ["api_error"]
    assert observe([signals[0].changed(error_code="NOBODY_KNOWS_IT")], roster())[1] == []
    assert observe([signals[0].changed(severity=Severity.MEDIUM)], roster())[1] == []


def test_two_faults_on_the_same_merchants_stay_two_incidents() -> None:
    signals = [*errors("callback_not_https", [A, B], 12), *errors("cache_not_invalidated", [A, B], 12, start=500)]
    for given in (signals, stripped(signals)):
        _, found = observe(given, roster((A, "callback_not_https"), (B, "cache_not_invalidated")))
        assert len(found) == 2
        assert not set(found[0].signal_ids) & set(found[1].signal_ids)


def test_two_known_codes_at_one_endpoint_stay_apart_and_an_unknown_spelling_joins() -> None:
    first = errors("callback_not_https", [A, B], 10)
    second = errors("callback_not_https", [A, B], 10, start=300, error_code="AUTH_TOKEN_VERSION_MISMATCH")
    spelt = errors("callback_not_https", [A, B], 5, start=600, error_code="payment-callback-bad")
    assert len(observe([*first, *second], roster())[1]) == 2
    assert len(observe([*first, *spelt], roster())[1]) == 1


def test_topics_and_routes_of_one_mechanism_are_one_incident() -> None:
    signals = [
        *errors("webhook_v2_endpoint_gone", [A], 5),
        *errors(
            "webhook_v2_endpoint_gone", [A], 5, start=100, topic="orders/paid", endpoint="/webhooks/v2/orders/paid"
        ),
        *errors(
            "callback_not_https",
            [A],
            3,
            start=200,
            error_code="WEBHOOK_ENDPOINT_NOT_FOUND",
            endpoint="/webhooks/v2/orders",
            status=404,
        ),
    ]
    assert len(observe(signals, roster((A, "webhook_v2_endpoint_gone")))[1]) == 1


def test_a_later_sweep_meets_the_open_incident_even_with_one_signal() -> None:
    merchants = roster((A, "callback_not_https"))
    _, (first,) = observe(errors("callback_not_https", [A], 6), merchants)
    incident = opened(first)
    later = [one.changed(severity=Severity.LOW) for one in errors("callback_not_https", [A], 1, start=900)]
    before = errors("callback_not_https", [A], 6)
    patterns = patterns_of("demo", later, merchants, thresholds(), pack().vocabulary, history=before)
    (fed,) = correlate(patterns, [incident], thresholds(), pack(), signals={one.id: one for one in later})
    assert fed.incident_id == incident.id and fed.signal_ids == (later[0].id,)


def test_the_key_does_not_depend_on_time_or_merchant() -> None:
    early = observe(errors("callback_not_https", [A], 6), roster())[1]
    late = observe(errors("callback_not_https", [B, C], 9, start=3_000, occurred_at=minutes(55)), roster())[1]
    assert early[0].key == late[0].key


def test_tickets_join_the_fault_their_words_are_about_and_never_widen_who_is_affected() -> None:
    said = [
        "Customers cannot pay, the checkout fails with an error",
        "Payment fails at checkout for every customer",
        "The checkout is broken, nobody can pay by card",
        "Cannot pay with card, checkout error again",
    ]
    signals = [
        *errors("callback_not_https", [A, B], 12),
        *errors("inventory_sync_over_limit", [A, B], 12, start=500),
        *tickets(said, [A, B, C]),
    ]
    merchants = roster((A, "callback_not_https"), (B, "callback_not_https"))
    _, found = observe(signals, merchants)
    home = next(one for one in found if any(pattern.kind is PatternKind.TICKET_CLUSTER for pattern in one.patterns))
    assert home.key.startswith("api_error|/api/v3/checkout")
    assert home.merchants == (A, B)
    assert study(home, signals, merchants).dossier.blast.merchants == (A, B)


def test_tickets_of_three_merchants_without_any_error_open_their_own() -> None:
    said = [
        "The shop shows old prices after the move",
        "Old prices are still displayed here",
        "Prices are outdated, old prices again",
        "Wrong old prices",
    ]
    _, found = observe(tickets(said, [A, B, C]), roster())
    assert [(one.type, one.merchants) for one in found] == [("ticket", (A, B, C))]


def test_payments_without_an_order_open_an_incident_or_join_the_one_that_explains_them() -> None:
    paid = [
        make_signal(
            700 + number,
            signal_type=SignalType.PAYMENT,
            payment_id=f"P{number}",
            amount=1_000,
            currency="EUR",
            status="captured",
            merchant_id=A,
        )
        for number in range(4)
    ]
    alone = [one.changed(occurred_at=minutes(number)) for number, one in enumerate(paid)]
    assert [one.key for one in observe(alone, roster())[1]] == ["payment|paid_without_order"]
    joined = observe([*alone, *errors("webhook_v2_endpoint_gone", [A], 8)], roster())[1]
    assert [one.type for one in joined] == ["webhook_failure"]


@pytest.mark.parametrize("seed", [5])
def test_the_order_of_signals_changes_nothing_and_nothing_is_mutated(seed: int) -> None:
    names = [A, B, C]
    signals = [
        *(one for number, cause in enumerate(CAUSES) for one in errors(cause, names, 7, start=number * 100)),
        *sales(names, 10),
    ]
    merchants = roster((A, CAUSES[0]))
    before = [one.model_dump_json() for one in signals]
    patterns, found = observe(signals, merchants)
    known = judge_signals(signals, merchants, minutes(60))
    for turn in range(3):
        again, other = observe(shuffled(signals, seed + turn), shuffled(merchants, seed + turn))
        assert again == patterns and other == found
        assert correlate(shuffled(patterns, seed + turn), [], thresholds(), pack(), **known) == found
    assert [one.model_dump_json() for one in signals] == before
