"""Tells one target what it is due, in a lane of its own: whoever does not answer keeps nobody waiting but itself.

A message is written down before it is sent, every attempt before it is made, and what became of it at once afterwards.
One process at a time sends to a target; what it left in between is looked for by the next one, or left alone where it
cannot be told whether it arrived.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.base import JsonObject
from app.domain.errors import BadInput, LeaseLost, Temporary
from app.domain.notices import FIRST_TOLD, UNSENT, Notice, NoticeKind, NoticeState, NoticeTarget
from app.domain.notices import notice_identity as identity_of
from app.domain.tenants import Scope, ToolMode
from app.domain.work import RESTORED, Restoration
from app.ports.connectors import ToolResult
from app.ports.store import Session
from app.services.leases import hold_lease
from app.services.notices.due import EVENTS_AT_ONCE, DueReader, is_over
from app.wording.notices import word_held_back

log = structlog.get_logger()
HOUR = timedelta(hours=1)
KEPT = timedelta(days=30)
"""So long what ended is kept to be looked at."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
MOST_ATTEMPTS = 10
"""With the waits between them about an hour; then it is given up."""
MOST_AT_ONCE = 20
MOST_KNOWN = 5_000
LOOKED_EVERY = timedelta(seconds=15)
"""How often it looks for what time alone makes due; what happened is looked at at once."""
MOST_UNSENT = 1_000
_S = NoticeState


@dataclass
class _Memory:
    """What this process knows of a target, so as not to read it again: it is all in the store, too."""

    seq: int | None = None
    kept_seq: int = -1
    known: set[str] = field(default_factory=set)
    looked_at: datetime | None = None
    """When it last looked for what time alone makes due."""


class Teller:
    """Tells the targets of config/notices.yaml."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self._memories: defaultdict[tuple[str, str], _Memory] = defaultdict(_Memory)

    def targets_of(self, tenant_id: str) -> list[NoticeTarget]:
        """Whom somebody wants to be told of this tenant."""
        return [one for one in self._ctx.config.notices if one.tenant == tenant_id]

    def tell_target(self, scope: Scope, target: NoticeTarget) -> None:
        """Write down what is due, and send what waits."""
        try:
            self._write_due(scope, target)
            with self._ctx.store.read(scope) as session:
                unsent = session.notices.page(target=target.name, states=UNSENT, limit=1)
            if unsent and not self._ctx.messenger.is_silent(scope, target):
                self._send_waiting(scope, target)
        except LeaseLost:
            log.info("notice.taken_over", tenant=scope.tenant_id, target=target.name)
        except Temporary as busy:
            log.info("notice.later", tenant=scope.tenant_id, target=target.name, why=busy.detail)

    # --- what is due

    def _write_due(self, scope: Scope, target: NoticeTarget) -> None:
        memory, more = self._memories[scope.tenant_id, target.name], True
        while more:
            due, seq, more = self._read_due(scope, target, memory)
            if due or memory.kept_seq < 0 or seq >= memory.kept_seq + EVENTS_AT_ONCE:
                with self._ctx.store.write(scope) as session:
                    for notice in due:
                        session.notices.add(notice)
                    session.notes.put(_cursor_of(target), {"seq": seq})
                    session.notices.discard_before(self._ctx.system.now() - KEPT)
                memory.kept_seq = seq
            memory.seq = seq
            memory.known = memory.known if len(memory.known) < MOST_KNOWN else set()
            memory.known.update(notice.id for notice in due)

    def _read_due(self, scope: Scope, target: NoticeTarget, memory: _Memory) -> tuple[list[Notice], int, bool]:
        """What is to be written down, how far the record was read, and whether there is more of it. A target that is
        new begins at its end: it is told what waits, and not what was.
        """
        ctx = self._ctx
        with ctx.store.read(scope) as session:
            reader = DueReader(
                session, target, ctx.link_url, ctx.clock(scope).now(), ctx.system.now(), known=memory.known
            )
            if memory.seq is None and (kept := session.notes.get(_cursor_of(target))) is not None:
                memory.seq = memory.kept_seq = int(kept["seq"])
            if memory.seq is None:
                newest = session.events.page(newest_first=True, limit=1)
                return [*reader.read_questions()], newest[0].seq if newest else 0, False
            events = session.events.page(after=memory.seq, limit=EVENTS_AT_ONCE)
            looks_again = memory.looked_at is None or reader.now - memory.looked_at >= LOOKED_EVERY
            due = [*reader.read_happenings(events)]
            if events or looks_again:
                due += reader.read_questions()
            if looks_again:
                due += reader.read_unanswered()
                memory.looked_at = reader.now
            seq = events[-1].seq if events else memory.seq
        return due, seq, len(events) == EVENTS_AT_ONCE

    # --- what is sent

    def _send_waiting(self, scope: Scope, target: NoticeTarget) -> None:
        with hold_lease(self._ctx, scope, f"notices:{target.name}") as own:
            for notice in self._choose(own, target) if own else ():
                if own is None or not self._send_one(own, target, notice):
                    break

    def _choose(self, scope: Scope, target: NoticeTarget) -> list[Notice]:
        """What goes out now. Of more than this hour has room for, the last message is one about all the others; without
        any room they are held back until there is.
        """
        now = self._ctx.system.now()
        with self._ctx.store.read(scope) as session:
            unsent = session.notices.page(target=target.name, states=UNSENT, oldest_first=True, limit=MOST_UNSENT)
            room = target.per_hour - session.notices.count_sent(target.name, now - HOUR)
        perhaps = [one for one in unsent if _may_have_arrived(one)]
        others = sorted((one for one in unsent if not _may_have_arrived(one)), key=_urgency)
        ready = [one for one in (*perhaps, *others) if one.not_before <= now]
        alone, rest = ready[: max(room, 0)], ready[max(room, 0) :]
        summable = [one for one in rest if _is_summable(one)]
        if summable and alone and _is_summable(alone[-1]):
            summable = [alone.pop(), *summable]
            alone.append(self._sum_up(scope, target, summable, now))
        else:
            self._hold_back(scope, [one for one in summable if one.state is _S.WAITING], target)
        return alone[:MOST_AT_ONCE]

    def _sum_up(self, scope: Scope, target: NoticeTarget, held: Sequence[Notice], now: datetime) -> Notice:
        """One message in place of many, which are done with it."""
        first = min(held, key=lambda one: (one.created_at, one.id))
        identity = identity_of(scope.tenant_id, target.name, NoticeKind.SUMMARY, first.id, len(held))
        link = f"{self._ctx.link_url}/inbox?tenant={scope.tenant_id}"
        summary = Notice(
            id=identity,
            target=target.name,
            kind=NoticeKind.SUMMARY,
            subject=first.id,
            version=len(held),
            words=word_held_back(held, link),
            created_at=now,
            not_before=now,
        )
        with self._ctx.store.write(scope) as session:
            for one in held:
                session.notices.save(one.ended(_S.SUMMED, now, summed_in=identity))
            session.notices.add(summary)
        return summary

    def _hold_back(self, scope: Scope, rest: Sequence[Notice], target: NoticeTarget) -> None:
        if not rest:
            return
        with self._ctx.store.write(scope) as session:
            for one in rest:
                session.notices.save(one.changed(state=_S.HELD))
        log.info("notice.held", tenant=scope.tenant_id, target=target.name, count=len(rest))

    def _send_one(self, scope: Scope, target: NoticeTarget, notice: Notice) -> bool:
        """One attempt; whether the next may follow at once."""
        now = self._ctx.system.now()
        again = False
        with self._ctx.store.write(scope) as session:
            kept = session.notices.get(notice.id) or notice
            again = _may_have_arrived(kept) or _perhaps_of_a_lost_store(session, kept)
            if not again and is_over(session, kept):
                session.notices.save(kept.ended(_S.OVERTAKEN, now))
                return True
            if target.mode is not ToolMode.LIVE:
                _end_in(session, self._shown(scope, target, kept, now), self._ctx.clock(scope).now())
                return True
            claimed = kept.changed(state=_S.SENDING, attempts=kept.attempts + 1, perhaps_sent=True)
            session.notices.save(claimed)
            if scope.fence is not None:
                session.leases.renew(scope.fence, seconds=self._ctx.lease_seconds)
        result = self._ctx.messenger.send(scope, target, claimed, again=again)
        ended = _judge_result(claimed, result, self._ctx.system.now(), again=again)
        with self._ctx.store.write(scope) as session:
            _end_in(session, ended, self._ctx.clock(scope).now())
        return ended.ended_at is not None

    def _shown(self, scope: Scope, target: NoticeTarget, notice: Notice, now: datetime) -> Notice:
        """In a dry run, every byte that would have gone out."""
        try:
            shown: JsonObject = self._ctx.messenger.show(scope, target, notice)
        except BadInput as problem:
            return notice.ended(_S.GAVE_UP, now, error=problem.detail)
        return notice.ended(_S.SHOWN, now, request=shown)


def _cursor_of(target: NoticeTarget) -> str:
    return f"notices:{target.name}"


def _may_have_arrived(notice: Notice) -> bool:
    return notice.perhaps_sent or notice.state is _S.SENDING


def _is_summable(notice: Notice) -> bool:
    return notice.kind is not NoticeKind.SUMMARY and not _may_have_arrived(notice)


def _urgency(notice: Notice) -> tuple[int, datetime, str, str]:
    place = FIRST_TOLD.index(notice.kind) if notice.kind in FIRST_TOLD else len(FIRST_TOLD)
    return place, notice.created_at, notice.subject, notice.id


def _perhaps_of_a_lost_store(session: Session, notice: Notice) -> bool:
    """Whether the store was restored since it was written down: the one that was lost may have sent it."""
    kept = session.notes.get(RESTORED)
    return kept is not None and notice.created_at <= Restoration.model_validate(kept).at


def _judge_result(notice: Notice, result: ToolResult, now: datetime, *, again: bool) -> Notice:
    """What became of an attempt: done, refused, unknown for good, or to be tried again after a wait that grows. What
    may have arrived once is looked for at every attempt that follows.
    """
    if result.status is ActionStatus.EXECUTED:
        return notice.ended(_S.SENT, now, reference=result.reference, error="")
    if result.later is None:
        in_doubt = result.unknown or result.status is ActionStatus.IN_DOUBT
        return notice.ended(_S.IN_DOUBT if in_doubt else _S.GAVE_UP, now, error=result.error)
    perhaps = again or result.unknown
    if notice.attempts >= MOST_ATTEMPTS:
        doubt = _S.IN_DOUBT if perhaps else _S.GAVE_UP
        return notice.ended(doubt, now, error=f"{notice.attempts} attempts: {result.error}"[:500])
    wait = max(min(FIRST_WAIT * 2.0 ** (notice.attempts - 1), LONGEST_WAIT), timedelta(seconds=result.later))
    return notice.changed(state=_S.WAITING, not_before=now + wait, perhaps_sent=perhaps, error=result.error[:500])


def _end_in(session: Session, notice: Notice, at: datetime) -> None:
    """Keep how it stands, and once it has ended have the record of its incident tell of it."""
    session.notices.save(notice)
    if notice.ended_at is not None:
        told = {"target": notice.target, "kind": notice.kind.value, "action_id": notice.action_id, "id": notice.id}
        about = notice.incident_id or session.scope.tenant_id
        session.events.append(f"notice.{notice.state.value.lower()}", about, {**told, "why": notice.error}, at=at)
