"""What incidents cost, by the sums of what came in: all of them at once, so that what several claim is billed once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.config.model import Thresholds
from app.config.vocabulary import Vocabulary
from app.domain.incidents import Incident
from app.domain.merchants import Merchant
from app.domain.rollups import SLOT_SECONDS, SLOTS_AN_HOUR, slot_of
from app.domain.signals import Signal
from app.expect.claims import Claim, Stretch, claims_of, cut_stretches
from app.expect.faults import Fault
from app.observe.bill import IncidentBill, make_bills
from app.observe.book import READ, READ_BEFORE, Counted
from app.observe.groups import is_failure, merchants_in
from app.observe.streams import WELL, failure_stream
from app.ports.store import Session

LOOKED_BACK: Final = 7 * 24 * SLOTS_AN_HOUR
"""So far back what is usual is read."""


def bill_incidents(
    session: Session,
    incidents: Sequence[Incident],
    faults: Sequence[Fault],
    merchants: Mapping[str, Merchant],
    words: Vocabulary,
    thresholds: Thresholds,
    now: datetime,
    at: datetime | None = None,
) -> dict[str, IncidentBill]:
    """The bills of these incidents up to now, or to another moment; other incidents to which `faults` of the tenant
    claim the same merchants are billed beside them, and theirs are left out.
    """
    end = slot_of(at or now) + 1
    held = _read_claims(session, incidents, faults)
    claims = [replace(one, until=min(one.until, end)) for one in held if one.since < end]
    if not claims:
        return {}
    counted = _read_counts(session, claims, slot_of(now))
    bills = make_bills(
        claims,
        counted,
        merchants,
        words,
        conversion=thresholds.checkout_conversion,
        grace_slots=thresholds.order_grace_minutes * 60 / SLOT_SECONDS,
    )
    return {one.id: bills[one.id] for one in incidents if one.id in bills}


def _read_claims(session: Session, incidents: Sequence[Incident], faults: Sequence[Fault]) -> list[Claim]:
    """What the faults of the tenant answer for, and incidents that rest on no fault, by their own signals."""
    claims = {one.incident_id: one for one in claims_of(faults)}
    known = {one.id: one for one in incidents}
    held = [_until_last_seen(claim, known.get(name) or session.incidents.get(name)) for name, claim in claims.items()]
    bare = [one for one in incidents if one.id not in claims]
    return [*held, *(claim_of_signals(one, session.signals.of_incident(one.id)) for one in bare)]


def _until_last_seen(claim: Claim, incident: Incident) -> Claim:
    """What shows by failures costs nothing after the last of them; what is missing shows by nothing."""
    return replace(claim, until=min(claim.until, slot_of(incident.last_seen) + 1)) if claim.mechanisms else claim


def claim_of_signals(incident: Incident, signals: Sequence[Signal]) -> Claim:
    """What an incident answers for that rests on its signals alone."""
    failures = [one for one in signals if is_failure(one)]
    first = min([incident.first_seen, *(one.occurred_at for one in failures[:1])])
    return Claim(
        incident.id,
        frozenset(failure_stream(one) for one in failures),
        frozenset(merchants_in(failures) or incident.merchants),
        slot_of(first),
        slot_of(incident.last_seen) + 1,
    )


def _read_counts(session: Session, claims: Sequence[Claim], last: int) -> Counted:
    mechanisms = {stream for one in claims for stream in one.mechanisms}
    streams = {*READ, *mechanisms, *(f"{WELL}|{one}" for one in mechanisms)}
    first = min(one.since for one in claims)
    span = session.rollups.span()
    begun = max(first - LOOKED_BACK, span[0] if span else first)
    return Counted(
        before=session.rollups.sums(begun, first - 1, READ_BEFORE) if begun < first else [],
        slots_before=max(first - begun, 0),
        stretches=[
            Stretch(start, end, session.rollups.sums(start, end - 1, streams))
            for start, end in cut_stretches(claims, last)
        ],
    )
