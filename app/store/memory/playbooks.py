"""The runs of playbooks, in memory."""

from collections.abc import Collection

from app.domain.playbooks import PlaybookRun, RunStatus
from app.store import codec
from app.store.memory import still
from app.store.memory.shelf import ShelfView
from app.store.transitions import known_run, lost_run

_KIND = "playbook_runs"


class MemoryPlaybookRuns:
    """The PlaybookRuns port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def add(self, run: PlaybookRun) -> bool:
        """Keep it once, by its id; False when it was there."""
        kept = still.as_stored(run)
        return self._view.edit(_KIND).setdefault(kept.id, kept) is kept

    def get(self, run_id: str) -> PlaybookRun:
        """One of them; NotFound otherwise."""
        return known_run(self._view.rows(_KIND).get(codec.clean_text(run_id)), run_id)

    def save(self, run: PlaybookRun) -> PlaybookRun:
        """Replace the version that it was read in by one more; Conflict when that is not the newest any more."""
        known = self.get(run.id)
        if known.version != run.version:
            raise lost_run(known)
        newer = still.as_stored(run.changed(version=run.version + 1))
        self._view.edit(_KIND)[newer.id] = newer
        return newer

    def of_incident(self, incident_id: str) -> list[PlaybookRun]:
        """Every run of an incident, the newest first."""
        wanted = codec.clean_text(incident_id)
        found = (one for one in self._all() if one.incident_id == wanted)
        return sorted(found, key=lambda one: one.number, reverse=True)

    def page(self, *, statuses: Collection[RunStatus] | None = None, limit: int = 200) -> list[PlaybookRun]:
        """Those that were assigned last come first."""
        found = (one for one in self._all() if statuses is None or one.status in statuses)
        return sorted(found, key=lambda one: (one.assigned_at, one.id), reverse=True)[: max(limit, 0)]

    def _all(self) -> list[PlaybookRun]:
        return list(self._view.rows(_KIND).values())
