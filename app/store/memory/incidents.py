"""The incidents of a tenant in memory, with their patterns, evidence and recorded steps."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from app.domain.base import JsonMapping
from app.domain.errors import Conflict, NotFound
from app.domain.evidence import Evidence
from app.domain.incidents import FEEDABLE, Incident, IncidentStatus, RecordedStep
from app.domain.patterns import Pattern
from app.store import codec, transitions
from app.store.memory import still
from app.store.memory.events import MemoryEvents
from app.store.memory.shelf import ShelfView


class MemoryIncidents:
    """The Incidents port in memory."""

    def __init__(self, view: ShelfView, chain: MemoryEvents) -> None:
        self._view = view
        self._chain = chain

    def add(self, incident: Incident) -> None:
        """Keep a new incident and write incident.opened; Conflict when the id exists or its key has an incident that
        still feeds.
        """
        if codec.clean_text(incident.id) in self._view.rows("incidents"):
            raise Conflict(f"{incident.id} exists already", id=incident.id)
        self._check_key(incident)
        self._keep(incident)
        self._chain.tell(transitions.incident_opened(incident), incident.detected_at)

    def get(self, incident_id: str) -> Incident:
        """One incident; NotFound otherwise."""
        stored: Incident | None = self._view.rows("incidents").get(codec.clean_text(incident_id))
        if stored is None:
            raise NotFound(f"there is no incident {incident_id}")
        return stored

    def find_open(self, key: str) -> Incident | None:
        """The feedable incident with this correlation key, if any."""
        return self._first(key, FEEDABLE)

    def latest(self, key: str) -> Incident | None:
        """The newest incident with this key in any state, for linking a recurrence."""
        return self._first(key, frozenset(IncidentStatus))

    def page(
        self, *, statuses: Iterable[IncidentStatus] | None = None, limit: int = 200, offset: int = 0
    ) -> list[Incident]:
        """Newest detected first."""
        wanted = frozenset(IncidentStatus) if statuses is None else frozenset(statuses)
        start = max(offset, 0)
        return [row for row in self._newest() if row.status in wanted][start : start + max(limit, 0)]

    def save(self, incident: Incident) -> None:
        """Replace every field but the status; an end that a move has set is not taken back."""
        asked = transitions.merge_saved(self.get(incident.id), incident)
        self._check_key(asked)
        self._keep(asked)

    def move(
        self,
        incident_id: str,
        to: IncidentStatus,
        *,
        at: datetime,
        reason: str,
        allowed_from: Iterable[IncidentStatus] | None = None,
    ) -> bool:
        """Change the status along INCIDENT_MOVES, with its event; False when it stood elsewhere."""
        sources = transitions.incident_sources(to, allowed_from)
        now = self.get(incident_id)
        if now.status not in sources:
            return False
        self._keep(now.changed(status=to, **transitions.resolution_fields(now, to, at)))
        self._chain.tell(transitions.incident_moved(now, to, reason), at)
        return True

    def standing(self) -> dict[str, str]:
        """The status of every incident, by id."""
        return {row.id: row.status.value for row in self._newest()}

    def put_patterns(self, patterns: Sequence[Pattern]) -> None:
        """Insert or replace patterns by id; the last of an id counts."""
        rows = self._view.edit("patterns")
        for kept in map(still.as_stored, patterns):
            rows[kept.id] = kept

    def patterns(self, ids: Sequence[str] | None = None, *, limit: int = 200) -> list[Pattern]:
        """The asked ones, or the latest seen, most important first."""
        rows: Mapping[str, Pattern] = self._view.rows("patterns")
        if ids is None:
            latest = sorted(sorted(rows), key=lambda name: rows[name].last_seen, reverse=True)
            found = [rows[name] for name in latest[: max(limit, 0)]]
        else:
            found = [rows[name] for name in dict.fromkeys(map(codec.clean_text, ids)) if name in rows]
        return sorted(found, key=lambda pattern: (-pattern.impact_rank, pattern.id))

    def discard_patterns(self, moment: datetime, *, keep: Iterable[str]) -> int:
        """Delete patterns last seen before a moment, but for those to keep by id; how many went."""
        kept, rows = {codec.clean_text(pattern_id) for pattern_id in keep}, self._view.edit("patterns")
        gone = [pattern_id for pattern_id, row in rows.items() if pattern_id not in kept and row.last_seen < moment]
        for pattern_id in gone:
            del rows[pattern_id]
        return len(gone)

    def put_evidence(self, evidence: Sequence[Evidence]) -> None:
        """Insert or replace by id; the last of an id counts."""
        rows = self._view.edit("evidence")
        for kept in map(still.as_stored, evidence):
            rows[kept.incident_id] = {**rows.get(kept.incident_id, {}), kept.id: kept}

    def evidence(self, incident_id: str) -> dict[str, Evidence]:
        """All evidence rows of an incident, by id."""
        return dict(sorted(self._view.rows("evidence").get(codec.clean_text(incident_id), {}).items()))

    def put_step(self, incident_id: str, step: str, output: JsonMapping, *, at: datetime, seq: int) -> None:
        """Record what a node returned, with its event; the first record of (incident, seq) stays."""
        rows, wanted = self._view.edit("steps"), codec.clean_text(incident_id)
        known = rows.get(wanted, {})
        if seq in known:
            return
        text = codec.to_json(output)
        rows[wanted] = {**known, seq: (codec.clean_text(step), text, at.astimezone(UTC))}
        self._chain.tell(transitions.step_recorded(incident_id, step, seq, text), at)

    def steps(self, incident_id: str, *, named: str | None = None) -> list[RecordedStep]:
        """Recorded steps, oldest first; only those of one node where it is named."""
        rows = sorted(self._view.rows("steps").get(codec.clean_text(incident_id), {}).items())
        return [
            RecordedStep(seq=seq, step=step, output=json.loads(output), at=at)
            for seq, (step, output, at) in rows
            if named in (None, step)
        ]

    def last_step(self, incident_id: str) -> int:
        """The seq of the newest recorded step; 0 before the first."""
        return max(self._view.rows("steps").get(codec.clean_text(incident_id), ()), default=0)

    def last_steps(self) -> dict[str, int]:
        """The same of every incident that has one, by id."""
        return {incident_id: max(known) for incident_id, known in self._view.rows("steps").items() if known}

    def _keep(self, incident: Incident) -> None:
        kept = still.as_stored(incident)
        self._view.edit("incidents")[kept.id] = kept

    def _check_key(self, incident: Incident) -> None:
        rival = self.find_open(incident.key) if incident.status in FEEDABLE else None
        if rival is not None and rival.id != codec.clean_text(incident.id):
            raise Conflict(
                f"{rival.id} is open for the same thing", id=rival.id, status=rival.status.value, key=rival.key
            )

    def _newest(self) -> list[Incident]:
        rows: Iterable[Incident] = self._view.rows("incidents").values()
        return sorted(rows, key=lambda row: (row.detected_at, row.id), reverse=True)

    def _first(self, key: str, statuses: Collection[IncidentStatus]) -> Incident | None:
        """The newest of a key in one of these states."""
        wanted = codec.clean_text(key)
        rows: Iterable[Incident] = self._view.rows("incidents").values()
        return max(
            (row for row in rows if row.key == wanted and row.status in statuses),
            key=lambda row: (row.detected_at, row.id),
            default=None,
        )
