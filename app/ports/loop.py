"""The loop as the use cases drive it, and what its nodes write through."""

from typing import Protocol

from app.domain.actions import Action
from app.domain.base import JsonMapping
from app.domain.outcomes import Outcome
from app.domain.tenants import Scope
from app.domain.work import Intent


class Loop(Protocol):
    """The compiled loop, as the use cases drive it."""

    def ready(self, scope: Scope, incident_id: str) -> bool:
        """Whether a step could run now, or the loop has ended and its incident should have. Reads only."""
        ...

    def bookmarked(self, scope: Scope, incident_id: str) -> bool:
        """Whether a bookmark of it is kept."""
        ...

    def forget(self, scope: Scope, incident_id: str) -> None:
        """Drop the bookmark of an incident that has ended; it is redrawn from the recorded steps should it be needed
        again.
        """
        ...

    def thin(self, scope: Scope, incident_id: str) -> None:
        """Drop what the bookmark no longer needs to go on from where it stands."""
        ...

    def tidy(self) -> None:
        """A small piece of work on the file of the bookmarks, that nobody waits for."""
        ...

    def step(self, scope: Scope, incident_id: str) -> str:
        """Run the incident's thread as far as it can go now; says where it stands: waiting, due, finished, or moved."""
        ...


class Journal(Protocol):
    """Writes what a node returned into the store; the only effect between the nodes."""

    def record(self, scope: Scope, incident_id: str, step: str, output: JsonMapping, *, seq: int) -> None:
        """Keep the step and move incident and action rows accordingly; repeating it changes nothing."""
        ...


class Ledger(Protocol):
    """What the loop needs of the action table."""

    def row(self, scope: Scope, row_id: str) -> Action:
        """The row as it stands; NotFound otherwise."""
        ...

    def claim(self, scope: Scope, row_id: str, *, digest: str, version: int) -> tuple[Action, Intent]:
        """APPROVED -> SENDING with the intent, its key and an attempt committed; Conflict when it was not ours to send.

        No attempt is counted where the same was perhaps sent before this store was restored from a backup: see
        Intent.perhaps_sent.
        """
        ...

    def intent(self, scope: Scope, row: Action) -> Intent:
        """The intent of a row found in SENDING."""
        ...

    def again(self, scope: Scope, row: Action) -> Intent:
        """One more attempt at a row found in SENDING, committed before it is made."""
        ...

    def settle(self, scope: Scope, row: Action, outcome: Outcome) -> None:
        """SENDING -> EXECUTED, NOT_APPLIED, FAILED or IN_DOUBT."""
        ...
