"""The runs of playbooks, in SQL."""

from collections.abc import Collection

from app.domain.playbooks import PlaybookRun, RunStatus
from app.store import codec
from app.store.sql.scope import Scoped, page_of
from app.store.sql.tables import playbook_runs as runs
from app.store.transitions import known_run, lost_run

_LATEST = (runs.c.number.desc(),)


class SqlPlaybookRuns:
    """The PlaybookRuns port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def add(self, run: PlaybookRun) -> bool:
        """Keep it once, by its id; False when it was there."""
        return self._rows.insert_once(runs, _columns_of(run))

    def get(self, run_id: str) -> PlaybookRun:
        """One of them; NotFound otherwise."""
        stored = self._rows.find(runs, runs.c.body, id=codec.clean_text(run_id)).scalar()
        return known_run(None if stored is None else codec.read_value(PlaybookRun, stored), run_id)

    def save(self, run: PlaybookRun) -> PlaybookRun:
        """Replace the version that it was read in by one more; Conflict when that is not the newest any more."""
        newer = run.changed(version=run.version + 1)
        columns = {name: value for name, value in _columns_of(newer).items() if name != "id"}
        stands = (runs.c.id == codec.clean_text(run.id)) & (runs.c.version == run.version)
        if self._rows.run(self._rows.update(runs).where(stands).values(**columns)).rowcount != 1:
            raise lost_run(self.get(run.id))
        return newer

    def of_incident(self, incident_id: str) -> list[PlaybookRun]:
        """Every run of an incident, the newest first."""
        found = self._rows.find(runs, runs.c.body, by=_LATEST, incident_id=codec.clean_text(incident_id))
        return [codec.read_value(PlaybookRun, stored) for stored in found.scalars()]

    def page(self, *, statuses: Collection[RunStatus] | None = None, limit: int = 200) -> list[PlaybookRun]:
        """Those that were assigned last come first."""
        asked = self._rows.select(runs, runs.c.body)
        if statuses is not None:
            asked = asked.where(runs.c.status.in_(sorted(statuses)))
        ordered = page_of(asked.order_by(runs.c.assigned_at.desc(), runs.c.id.desc()), limit)
        return [codec.read_value(PlaybookRun, stored) for stored in self._rows.run(ordered).scalars()]


def _columns_of(run: PlaybookRun) -> codec.Columns:
    kept = codec.to_fields(run)
    named = {name: kept[name] for name in ("id", "incident_id", "number", "version", "status")}
    return {**named, "assigned_at": run.assigned_at, "body": codec.to_body(kept)}
