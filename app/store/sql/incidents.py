"""The incidents of a tenant in SQL, with their patterns, evidence and recorded steps."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func

from app.domain.base import JsonMapping
from app.domain.errors import Conflict, NotFound
from app.domain.evidence import Evidence
from app.domain.incidents import FEEDABLE, Incident, IncidentStatus, RecordedStep
from app.domain.patterns import Pattern
from app.store import codec, transitions
from app.store.codec import Columns
from app.store.sql.events import SqlEvents
from app.store.sql.scope import Scoped, batch_ids, page_of
from app.store.sql.tables import evidence as facts
from app.store.sql.tables import incidents, steps
from app.store.sql.tables import patterns as groups

_OWN = ("status", "resolved_at", "mttr_seconds", "metrics_snapshot")
"""Fields that live in a column of their own, not in the body."""

_COLUMNS = (incidents.c.body, *(incidents.c[name] for name in _OWN))
_LAST_STEP = func.max(steps.c.seq)
_NEWEST = (incidents.c.detected_at.desc(), incidents.c.id.desc())


class SqlIncidents:
    """The Incidents port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def add(self, incident: Incident) -> None:
        """Keep a new incident and write incident.opened; Conflict when the id exists or its key has an incident that
        still feeds.
        """
        if self._one(self._all().where(incidents.c.id == codec.clean_text(incident.id))) is not None:
            raise Conflict(f"{incident.id} exists already", id=incident.id)
        rival = self.find_open(incident.key) if incident.status in FEEDABLE else None
        if rival is not None:
            raise Conflict(
                f"{rival.id} is open for the same thing", id=rival.id, status=rival.status.value, key=rival.key
            )
        self._rows.insert(incidents, [_row_of(incident)])
        self._chain.tell(transitions.incident_opened(incident), incident.detected_at)

    def get(self, incident_id: str) -> Incident:
        """One incident; NotFound otherwise."""
        row = self._rows.find(incidents, *_COLUMNS, id=codec.clean_text(incident_id)).first()
        if row is None:
            raise NotFound(f"there is no incident {incident_id}")
        return _incident_of(row)

    def find_open(self, key: str) -> Incident | None:
        """The feedable incident with this correlation key, if any."""
        return self._one(
            self._all().where(incidents.c.key == codec.clean_text(key), incidents.c.status.in_(_status_words(FEEDABLE)))
        )

    def latest(self, key: str) -> Incident | None:
        """The newest incident with this key in any state, for linking a recurrence."""
        return self._one(self._all().where(incidents.c.key == codec.clean_text(key)).order_by(*_NEWEST))

    def page(
        self, *, statuses: Iterable[IncidentStatus] | None = None, limit: int = 200, offset: int = 0
    ) -> list[Incident]:
        """Newest detected first."""
        asked = self._all() if statuses is None else self._all().where(incidents.c.status.in_(_status_words(statuses)))
        return [_incident_of(row) for row in self._rows.run(page_of(asked.order_by(*_NEWEST), limit, offset))]

    def save(self, incident: Incident) -> None:
        """Replace every field but the status; an end that a move has set is not taken back."""
        now = self.get(incident.id)
        row = _row_of(transitions.merge_saved(now, incident))
        changed = {name: member for name, member in row.items() if name not in ("id", "status")}
        self._rows.run(self._rows.update(incidents).where(incidents.c.id == row["id"]).values(**changed))

    def move(
        self,
        incident_id: str,
        to: IncidentStatus,
        *,
        at: datetime,
        reason: str,
        allowed_from: Iterable[IncidentStatus] | None = None,
    ) -> bool:
        """Change the status by one guarded statement along INCIDENT_MOVES, with its event; False when it stood
        elsewhere.
        """
        sources = transitions.incident_sources(to, allowed_from)
        now = self.get(incident_id)
        if now.status not in sources:
            return False
        guarded = self._rows.update(incidents).where(incidents.c.id == now.id, incidents.c.status == now.status.value)
        if self._rows.run(guarded.values(status=to.value, **transitions.resolution_fields(now, to, at))).rowcount != 1:
            return False
        self._chain.tell(transitions.incident_moved(now, to, reason), at)
        return True

    def standing(self) -> dict[str, str]:
        """The status of every incident, by id."""
        return {
            row.id: row.status
            for row in self._rows.run(self._rows.select(incidents, incidents.c.id, incidents.c.status))
        }

    def put_patterns(self, patterns: Sequence[Pattern]) -> None:
        """Insert or replace patterns by id; the last of an id counts."""
        latest = {
            kept["id"]: (kept, pattern)
            for kept, pattern in ((codec.to_fields(pattern), pattern) for pattern in patterns)
        }
        self._rows.put(
            groups,
            [
                {
                    "id": kept["id"],
                    "impact_rank": pattern.impact_rank,
                    "last_seen": pattern.last_seen,
                    "body": codec.to_body(kept),
                }
                for kept, pattern in latest.values()
            ],
        )

    def patterns(self, ids: Sequence[str] | None = None, *, limit: int = 200) -> list[Pattern]:
        """The asked ones, or the latest seen, most important first."""
        bodies = self._rows.select(groups, groups.c.body)
        if ids is None:
            stored = list(
                self._rows.run(page_of(bodies.order_by(groups.c.last_seen.desc(), groups.c.id), limit)).scalars()
            )
        else:
            asked = list({codec.clean_text(pattern_id): None for pattern_id in ids})
            stored = [
                kept
                for some in batch_ids(asked)
                for kept in self._rows.run(bodies.where(groups.c.id.in_(some))).scalars()
            ]
        return sorted(
            (codec.read_value(Pattern, kept) for kept in stored), key=lambda pattern: (-pattern.impact_rank, pattern.id)
        )

    def discard_patterns(self, moment: datetime, *, keep: Iterable[str]) -> int:
        """Delete patterns last seen before a moment, but for those to keep by id; how many went."""
        old = self._rows.run(self._rows.select(groups, groups.c.id).where(groups.c.last_seen < moment)).scalars().all()
        gone = sorted(set(old) - {codec.clean_text(pattern_id) for pattern_id in keep})
        for some in batch_ids(gone):
            self._rows.run(self._rows.delete(groups).where(groups.c.id.in_(some)))
        return len(gone)

    def put_evidence(self, evidence: Sequence[Evidence]) -> None:
        """Insert or replace by id; the last of an id counts."""
        latest = {kept["id"]: kept for kept in map(codec.to_fields, evidence)}
        rows = [
            {"id": kept["id"], "incident_id": kept["incident_id"], "body": codec.to_body(kept)}
            for kept in latest.values()
        ]
        self._rows.put(facts, rows)

    def evidence(self, incident_id: str) -> dict[str, Evidence]:
        """All evidence rows of an incident, by id."""
        found = self._rows.find(facts, facts.c.body, by=(facts.c.id,), incident_id=codec.clean_text(incident_id))
        return {fact.id: fact for fact in (codec.read_value(Evidence, stored) for stored in found.scalars())}

    def put_step(self, incident_id: str, step: str, output: JsonMapping, *, at: datetime, seq: int) -> None:
        """Record what a node returned, with its event; the first record of (incident, seq) stays."""
        if self._rows.find(steps, steps.c.seq, incident_id=codec.clean_text(incident_id), seq=seq).first() is not None:
            return
        row = {
            "incident_id": codec.clean_text(incident_id),
            "seq": seq,
            "step": codec.clean_text(step),
            "at": at,
            "output": output,
        }
        self._rows.insert(steps, [row])
        self._chain.tell(transitions.step_recorded(incident_id, step, seq, codec.to_json(output)), at)

    def steps(self, incident_id: str, *, named: str | None = None) -> list[RecordedStep]:
        """Recorded steps, oldest first; only those of one node where it is named."""
        asked = self._rows.select(steps, steps.c.seq, steps.c.step, steps.c.output, steps.c.at)
        if named is not None:
            asked = asked.where(steps.c.step == codec.clean_text(named))
        return [
            RecordedStep(**row._mapping)
            for row in self._rows.run(
                asked.where(steps.c.incident_id == codec.clean_text(incident_id)).order_by(steps.c.seq)
            )
        ]

    def last_step(self, incident_id: str) -> int:
        """The seq of the newest recorded step; 0 before the first."""
        return self._rows.find(steps, _LAST_STEP, incident_id=codec.clean_text(incident_id)).scalar() or 0

    def last_steps(self) -> dict[str, int]:
        """The same of every incident that has one, by id."""
        asked = self._rows.select(steps, steps.c.incident_id, func.max(steps.c.seq).label("seq")).group_by(
            steps.c.incident_id
        )
        return {row.incident_id: row.seq for row in self._rows.run(asked)}

    def _all(self) -> Select[Any]:
        return self._rows.select(incidents, *_COLUMNS)

    def _one(self, asked: Select[Any]) -> Incident | None:
        row = self._rows.run(page_of(asked, 1)).first()
        return None if row is None else _incident_of(row)


def _status_words(statuses: Iterable[IncidentStatus]) -> list[str]:
    return sorted(status.value for status in statuses)


def _incident_of(row: Row[Any]) -> Incident:
    return codec.read_value(Incident, row.body, **{name: row._mapping[name] for name in _OWN})


def _row_of(incident: Incident) -> Columns:
    kept = codec.to_fields(incident)
    columns = {name: kept[name] for name in ("id", "key", "type", "status", "metrics_snapshot", "mttr_seconds")}
    times = {"detected_at": incident.detected_at, "resolved_at": incident.resolved_at}
    return {**columns, **times, "body": codec.to_body(kept, without=_OWN)}
