"""Small worlds with one planted fault each, for the tests of observers, reasoner and answers. Written apart from the
shipped fixtures.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from app.config.load import load_config
from app.config.model import Config, DomainPack, Thresholds
from app.domain.base import Severity, Stage, Value
from app.domain.evidence import Evidence
from app.domain.hypotheses import Assessment, Dossier, Hypothesis
from app.domain.incidents import Incident, incident_identity
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.signals import Signal, SignalType
from app.domain.tenants import ToolMode
from app.observe.dossier import build_dossier
from app.observe.incident_draft import Assignment
from app.playbooks.plan import PlanFacts
from app.reason.score import score_causes
from tests.builders import make_merchant, make_signal, make_ticket, minutes

ERRORS: dict[str, dict[str, Any]] = {
    "callback_not_https": {
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "endpoint": "/api/v3/checkout/complete",
        "status": 400,
        "error_message": "The return address must use https",
    },
    "webhook_v2_endpoint_gone": {
        "signal_type": SignalType.WEBHOOK_FAILURE,
        "error_code": "WEBHOOK_ENDPOINT_NOT_FOUND",
        "endpoint": "/webhooks/v2/orders",
        "status": 404,
        "topic": "orders/created",
        "error_message": "No route for this webhook version",
    },
    "token_version_mismatch": {
        "error_code": "AUTH_TOKEN_VERSION_MISMATCH",
        "endpoint": "/api/v3/auth/token",
        "status": 401,
        "error_message": "The token was issued for another version",
    },
    "inventory_sync_over_limit": {
        "error_code": "RATE_LIMIT_EXCEEDED",
        "endpoint": "/api/v3/inventory/sync",
        "status": 429,
        "error_message": "Too many requests in this minute",
    },
    "cache_not_invalidated": {
        "error_code": "PRICE_VERSION_STALE",
        "endpoint": "/api/v3/catalog/prices",
        "status": 409,
        "error_message": "A newer revision of the price list exists, this one is cached",
    },
}
"""What each planted cause looks like from outside."""

BROKEN: dict[str, dict[str, Any]] = {
    "callback_not_https": {"callback_scheme": "http"},
    "webhook_v2_endpoint_gone": {},
    "token_version_mismatch": {"token_version": "v2"},
    "inventory_sync_over_limit": {"sync_rate_per_minute": 200},
    "cache_not_invalidated": {"cache_generation": "stale"},
}
SOUND: dict[str, Any] = {
    "callback_scheme": "https",
    "token_version": "v3",
    "cache_generation": "current",
    "sync_rate_per_minute": 30,
    "sync_limit_per_minute": 60,
}
CAUSES = tuple(ERRORS)


@lru_cache(maxsize=1)
def config() -> Config:
    """The shipped behaviour."""
    return load_config(Path(__file__).resolve().parent.parent / "config")


def pack() -> DomainPack:
    """The shipped commerce pack."""
    return config().packs["commerce"]


def thresholds() -> Thresholds:
    """The shipped thresholds."""
    return config().thresholds


def merchant(name: str, *causes: str, **changes: Any) -> Merchant:
    """A merchant that is sound but for some causes."""
    attributes = {**SOUND, **{key: value for cause in causes for key, value in BROKEN[cause].items()}}
    hooks = "v2" if "webhook_v2_endpoint_gone" in causes else "v3"
    return make_merchant(name, attributes=attributes, webhook_version=hooks, **changes)


def roster(*broken: tuple[str, str], healthy: int = 6) -> list[Merchant]:
    """Merchants by (id, cause), and some healthy ones."""
    causes: dict[str, list[str]] = {}
    for name, cause in broken:
        causes.setdefault(name, []).append(cause)
    return [merchant(name, *found) for name, found in causes.items()] + [
        merchant(f"MERCH-H{number}") for number in range(healthy)
    ]


def errors(cause: str, names: Sequence[str], count: int, *, start: int = 0, **changes: Any) -> list[Signal]:
    """Failures of one planted cause, shared round among merchants, one a minute."""
    made = []
    for number in range(count):
        fields = {
            **ERRORS[cause],
            "merchant_id": names[number % len(names)],
            "occurred_at": minutes(number % 50),
            **changes,
        }
        made.append(make_signal(start + number, **fields))
    return made


def sales(names: Sequence[str], count: int, *, start: int = 50_000) -> list[Signal]:
    """Healthy traffic: payments with their orders, and calls that were answered."""
    made = []
    for number in range(count):
        name, at = names[number % len(names)], minutes(number % 55)
        common = {"merchant_id": name, "occurred_at": at, "severity": Severity.INFO}
        money = {"amount": 5_000, "currency": "EUR", "payment_id": f"P-{start + number}"}
        made.append(
            make_signal(start + 3 * number, signal_type=SignalType.PAYMENT, status="captured", **money, **common)
        )
        made.append(
            make_signal(
                start + 3 * number + 1,
                signal_type=SignalType.ORDER,
                order_id=f"O-{number}",
                status="created",
                **money,
                **common,
            )
        )
        made.append(
            make_signal(
                start + 3 * number + 2,
                signal_type=SignalType.API_CALL,
                endpoint="/api/v3/checkout/complete",
                status=200,
                **common,
            )
        )
    return made


def tickets(texts: Sequence[str], names: Sequence[str], *, start: int = 90_000, **changes: Any) -> list[Signal]:
    """One ticket per text, shared round among merchants."""
    made = []
    for number, text in enumerate(texts):
        fields = {
            "subject": "Help",
            "body": text,
            "merchant_id": names[number % len(names)],
            "occurred_at": minutes(number),
        }
        made.append(make_ticket(start + number, **{**fields, **changes}))
    return made


class Studied(Value):
    """An assignment taken through dossier and score."""

    incident: Incident
    dossier: Dossier
    evidence: tuple[Evidence, ...]
    hypotheses: tuple[Hypothesis, ...]

    @property
    def best(self) -> Hypothesis:
        """The first-ranked hypothesis."""
        return self.hypotheses[0]


def opened(assignment: Assignment) -> Incident:
    """The incident an assignment opens."""
    digest, shown = incident_identity("demo", assignment.key, assignment.signal_ids[0])
    return Incident(
        id=shown,
        digest=digest,
        key=assignment.key,
        type=assignment.type,
        title=assignment.title,
        severity=assignment.severity,
        detected_at=assignment.last_seen,
        first_seen=assignment.first_seen,
        last_seen=assignment.last_seen,
        merchants=assignment.merchants,
        pattern_ids=tuple(one.id for one in assignment.patterns),
        pattern_keys=tuple(one.key for one in assignment.patterns),
        signal_count=len(assignment.signal_ids),
    )


def study(
    assignment: Assignment,
    signals: Sequence[Signal],
    merchants: Sequence[Merchant],
    *,
    lessons: Sequence[Lesson] = (),
    **rest: Any,
) -> Studied:
    """Dossier, evidence and ranking of an assignment."""
    incident = opened(assignment)
    by_id = {one.id: one for one in signals}
    joined = [by_id[one] for one in assignment.signal_ids]
    dossier, evidence = build_dossier(
        "demo", incident, joined, assignment.patterns, merchants, lessons, thresholds(), pack(), minutes(60)
    )
    ranking = score_causes(dossier, evidence, pack(), rest.get("tried", ()), lessons)
    return Studied(incident=incident, dossier=dossier, evidence=tuple(evidence), hypotheses=tuple(ranking))


def stripped(signals: Sequence[Signal]) -> list[Signal]:
    """The same signals without their error codes."""
    return [one.changed(error_code=None) for one in signals]


def shuffled(items: Sequence[Any], seed: int) -> list[Any]:
    """The same items in another order."""
    mixed = list(items)
    Random(seed).shuffle(mixed)
    return mixed


__all__ = [
    "Stage",
    "config",
    "errors",
    "merchant",
    "opened",
    "pack",
    "roster",
    "sales",
    "shuffled",
    "stripped",
    "study",
    "thresholds",
    "tickets",
]


def planned(dossier: Dossier, assessment: Assessment) -> PlanFacts:
    """What a first proposal of the simulated platform is made from."""
    return PlanFacts(
        dossier=dossier,
        assessment=assessment,
        pack=pack(),
        thresholds=thresholds(),
        specs={one.name: one for one in config().tools},
        merchants={one.id: one for one in dossier.directory},
        tried=(),
        evidence_version=1,
        mode=ToolMode.SIMULATED,
    )
