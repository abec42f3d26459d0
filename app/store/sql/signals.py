"""The signals of a tenant in SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, true

from app.domain.signals import Backlog, Signal, SignalAside, SignalType, Swept
from app.store import codec
from app.store.sql.scope import Bound, Scoped, page_of
from app.store.sql.signal_rows import WRITTEN, read_signal, row_of_signal
from app.store.sql.tables import signals as table

MOST_NAMED = 500
"""So many merchants one statement names."""
_BY_TIME = (table.c.occurred_at, table.c.id)
_NEWEST = (table.c.occurred_at.desc(), table.c.id.desc())
_UNSWEPT = table.c.swept.is_(false())
_COUNTS = table.c.aside_at.is_(None)
"""A signal that was set aside counts in nothing."""


class SqlSignals:
    """The Signals port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def add(self, signals: Sequence[Signal], *, counted: bool = False) -> list[bool]:
        """Keep each signal once, by id; True where it was new. The first one of an id stays as it is."""
        if not signals:
            return []
        names = [codec.clean_text(signal.id) for signal in signals]
        known = set(self._rows.find_among(table, (table.c.id,), table.c.id, names).scalars())
        arrived = self._rows.answer(self._rows.now())
        flags: list[bool] = []
        rows: list[Bound] = []
        for name, signal in zip(names, signals, strict=True):
            flags.append(name not in known)
            if flags[-1]:
                known.add(name)
                rows.append(row_of_signal(name, signal, arrived, counted=counted))
        self._rows.insert_many(table, WRITTEN, rows)
        return flags

    def uncounted(self, limit: int) -> list[Signal]:
        """Signals that were never added up and are not set aside, by (occurred_at, id)."""
        return self._read(
            page_of(self._bodies().where(table.c.counted.is_(false()), _COUNTS).order_by(*_BY_TIME), limit)
        )

    def mark_counted(self, ids: Sequence[str]) -> None:
        """Note that these are added up."""
        self._rows.run(self._rows.update(table).where(self._these(ids)).values(counted=True))

    def counted(self, ids: Sequence[str]) -> set[str]:
        """Those of these that are added up."""
        asked = self._rows.select(table, table.c.id).where(self._these(ids), table.c.counted.is_(true()))
        return set(self._rows.run(asked).scalars())

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        asked = [codec.clean_text(signal_id) for signal_id in ids]
        found = {signal.id: signal for signal in self._read(self._bodies().where(self._these(ids)))}
        return [found[signal_id] for signal_id in asked if signal_id in found]

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
        asked = self._bodies().where(table.c.occurred_at >= since, _COUNTS)
        if until is not None:
            asked = asked.where(table.c.occurred_at < until)
        wanted = None if merchants is None else frozenset(codec.clean_text(merchant) for merchant in merchants)
        if wanted is not None:
            asked = asked.where(_of_merchants(wanted))
        if types is None:
            return self._within(asked, wanted, newest)
        kinds = [asked.where(table.c.signal_type == kind.value) for kind in dict.fromkeys(types)]
        found = [signal for one in kinds for signal in self._within(one, wanted, newest)]
        found.sort(key=lambda signal: (signal.occurred_at, signal.id))
        return found if newest is None else found[max(len(found) - newest, 0) :]

    def _within(self, asked: Select[Any], wanted: frozenset[str] | None, newest: int | None) -> list[Signal]:
        """What a window shows of every type, or of one: several types at once are looked for among all others."""
        if newest is not None and (wanted is None or len(wanted) <= MOST_NAMED):
            return self._read(page_of(asked.order_by(*_NEWEST), newest))[::-1]
        found = self._read(asked.order_by(*_BY_TIME))
        found = found if wanted is None else [signal for signal in found if signal.merchant_id in wanted]
        return found if newest is None else found[max(len(found) - newest, 0) :]

    def window_with_incidents(
        self, since: datetime, until: datetime | None = None, *, kind: SignalType | None = None, newest: int
    ) -> tuple[list[Signal], dict[str, str]]:
        """The last so many signals with since <= occurred_at < until, of one type or of all, by (occurred_at, id); and
        the incident of each that joined one.
        """
        asked = self._rows.select(table, table.c.body, table.c.incident_id).where(table.c.occurred_at >= since, _COUNTS)
        asked = asked if until is None else asked.where(table.c.occurred_at < until)
        asked = asked if kind is None else asked.where(table.c.signal_type == kind.value)
        rows = self._rows.run(page_of(asked.order_by(*_NEWEST), newest)).all()[::-1]
        read = [(read_signal(body), incident_id) for body, incident_id in map(tuple, rows)]
        return [one for one, _ in read], {one.id: incident_id for one, incident_id in read if incident_id is not None}

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last signal with since <= occurred_at < until occurred; None when there is none."""
        asked = self._rows.select(table, table.c.occurred_at).where(
            table.c.occurred_at >= since, table.c.occurred_at < until, _COUNTS
        )
        first, last = (
            self._rows.run(page_of(asked.order_by(order), 1)).scalar()
            for order in (table.c.occurred_at, table.c.occurred_at.desc())
        )
        return None if first is None or last is None else (first, last)

    def recent(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        signal_type: SignalType | None = None,
        merchant_id: str | None = None,
    ) -> list[Signal]:
        """Newest first, for people."""
        return self._read(
            page_of(_narrow_query(self._bodies(), signal_type, merchant_id).order_by(*_NEWEST), limit, offset)
        )

    def count(
        self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False
    ) -> int:
        """How many there are."""
        asked = _narrow_query(self._rows.select(table, func.count(table.c.id)), signal_type, merchant_id)
        return self._number(asked.where(_UNSWEPT) if unswept else asked)

    def unswept(self, limit: int = 20_000) -> list[Signal]:
        """Signals no sweep has looked at, by (occurred_at, id)."""
        return self._read(page_of(self._bodies().where(_UNSWEPT).order_by(*_BY_TIME), limit))

    def mark_swept(self, assigned: Mapping[str, str | None]) -> None:
        """Note for each signal id the incident it joined; one that joined none keeps the incident of an
        earlier sweep.
        """
        groups: defaultdict[str | None, list[str]] = defaultdict(list)
        for signal_id, incident_id in assigned.items():
            groups[incident_id].append(signal_id)
        for incident_id, ids in groups.items():
            noted = (
                {"swept": True}
                if incident_id is None
                else {"swept": True, "incident_id": codec.clean_text(incident_id)}
            )
            self._rows.run(self._rows.update(table).where(self._these(ids)).values(**noted))

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        asked = self._bodies().where(table.c.incident_id == codec.clean_text(incident_id), _COUNTS).order_by(*_BY_TIME)
        return self._read(page_of(asked, limit))

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        asked = self._rows.select(table, func.count(table.c.id))
        return self._number(asked.where(table.c.incident_id == codec.clean_text(incident_id), _COUNTS))

    def incidents_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The incident that each of these joined, for those that joined one."""
        asked = self._rows.select(table, table.c.id, table.c.incident_id)
        joined = self._rows.run(asked.where(self._these(ids), table.c.incident_id.is_not(None)))
        return {row.id: row.incident_id for row in joined}

    def set_aside(self, reasons: Mapping[str, str], *, at: datetime) -> int:
        """Keep these out of every sweep and every computation, each for its reason; how many were not aside before."""
        went = 0
        for name, reason in reasons.items():
            one = self._rows.update(table).where(table.c.id == codec.clean_text(name), _COUNTS)
            noted = {"swept": True, "aside_at": at, "aside_reason": codec.clean_text(reason), "counted": False}
            went += self._rows.run(one.values(**noted)).rowcount
        return went

    def bring_back(self, ids: Sequence[str]) -> list[str]:
        """Let the next sweep look at these again, as if they had just come in; the ids of those that were aside."""
        waiting = self._rows.update(table).where(self._these(ids), table.c.aside_at.is_not(None))
        fresh = waiting.values(swept=False, aside_at=None, aside_reason=None, arrived=self._rows.now())
        return sorted(self._rows.run(fresh.returning(table.c.id)).scalars())

    def aside(self, limit: int = 500) -> list[SignalAside]:
        """Those that are set aside, the latest first."""
        asked = self._rows.select(table, table.c.body, table.c.aside_reason, table.c.aside_at).where(
            table.c.aside_at.is_not(None)
        )
        found = self._rows.run(page_of(asked.order_by(table.c.aside_at.desc(), table.c.id), limit))
        return [SignalAside(signal=read_signal(row.body), reason=row.aside_reason, at=row.aside_at) for row in found]

    def backlog(self) -> Backlog:
        """How much no sweep has looked at, and how long it has waited."""
        waited = self._rows.answer(
            self._rows.now() - self._rows.select(table, func.min(table.c.arrived)).where(_UNSWEPT).scalar_subquery()
        )
        oldest = self._rows.run(
            page_of(self._rows.select(table, table.c.occurred_at).where(_UNSWEPT).order_by(*_BY_TIME), 1)
        ).scalar()
        return Backlog(
            waiting=self.count(unswept=True),
            oldest_at=oldest,
            waited_seconds=max(waited or 0.0, 0.0),
            aside=self._number(self._rows.select(table, func.count(table.c.id)).where(table.c.aside_at.is_not(None))),
        )

    def swept_before(self, moment: datetime, *, after: Swept | None = None, limit: int) -> list[Swept]:
        """Signals from before a moment that a sweep has seen, but for those set aside, by (occurred_at, id), from
        behind one of them on.
        """
        asked = self._rows.select(table, table.c.id, table.c.occurred_at, table.c.incident_id)
        asked = asked.where(table.c.occurred_at < moment, table.c.swept.is_(true()), _COUNTS)
        if after is not None:
            beside = and_(table.c.occurred_at == after.occurred_at, table.c.id > after.id)
            asked = asked.where(
                table.c.occurred_at >= after.occurred_at, or_(table.c.occurred_at > after.occurred_at, beside)
            )
        return [
            Swept(row.id, row.occurred_at, row.incident_id)
            for row in self._rows.run(page_of(asked.order_by(*_BY_TIME), limit))
        ]

    def discard(self, ids: Sequence[str], *, of: str | None) -> int:
        """Delete those of these that a sweep has seen, that are not set aside, and that are of this incident, or of
        none; how many went.
        """
        theirs = table.c.incident_id.is_(None) if of is None else table.c.incident_id == codec.clean_text(of)
        doomed = self._rows.delete(table).where(self._these(ids), table.c.swept.is_(true()), _COUNTS, theirs)
        return self._rows.run(doomed).rowcount

    def _these(self, ids: Iterable[str]) -> ColumnElement[bool]:
        return self._rows.among(table.c.id, [codec.clean_text(signal_id) for signal_id in ids])

    def _bodies(self) -> Select[Any]:
        return self._rows.select(table, table.c.body)

    def _read(self, asked: Select[Any]) -> list[Signal]:
        return [read_signal(stored) for stored in self._rows.run(asked).scalars().all()]

    def _number(self, asked: Select[Any]) -> int:
        return int(self._rows.run(asked).scalar_one())


def _of_merchants(merchants: frozenset[str]) -> ColumnElement[bool]:
    """The filter by merchant, as far as one statement carries it; a longer list is filtered after reading."""
    return table.c.merchant_id.in_(sorted(merchants)) if len(merchants) <= MOST_NAMED else true()


def _narrow_query(asked: Select[Any], signal_type: SignalType | None, merchant_id: str | None) -> Select[Any]:
    if signal_type is not None:
        asked = asked.where(table.c.signal_type == signal_type.value)
    return asked if merchant_id is None else asked.where(table.c.merchant_id == codec.clean_text(merchant_id))
