"""One look over the new signals: find patterns, let them open, feed or widen incidents, and end what recovered by
itself.

A backlog is looked at slice by slice, the oldest first, each as if it were all there is: a slice has its price, a
backlog has none. The arithmetic runs outside any transaction; only its result is written, by one writer at a time. A
signal over which it fails is set aside, so that the others go on.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from app.context import EVERY_ONE, AppContext
from app.domain.base import JsonObject
from app.domain.errors import Temporary
from app.domain.incidents import FEEDABLE, Incident
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.rollups import SLOT_SECONDS
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.domain.times import FIRST, Reach, reach_of, shifted
from app.expect.as_it_stood import DIRECTORY_NOTE
from app.expect.faults import FAULTS_NOTE, FaultState
from app.observe.correlate import JOINED_BECAUSE, correlate
from app.observe.incident_draft import Assignment
from app.observe.patterns import needed_before, patterns_in
from app.observe.shortfalls import shortfall_patterns, signals_by_id
from app.observe.streams import weigh_streams
from app.observe.ticket_clusters import NOTHING_KEPT, KeptClusters, cluster_tickets, each_ticket
from app.observe.ticket_fit import BEFORE
from app.observe.ticket_joining import NewTickets
from app.observe.tongues import Tongues
from app.observe.window import MONEY, Parts
from app.ports.store import Session
from app.schemas.signals import ObserveAnswer
from app.services.intake.signals import SWEPT_NOTE, beyond, set_aside, worth_showing
from app.services.leases import hold_lease
from app.services.loop.advance import never_stop
from app.services.watch.alarm_budget import move_bar_weekly
from app.services.watch.expectation import Judged, judge_tenant
from app.services.watch.opening import open_or_feed
from app.services.watch.recovery import recover
from app.services.watch.sift import sift
from app.services.watch.taking_in import take_in_doubles, take_in_thin

log = structlog.get_logger()
LONGEST_WINDOW = timedelta(days=7)
MOST_TICKETS = 1_000
SLICE = 5_000
"""So many signals one look takes of what waits."""
MOST_READ = 20_000
"""So many signals of the window a look takes in, the newest."""
MOST_HISTORY = 10_000
"""So many earlier signals of a type a look compares with, the newest."""
SIFTING = 20.0
"""Seconds to find out over which signals a look fails; what is not found by then is found by the next."""
MOST_ANCIENT = 100
MOST_TOLD = 50
INSTANT = timedelta(microseconds=1)
SWEEP = "sweep"
CLUSTERS_NOTE = "ticket clusters"
"""Under which name a tenant's clusters of tickets are kept."""
LONGEST_SWEEP = 60.0
"""Seconds after which a sweep that fell silent is taken over; a late one writes nothing."""


@dataclass(frozen=True)
class View:
    """What one sweep looks at."""

    since: datetime
    until: datetime
    fresh: list[Signal]
    more: bool
    """Whether signals wait that this look leaves to the next."""
    signals: Parts
    history: Parts
    then: tuple[datetime, datetime] | None
    merchants: list[Merchant]
    open_incidents: list[Incident]
    taken: Mapping[str, str]
    clusters: KeptClusters
    judged: Judged | None = None

    def names(self) -> list[str]:
        """Every signal in it: what is known first, what is new last."""
        fresh = {signal.id for signal in self.fresh}
        held = [
            signal.id for parts in (self.history, self.signals) for part in parts.by_type.values() for signal in part
        ]
        return [*(name for name in held if name not in fresh), *(signal.id for signal in self.fresh)]

    def of(self, names: frozenset[str]) -> "View":
        """The same with these signals alone."""
        fresh = [signal for signal in self.fresh if signal.id in names]
        return replace(self, fresh=fresh, signals=_only(self.signals, names), history=_only(self.history, names))


@dataclass(frozen=True)
class SweptSlice:
    """What came of one look."""

    view: View
    patterns: Sequence[Pattern]
    opened: list[str]
    fed: list[str]


class _OnlyTryingError(Exception):
    """Raised to roll back what a trial has written."""


def sweep_tenant(
    ctx: AppContext, scope: Scope, window_minutes: int | None = None, *, enough: Callable[[], bool] = never_stop
) -> ObserveAnswer:
    """Sweep the window, look after look, until every signal that waited is looked at, or it is `enough`; the first look
    is always taken.

    Signals that no sweep has seen yet widen the window as far as they reach back.
    """
    minutes = window_minutes or ctx.config.thresholds.window_minutes
    opened: list[str] = []
    fed: list[str] = []
    with ctx.turn(scope, SWEEP), hold_lease(ctx, scope, SWEEP, seconds=LONGEST_SWEEP) as own:
        if own is None:
            raise Temporary("another process is sweeping this tenant", delay=1.0)
        look = _look(ctx, own, timedelta(minutes=minutes))
        opened, fed = [*look.opened], [*look.fed]
        while look.view.more and not enough():
            _hold(ctx, own)
            look = _look(ctx, own, timedelta(minutes=minutes))
            opened, fed = [*opened, *look.opened], [*fed, *look.fed]
        recovered = [] if look.view.more else recover(ctx, own)
    log.info("sweep.done", tenant=scope.tenant_id, signals=look.view.signals.count, opened=opened, fed=fed)
    return ObserveAnswer(
        window_minutes=minutes,
        since=look.view.since,
        until=look.view.until,
        signals=look.view.signals.count,
        patterns=sorted(filter(worth_showing, look.patterns), key=lambda pattern: -pattern.impact_rank),
        opened=list(dict.fromkeys(opened)),
        fed=[name for name in dict.fromkeys(fed) if name not in opened],
        recovered=recovered,
    )


def for_at_most(seconds: float, stopping: Callable[[], bool] = never_stop) -> Callable[[], bool]:
    """When it is enough: after so long, or when it is to stop."""
    over = time.monotonic() + seconds
    return lambda: stopping() or time.monotonic() >= over


def _look(ctx: AppContext, own: Scope, window: timedelta) -> SweptSlice:
    """One slice of what waits. What it fails over is found and set aside, and the rest is looked at without it."""
    view = _read_view(ctx, own, window)
    view = replace(view, judged=_judged(ctx, own, view))
    try:
        return _taken(ctx, own, view)
    except (Temporary, MemoryError):
        raise
    except Exception as error:
        log.exception("sweep.failed", tenant=own.tenant_id, signals=view.signals.count, fresh=len(view.fresh))
        sound = _sifted(ctx, own, view)
        if sound is None:
            raise
        log.warning(
            "sweep.sifted",
            tenant=own.tenant_id,
            error=type(error).__name__,
            left_out=view.signals.count - sound.signals.count,
        )
        return _taken(ctx, own, sound)


def _taken(ctx: AppContext, own: Scope, view: View, *, only_trying: bool = False) -> SweptSlice:
    thresholds, pack = ctx.config.thresholds, ctx.pack(own)
    words = pack.vocabulary
    shops = {one.id: one for one in view.merchants}
    tickets, clusters = cluster_tickets(
        own.tenant_id, view.signals.of(SignalType.TICKET), shops, thresholds, words, view.clusters
    )
    patterns = patterns_in(
        own.tenant_id, view.signals, view.history, view.merchants, thresholds, then=view.then, tickets=tickets
    )
    judged = view.judged
    assert judged is not None
    patterns += shortfall_patterns(own.tenant_id, judged.faults, view.signals, shops)
    earlier = _earlier_tickets(ctx, own, view, judged)
    fresh = {one.id for one in view.fresh}
    assignments = correlate(
        [*patterns, *(each_ticket(own.tenant_id, earlier, shops, words))],
        view.open_incidents,
        thresholds,
        pack,
        faults=judged.faults,
        signals={**signals_by_id(view.signals), **{one.id: one for one in earlier}},
        ever=judged.ever,
        tickets=NewTickets(fresh.__contains__, view.taken, Tongues.of(ctx.tongues, pack)),
    )
    news = clusters if clusters is not view.clusters else None
    opened, fed = _write_sweep(ctx, own, view, patterns, assignments, news, only_trying=only_trying)
    return SweptSlice(view, patterns, opened, fed)


def _earlier_tickets(ctx: AppContext, own: Scope, view: View, judged: Judged) -> list[Signal]:
    """Tickets from before the window that may be about what is found now: people may notice before machines do. What
    joined something is not asked again.
    """
    begun = [one.since for one in judged.faults if one.state is FaultState.OPEN and not one.id]
    since = min([view.since, *(datetime.fromtimestamp(slot * SLOT_SECONDS, UTC) for slot in begun)])
    with ctx.store.read(own) as session:
        found = session.signals.window(
            shifted(since, -BEFORE), view.since, types=[SignalType.TICKET], newest=MOST_TICKETS
        )
        joined = session.signals.incidents_of([one.id for one in found])
    seen = {one.id for one in view.signals.of(SignalType.TICKET)}
    return [one for one in found if one.id not in joined and one.id not in seen]


def _judged(ctx: AppContext, own: Scope, view: View) -> Judged:
    """What departs from what would have been normal."""
    prior = weigh_streams(view.signals.failures, ctx.pack(own).known_codes)
    return judge_tenant(ctx, own, view.merchants, view.open_incidents, view.until, prior)


def _sifted(ctx: AppContext, own: Scope, view: View) -> View | None:
    """The view without what its look fails over, which is set aside; None when no single signal is to blame."""

    def attempt(names: frozenset[str]) -> None:
        _hold(ctx, own)
        try:
            _taken(ctx, own, view.of(names), only_trying=True)
        except _OnlyTryingError:
            return

    found = sift(view.names(), attempt, seconds=SIFTING)
    if not found.blamed:
        return None
    reasons = {name: f"a sweep failed over it: {reason}" for name, reason in found.blamed.items()}
    set_aside(ctx, own, reasons)
    return view.of(frozenset(found.sound))


def _only(parts: Parts, names: frozenset[str]) -> Parts:
    return Parts({kind: [signal for signal in part if signal.id in names] for kind, part in parts.by_type.items()})


def _hold(ctx: AppContext, own: Scope) -> None:
    """Keep the sweep's lease: a long backlog is many looks."""
    assert own.fence is not None
    with ctx.store.write(own) as session:
        session.leases.renew(own.fence, seconds=LONGEST_SWEEP)


def _read_view(ctx: AppContext, scope: Scope, window: timedelta) -> View:
    now = ctx.clock(scope).now()
    reach = reach_of(now, ctx.system.now())
    while misplaced := _misplaced(ctx, scope, reach):
        set_aside(ctx, scope, misplaced)
    baseline = timedelta(minutes=ctx.config.thresholds.baseline_minutes)
    with ctx.store.read(scope) as session:
        waiting = session.signals.unswept(SLICE + 1)
        fresh, more = waiting[:SLICE], len(waiting) > SLICE
        oldest = min((signal.occurred_at for signal in fresh), default=now)
        since = max(min(now - window, oldest), now - LONGEST_WINDOW) if oldest > now - LONGEST_WINDOW else oldest
        found, joined = session.signals.window_with_incidents(
            since, fresh[-1].occurred_at + INSTANT if more else None, newest=MOST_READ
        )
        if len(found) == MOST_READ:
            since = max(since, found[0].occurred_at)
            held = {signal.id for signal in found}
            older = [signal for signal in fresh if signal.occurred_at <= since and signal.id not in held]
            found, joined = [*older, *found], joined | session.signals.incidents_of([one.id for one in older])
        open_incidents = session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE)
        open_ids = {incident.id for incident in open_incidents}
        seen = _read_window(found, joined, open_ids)
        history, then, earlier = _history(session, seen, {signal.id for signal in found}, since - baseline, since)
        joined |= earlier
        merchants = session.merchants.all()
        clusters = session.notes.get(CLUSTERS_NOTE)
    return View(
        since=since,
        until=now,
        fresh=fresh,
        more=more,
        signals=seen,
        history=history,
        then=then,
        merchants=merchants,
        open_incidents=open_incidents,
        taken={name: incident_id for name, incident_id in joined.items() if incident_id in open_ids},
        clusters=KeptClusters.model_validate_json(json.dumps(clusters)) if clusters else NOTHING_KEPT,
    )


def _misplaced(ctx: AppContext, scope: Scope, reach: Reach) -> dict[str, str]:
    """Signals of an older version whose times are accepted nowhere any more: those that wait, and what older sweeps let
    pass.
    """
    with ctx.store.read(scope) as session:
        waiting = session.signals.unswept(SLICE + 1)
        ahead = session.signals.window(shifted(reach.latest, INSTANT), newest=SLICE)
        ancient = session.signals.window(FIRST, reach.earliest, newest=MOST_ANCIENT)
    return {
        signal.id: wrong.sentence
        for signal in (*waiting, *ahead, *ancient)
        if (wrong := beyond(signal, reach)) is not None
    }


def _read_window(found: Sequence[Signal], joined: Mapping[str, str], open_ids: set[str]) -> Parts:
    """What the window holds, less the signals of ended incidents, which must not open them again, and no more tickets
    than can be compared with each other in a sweep; the newest count.
    """
    seen = Parts.of_all(signal for signal in found if joined.get(signal.id) is None or joined[signal.id] in open_ids)
    return Parts({**seen.by_type, SignalType.TICKET: seen.of(SignalType.TICKET)[-MOST_TICKETS:]})


def _history(
    session: Session, seen: Parts, seen_ids: set[str], start: datetime, since: datetime
) -> tuple[Parts, tuple[datetime, datetime] | None, dict[str, str]]:
    """What the window is compared with, from when to when that reaches, which is as far back as every type of it is
    complete, and the incidents that its payments and orders joined.
    """
    needed, joined = needed_before(seen), dict[str, str]()
    found: dict[SignalType, list[Signal]] = {}
    for kind, shops in needed.items():
        if kind in MONEY:
            found[kind], theirs = session.signals.window_with_incidents(start, since, kind=kind, newest=MOST_HISTORY)
            joined |= theirs
        else:
            found[kind] = session.signals.window(start, since, types=[kind], merchants=shops, newest=MOST_HISTORY)
    start = max([start, *(part[0].occurred_at for part in found.values() if len(part) == MOST_HISTORY)])
    complete = {
        kind: [one for one in part if one.occurred_at >= start and one.id not in seen_ids]
        for kind, part in found.items()
    }
    return Parts(complete), session.signals.span(start, since), joined


def nothing_new(ctx: AppContext, scope: Scope) -> bool:
    """Whether a sweep by itself would find only what it found before."""
    with ctx.store.read(scope) as session:
        return session.signals.count(unswept=True) == 0


def nothing_left(ctx: AppContext, scope: Scope) -> ObserveAnswer:
    """What a sweep says when others have swept everything: no signal, no pattern."""
    now, minutes = ctx.clock(scope).now(), ctx.config.thresholds.window_minutes
    return ObserveAnswer(
        window_minutes=minutes,
        since=now - timedelta(minutes=minutes),
        until=now,
        signals=0,
        patterns=[],
        opened=[],
        fed=[],
    )


def _write_sweep(
    ctx: AppContext,
    scope: Scope,
    view: View,
    patterns: Sequence[Pattern],
    assignments: Sequence[Assignment],
    clusters: KeptClusters | None,
    *,
    only_trying: bool = False,
) -> tuple[list[str], list[str]]:
    fresh = {signal.id for signal in view.fresh}
    joined: dict[str, str | None] = dict.fromkeys(fresh)
    opened: list[str] = []
    fed: list[str] = []
    judged = view.judged
    assert judged is not None
    faults = list(judged.faults)
    with ctx.store.write(scope) as session:
        shown = [pattern for pattern in patterns if worth_showing(pattern)]
        joining = {pattern.id: pattern for assignment in assignments for pattern in assignment.patterns}
        session.incidents.put_patterns(list({**{pattern.id: pattern for pattern in shown}, **joining}.values()))
        for assignment in assignments:
            if assignment.fault is None and not fresh.intersection(assignment.signal_ids):
                continue
            incident, is_new = open_or_feed(ctx, session, scope, assignment)
            if assignment.fault is not None:
                faults[assignment.fault] = replace(faults[assignment.fault], id=incident.id)
                joined_others = {view.taken[name] for name in assignment.shown_ids if name in view.taken}
                with_faults = {one.id for one in faults if one.state is FaultState.OPEN}
                take_in_thin(session, incident, joined_others - with_faults, assignment.shown_ids, view.until)
            (opened if is_new else fed).append(incident.id)
            joined.update({name: incident.id for name in assignment.signal_ids if name not in view.taken})
            _tell_joined(session, incident.id, assignment, view)
        session.signals.mark_swept(joined)
        faults = [take_in_doubles(session, one, view.until) if one.id and one.took else one for one in faults]
        for incident_id in {*opened, *fed}:
            incident = session.incidents.get(incident_id)
            kept = session.signals.count_of_incident(incident_id)
            session.incidents.save(incident.changed(signal_count=kept + incident.signals_gone))
        session.notes.put(FAULTS_NOTE, replace(judged, faults=tuple(faults)).plain())
        if judged.directory is not None:
            session.notes.put(DIRECTORY_NOTE, {name: dict(said) for name, said in judged.directory.items()})
        move_bar_weekly(ctx, scope, session, view.until)
        if clusters is not None:
            session.notes.put(CLUSTERS_NOTE, clusters.model_dump(mode="json"))
        session.notes.put(SWEPT_NOTE, {"at": view.until.isoformat(), "patterns": [pattern.id for pattern in shown]})
        if only_trying:
            raise _OnlyTryingError
    return opened, fed


def _tell_joined(session: Session, incident_id: str, assignment: Assignment, view: View) -> None:
    """One event for the tickets that came to an incident because of what they say."""
    told = [one for one in assignment.patterns if JOINED_BECAUSE in one.key]
    new = [name for pattern in told for name in pattern.signal_ids if name not in view.taken]
    if new:
        why = dict.fromkeys(reason for pattern in told for reason in pattern.key[JOINED_BECAUSE])
        payload: JsonObject = {"count": len(new), "signals": [*new[:MOST_TOLD]], "because": [*why][:MOST_TOLD]}
        session.events.append("incident.tickets_joined", incident_id, payload, at=view.until)
