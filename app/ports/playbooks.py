"""The runs of playbooks as the use cases keep them."""

from collections.abc import Collection
from typing import Protocol

from app.domain.playbooks import PlaybookRun, RunStatus


class PlaybookRuns(Protocol):
    """The plans of one tenant's incidents, and how far they have come."""

    def add(self, run: PlaybookRun) -> bool:
        """Keep it once, by its id; False when it was there."""
        ...

    def get(self, run_id: str) -> PlaybookRun:
        """One of them; NotFound otherwise."""
        ...

    def save(self, run: PlaybookRun) -> PlaybookRun:
        """Replace the version that it was read in by one more; Conflict when that is not the newest any more. What is
        kept now.
        """
        ...

    def of_incident(self, incident_id: str) -> list[PlaybookRun]:
        """Every run of an incident, the newest first."""
        ...

    def page(self, *, statuses: Collection[RunStatus] | None = None, limit: int = 200) -> list[PlaybookRun]:
        """Those that were assigned last come first."""
        ...
