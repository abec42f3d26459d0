"""Signals as the memory holds them: each decoded once, in the order of time, what a sweep noted about them beside them.

A pool is never changed: what adds to it makes another one that shares what stayed the same, so a view stands still for
nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from app.domain.base import JsonMapping, Severity, Stage, Untrusted
from app.domain.merchants import Plain
from app.domain.signals import Signal, SignalType, Swept, build_trusted
from app.store import codec
from app.store.memory.still import StillDict

Row = tuple[datetime, str, Signal]
"""When, the id, and the signal: rows sort as they stand, and ids are unique, so that two signals are never compared."""

SLOT = timedelta(minutes=5)
"""Signals of so much time lie together: adding to one slot leaves the others as they are."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=UTC)
MOST_FRESH = 4_096
"""So many of the newest ids are kept apart, since the index they lie in is copied with every addition."""
WIDEST = 2**63


_NOTHING = StillDict()
_KINDS: dict[str, frozenset[type]] = {
    **{
        name: frozenset({str})
        for name in (
            "id",
            "source",
            "merchant_id",
            "error_code",
            "endpoint",
            "topic",
            "payment_id",
            "order_id",
            "currency",
        )
    },
    **{name: frozenset({str}) for name in ("template", "level", "name", "ticket_id", "customer_id", "channel")},
    **{name: frozenset({Untrusted}) for name in ("error_message", "message", "subject", "body")},
    **{name: frozenset({int}) for name in ("attempt", "amount", "trials", "window_s", "wave")},
    **{name: frozenset({float}) for name in ("latency_ms", "value", "health")},
    **{name: frozenset({datetime}) for name in ("occurred_at", "received_at", "cutover_at")},
    "status": frozenset({int, str}),
    "signal_type": frozenset({SignalType}),
    "severity": frozenset({Severity}),
    "stage": frozenset({Stage}),
    "attributes": frozenset[type]((dict, StillDict)),
}
"""What each field holds when it was read from a database."""
_EVERY_FIELD = set(Signal.model_fields)
"""A database gives every field back; a copy of a signal has its own set."""


def as_read_back(signal: Signal) -> Signal:
    """The signal as a database would give it back: normalised text, time in UTC, members in order; nothing is shared
    with the caller.
    """
    fields = vars(signal)
    if not _stays_as_is(fields, signal.model_fields_set):
        fields = vars(codec.read_value(Signal, codec.to_body(codec.to_fields(signal))))
    given = fields["attributes"]
    kept = {**fields, "attributes": StillDict(sorted(given.items())) if given else _NOTHING}
    return build_trusted(Signal, kept, _EVERY_FIELD)


def _stays_as_is(fields: JsonMapping, named: Iterable[str]) -> bool:
    """Whether writing and reading would leave these fields as they are; most signals are so, and need not
    be written.
    """
    for name in named:
        value = fields[name]
        if value is not None and not (type(value) in _KINDS[name] and _AS_IT_IS[type(value)](value)):
            return False
    return True


def _plain_text(value: str) -> bool:
    return value.isascii() and "\x00" not in value


def _is_shared_constant(value: object) -> bool:
    """A member of an enumeration, a switch, or nothing."""
    return True


def _same_members(value: Mapping[str, Plain]) -> bool:
    return all(type(name) is str and _plain_text(name) and _plain_member(member) for name, member in value.items())


def _plain_member(member: object) -> bool:
    return type(member) in _MEMBERS and _AS_IT_IS[type(member)](member)


_MEMBERS = frozenset({str, int, float, bool, type(None)})
_AS_IT_IS: dict[type, Callable[[Any], bool]] = {
    **dict.fromkeys((str, Untrusted), _plain_text),
    **dict.fromkeys((SignalType, Severity, Stage, bool, type(None)), _is_shared_constant),
    **dict.fromkeys((dict, StillDict), _same_members),
    int: lambda value: -WIDEST < value < WIDEST,
    float: isfinite,
    datetime: lambda value: value.tzinfo is UTC,
}
"""How a value of each type is told to come back as it is."""


@dataclass(frozen=True)
class PoolPart:
    """The signals of one type in a slot, in order, with what they are asked for by: most are passed over without being
    looked at.
    """

    rows: tuple[Row, ...]
    signals: tuple[Signal, ...]
    merchants: tuple[str | None, ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "PoolPart":
        """Rows in order."""
        ordered = tuple(rows)
        signals = tuple([row[2] for row in ordered])
        return cls(ordered, signals, tuple([signal.merchant_id for signal in signals]))

    def between(
        self, since: datetime, until: datetime | None, merchants: frozenset[str] | None = None
    ) -> Sequence[Signal]:
        """Its signals with since <= occurred_at < until, of these merchants."""
        first = bisect_left(self.rows, (since,))
        last = len(self.rows) if until is None else bisect_left(self.rows, (until,))
        found = self.signals[first:last]
        if merchants is None:
            return found
        return [
            signal for signal, merchant in zip(found, self.merchants[first:last], strict=True) if merchant in merchants
        ]


@dataclass(frozen=True)
class Slot:
    """The signals of one stretch of time."""

    whole: PoolPart
    by_type: Mapping[str, PoolPart]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Slot":
        """Rows in any order."""
        ordered = sorted(rows)
        parts: dict[str, list[Row]] = {}
        for row in ordered:
            parts.setdefault(row[2].signal_type.value, []).append(row)
        return cls(PoolPart.of(ordered), {kind: PoolPart.of(found) for kind, found in parts.items()})


def _slot_of(moment: datetime) -> int:
    return (moment - EPOCH) // SLOT


@dataclass(frozen=True)
class Pool:
    """All signals of a tenant."""

    settled: Mapping[str, Row] = field(default_factory=dict)
    fresh: Mapping[str, Row] = field(default_factory=dict)
    slots: Mapping[int, Slot] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    """The numbers of the slots, in the order of time."""
    unswept: frozenset[str] = frozenset()
    incident_of: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """Incident to its signals, in order."""

    def __len__(self) -> int:
        return len(self.settled) + len(self.fresh)

    def row(self, signal_id: str) -> Row | None:
        """The row of an id."""
        return self.fresh.get(signal_id) or self.settled.get(signal_id)

    def between(self, since: datetime, until: datetime | None) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id)."""
        found: list[Signal] = []
        for slot in self._reaching(since, until):
            found += slot.whole.between(since, until)
        return found

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last of these occurred."""
        parts = [found for slot in self._reaching(since, until) if (found := slot.whole.between(since, until))]
        return (parts[0][0].occurred_at, parts[-1][-1].occurred_at) if parts else None

    def of_type(
        self, kind: SignalType, since: datetime, until: datetime | None, merchants: frozenset[str] | None
    ) -> list[Signal]:
        """The same of one type, and of these merchants."""
        found: list[Signal] = []
        for slot in self._reaching(since, until):
            part = slot.by_type.get(kind.value)
            if part:
                found += part.between(since, until, merchants)
        return found

    def _reaching(self, since: datetime, until: datetime | None) -> list[Slot]:
        """The slots that such a time touches, in order."""
        first = bisect_left(self.order, _slot_of(since))
        last = len(self.order) if until is None else bisect_right(self.order, _slot_of(until))
        return [self.slots[number] for number in self.order[first:last]]

    def newest_first(self) -> Iterator[Signal]:
        """All of them."""
        for number in reversed(self.order):
            yield from reversed(self.slots[number].whole.signals)

    def with_new(self, signals: Sequence[Signal]) -> tuple["Pool", list[bool]]:
        """The pool with these, each id once, and for each whether it was new."""
        added: dict[str, Row] = {}
        flags = []
        for given in signals:
            name = given.id if given.id.isascii() and "\x00" not in given.id else codec.clean_text(given.id)
            flags.append(name not in added and self.row(name) is None)
            if flags[-1]:
                kept = as_read_back(given)
                added[name] = (kept.occurred_at, name, kept)
        return self._with(added) if added else self, flags

    def _with(self, added: Mapping[str, Row]) -> "Pool":
        parts: dict[int, list[Row]] = {}
        for row in added.values():
            parts.setdefault(_slot_of(row[0]), []).append(row)
        slots = {**self.slots}
        for number, rows in parts.items():
            slots[number] = Slot.of([*(slots[number].whole.rows if number in slots else ()), *rows])
        settled, fresh = self.settled, {**self.fresh, **added}
        if len(fresh) > MOST_FRESH:
            settled, fresh = {**settled, **fresh}, {}
        order = self.order if len(slots) == len(self.order) else tuple(sorted(slots))
        return replace(self, settled=settled, fresh=fresh, slots=slots, order=order, unswept=self.unswept.union(added))

    def with_noted(self, assigned: Mapping[str, str | None]) -> "Pool":
        """The pool after a sweep saw these; those with an incident joined it."""
        seen = {name for name in assigned if self.row(name) is not None}
        moved = {
            name: to
            for name, to in assigned.items()
            if to is not None and name in seen and self.incident_of.get(name) != to
        }
        unswept = self.unswept - seen if seen else self.unswept
        return (
            replace(self, unswept=unswept, incident_of={**self.incident_of, **moved}, joined=self._joined(moved))
            if moved
            else replace(self, unswept=unswept)
        )

    def _joined(self, moved: Mapping[str, str]) -> Mapping[str, tuple[Row, ...]]:
        left = {self.incident_of[name] for name in moved if name in self.incident_of}
        joined = {**self.joined, **{one: tuple(row for row in self.joined[one] if row[1] not in moved) for one in left}}
        coming: dict[str, list[Row]] = {}
        for name, to in moved.items():
            row = self.row(name)
            if row is not None:
                coming.setdefault(to, []).append(row)
        return {**joined, **{to: tuple(sorted([*joined.get(to, ()), *rows])) for to, rows in coming.items()}}

    def swept_before(self, moment: datetime, after: Swept | None) -> Iterator[Swept]:
        """What a sweep saw of the time before a moment, in order, from behind one of them on."""
        first = EARLIEST if after is None else after.occurred_at
        for slot in self._reaching(first, moment):
            for at, name, _ in slot.whole.rows:
                if (
                    at < moment
                    and name not in self.unswept
                    and (after is None or (at, name) > (after.occurred_at, after.id))
                ):
                    yield Swept(name, at, self.incident_of.get(name))

    def without(self, names: Iterable[str]) -> "Pool":
        """The pool without those of these that a sweep saw."""
        gone = {name: row for name in names if name not in self.unswept and (row := self.row(name)) is not None}
        if not gone:
            return self
        slots = {**self.slots}
        for number in {_slot_of(row[0]) for row in gone.values()}:
            kept = [row for row in slots.pop(number).whole.rows if row[1] not in gone]
            if kept:
                slots[number] = Slot.of(kept)
        left = {self.incident_of[name] for name in gone if name in self.incident_of}
        return replace(
            self,
            settled={name: row for name, row in (*self.settled.items(), *self.fresh.items()) if name not in gone},
            fresh={},
            slots=slots,
            order=tuple(sorted(slots)),
            incident_of={name: to for name, to in self.incident_of.items() if name not in gone},
            joined={
                **self.joined,
                **{one: tuple(row for row in self.joined[one] if row[1] not in gone) for one in left},
            },
        )


EMPTY = Pool()
