"""The signals of a tenant in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from app.domain.signals import Signal, SignalType
from app.store import codec
from app.store.memory.shelf import View

_KIND = "signals"


class _Row(NamedTuple):
    """A signal and what a sweep noted about it."""

    signal: str
    occurred_at: datetime
    signal_type: SignalType
    merchant_id: str | None
    swept: bool = False
    incident_id: str | None = None


class MemorySignals:
    """The Signals port in memory: id to row."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, signals: Sequence[Signal]) -> list[bool]:
        """Keep each signal once, by id; True where it was new. The first one of an id stays as it is."""
        rows = self._view.edit(_KIND)
        flags = []
        for signal in signals:
            kept = codec.fields(signal)
            flags.append(kept["id"] not in rows)
            rows.setdefault(kept["id"], _Row(codec.body(kept), signal.occurred_at, signal.signal_type, kept["merchant_id"]))
        return flags

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        rows = self._view.rows(_KIND)
        return [codec.value(Signal, rows[asked].signal) for asked in map(codec.clean, ids) if asked in rows]

    def window(
        self, since: datetime, until: datetime | None = None, *, types: Iterable[SignalType] | None = None, merchants: Iterable[str] | None = None
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id)."""
        kinds = None if types is None else frozenset(types)
        shops = None if merchants is None else frozenset(map(codec.clean, merchants))
        return _signals(
            row
            for row in self._rows()
            if since <= row.occurred_at
            and (until is None or row.occurred_at < until)
            and (kinds is None or row.signal_type in kinds)
            and (shops is None or row.merchant_id in shops)
        )

    def recent(self, *, limit: int = 100, offset: int = 0, signal_type: SignalType | None = None, merchant_id: str | None = None) -> list[Signal]:
        """Newest first, for people."""
        start = max(offset, 0)
        return _signals(self._narrowed(signal_type, merchant_id)[::-1][start : start + max(limit, 0)])

    def count(self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False) -> int:
        """How many there are."""
        return sum(1 for row in self._narrowed(signal_type, merchant_id) if not (unswept and row.swept))

    def unswept(self, limit: int = 20_000) -> list[Signal]:
        """Signals no sweep has looked at, by (occurred_at, id)."""
        return _signals([row for row in self._rows() if not row.swept][: max(limit, 0)])

    def mark_swept(self, assigned: Mapping[str, str | None]) -> None:
        """Note for each signal id the incident it joined; one that joined none keeps the incident of an earlier sweep."""
        rows = self._view.edit(_KIND)
        for signal_id, incident_id in assigned.items():
            row = rows.get(codec.clean(signal_id))
            if row is not None:
                joined = row.incident_id if incident_id is None else codec.clean(incident_id)
                rows[codec.clean(signal_id)] = row._replace(swept=True, incident_id=joined)

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        joined = self._joined(incident_id)
        return _signals(joined if limit is None else joined[: max(limit, 0)])

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        return len(self._joined(incident_id))

    def discard_before(self, moment: datetime) -> int:
        """Delete older signals that a sweep has seen and that joined no incident; how many went."""
        rows = self._view.edit(_KIND)
        gone = [signal_id for signal_id, row in rows.items() if row.occurred_at < moment and row.incident_id is None and row.swept]
        for signal_id in gone:
            del rows[signal_id]
        return len(gone)

    def _rows(self) -> list[_Row]:
        return [row for _, row in sorted(self._view.rows(_KIND).items(), key=lambda item: (item[1].occurred_at, item[0]))]

    def _narrowed(self, signal_type: SignalType | None, merchant_id: str | None) -> list[_Row]:
        shop = None if merchant_id is None else codec.clean(merchant_id)
        return [row for row in self._rows() if signal_type in (None, row.signal_type) and shop in (None, row.merchant_id)]

    def _joined(self, incident_id: str) -> list[_Row]:
        return [row for row in self._rows() if row.incident_id == codec.clean(incident_id)]


def _signals(rows: Iterable[_Row]) -> list[Signal]:
    return [codec.value(Signal, row.signal) for row in rows]
