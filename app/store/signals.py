"""The signals of a tenant in SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, true

from app.domain.signals import Signal, SignalType
from app.store import codec
from app.store.scope import Scoped, batches, page
from app.store.tables import signals as table

_BY_TIME = (table.c.occurred_at, table.c.id)
_NEWEST = (table.c.occurred_at.desc(), table.c.id.desc())
_UNSWEPT = table.c.swept.is_(false())


class SqlSignals:
    """The Signals port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def add(self, signals: Sequence[Signal]) -> list[bool]:
        """Keep each signal once, by id; True where it was new. The first one of an id stays as it is."""
        first = {row["id"]: row for row in reversed([_row(signal) for signal in signals])}
        new = self._rows.insert_new(table, list(first.values()))
        flags = []
        for signal in signals:
            flags.append(codec.clean(signal.id) in new)
            new.discard(codec.clean(signal.id))
        return flags

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        asked = [codec.clean(signal_id) for signal_id in ids]
        found: dict[str, Signal] = {}
        for some in batches(list(dict.fromkeys(asked))):
            found |= {signal.id: signal for signal in self._read(self._bodies().where(table.c.id.in_(some)))}
        return [found[signal_id] for signal_id in asked if signal_id in found]

    def window(
        self, since: datetime, until: datetime | None = None, *, types: Iterable[SignalType] | None = None, merchants: Iterable[str] | None = None
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id)."""
        asked = self._bodies().where(table.c.occurred_at >= since)
        if until is not None:
            asked = asked.where(table.c.occurred_at < until)
        if types is not None:
            asked = asked.where(table.c.signal_type.in_([kind.value for kind in types]))
        wanted = None if merchants is None else frozenset(codec.clean(merchant) for merchant in merchants)
        if wanted is not None:
            asked = asked.where(_among(wanted))
        found = self._read(asked.order_by(*_BY_TIME))
        return found if wanted is None else [signal for signal in found if signal.merchant_id in wanted]

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last signal with since <= occurred_at < until occurred; None when there is none."""
        asked = self._rows.select(table, table.c.occurred_at).where(table.c.occurred_at >= since, table.c.occurred_at < until)
        first, last = (self._rows.run(page(asked.order_by(order), 1)).scalar() for order in (table.c.occurred_at, table.c.occurred_at.desc()))
        return None if first is None or last is None else (first, last)

    def recent(self, *, limit: int = 100, offset: int = 0, signal_type: SignalType | None = None, merchant_id: str | None = None) -> list[Signal]:
        """Newest first, for people."""
        return self._read(page(_narrowed(self._bodies(), signal_type, merchant_id).order_by(*_NEWEST), limit, offset))

    def count(self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False) -> int:
        """How many there are."""
        asked = _narrowed(self._rows.select(table, func.count(table.c.id)), signal_type, merchant_id)
        return self._number(asked.where(_UNSWEPT) if unswept else asked)

    def unswept(self, limit: int = 20_000) -> list[Signal]:
        """Signals no sweep has looked at, by (occurred_at, id)."""
        return self._read(page(self._bodies().where(_UNSWEPT).order_by(*_BY_TIME), limit))

    def mark_swept(self, assigned: Mapping[str, str | None]) -> None:
        """Note for each signal id the incident it joined; one that joined none keeps the incident of an earlier sweep."""
        groups: defaultdict[str | None, list[str]] = defaultdict(list)
        for signal_id, incident_id in assigned.items():
            groups[incident_id].append(codec.clean(signal_id))
        for incident_id, ids in groups.items():
            noted = {"swept": True} if incident_id is None else {"swept": True, "incident_id": codec.clean(incident_id)}
            for some in batches(ids):
                self._rows.run(self._rows.update(table).where(table.c.id.in_(some)).values(**noted))

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        asked = self._bodies().where(table.c.incident_id == codec.clean(incident_id)).order_by(*_BY_TIME)
        return self._read(page(asked, limit))

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        asked = self._rows.select(table, func.count(table.c.id))
        return self._number(asked.where(table.c.incident_id == codec.clean(incident_id)))

    def discard_before(self, moment: datetime) -> int:
        """Delete older signals that a sweep has seen and that joined no incident; how many went."""
        needless = (table.c.occurred_at < moment, table.c.incident_id.is_(None), table.c.swept.is_(true()))
        gone = self._rows.delete(table).where(*needless)
        return self._rows.run(gone).rowcount

    def _bodies(self) -> Select[Any]:
        return self._rows.select(table, table.c.body)

    def _read(self, asked: Select[Any]) -> list[Signal]:
        return [codec.value(Signal, stored) for stored in self._rows.run(asked).scalars()]

    def _number(self, asked: Select[Any]) -> int:
        return int(self._rows.run(asked).scalar_one())


def _among(merchants: frozenset[str]) -> ColumnElement[bool]:
    """The filter by merchant, as far as one statement carries it; a longer list is filtered after reading."""
    return table.c.merchant_id.in_(sorted(merchants)) if len(merchants) <= 500 else true()


def _narrowed(asked: Select[Any], signal_type: SignalType | None, merchant_id: str | None) -> Select[Any]:
    if signal_type is not None:
        asked = asked.where(table.c.signal_type == signal_type.value)
    return asked if merchant_id is None else asked.where(table.c.merchant_id == codec.clean(merchant_id))


def _row(signal: Signal) -> dict[str, Any]:
    kept = codec.fields(signal)
    columns = {name: kept[name] for name in ("id", "signal_type", "merchant_id")}
    return {**columns, "occurred_at": signal.occurred_at, "swept": False, "incident_id": None, "body": codec.body(kept)}
