"""Silence is recovery only where trouble would have been heard, and only against a rate that is known."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.signals import Signal, SignalType
from app.verify.recovery import Recovery, recovery, worth_a_look
from tests.builders import NOW, make_signal, make_ticket, minutes

PLACE = "/api/v3/checkout/complete"
SHOPS = ("MERCH-A1B2C3", "MERCH-B2C3D4")


def fails(at: Sequence[float], merchants: Sequence[str] = SHOPS, **said: Any) -> list[Signal]:
    return [
        make_signal(int(1000 * moment) + place, merchant_id=shop, occurred_at=minutes(moment), **said)
        for moment in at
        for place, shop in enumerate(merchants)
    ]


def works(
    at: Sequence[float], merchants: Sequence[str] = SHOPS, source: str = "datadog", endpoint: str = PLACE
) -> list[Signal]:
    return [
        make_signal(
            500_000 + int(1000 * moment) + place,
            signal_type=SignalType.API_CALL,
            source=source,
            merchant_id=shop,
            endpoint=endpoint,
            status=200,
            occurred_at=minutes(moment),
        )
        for moment in at
        for place, shop in enumerate(merchants)
    ]


def judged(joined: Sequence[Signal], others: Sequence[Signal], now: float) -> Recovery | None:
    around = sorted({one.id: one for one in (*joined, *others)}.values(), key=lambda one: one.occurred_at)
    heard: dict[str, datetime] = {one.source: one.occurred_at for one in around}
    return recovery(joined, around, heard=heard, now=minutes(now), grace_minutes=10)


HOUR = [float(minute) for minute in range(0, 60, 2)]
"""It failed every other minute for an hour."""


def every(step: int, since: int, until: int) -> list[float]:
    return [float(minute) for minute in range(since, until, step)]


def test_an_hour_of_failures_and_an_hour_of_success_is_a_recovery() -> None:
    found = judged(fails(HOUR), works(every(2, -60, 120)), 120)
    assert found is not None
    assert (found.last_seen, found.seen_until) == (minutes(58), minutes(118))
    assert found.began == minutes(0)


def test_half_an_hour_is_the_least() -> None:
    assert judged(fails(HOUR), works(every(2, -60, 86)), 86) is None
    assert judged(fails(HOUR), works(every(2, -60, 92)), 92) is not None


SILENCES: dict[str, Callable[[], list[Signal]]] = {
    "nobody sends anything": list,
    "its source fell silent, another goes on": lambda: (
        works(every(2, -60, 58)) + works(every(2, 0, 400), source="shop", endpoint="/api/v3/catalog")
    ),
    "its merchants fell silent": lambda: works(every(2, -60, 58)) + works(every(2, 0, 400), merchants=["MERCH-ZZZZZZ"]),
    "one of its two merchants fell silent": lambda: (
        works(every(2, -60, 58)) + works(every(2, 0, 400), merchants=SHOPS[:1])
    ),
    "nobody calls what failed any more": lambda: (
        works(every(2, -60, 0)) + works(every(2, 0, 400), endpoint="/api/v3/catalog")
    ),
    "a tenth of the traffic is left": lambda: works(every(2, -60, 58)) + works([70.0, 140.0, 210.0]),
}


@pytest.mark.parametrize("silence", SILENCES)
def test_silence_alone_is_no_recovery(silence: str) -> None:
    around = [one for one in SILENCES[silence]() if one.merchant_id in SHOPS]
    assert judged(fails(HOUR), around, 240) is None


def test_who_reports_failures_only_must_still_be_heard_of() -> None:
    """Successes that somebody else reports do not vouch for an error tracker that died."""
    others = works(every(2, -60, 200), source="shop")
    assert judged(fails(HOUR), others, 200) is None
    elsewhere = fails([190.0], merchants=SHOPS[:1], error_code="SOMETHING_ELSE", endpoint="/api/v3/other")
    assert judged(fails(HOUR), [*others, *elsewhere], 200) is not None


@pytest.mark.parametrize("moments", [[0.0], [0.0, 0.1, 0.2], [0.0, 5.0]])
def test_what_was_seen_in_a_moment_or_two_has_no_rate_and_stays(moments: list[float]) -> None:
    assert judged(fails(moments), works(every(5, -60, 5_000)), 5_000) is None


def test_the_rarer_it_was_the_longer_the_silence_must_be() -> None:
    rare = [0.0, 60.0, 120.0, 180.0]
    assert judged(fails(rare), works(every(5, -60, 300)), 300) is None
    assert judged(fails(rare), works(every(5, -60, 800)), 800) is not None


def test_what_comes_and_goes_has_not_ended_in_a_pause_like_its_own() -> None:
    bursts = [start + minute for start in (0.0, 120.0, 240.0, 360.0) for minute in range(20)]
    assert judged(fails(bursts), works(every(2, -60, 470)), 470) is None
    assert judged(fails(bursts), works(every(2, -60, 500)), 500) is not None


def test_what_goes_on_without_having_joined_is_seen() -> None:
    assert judged(fails(HOUR), works(every(2, -60, 200)) + fails(every(10, 60, 200)), 200) is None


def test_people_who_still_complain_are_heard() -> None:
    joined = [*fails(HOUR), make_ticket(7, occurred_at=minutes(110))]
    assert judged(joined, works(every(2, -60, 130)), 130) is None
    assert judged(joined, works(every(2, -60, 160)), 160) is not None


def test_words_and_metrics_alone_have_no_rate() -> None:
    tickets = [make_ticket(number, occurred_at=minutes(number * 5)) for number in range(10)]
    assert judged(tickets, works(every(2, -60, 600)), 600) is None


def ratio(at: float, value: float) -> Signal:
    said = {
        "signal_type": SignalType.KPI,
        "source": "metrics",
        "name": "checkout_conversion",
        "value": value,
        "trials": 400,
        "window_s": 600,
    }
    return make_signal(900_000 + int(at), occurred_at=minutes(at), **said)


@pytest.mark.parametrize(("since", "over"), [(0.3, False), (0.6, True)])
def test_a_metric_that_fell_with_it_must_have_come_back(since: float, over: bool) -> None:
    before = [ratio(at, 0.6) for at in every(10, -60, 0)]
    fallen = [ratio(at, 0.3) for at in every(10, 5, 55)]
    after = [ratio(at, since) for at in every(10, 65, 180)]
    found = judged([*fails(HOUR), *fallen], [*before, *after, *works(every(2, -60, 180))], 180)
    assert (found is not None) is over


def paid(at: float, ordered: bool) -> list[Signal]:
    money = {"amount": 1_000, "currency": "EUR", "payment_id": f"PAY-{at}"}
    payment = make_signal(
        700_000 + int(at),
        signal_type=SignalType.PAYMENT,
        source="payments",
        occurred_at=minutes(at),
        status="captured",
        **money,
    )
    order = make_signal(
        800_000 + int(at),
        signal_type=SignalType.ORDER,
        source="orders",
        occurred_at=minutes(at),
        order_id=f"O-{at}",
        status="created",
        **money,
    )
    return [payment, order] if ordered else [payment]


@pytest.mark.parametrize(("ordered", "over"), [(False, False), (True, True)])
def test_payments_have_recovered_when_they_get_their_orders_again(ordered: bool, over: bool) -> None:
    """A payment that is overdue may never join; it counts by itself."""
    joined = [one for at in every(3, 0, 60) for one in paid(at, False)]
    since = [one for at in every(3, 60, 180) for one in paid(at, ordered)]
    assert (judged(joined, since, 180) is not None) is over


def test_a_silence_is_looked_at_a_few_times_and_not_at_every_sweep() -> None:
    looks, looked = 0, None
    for seconds in range(0, 7 * 24 * 3600, 300):
        now = NOW + timedelta(seconds=seconds)
        if worth_a_look(NOW, looked, now):
            looks, looked = looks + 1, now
    assert 15 <= looks <= 30
    assert not worth_a_look(NOW, None, minutes(29)) and worth_a_look(NOW, None, minutes(31))
