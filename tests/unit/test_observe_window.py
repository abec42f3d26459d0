"""A sweep reads only what its patterns are compared with, and finds what it would find in everything."""

from datetime import timedelta
from random import Random, SystemRandom

from app.domain.base import Severity
from app.domain.signals import Signal, SignalType
from app.observe.patterns import needed_before, patterns_in, patterns_of
from app.observe.ticket_clusters import cluster_tickets
from app.observe.window import Parts
from tests.builders import NOW, make_signal, make_ticket
from tests.faults import merchant, pack, thresholds

SEED = SystemRandom().randrange(2**32)
NAMES = [f"MERCH-{number}" for number in range(6)]


def a_while(rng: Random, count: int) -> list[Signal]:
    """Four hours of everything: failures, metrics, money with and without orders, tickets, lines of a log."""
    found = []
    for number in range(count):
        at = NOW + timedelta(seconds=rng.randrange(14_400))
        kind = rng.choice(
            [
                SignalType.KPI,
                SignalType.API_CALL,
                SignalType.PAYMENT,
                SignalType.ORDER,
                SignalType.LOG,
                SignalType.WEBHOOK_DELIVERY,
                None,
            ]
        )
        common = {"merchant_id": rng.choice(NAMES), "occurred_at": at, "severity": rng.choice(list(Severity))}
        money = {
            "amount": rng.choice([500, 900]),
            "currency": "EUR",
            "payment_id": rng.choice([f"P-{rng.randrange(count)}", None]),
        }
        own = {
            SignalType.KPI: {"name": "checkout", "value": rng.choice([0.1, 0.6]), "trials": rng.randrange(0, 30)},
            SignalType.API_CALL: {"endpoint": "/api/v3/cart", "status": rng.choice([200, 200, 422])},
            SignalType.PAYMENT: {**money, "status": rng.choice(["captured", "refunded"])},
            SignalType.ORDER: {**money, "order_id": f"O-{number}", "status": "placed"},
            SignalType.LOG: {"level": rng.choice(["info", "error"]), "message": f"job {number} ended"},
            SignalType.WEBHOOK_DELIVERY: {
                "topic": "orders/create",
                "status": rng.choice([200, 500]),
                "endpoint": "/hooks",
            },
        }
        made = (
            make_ticket(number, body=rng.choice(["cannot pay", "orders are missing"]), **common)
            if kind is None
            else None
        )
        found.append(made or make_signal(number, signal_type=kind, **common, **own[kind or SignalType.KPI]))
    return found


def test_what_is_needed_before_is_all_that_counts() -> None:
    rng = Random(SEED)
    for _ in range(12):
        signals = a_while(rng, rng.choice([30, 200, 500]))
        since = NOW + timedelta(seconds=rng.randrange(7_000, 14_400))
        history = sorted((one for one in signals if one.occurred_at < since), key=lambda one: (one.occurred_at, one.id))
        current = sorted(
            (one for one in signals if one.occurred_at >= since), key=lambda one: (one.occurred_at, one.id)
        )
        shops = [merchant(name) for name in NAMES]
        whole = patterns_of(
            "demo",
            rng.sample(current, len(current)),
            shops,
            thresholds(),
            pack().vocabulary,
            history=rng.sample(history, len(history)),
        )
        parts = Parts.of_all(current)
        before = {
            kind: [one for one in history if one.signal_type is kind and (wanted is None or one.merchant_id in wanted)]
            for kind, wanted in needed_before(parts).items()
        }
        then = (history[0].occurred_at, history[-1].occurred_at) if history else None
        by_id, words = {one.id: one for one in shops}, pack().vocabulary
        tickets, _ = cluster_tickets("demo", parts.of(SignalType.TICKET), by_id, thresholds(), words)
        found = patterns_in("demo", parts, Parts(before), shops, thresholds(), then=then, tickets=tickets)
        assert found == whole, f"seed {SEED}"
