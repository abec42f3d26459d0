"""The signals of a tenant in memory."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from app.domain.signals import Signal, SignalType
from app.store import codec
from app.store.memory.pool import EMPTY, Pool
from app.store.memory.shelf import View

_KIND = "signals"


class MemorySignals:
    """The Signals port in memory: a pool that is replaced whole."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, signals: Sequence[Signal]) -> list[bool]:
        """Keep each signal once, by id; True where it was new. The first one of an id stays as it is."""
        pool, flags = self._pool().with_new(signals)
        self._view.keep(_KIND, pool)
        return flags

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        pool = self._pool()
        return [row[2] for asked in map(codec.clean, ids) if (row := pool.row(asked)) is not None]

    def window(
        self, since: datetime, until: datetime | None = None, *, types: Iterable[SignalType] | None = None, merchants: Iterable[str] | None = None
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id)."""
        kinds = None if types is None else tuple(dict.fromkeys(types))
        shops = None if merchants is None else frozenset(map(codec.clean, merchants))
        if kinds is not None and len(kinds) == 1:
            return self._pool().of_type(kinds[0], since, until, shops)
        found = self._pool().between(since, until)
        if kinds is not None:
            found = [signal for signal in found if signal.signal_type in kinds]
        return found if shops is None else [signal for signal in found if signal.merchant_id in shops]

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last signal with since <= occurred_at < until occurred; None when there is none."""
        return self._pool().span(since, until)

    def recent(self, *, limit: int = 100, offset: int = 0, signal_type: SignalType | None = None, merchant_id: str | None = None) -> list[Signal]:
        """Newest first, for people."""
        start = min(max(offset, 0), sys.maxsize)
        return list(islice(self._narrowed(signal_type, merchant_id), start, min(start + max(limit, 0), sys.maxsize)))

    def count(self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False) -> int:
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
        """Note for each signal id the incident it joined; one that joined none keeps the incident of an earlier sweep."""
        noted = {codec.clean(name): None if incident is None else codec.clean(incident) for name, incident in assigned.items()}
        self._view.keep(_KIND, self._pool().with_noted(noted))

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        joined = self._pool().joined.get(codec.clean(incident_id), ())
        return [row[2] for row in (joined if limit is None else joined[: max(limit, 0)])]

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        return len(self._pool().joined.get(codec.clean(incident_id), ()))

    def discard_before(self, moment: datetime) -> int:
        """Delete older signals that a sweep has seen and that joined no incident; how many went."""
        before = self._pool()
        after = before.without_needless(moment)
        self._view.keep(_KIND, after)
        return len(before) - len(after)

    def _pool(self) -> Pool:
        pool: Pool = self._view.kept(_KIND, EMPTY)
        return pool

    def _narrowed(self, signal_type: SignalType | None, merchant_id: str | None) -> Iterator[Signal]:
        shop = None if merchant_id is None else codec.clean(merchant_id)
        return (one for one in self._pool().newest_first() if signal_type in (None, one.signal_type) and shop in (None, one.merchant_id))
