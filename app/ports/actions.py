"""What is to be done and by whom: the ledger, the outbox, leases, switches and kept answers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import FirstApproval, Snooze
from app.domain.replay import ActionHead
from app.domain.tenants import Fence, KillSwitch
from app.domain.work import Intent, Lease, StoredResponse


class Actions(Protocol):
    """The ledger of actions of one tenant."""

    def add(self, action: Action) -> bool:
        """Keep a new row with its event action.proposed; False when the id exists already (a repeat changes
        nothing).
        """
        ...

    def get(self, action_id: str) -> Action:
        """One row; NotFound otherwise."""
        ...

    def page(
        self,
        *,
        statuses: Iterable[ActionStatus] | None = None,
        incident_id: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[Action]:
        """Newest proposed first."""
        ...

    def sent_since(self, moment: datetime) -> list[Action]:
        """What is being sent, and what was sent later than that, whatever became of it; in no order."""
        ...

    def standing(self) -> dict[str, ActionHead]:
        """Where every action stands, by id."""
        ...

    def move(
        self,
        action_id: str,
        *,
        from_: ActionStatus,
        to: ActionStatus,
        version: int,
        digest: str,
        at: datetime,
        by: str | None = None,
        changes: ActionChanges | None = None,
    ) -> Action:
        """The one statement: UPDATE ... WHERE id, tenant, status, version, digest (and for SENDING: no kill switch is
        on, here or everywhere, and the policies it was ruled by are the ones in force; the undo of a harm is held by
        the switch alone).

        `changes` may set decided_by, decided_at, label, feedback, cause_is_wrong, executed_at, result, receipt,
        idempotency_key and request_digest. The event action.<to lower case> is written in the same transaction. Whoever
        changes no row gets Conflict with facts {status, version, digest, decided_by, label, decided_at} of the row as
        it stands, and {held} or {outdated} when the switch or the policies forbade it.
        """
        ...

    def note_first_approval(self, action_id: str, first: FirstApproval, *, version: int) -> Action:
        """The word of the first of two people about a PENDING row of that version and digest that nobody has approved
        yet; event action.first_approval. Conflict otherwise.
        """
        ...

    def put_off(self, action_id: str, snooze: Snooze, *, version: int, digest: str) -> Action:
        """Not to be shown among the questions until then: a PENDING row of that version and digest; event
        action.snoozed. Conflict otherwise.
        """
        ...

    def replace_pending(self, action: Action, *, version: int, digest: str, at: datetime, by: str) -> Action:
        """An edit: a PENDING row of that version and digest gets a new decision, version and digest, and nobody has
        approved it yet; event action.edited. Conflict otherwise.
        """
        ...


class Leases(Protocol):
    """Who is at what, in one tenant; by the database's clock, which all workers share."""

    def take(self, name: str, holder: str, *, seconds: float) -> Fence | None:
        """Take a lease, under a token that has grown; None while somebody else holds it.

        A holder is one process for as long as it lives: what it still holds under its own name it failed to let go, and
        takes anew.
        """
        ...

    def renew(self, fence: Fence, *, seconds: float) -> bool:
        """Hold it for so long from now; False when it was taken over."""
        ...

    def release(self, fence: Fence) -> None:
        """Let it go at once, if it is still ours."""
        ...

    def page(self) -> list[Lease]:
        """Leases that are held now, by name."""
        ...


class Outbox(Protocol):
    """What is to be sent, committed before it is sent."""

    def put(self, intent: Intent) -> bool:
        """Keep an intent once, by its key; False when it was there."""
        ...

    def get(self, key: str) -> Intent | None:
        """One intent."""
        ...

    def attempt(self, key: str, *, at: datetime) -> Intent:
        """Count one more attempt, before it is made; from the second on with the event action.sent_again. NotFound for
        an unknown key.
        """
        ...

    def end(self, key: str, *, ending: str, error: str, at: datetime) -> None:
        """Close it."""
        ...

    def page(self, *, action_id: str | None = None, open_only: bool = False, limit: int = 200) -> list[Intent]:
        """Newest first."""
        ...

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment, but for what ended in doubt, which a person may still settle; how many
        went.
        """
        ...


class Replies(Protocol):
    """Answers kept by Idempotency-Key."""

    def begin(self, reply: StoredResponse, *, abandoned_before: datetime) -> StoredResponse | None:
        """Keep the question; None when it is ours to answer (also when its first asker went away before that moment),
        else what is kept.
        """
        ...

    def finish(self, key: str, route: str, *, status: int, headers: Mapping[str, str], body: str) -> None:
        """Keep the answer."""
        ...

    def forget(self, key: str, route: str) -> None:
        """Drop the question: it may be asked again as if for the first time."""
        ...

    def discard_before(self, moment: datetime) -> int:
        """Delete older ones; how many went."""
        ...


class Controls(Protocol):
    """What people can stop in one tenant."""

    def kill_switch(self) -> KillSwitch:
        """What holds this tenant's actions: its own switch, or the one for everything."""
        ...

    def switch(self, on: bool, *, reason: str, at: datetime) -> None:
        """Turn the tenant's own switch, with the event kill_switch.on or kill_switch.off by the scope's principal."""
        ...
