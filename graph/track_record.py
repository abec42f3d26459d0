"""What first decisions claimed, held against the causes that are known now."""

from datetime import datetime
from threading import Lock
from typing import NamedTuple

from app.domain.decisions import Decision
from app.domain.hypotheses import UNKNOWN
from app.domain.incidents import ACTIVE, IncidentStatus
from app.domain.known_causes import BY_PERSON, KnownCause, list_known_causes
from app.ports.store import Session
from app.reason.track_record import ClaimResult

MOST_LESSONS = 1_000
MOST_CLAIMS = 300
"""So many of the newest count: a shop of two years ago says little about the one of today."""
UNENDED = ACTIVE | {IncidentStatus.MERGED}


class FirstClaim(NamedTuple):
    """What the first decision on an incident said, and when."""

    cause: str
    confidence: float
    at: datetime


class FirstClaims:
    """First decisions never change, so each is read from the store once in a process."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], FirstClaim] = {}
        self._judged: dict[str, tuple[str, list[ClaimResult]]] = {}
        self._lock = Lock()

    def of(self, session: Session, incident_id: str) -> FirstClaim | None:
        """What was claimed of an incident first; None before anything was decided."""
        key = (session.scope.tenant_id, incident_id)
        with self._lock:
            held = self._held.get(key)
        if held is not None:
            return held
        first = next(iter(session.incidents.steps(incident_id, named="decide")), None)
        if first is None:
            return None
        decision = Decision.model_validate(first.output)
        found = FirstClaim(decision.cause, decision.confidence, first.at)
        with self._lock:
            if len(self._held) >= 100 * MOST_CLAIMS:
                self._held.clear()
            self._held[key] = found
        return found

    def results(self, session: Session) -> list[ClaimResult]:
        """What became of the claims of a tenant, judged anew whenever something was learnt: an incident is looked at
        far more often than that.
        """
        tenant = session.scope.tenant_id
        newest = next((one.id for one in session.lessons.page(limit=1)), "")
        if not newest:
            return []
        with self._lock:
            known = self._judged.get(tenant)
        if known is None or known[0] != newest:
            known = (newest, [one.claim for one in judge_claims(session, self)])
            with self._lock:
                self._judged[tenant] = known
        return known[1]


class JudgedClaim(NamedTuple):
    """A claim with what is known of it."""

    incident_id: str
    claimed: FirstClaim
    known: KnownCause

    @property
    def claim(self) -> ClaimResult:
        """Its numbers alone."""
        return ClaimResult(self.claimed.confidence, self.claimed.cause == self.known.cause)

    @property
    def is_by_person(self) -> bool:
        """Whether a person's word is what is known."""
        return self.known.by == BY_PERSON


def judge_claims(session: Session, firsts: FirstClaims) -> list[JudgedClaim]:
    """Every first claim of a cause on an incident that has ended and whose cause is known, newest known first. One that
    was made after a person had named the cause claims nothing of its own.
    """
    found: list[JudgedClaim] = []
    known = list_known_causes(session.lessons.page(limit=MOST_LESSONS))
    standing = session.incidents.standing() if known else {}
    for incident_id, one in sorted(known.items(), key=lambda item: (item[1].at, item[0]), reverse=True):
        if standing.get(incident_id, IncidentStatus.OPEN) in UNENDED:
            continue
        claimed = firsts.of(session, incident_id)
        if claimed is None or claimed.cause == UNKNOWN or (one.by == BY_PERSON and one.at <= claimed.at):
            continue
        found.append(JudgedClaim(incident_id, claimed, one))
        if len(found) == MOST_CLAIMS:
            break
    return found
