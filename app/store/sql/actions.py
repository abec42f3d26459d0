"""The ledger of actions in SQL: rows move by one guarded statement, so that of many who decide at once exactly one
wins.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Update, false, func, not_, or_

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import FirstApproval, RowKind, Snooze
from app.domain.base import object_in
from app.domain.errors import Conflict, NotFound
from app.domain.replay import ActionHead
from app.store import codec, transitions
from app.store.sql.events import SqlEvents
from app.store.sql.scope import Scoped, page_of
from app.store.sql.tables import config_versions, installation, tenants
from app.store.sql.tables import healing_actions as actions

_OWN = ("status", "version", "digest", *sorted(transitions.SETTABLE))
"""Fields that live in a column of their own, not in the body."""

_COLUMNS = (actions.c.body, *(actions.c[name] for name in _OWN))
_NEWEST = (actions.c.proposed_at.desc(), actions.c.id.desc())


class SqlActions:
    """The Actions port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def add(self, action: Action) -> bool:
        """Keep a new row with its event action.proposed; False when the id exists already (a repeat changes
        nothing).
        """
        if not self._rows.insert_new(actions, [row_of(action)]):
            return False
        self._chain.tell(transitions.action_proposed(action), action.proposed_at)
        return True

    def get(self, action_id: str) -> Action:
        """One row; NotFound otherwise."""
        row = self._rows.find(actions, *_COLUMNS, id=codec.clean_text(action_id)).first()
        if row is None:
            raise NotFound(f"there is no action {action_id}")
        return _action_of(row)

    def page(
        self,
        *,
        statuses: Iterable[ActionStatus] | None = None,
        incident_id: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[Action]:
        """Newest proposed first."""
        asked = self._all()
        if statuses is not None:
            asked = asked.where(actions.c.status.in_(sorted(status.value for status in statuses)))
        if incident_id is not None:
            asked = asked.where(actions.c.incident_id == codec.clean_text(incident_id))
        return [_action_of(row) for row in self._rows.run(page_of(asked.order_by(*_NEWEST), limit, offset))]

    def sent_since(self, moment: datetime) -> list[Action]:
        """What is being sent, and what was sent later than that, whatever became of it; in no order."""
        lately = or_(actions.c.executed_at > moment, actions.c.status == ActionStatus.SENDING.value)
        return [_action_of(row) for row in self._rows.run(self._all().where(lately))]

    def standing(self) -> dict[str, ActionHead]:
        """Where every action stands, by id."""
        asked = self._rows.select(actions, actions.c.id, actions.c.status, actions.c.version, actions.c.digest)
        return {row.id: ActionHead(row.status, row.version, row.digest) for row in self._rows.run(asked)}

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
        """The one statement that moves a row; whoever changes none gets Conflict with the row as it stands."""
        wanted = transitions.action_fields(self.get(action_id), from_=from_, to=to, at=at, by=by, changes=changes or {})
        guarded = self._guarded(action_id, from_, version, digest)
        if to is ActionStatus.SENDING:
            self._rows.stand_still()
            guarded = guarded.where(*self._may_send())
        if self._rows.run(guarded.values(status=to.value, **wanted, **_approval_columns(to))).rowcount != 1:
            raise self._lost(self.get(action_id), from_, to, version, digest)
        moved = self.get(action_id)
        self._chain.tell(transitions.action_moved(moved, from_=from_, by=by, changes=wanted), at)
        return moved

    def note_first_approval(self, action_id: str, first: FirstApproval, *, version: int) -> Action:
        """The word of the first of two people; Conflict where there is one already, or it is no question any more."""
        now = self.get(action_id)
        transitions.check_first_approval(now, first, version)
        kept = self._note(now, now.changed(first_approval=first))
        self._chain.tell(transitions.action_approved_first(kept, first), first.at)
        return kept

    def put_off(self, action_id: str, snooze: Snooze, *, version: int, digest: str) -> Action:
        """Not to be shown among the questions until then; Conflict where it is none any more, or another version."""
        now = self.get(action_id)
        transitions.check_snooze(now, version, digest)
        kept = self._note(now, now.changed(snoozed=snooze))
        self._chain.tell(transitions.action_snoozed(kept, snooze), snooze.at)
        return kept

    def _note(self, now: Action, noted: Action) -> Action:
        """What is noted on a question, by one statement that finds it as it was read."""
        asked = self._rows.select(actions, actions.c.body).where(actions.c.id == now.id)
        unchanged = actions.c.body == self._rows.run(asked).scalar()
        guarded = self._guarded(now.id, ActionStatus.PENDING, now.version, now.digest).where(unchanged)
        if self._rows.run(guarded.values(body=row_of(noted)["body"])).rowcount != 1:
            raise transitions.conflict_for(self.get(now.id), f"{now.id} was decided upon meanwhile; look again")
        return self.get(now.id)

    def replace_pending(self, action: Action, *, version: int, digest: str, at: datetime, by: str) -> Action:
        """An edit: a PENDING row of that version and digest gets a new decision, version and digest; Conflict
        otherwise.
        """
        transitions.check_edit(action, version, digest)
        changed = {name: member for name, member in row_of(action).items() if name != "id"}
        if (
            self._rows.run(self._guarded(action.id, ActionStatus.PENDING, version, digest).values(**changed)).rowcount
            != 1
        ):
            raise transitions.lost_edit(self.get(action.id))
        edited = self.get(action.id)
        self._chain.tell(transitions.action_edited(edited, before=digest, by=by), at)
        return edited

    def _guarded(self, action_id: str, status: ActionStatus, version: int, digest: str) -> Update:
        return self._rows.update(actions).where(
            actions.c.id == codec.clean_text(action_id),
            actions.c.status == status.value,
            actions.c.version == version,
            actions.c.digest == digest,
        )

    def _may_send(self) -> tuple[ColumnElement[bool], ...]:
        """Nothing is sent while a kill switch is on, for a tenant that nobody registered, or by policies that are no
        longer in force.
        """
        in_force = (
            actions.c.step == RowKind.UNDO.value,
            func.coalesce(self._policies(), actions.c.policy_version) == actions.c.policy_version,
        )
        return not_(self._stopped()), self._released(), or_(*in_force)

    def _stopped(self) -> ColumnElement[bool]:
        return self._rows.installed(installation, installation.c.name == transitions.KILL_SWITCH)

    def _released(self) -> ColumnElement[bool]:
        return self._rows.exists(tenants, tenants.c.kill_switch.is_(false()))

    def _policies(self) -> ColumnElement[str]:
        return self._rows.newest(
            config_versions.c.version, config_versions.c.seq, config_versions.c.kind == transitions.POLICIES
        )

    def _lost(self, now: Action, from_: ActionStatus, to: ActionStatus, version: int, digest: str) -> Conflict:
        if to is not ActionStatus.SENDING:
            return transitions.lost_move(now, from_=from_, version=version, digest=digest)
        held = self._rows.holds(or_(self._stopped(), not_(self._released())))
        return transitions.lost_move(now, from_=from_, version=version, digest=digest, held=held, outdated=not held)

    def _all(self) -> Select[Any]:
        return self._rows.select(actions, *_COLUMNS)


def _approval_columns(to: ActionStatus) -> dict[str, ColumnElement[Any]]:
    return {"approved_action": actions.c.proposed_action} if to is ActionStatus.APPROVED else {}


def _action_of(row: Row[Any]) -> Action:
    return codec.read_value(Action, row.body, **{name: row._mapping[name] for name in _OWN})


def row_of(action: Action) -> codec.Columns:
    """The columns of an action; what others query is written from the decision it carries."""
    kept = codec.to_fields(action)
    decision = object_in(kept, "decision")
    columns = {name: kept[name] for name in ("id", "incident_id", *_OWN)}
    times = {name: getattr(action, name) for name in ("proposed_at", "decided_at", "executed_at")}
    proposed = {name: decision[name] for name in ("tool", "title", "mode", "arguments", "scope")}
    return {
        **columns,
        **times,
        "step": kept["step"],
        "policy_version": action.policy_version,
        "effect": decision["effect"],
        "title": decision["title"],
        "proposed_action": proposed,
        "agl_decision": decision["ruling"],
        "approved_action": None,
        "body": codec.to_body(kept, without=_OWN),
    }
