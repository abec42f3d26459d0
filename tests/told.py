"""Incidents with their causes, as different people would tell them: for the tests of the pack, and for the measurements
beside which they stand.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.domain.hypotheses import Dossier, Hypothesis
from app.domain.incidents import Incident
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.signals import Signal, SignalType
from app.observe.dossier import build_dossier
from app.observe.patterns import patterns_of
from app.ports.knowledge import Nearness
from app.reason.score import score_causes
from tests.builders import make_incident, make_merchant, make_signal, make_ticket, minutes
from tests.faults import pack, thresholds

HOOK = {"signal_type": SignalType.WEBHOOK_FAILURE}
LOG = {"signal_type": SignalType.LOG, "level": "error"}
PAID = {"signal_type": SignalType.PAYMENT, "status": "captured", "amount": 4_900, "currency": "EUR"}
COUNT, HEALTHY = 24, 6
HURT = ("MERCH-A", "MERCH-B", "MERCH-C")


class Case(NamedTuple):
    """What is seen of a cause: failures, which take turns, what people write, and what the directory says."""

    seen: Sequence[Mapping[str, Any]]
    said: Sequence[str] = ()
    broken: Mapping[str, Any] = {}
    sound: Mapping[str, Any] = {}
    stage: str = "post_migration"


def failure(
    endpoint: str, status: int | None, message: str = "", code: str | None = None, **more: Any
) -> dict[str, Any]:
    return {"endpoint": endpoint, "status": status, "error_message": message or None, "error_code": code, **more}


class Incidental(NamedTuple):
    """One incident as the observers would hand it over: what joined it, whom it is about, and all who live there."""

    incident: Incident
    signals: Sequence[Signal]
    patterns: Sequence[Pattern]
    merchants: Sequence[Merchant]


def signals_of(case: Case, hurt: Sequence[str] = HURT, first: int = 0) -> list[Signal]:
    """A failure every two minutes, and each ticket of every merchant."""
    made = []
    for number in range(COUNT if case.seen else 0):
        fields = {"merchant_id": hurt[number % len(hurt)], "occurred_at": minutes(number * 2), "stage": case.stage}
        shape = dict(case.seen[number % len(case.seen)])
        own = {"payment_id": f"P-{first + number}"} if shape.get("signal_type") is SignalType.PAYMENT else {}
        made.append(make_signal(first + number, **fields, **shape, **own))
    for number, text in enumerate([*case.said] * len(hurt)):
        fields = {"merchant_id": hurt[number % len(hurt)], "occurred_at": minutes(number + 1), "stage": case.stage}
        made.append(make_ticket(first + COUNT + number, subject="Help", body=text, **fields))
    return made


def directory_of(case: Case, hurt: Sequence[str] = HURT, healthy: int = HEALTHY) -> list[Merchant]:
    """The hurt with what is broken, and healthy ones beside them."""
    broken = [make_merchant(name, attributes=dict(case.broken), webhook_version="", stage=case.stage) for name in hurt]
    return broken + [
        make_merchant(f"MERCH-H{number}", attributes=dict(case.sound), webhook_version="", stage=case.stage)
        for number in range(healthy)
    ]


def told_as(case: Case, number: int = 1, hurt: Sequence[str] = HURT) -> Incidental:
    """The incident that these signals make."""
    signals, merchants = signals_of(case, hurt, first=number * 1_000), directory_of(case, hurt)
    patterns = patterns_of("demo", signals, merchants, thresholds(), pack().vocabulary, history=(), now=minutes(60))
    incident = make_incident(
        number,
        merchants=tuple(hurt),
        signal_count=len(signals),
        last_seen=minutes(COUNT * 2),
        pattern_ids=tuple(one.id for one in patterns),
    )
    return Incidental(incident, signals, patterns, merchants)


def looked_at(told: Incidental, compared_by: Nearness | None = None) -> Dossier:
    """Its dossier, with the evidence in it."""
    dossier, evidence = build_dossier(
        "demo",
        told.incident,
        told.signals,
        told.patterns,
        told.merchants,
        (),
        thresholds(),
        pack(),
        minutes(60),
        compared_by=compared_by,
    )
    return dossier.changed(evidence=tuple(evidence), directory=tuple(told.merchants))


def ranked(case: Case) -> list[Hypothesis]:
    """The causes, weighed on the dossier of one incident with all these signals."""
    dossier = looked_at(told_as(case))
    return score_causes(dossier, dossier.evidence, pack())
