"""Throwing away what is old and what nothing refers to, in small steps that nobody waits for.

One mechanism for the worker, which does it by itself, and for people who ask for it. A step reads in one short
transaction and deletes in another; what it knows between steps lives in this process, and a new process begins anew:
every step can be repeated.

What is kept: every incident, evidence row, recorded step and event. Whatever their texts name, signal or pattern, is
kept with them, and so is a payment for as long as it awaits its order. So is what an incident at work may look at, as
far back as the class `view` says, and always what tells what became of the payments in one that is not over.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import structlog

from app.config.model import Keeping
from app.context import EVERY_ONE, AppContext
from app.domain.base import canonical_json
from app.domain.errors import Temporary
from app.domain.incidents import ACTIVE, FEEDABLE, Incident, IncidentStatus
from app.domain.rollups import slot_of
from app.domain.signals import Signal, SignalType, Swept
from app.domain.tenants import Scope
from app.domain.times import shifted
from app.ports.store import Session
from app.services.intake.signals import SWEPT_NOTE
from app.services.loop import advance

log = structlog.get_logger()
KINDS: Final = ("checkpoints", "signals", "incident_signals", "patterns", "replies", "outbox", "rollups", "awaited")
"""What is counted when it goes."""
NOTE: Final = "upkeep"
EVERY = timedelta(minutes=10)
"""How much of a tenant's time passes between two rounds."""
TOLD_EVERY = timedelta(hours=24)
"""How often the audit chain is told, since the chain itself is kept for ever."""
SIGNALS_A_STEP = 2_000
INCIDENTS_A_STEP = 200
HOURS_A_STEP = 12
ENDED = frozenset(IncidentStatus) - ACTIVE
FED = FEEDABLE | {IncidentStatus.FAILED}
"""It takes new signals in, or may be looked at again."""
LEASE = "upkeep"
LEASE_SECONDS = 60.0
_NAMED = re.compile(r"\b(?:SIG|PAT)-[0-9A-Za-z]+")
_MONEY = frozenset({SignalType.ORDER, SignalType.PAYMENT})


@dataclass(frozen=True)
class Cutoffs:
    """Before which moment each class may go; None for never."""

    signals: datetime | None
    view: datetime | None
    incident_signals: datetime | None
    patterns: datetime | None
    outbox: datetime | None
    bookmarks: datetime | None
    slots: datetime | None
    rollups: datetime | None
    awaited: datetime | None
    replies: datetime

    @classmethod
    def of(cls, ctx: AppContext, scope: Scope, keeping: Keeping) -> "Cutoffs":
        """Classes as moments: on the tenant's clock, but for replies, which are promised by the system's."""
        now = ctx.clock(scope).now()
        ages = {name: getattr(keeping, name) for name in Keeping.model_fields if name != "replies"}
        moments = {name: None if age is None else now - age for name, age in ages.items()}
        return cls(**moments, replies=ctx.system.now() - keeping.replies)


@dataclass
class Memory:
    """What one round knows of a tenant. A process forgets it when it ends."""

    named: dict[str, tuple[int, IncidentStatus, frozenset[str]]] = field(default_factory=dict)
    """Incident to its newest step, its state, and every signal and pattern that it names."""
    thinned: dict[str, int] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    after: Swept | None = None
    """Behind which signal the round goes on."""
    due: datetime | None = None


@dataclass(frozen=True)
class RoundStep:
    """What was found to be needless, and whether the round ends here."""

    cutoffs: Cutoffs
    signals: tuple[str, ...] = ()
    of_incidents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    named: Collection[str] = ()
    after: Swept | None = None
    ends: bool = False


class Keeper:
    """Looks after the data of every tenant, a step at a time."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self._memories: dict[str, Memory] = {}

    def tend(self, scope: Scope) -> bool:
        """One step, if one is due by the tenant's clock; whether anything went. A busy store is tried again with the
        next beat.

        A process with older policies has perhaps older ages, too, and leaves it to the others.
        """
        ctx = self._ctx
        memory = self._memories.setdefault(scope.tenant_id, Memory())
        now = ctx.clock(scope).now()
        if (memory.due is not None and now < memory.due) or not advance.in_force(ctx):
            return False
        try:
            cutoffs = Cutoffs.of(ctx, scope, ctx.config.retention.of(ctx.tenant(scope)))
            gone, ended = one_step(ctx, scope, cutoffs, memory)
        except Temporary as busy:
            log.info("upkeep.later", tenant=scope.tenant_id, why=busy.detail)
            return False
        if ended:
            memory.due = now + EVERY
        return bool(gone)

    def tidy(self) -> None:
        """Have the files follow what is in them."""
        try:
            self._ctx.store.tidy()
            self._ctx.loop.tidy()
        except Temporary as busy:
            log.info("upkeep.later", why=busy.detail)


def one_step(
    ctx: AppContext, scope: Scope, cutoffs: Cutoffs, memory: Memory, tell_every: timedelta = TOLD_EVERY
) -> tuple[Counter[str], bool]:
    """A bounded piece of a round: what went, and whether the round has ended. Bookmarks go last and outside of any
    transaction.
    """
    step = _found(ctx, scope, cutoffs, memory)
    gone: Counter[str] = Counter()
    if step.signals or step.of_incidents or step.ends:
        with ctx.store.write(scope) as session:
            if session.leases.take(LEASE, ctx.holder, seconds=LEASE_SECONDS) is None:
                return gone, True
            gone += _discard(session, step)
            _tell(session, gone, ctx.clock(scope).now(), tell_every)
    memory.after = step.after
    more = not step.ends
    if step.ends:
        _thin(ctx, scope, memory)
        old, more = _bookmarked(ctx, scope, cutoffs, memory)
        for incident_id in old:
            with ctx.turn(scope, incident_id):
                ctx.loop.forget(scope, incident_id)
        if old:
            with ctx.store.write(scope) as session:
                _tell(session, {"checkpoints": len(old)}, ctx.clock(scope).now(), tell_every)
            gone["checkpoints"] += len(old)
    if gone:
        log.debug("upkeep.discarded", tenant=scope.tenant_id, **gone)
    return gone, not more


class _OnlyLookingError(Exception):
    """Ends a writing block without a commit: what would go is counted by letting it go and taking that back."""


def whole_round(ctx: AppContext, scope: Scope, cutoffs: Cutoffs) -> Counter[str]:
    """Every step of a round at once, as somebody asked for it; what went."""
    memory, gone, ended = Memory(), Counter[str](), False
    while not ended:
        went, ended = one_step(ctx, scope, cutoffs, memory, tell_every=timedelta())
        gone += went
    return gone


def foreseen(ctx: AppContext, scope: Scope, cutoffs: Cutoffs) -> Counter[str]:
    """What a round would let go of; nothing is changed."""
    memory, gone, ended = Memory(), Counter[str](), False
    while not ended:
        step = _found(ctx, scope, cutoffs, memory)
        try:
            with ctx.store.write(scope) as session:
                gone += _discard(session, step)
                raise _OnlyLookingError
        except _OnlyLookingError:
            memory.after, ended = step.after, step.ends
    more = True
    while more:
        old, more = _bookmarked(ctx, scope, cutoffs, memory)
        gone["checkpoints"] += len(old)
    return gone


def _found(ctx: AppContext, scope: Scope, cutoffs: Cutoffs, memory: Memory) -> RoundStep:
    with ctx.store.read(scope) as session:
        return (
            _find(ctx, session, cutoffs, memory)
            if _remember(session, memory)
            else RoundStep(cutoffs, after=memory.after)
        )


# --- what is needed
# ----------------------------------------------------------------------------------------------------------


def _remember(session: Session, memory: Memory) -> bool:
    """Learn what incidents name, those first that changed; whether all of it is known now."""
    standing, newest = session.incidents.standing(), session.incidents.last_steps()
    now = {name: (newest.get(name, 0), IncidentStatus(status)) for name, status in standing.items()}
    stale = [name for name, stands in now.items() if memory.named.get(name, ())[:2] != stands]
    for name in stale[:INCIDENTS_A_STEP]:
        memory.named[name] = (*now[name], _named_by(session, name))
    return len(stale) <= INCIDENTS_A_STEP


def _named_by(session: Session, incident_id: str) -> frozenset[str]:
    """Every signal and pattern that the texts of an incident name, whatever field they stand in."""
    texts: Iterable[Any] = (
        session.incidents.get(incident_id).plain(),
        [fact.plain() for fact in session.incidents.evidence(incident_id).values()],
        [step.output for step in session.incidents.steps(incident_id)],
    )
    return ids_in(texts)


def ids_in(texts: Iterable[Any]) -> frozenset[str]:
    """The ids of signals and patterns in plain values."""
    return frozenset(name for one in texts for name in _NAMED.findall(canonical_json(one).decode()))


def _find(ctx: AppContext, session: Session, cutoffs: Cutoffs, memory: Memory) -> RoundStep:
    """The next signals that are old enough, less those that are needed."""
    fed = session.incidents.page(statuses=FED, limit=EVERY_ONE)
    unseen = [signal.occurred_at for signal in session.signals.unswept(1)]
    views = [shifted(one.first_seen, -ctx.config.thresholds.looked_back) for one in fed if one.status in ACTIVE]
    floor = [*unseen, *(view if cutoffs.view is None else max(view, cutoffs.view) for view in views)]
    loose, joined = (_earliest(moment, floor) for moment in (cutoffs.signals, cutoffs.incident_signals))
    named = frozenset().union(*(names for *_, names in memory.named.values()))
    named |= ids_in([session.notes.get(SWEPT_NOTE), *(one.plain() for one in fed)])
    named |= _of_patterns(session, named, cutoffs.patterns)
    until = max((moment for moment in (loose, joined) if moment is not None), default=None)
    rows = [] if until is None else session.signals.swept_before(until, after=memory.after, limit=SIGNALS_A_STEP)
    status = {name: known[1] for name, known in memory.named.items()}
    named |= session.awaits.named(rows[0].occurred_at, rows[-1].occurred_at) if rows else frozenset()
    free = [row for row in rows if row.id not in named]
    alone = [row for row in free if row.incident_id is None and loose is not None and row.occurred_at < loose]
    settling = _settling(session, status) if alone else SettlingMoney()
    of_incidents: dict[str, list[str]] = {}
    for row in free:
        over = row.incident_id is not None and status.get(row.incident_id, IncidentStatus.OPEN) in ENDED - {
            IncidentStatus.FAILED
        }
        if over and row.incident_id is not None and joined is not None and row.occurred_at < joined:
            of_incidents.setdefault(row.incident_id, []).append(row.id)
    ends = len(rows) < SIGNALS_A_STEP
    return RoundStep(
        cutoffs=cutoffs,
        signals=tuple(_needless(session, [row.id for row in alone], settling)),
        of_incidents=of_incidents,
        named=named,
        after=None if ends else rows[-1],
        ends=ends,
    )


def _earliest(moment: datetime | None, floor: Sequence[datetime]) -> datetime | None:
    return None if moment is None else min([moment, *floor])


def _of_patterns(session: Session, named: Collection[str], old: datetime | None) -> frozenset[str]:
    """The signals of patterns that stay: they are shown with them."""
    every = session.incidents.patterns(limit=EVERY_ONE)
    return ids_in(one.plain() for one in every if old is None or one.last_seen >= old or one.id in named)


@dataclass(frozen=True)
class SettlingMoney:
    """By what the orders and refunds of some payments are known."""

    payments: frozenset[str] = frozenset()
    alike: frozenset[tuple[str | None, int | None, str | None]] = frozenset()

    def is_settled_by(self, signal: Signal) -> bool:
        """Whether this says what became of one of the payments; an order that names none pays for one that is alike."""
        if signal.payment_id:
            return signal.payment_id in self.payments
        return (signal.merchant_id, signal.amount, signal.currency) in self.alike


def _settling(session: Session, status: Mapping[str, IncidentStatus]) -> SettlingMoney:
    """What to know orders by, without which the payments of incidents that are not over would look lost."""
    fed = [name for name, stands in status.items() if stands in FED]
    paid = [one for name in fed for one in session.signals.of_incident(name) if one.signal_type is SignalType.PAYMENT]
    return SettlingMoney(
        payments=frozenset(one.payment_id for one in paid if one.payment_id),
        alike=frozenset((one.merchant_id, one.amount, one.currency) for one in paid),
    )


def _needless(session: Session, ids: Sequence[str], settling: SettlingMoney) -> list[str]:
    if not settling.alike:
        return list(ids)
    return [
        one.id for one in session.signals.get(ids) if not (one.signal_type in _MONEY and settling.is_settled_by(one))
    ]


# --- letting go
# --------------------------------------------------------------------------------------------------------------


def _discard(session: Session, step: RoundStep) -> Counter[str]:
    """Delete what a step found; each incident is told how many of its signals are gone. At the end of a round, the
    other classes too.
    """
    gone: Counter[str] = Counter(signals=session.signals.discard(step.signals, of=None))
    for incident_id, ids in step.of_incidents.items():
        incident = session.incidents.get(incident_id)
        if incident.status in ACTIVE:
            continue
        count = session.signals.discard(ids, of=incident_id)
        session.incidents.save(incident.changed(signals_gone=incident.signals_gone + count))
        gone["incident_signals"] += count
    if step.ends:
        cutoffs = step.cutoffs
        gone["replies"] += session.replies.discard_before(cutoffs.replies)
        if cutoffs.patterns is not None:
            gone["patterns"] += session.incidents.discard_patterns(cutoffs.patterns, keep=step.named)
        if cutoffs.outbox is not None:
            gone["outbox"] += session.outbox.discard_before(cutoffs.outbox)
        gone += _discard_sums(session, cutoffs)
    return +gone


def _discard_sums(session: Session, cutoffs: Cutoffs) -> Counter[str]:
    """Keep older sums by the hour, and forget the oldest, with what was awaited then."""
    gone: Counter[str] = Counter()
    if cutoffs.rollups is not None:
        gone["rollups"] += session.rollups.drop(slot_of(cutoffs.rollups))
    if cutoffs.rollups is not None and cutoffs.awaited is not None:
        gone["awaited"] += session.awaits.drop(cutoffs.rollups, settled_before=cutoffs.awaited)
    if cutoffs.slots is not None:
        session.rollups.compact(slot_of(cutoffs.slots), hours=HOURS_A_STEP)
    return gone


def _thin(ctx: AppContext, scope: Scope, memory: Memory) -> None:
    """Drop what the bookmarks of incidents that moved do not need any more."""
    moved = [
        name
        for name, known in memory.named.items()
        if name not in memory.forgotten and memory.thinned.get(name) != known[0]
    ]
    for name in moved[:INCIDENTS_A_STEP]:
        with ctx.turn(scope, name):
            ctx.loop.thin(scope, name)
        memory.thinned[name] = memory.named[name][0]


def _bookmarked(ctx: AppContext, scope: Scope, cutoffs: Cutoffs, memory: Memory) -> tuple[list[str], bool]:
    """Some incidents that ended long enough ago and have a bookmark, and whether there may be more of them."""
    ended = {name for name, known in memory.named.items() if known[1] in ENDED}
    memory.forgotten &= ended
    with ctx.store.read(scope) as session:
        over = (
            one
            for name in sorted(ended - memory.forgotten)
            if _is_over(one := session.incidents.get(name), cutoffs.bookmarks)
        )
        old = [one.id for one in islice(over, INCIDENTS_A_STEP)]
    memory.forgotten.update(old)
    return [name for name in old if ctx.loop.bookmarked(scope, name)], len(old) == INCIDENTS_A_STEP


def _is_over(incident: Incident, moment: datetime | None) -> bool:
    return moment is not None and incident.status in ENDED and (incident.resolved_at or incident.last_seen) < moment


def _tell(session: Session, gone: Mapping[str, int], at: datetime, tell_every: timedelta) -> None:
    """Add up what went, and have the chain tell it every so often."""
    if not any(gone.values()):
        return
    note = session.notes.get(NOTE) or {"gone": {}, "untold": {}, "told_at": None}
    untold = Counter(note["untold"]) + Counter(gone)
    told_at = note["told_at"]
    if told_at is None or datetime.fromisoformat(told_at) + tell_every <= at:
        session.events.append("store.pruned", "store", dict(untold), at=at)
        untold, told_at = Counter(), at.isoformat()
    session.notes.put(
        NOTE,
        {
            "gone": dict(Counter(note["gone"]) + Counter(gone)),
            "untold": dict(untold),
            "told_at": told_at,
            "at": at.isoformat(),
        },
    )


def gone_so_far(session: Session) -> tuple[dict[str, int], datetime | None]:
    """What was thrown away in a tenant so far, by kind, and when something last was."""
    note = session.notes.get(NOTE)
    counted = Counter(note["gone"]) if note else Counter()
    return {kind: counted[kind] for kind in KINDS}, datetime.fromisoformat(note["at"]) if note else None
