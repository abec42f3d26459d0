"""The ledger of actions in memory; one writing block at a time makes each move a compare-and-set."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import FirstApproval, Snooze
from app.domain.errors import NotFound
from app.domain.replay import ActionHead
from app.domain.tenants import Tenant
from app.domain.validity import is_outdated
from app.store import codec, transitions
from app.store.memory import still
from app.store.memory.events import MemoryEvents
from app.store.memory.shelf import ShelfView

_KIND = "actions"


class MemoryActions:
    """The Actions port in memory."""

    def __init__(self, view: ShelfView, chain: MemoryEvents) -> None:
        self._view = view
        self._chain = chain

    def add(self, action: Action) -> bool:
        """Keep a new row with its event action.proposed; False when the id exists already (a repeat changes
        nothing).
        """
        if codec.clean_text(action.id) in self._view.edit(_KIND):
            return False
        self._keep(action)
        self._chain.tell(transitions.action_proposed(action), action.proposed_at)
        return True

    def get(self, action_id: str) -> Action:
        """One row; NotFound otherwise."""
        stored: Action | None = self._view.rows(_KIND).get(codec.clean_text(action_id))
        if stored is None:
            raise NotFound(f"there is no action {action_id}")
        return stored

    def page(
        self,
        *,
        statuses: Iterable[ActionStatus] | None = None,
        incident_id: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[Action]:
        """Newest proposed first."""
        wanted = frozenset(ActionStatus) if statuses is None else frozenset(statuses)
        incident = None if incident_id is None else codec.clean_text(incident_id)
        rows: Iterable[Action] = self._view.rows(_KIND).values()
        asked = [action for action in rows if action.status in wanted and incident in (None, action.incident_id)]
        asked.sort(key=lambda action: (action.proposed_at, action.id), reverse=True)
        return asked[max(offset, 0) :][: max(limit, 0)]

    def sent_since(self, moment: datetime) -> list[Action]:
        """What is being sent, and what was sent later than that, whatever became of it; in no order."""
        return [
            row
            for row in self._view.rows(_KIND).values()
            if row.status is ActionStatus.SENDING or (row.executed_at is not None and row.executed_at > moment)
        ]

    def standing(self) -> dict[str, ActionHead]:
        """Where every action stands, by id."""
        found: Iterable[Action] = self._view.rows(_KIND).values()
        return {action.id: ActionHead(action.status.value, action.version, action.digest) for action in found}

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
        """Rule R1; whoever changes no row gets Conflict with the facts of the row as it stands."""
        self._view.edit(_KIND)
        now = self.get(action_id)
        wanted = transitions.action_fields(now, from_=from_, to=to, at=at, by=by, changes=changes or {})
        stands = (now.status, now.version, now.digest) == (from_, version, digest)
        sending = to is ActionStatus.SENDING
        held, outdated = sending and self._held(), sending and self._outdated(now)
        if not stands or held or outdated:
            raise transitions.lost_move(now, from_=from_, version=version, digest=digest, held=held, outdated=outdated)
        moved = self._keep(now.changed(status=to, **wanted))
        self._chain.tell(transitions.action_moved(moved, from_=from_, by=by, changes=wanted), at)
        return moved

    def note_first_approval(self, action_id: str, first: FirstApproval, *, version: int) -> Action:
        """The word of the first of two people; Conflict where there is one already, or it is no question any more."""
        self._view.edit(_KIND)
        now = self.get(action_id)
        transitions.check_first_approval(now, first, version)
        noted = self._keep(now.changed(first_approval=first))
        self._chain.tell(transitions.action_approved_first(noted, first), first.at)
        return noted

    def put_off(self, action_id: str, snooze: Snooze, *, version: int, digest: str) -> Action:
        """Not to be shown among the questions until then; Conflict where it is none any more, or another version."""
        self._view.edit(_KIND)
        now = self.get(action_id)
        transitions.check_snooze(now, version, digest)
        kept = self._keep(now.changed(snoozed=snooze))
        self._chain.tell(transitions.action_snoozed(kept, snooze), snooze.at)
        return kept

    def replace_pending(self, action: Action, *, version: int, digest: str, at: datetime, by: str) -> Action:
        """An edit: a PENDING row of that version and digest gets a new decision, version and digest; Conflict
        otherwise.
        """
        transitions.check_edit(action, version, digest)
        self._view.edit(_KIND)
        now = self.get(action.id)
        if (now.status, now.version, now.digest) != (ActionStatus.PENDING, version, digest):
            raise transitions.lost_edit(now)
        edited = self._keep(action)
        self._chain.tell(transitions.action_edited(edited, before=digest, by=by), at)
        return edited

    def _keep(self, action: Action) -> Action:
        kept = still.as_stored(action)
        self._view.edit(_KIND)[kept.id] = kept
        return kept

    def _held(self) -> bool:
        """Nothing is sent while a kill switch is on, or for a tenant that nobody registered."""
        stored = self._view.tenant()
        return self._view.stopped() is not None or stored is None or codec.read_value(Tenant, stored).kill_switch

    def _outdated(self, action: Action) -> bool:
        """Nothing is sent by policies that are no longer in force."""
        return is_outdated(action, self._view.policies_in_force())
