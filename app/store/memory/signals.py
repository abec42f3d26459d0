"""The signals of a tenant in memory."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from app.domain.base import JsonMapping
from app.domain.signals import Backlog, Signal, SignalAside, SignalType, Swept
from app.ports.system import Clock
from app.store import codec
from app.store.memory.pool import EMPTY, Pool
from app.store.memory.shelf import ShelfView

_KIND = "signals"
_ASIDE = "signals_aside"
_ARRIVED = "signals_arrived"
_UNCOUNTED = "signals_uncounted"
_NOTHING: JsonMapping = MappingProxyType({})


class MemorySignals:
    """The Signals port in memory: a pool that is replaced whole, and beside it what was set aside, and when what waits
    came in.
    """

    def __init__(self, view: ShelfView, clock: Clock) -> None:
        self._view = view
        self._clock = clock

    def add(self, signals: Sequence[Signal], *, counted: bool = False) -> list[bool]:
        """Keep each signal once, by id; True where it was new. The first one of an id stays as it is."""
        pool, flags = self._pool().with_new(signals)
        new = [codec.clean_text(signal.id) for signal, is_new in zip(signals, flags, strict=True) if is_new]
        if new:
            self._view.keep(_KIND, pool)
            self._view.keep(_ARRIVED, {**self._arrived(), **dict.fromkeys(new, self._clock.now().timestamp())})
            if not counted:
                self._view.keep(_UNCOUNTED, self._uncounted().union(new))
        return flags

    def uncounted(self, limit: int) -> list[Signal]:
        """Signals that were never added up and are not set aside, by (occurred_at, id)."""
        pool, aside = self._pool(), self._set_aside()
        rows = sorted(row for name in self._uncounted() if name not in aside and (row := pool.row(name)) is not None)
        return [row[2] for row in rows[: max(limit, 0)]]

    def mark_counted(self, ids: Sequence[str]) -> None:
        """Note that these are added up."""
        self._view.keep(_UNCOUNTED, self._uncounted().difference(map(codec.clean_text, ids)))

    def counted(self, ids: Sequence[str]) -> set[str]:
        """Those of these that are added up."""
        pool, uncounted = self._pool(), self._uncounted()
        return {name for name in map(codec.clean_text, ids) if name not in uncounted and pool.row(name) is not None}

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        pool = self._pool()
        return [row[2] for asked in map(codec.clean_text, ids) if (row := pool.row(asked)) is not None]

    def window(
        self,
        since: datetime,
        until: datetime | None = None,
        *,
        types: Iterable[SignalType] | None = None,
        merchants: Iterable[str] | None = None,
        newest: int | None = None,
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id); with `newest` no more than the
        last so many.
        """
        kinds = None if types is None else tuple(dict.fromkeys(types))
        shops = None if merchants is None else frozenset(map(codec.clean_text, merchants))
        if kinds is not None and len(kinds) == 1:
            found = self._counting(self._pool().of_type(kinds[0], since, until, shops))
        else:
            found = self._counting(self._pool().between(since, until))
            found = found if kinds is None else [signal for signal in found if signal.signal_type in kinds]
            found = found if shops is None else [signal for signal in found if signal.merchant_id in shops]
        return found if newest is None else found[max(len(found) - newest, 0) :]

    def window_with_incidents(
        self, since: datetime, until: datetime | None = None, *, kind: SignalType | None = None, newest: int
    ) -> tuple[list[Signal], dict[str, str]]:
        """The last so many signals with since <= occurred_at < until, of one type or of all, by (occurred_at, id); and
        the incident of each that joined one.
        """
        found = self.window(since, until, types=None if kind is None else [kind], newest=newest)
        return found, self.incidents_of([signal.id for signal in found])

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last signal with since <= occurred_at < until occurred; None when there is none."""
        if not self._set_aside():
            return self._pool().span(since, until)
        found = self.window(since, until)
        return (found[0].occurred_at, found[-1].occurred_at) if found else None

    def recent(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        signal_type: SignalType | None = None,
        merchant_id: str | None = None,
    ) -> list[Signal]:
        """Newest first, for people."""
        start = min(max(offset, 0), sys.maxsize)
        return list(islice(self._narrowed(signal_type, merchant_id), start, min(start + max(limit, 0), sys.maxsize)))

    def count(
        self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False
    ) -> int:
        """How many there are."""
        pool = self._pool()
        if signal_type is None and merchant_id is None:
            return len(pool.unswept) if unswept else len(pool)
        return sum(1 for signal in self._narrowed(signal_type, merchant_id) if not unswept or signal.id in pool.unswept)

    def unswept(self, limit: int = 20_000) -> list[Signal]:
        """Signals no sweep has looked at, by (occurred_at, id)."""
        pool = self._pool()
        waiting = sorted(row for name in pool.unswept if (row := pool.row(name)) is not None)
        return [row[2] for row in waiting[: max(limit, 0)]]

    def mark_swept(self, assigned: Mapping[str, str | None]) -> None:
        """Note for each signal id the incident it joined; one that joined none keeps the incident of an
        earlier sweep.
        """
        noted = {
            codec.clean_text(name): None if incident is None else codec.clean_text(incident)
            for name, incident in assigned.items()
        }
        self._note(noted)

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        joined = self._pool().joined.get(codec.clean_text(incident_id), ())
        found = self._counting([row[2] for row in joined])
        return found if limit is None else found[: max(limit, 0)]

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        return (
            len(self.of_incident(incident_id))
            if self._set_aside()
            else len(self._pool().joined.get(codec.clean_text(incident_id), ()))
        )

    def incidents_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The incident that each of these joined, for those that joined one."""
        joined = self._pool().incident_of
        return {name: joined[name] for name in map(codec.clean_text, ids) if name in joined}

    def set_aside(self, reasons: Mapping[str, str], *, at: datetime) -> int:
        """Keep these out of every sweep and every computation, each for its reason; how many were not aside before."""
        pool, before = self._pool(), self._set_aside()
        gone = {codec.clean_text(name): (at, codec.clean_text(reason)) for name, reason in reasons.items()}
        gone = {name: told for name, told in gone.items() if name not in before and pool.row(name) is not None}
        if gone:
            self._note(dict.fromkeys(gone))
            self._view.keep(_ASIDE, {**before, **gone})
            self._view.keep(_UNCOUNTED, self._uncounted().union(gone))
        return len(gone)

    def bring_back(self, ids: Sequence[str]) -> list[str]:
        """Let the next sweep look at these again, as if they had just come in; the ids of those that were aside."""
        before = self._set_aside()
        back = sorted({name for name in map(codec.clean_text, ids) if name in before})
        if back:
            pool = self._pool()
            self._view.keep(_KIND, replace(pool, unswept=pool.unswept.union(back)))
            self._view.keep(_ASIDE, {name: told for name, told in before.items() if name not in back})
            self._view.keep(_ARRIVED, {**self._arrived(), **dict.fromkeys(back, self._clock.now().timestamp())})
        return back

    def aside(self, limit: int = 500) -> list[SignalAside]:
        """Those that are set aside, the latest first."""
        told = sorted(sorted(self._set_aside().items()), key=lambda item: item[1][0], reverse=True)[: max(limit, 0)]
        known = {name: row[2] for name, _ in told if (row := self._pool().row(name)) is not None}
        return [SignalAside(signal=known[name], reason=reason, at=at) for name, (at, reason) in told]

    def backlog(self) -> Backlog:
        """How much no sweep has looked at, and how long it has waited."""
        waiting, first, arrived = self._pool().unswept, self.unswept(1), self._arrived()
        waited = max(self._clock.now().timestamp() - min(arrived.values()), 0.0) if arrived else 0.0
        oldest = first[0].occurred_at if first else None
        return Backlog(waiting=len(waiting), oldest_at=oldest, waited_seconds=waited, aside=len(self._set_aside()))

    def swept_before(self, moment: datetime, *, after: Swept | None = None, limit: int) -> list[Swept]:
        """Signals from before a moment that a sweep has seen, but for those set aside, by (occurred_at, id), from
        behind one of them on.
        """
        aside = self._set_aside()
        return list(
            islice((one for one in self._pool().swept_before(moment, after) if one.id not in aside), max(limit, 0))
        )

    def discard(self, ids: Sequence[str], *, of: str | None) -> int:
        """Delete those of these that a sweep has seen, that are not set aside, and that are of this incident, or of
        none; how many went.
        """
        before, aside, theirs = self._pool(), self._set_aside(), None if of is None else codec.clean_text(of)
        after = before.without(
            name for name in map(codec.clean_text, ids) if before.incident_of.get(name) == theirs and name not in aside
        )
        self._view.keep(_KIND, after)
        if self._uncounted():
            self._view.keep(_UNCOUNTED, frozenset(one for one in self._uncounted() if after.row(one) is not None))
        return len(before) - len(after)

    def _note(self, noted: Mapping[str, str | None]) -> None:
        self._view.keep(_KIND, self._pool().with_noted(noted))
        arrived = self._arrived()
        if any(name in arrived for name in noted):
            self._view.keep(_ARRIVED, {name: at for name, at in arrived.items() if name not in noted})

    def _counting(self, found: list[Signal]) -> list[Signal]:
        """These without those that were set aside."""
        aside = self._set_aside()
        return [signal for signal in found if signal.id not in aside] if aside else found

    def _set_aside(self) -> Mapping[str, tuple[datetime, str]]:
        aside: Mapping[str, tuple[datetime, str]] = self._view.kept(_ASIDE, _NOTHING)
        return aside

    def _uncounted(self) -> frozenset[str]:
        uncounted: frozenset[str] = self._view.kept(_UNCOUNTED, frozenset())
        return uncounted

    def _arrived(self) -> Mapping[str, float]:
        arrived: Mapping[str, float] = self._view.kept(_ARRIVED, _NOTHING)
        return arrived

    def _pool(self) -> Pool:
        pool: Pool = self._view.kept(_KIND, EMPTY)
        return pool

    def _narrowed(self, signal_type: SignalType | None, merchant_id: str | None) -> Iterator[Signal]:
        shop = None if merchant_id is None else codec.clean_text(merchant_id)
        return (
            one
            for one in self._pool().newest_first()
            if signal_type in (None, one.signal_type) and shop in (None, one.merchant_id)
        )
