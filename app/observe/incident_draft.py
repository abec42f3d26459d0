"""An incident in the making: what gathers around one mechanism, whom that is about, and what it shows; and what it is
assigned to in the end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.config.vocabulary import Vocabulary
from app.domain.base import JsonMapping, Moment, Severity, Value
from app.domain.incidents import Incident
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import SignalType
from app.expect.faults import Fault
from app.observe.symptoms import route_symptoms, spoken_symptoms


class Assignment(Value):
    """Patterns that are one incident: a new one under this key, or an open one by id."""

    key: str
    type: str
    title: str
    incident_id: str | None = None
    """The open one it belongs to, or the ended one that has come back."""
    patterns: tuple[Pattern, ...]
    signal_ids: tuple[str, ...]
    merchants: tuple[str, ...]
    severity: Severity
    first_seen: Moment
    last_seen: Moment
    fault: int | None = None
    """The place of the fault it is about among those that were given."""

    @property
    def shown_ids(self) -> tuple[str, ...]:
        """The signals that tell of it by themselves. What people write of what machines show adds nothing new to it."""
        shown = _shown_by(self.patterns, self.type)
        return tuple({name: None for pattern in shown for name in pattern.signal_ids})


class IncidentDraft:
    """An incident in the making: what gathers around one mechanism. Local to one call of `correlate`."""

    def __init__(self, key: str, kind: str, incident: Incident | None = None, *, reopens: str | None = None) -> None:
        self.key, self.kind, self.incident = key, kind, incident
        self.fault: int | None = None
        self.reopens = reopens
        self.patterns: list[Pattern] = []

    def shown(self) -> list[Pattern]:
        """What machines showed; in a case of tickets alone, the tickets. Words that joined never widen what
        joins next.
        """
        return [pattern for pattern in self.patterns if pattern.kind is not PatternKind.TICKET_CLUSTER] or self.patterns

    def pattern_keys(self) -> list[JsonMapping]:
        """What fails in it and how, by machines where there are any."""
        before: list[JsonMapping] = list(self.incident.pattern_keys) if self.incident else []
        machine = [key for key in before if key.get("signal_type") != "ticket"]
        return (machine or before) + [pattern.key for pattern in self.shown()]

    def merchants(self) -> set[str]:
        """Whom it is about."""
        return {
            *(self.incident.merchants if self.incident else ()),
            *(one for pattern in self.shown() for one in pattern.merchants),
        }

    def symptoms(self, words: Vocabulary) -> set[str]:
        """What it shows."""
        return {symptom for key in self.pattern_keys() for symptom in symptoms_of_key(key, words)}

    def began(self) -> datetime | None:
        """When what machines showed was first seen."""
        seen = [pattern.first_seen for pattern in self.shown()]
        return self.incident.first_seen if self.incident else min(seen, default=None)


def build_assignment(case: IncidentDraft, faults: Sequence[Fault]) -> Assignment:
    """The patterns that gathered around it, the gravest first, and what they say of it together."""
    found = sorted(case.patterns, key=lambda one: (-one.impact_rank, one.id))
    ids = {signal: None for one in found for signal in one.signal_ids}
    severity = max((one.severity for one in found), key=lambda one: one.rank)
    shown = _shown_by(found, case.kind)
    merchants = tuple(sorted({merchant for one in shown for merchant in one.merchants}))
    lead = case.patterns[0]
    if case.fault is not None:
        merchants = tuple(sorted({*merchants, *faults[case.fault].hurt} - {""}))
    return Assignment(
        key=case.key,
        type=case.kind,
        title=case.incident.title if case.incident else _title_of_lead(lead),
        incident_id=case.incident.id if case.incident else case.reopens,
        patterns=tuple(found),
        signal_ids=tuple(ids),
        merchants=merchants,
        severity=severity,
        first_seen=min((one.first_seen for one in shown), default=None) or _known(case).first_seen,
        last_seen=_last_seen(case, shown),
        fault=case.fault,
    )


def _shown_by(patterns: Sequence[Pattern], kind: str) -> list[Pattern]:
    """What machines showed; in an incident of tickets alone, the tickets."""
    machines = [one for one in patterns if one.kind is not PatternKind.TICKET_CLUSTER]
    return machines or (list(patterns) if kind == SignalType.TICKET.value else [])


def _known(case: IncidentDraft) -> Incident:
    """The incident that only tickets came to join: none is opened by tickets about what machines would show."""
    assert case.incident is not None
    return case.incident


def _last_seen(case: IncidentDraft, found: Sequence[Pattern]) -> datetime:
    """When it last failed; a metric is told in good times too, a ticket when somebody came to write it: they move
    nothing that is known.
    """
    told = (PatternKind.ERROR_GROUP, PatternKind.PAID_WITHOUT_ORDER, PatternKind.TICKET_CLUSTER)
    failing = [one.last_seen for one in found if one.kind in told]
    if not failing and case.incident:
        return case.incident.last_seen
    return max(failing or [one.last_seen for one in found])


def _title_of_lead(lead: Pattern) -> str:
    what = {
        PatternKind.PAID_WITHOUT_ORDER: "payments without an order",
        PatternKind.KPI_DROP: f"{lead.key.get('name')} fell",
        PatternKind.SHORTFALL: lead.title,
    }.get(lead.kind, lead.title)
    return f"{what[:1].upper()}{what[1:]}"


def symptoms_of_key(key: Mapping[str, Any], words: Vocabulary) -> set[str]:
    """What a pattern shows, by its key."""
    kind = str(key.get("signal_type"))
    if kind == "ticket":
        return set(key.get("symptoms", ())) or set(spoken_symptoms(" ".join(map(str, key.get("words", ()))), words))
    if kind == "payment":
        return {words.counts.paid_without_order} if words.counts.paid_without_order else set()
    if kind == "kpi":
        return set(words.symptoms_of_metric(str(key.get("name"))))
    named = f"{str(key.get('error_code') or '').replace('_', ' ')} {key.get('template') or ''}"
    return set(
        _route_shows(kind, str(key.get("endpoint") or ""), key.get("status"), str(key.get("topic") or ""), named, words)
    )


@lru_cache(maxsize=4096)
def _route_shows(
    kind: str, endpoint: str, status: int | str | None, topic: str, named: str, words: Vocabulary
) -> frozenset[str]:
    return spoken_symptoms(named, words) | route_symptoms(kind, endpoint, status, words, topic=topic)
