"""What is breaking, what keeps it from going on, and what it taught."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.base import JsonMapping
from app.domain.evidence import Evidence
from app.domain.incidents import Incident, IncidentStatus, RecordedStep
from app.domain.lessons import Lesson
from app.domain.patterns import Pattern
from app.domain.work import RetryState


class Incidents(Protocol):
    """The incidents of one tenant, their patterns, evidence and recorded steps."""

    def add(self, incident: Incident) -> None:
        """Keep a new incident and write the event incident.opened; Conflict when the id exists."""
        ...

    def get(self, incident_id: str) -> Incident:
        """One incident; NotFound otherwise."""
        ...

    def find_open(self, key: str) -> Incident | None:
        """The feedable incident with this correlation key, if any."""
        ...

    def latest(self, key: str) -> Incident | None:
        """The newest incident with this key in any state, for linking a recurrence."""
        ...

    def page(
        self, *, statuses: Iterable[IncidentStatus] | None = None, limit: int = 200, offset: int = 0
    ) -> list[Incident]:
        """Newest detected first."""
        ...

    def save(self, incident: Incident) -> None:
        """Replace every field but the status."""
        ...

    def move(
        self,
        incident_id: str,
        to: IncidentStatus,
        *,
        at: datetime,
        reason: str,
        allowed_from: Iterable[IncidentStatus] | None = None,
    ) -> bool:
        """Change the status by one guarded statement along INCIDENT_MOVES, with its event incident.moved; False when it
        stood elsewhere.

        A move to RESOLVED also sets resolved_at and mttr_seconds.
        """
        ...

    def standing(self) -> dict[str, str]:
        """The status of every incident, by id."""
        ...

    def put_patterns(self, patterns: Sequence[Pattern]) -> None:
        """Insert or replace patterns by id."""
        ...

    def patterns(self, ids: Sequence[str] | None = None, *, limit: int = 200) -> list[Pattern]:
        """The asked ones, or the latest, most important first."""
        ...

    def discard_patterns(self, moment: datetime, *, keep: Iterable[str]) -> int:
        """Delete patterns last seen before a moment, but for those to keep by id; how many went."""
        ...

    def put_evidence(self, evidence: Sequence[Evidence]) -> None:
        """Insert or replace by id."""
        ...

    def evidence(self, incident_id: str) -> dict[str, Evidence]:
        """All evidence rows of an incident, by id."""
        ...

    def put_step(self, incident_id: str, step: str, output: JsonMapping, *, at: datetime, seq: int) -> None:
        """Record what a node returned (seq counts the incident's steps), with the event step.<name>; idempotent by
        (incident, seq).
        """
        ...

    def steps(self, incident_id: str, *, named: str | None = None) -> list[RecordedStep]:
        """Recorded steps, oldest first; only those of one node where it is named."""
        ...

    def last_step(self, incident_id: str) -> int:
        """The seq of the newest recorded step; 0 before the first."""
        ...

    def last_steps(self) -> dict[str, int]:
        """The same of every incident that has one, by id."""
        ...


class Lessons(Protocol):
    """What finished incidents taught."""

    def add(self, lesson: Lesson) -> bool:
        """Keep a lesson once, by id; writes lesson.learned; False when it was there."""
        ...

    def page(self, *, cause: str | None = None, limit: int = 100) -> list[Lesson]:
        """Newest first."""
        ...


class Setbacks(Protocol):
    """Incidents that could not go on: when they may be tried again, and those set aside for people."""

    def get(self, incident_id: str) -> RetryState | None:
        """What is known about one incident; None when nothing went wrong."""
        ...

    def put(self, setback: RetryState) -> None:
        """Insert or replace."""
        ...

    def clear(self, incident_id: str) -> None:
        """It goes on again."""
        ...

    def page(self, *, dead: bool | None = None) -> list[RetryState]:
        """Newest first."""
        ...
