"""What a signal counts for: which streams of events it belongs to, and what one event is.

A stream is a family and a mechanism. Spellings of versions are no part of a mechanism, severities neither. One failure
of one visitor is one event however often it is told: retries are no evidence. What a reader remembers is bounded and
only spares counting something twice; it may be lost at any time.
"""

import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, NamedTuple

from app.config.vocabulary import Vocabulary
from app.domain.base import Severity
from app.domain.rollups import SLOT_SECONDS, Cell
from app.domain.signals import Signal, SignalType
from app.expect.families import TROUBLED, UNTROUBLED
from app.expect.judge import KNOWN, SERIOUS
from app.observe.groups import TROUBLED_LEVELS, code_of, is_failure
from app.observe.line_names import NAME_LENGTH, LineNames
from app.observe.measures import Row, read_metric
from app.observe.reconciliation import TAKEN, payment_state
from app.observe.routes import endpoint_of
from app.observe.scanners import is_probe
from app.observe.speeds import RouteSpeeds
from app.observe.symptoms import is_trouble, spoken_symptoms
from app.observe.words import template_of

ERRORS: Final = "errors"
LOGS: Final = "logs"
SLOW: Final = "slow"
DECLINED: Final = "declined"
TICKETS: Final = "tickets"
ABSENT: Final = "absent"
PAYMENT_ORDER: Final = "payment>order"
"""A payment that took money awaits its order."""
UNANSWERED: Final = f"{ABSENT}|{PAYMENT_ORDER}"
"""Payments without an order, of all payments."""
ANSWERED_LATE: Final = f"late|{PAYMENT_ORDER}"
"""Of these, those whose order came after all."""
DOUBLED: Final = f"doubled|{PAYMENT_ORDER}"
"""Orders for a payment that had made one already."""
DONE: Final = "done"
"""What went well: calls by route, deliveries by topic, payments, orders."""
WELL: Final = "well"
"""Of the failures of a stream that named a visitor, those whose visitor still came through."""
REMEMBERED: Final = 50_000
SECOND_TRY: Final = 30 * 60
"""Seconds within which a visitor who failed may still come through."""
_VERSION = re.compile(r"^(?:v\d+(?:\.\d+)*|20\d\d-[01]\d(?:-[0-3]\d)?)$")
_DECLINES = frozenset({"declined", "failed", "refused", "rejected", "denied", "error"})


class _Failure(NamedTuple):
    """A failure whose visitor may still come through."""

    at: float
    slot: int
    merchant: str
    stream: str
    ends_by: str
    """What would show it: a payment or an order, or a delivery of the same topic."""


class StreamReader:
    """Reads signals into cells; remembers lately counted failures, so that what is told again counts once. `words` are
    those of the tenant's domain.
    """

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._counted: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._failed: OrderedDict[tuple[str, str], list[_Failure]] = OrderedDict()
        self._speeds = RouteSpeeds()
        self._ordered: OrderedDict[str, str] = OrderedDict()
        """By payment, the order that it made."""

    def read(self, signals: Iterable[Signal]) -> list[Cell]:
        """The cells of these signals, added up."""
        found: dict[tuple[int, str, str], list[float]] = {}
        for signal in signals:
            for slot, stream, count, exposure, value in self._count(signal):
                cell = found.setdefault((slot, signal.merchant_id or "", stream), [0.0, 0.0, 0.0])
                cell[0] += count
                cell[1] += exposure
                cell[2] += value
        return [Cell(slot, merchant, stream, *sums) for (slot, merchant, stream), sums in found.items()]

    def take_back(self, signals: Iterable[Signal]) -> list[Cell]:
        """What makes up for the cells of these: they are as good as never told, and count anew if told again."""
        known = list(signals)
        for signal in known:
            if is_failure(signal) or signal.signal_type is SignalType.LOG:
                self._counted.pop(self._event_of(signal), None)
        return [
            Cell(cell.slot, cell.merchant, cell.stream, -cell.count, -cell.exposure, -cell.value)
            for cell in StreamReader(self._words).read(known)
        ]

    def _count(self, signal: Signal) -> list[Row]:
        at = signal.occurred_at.timestamp()
        slot, kind = int(at // SLOT_SECONDS), signal.signal_type
        if kind is SignalType.KPI:
            return read_metric(signal, at, self._words)
        if kind is SignalType.TICKET:
            return [(slot, stream, 1.0, 0.0, 0.0) for stream in ticket_streams(signal.text(), self._words)]
        if kind is SignalType.MIGRATION_UPDATE or is_probe(signal):
            return []
        rows: list[Row] = []
        visitor = visitor_of(signal, self._words)
        if is_failure(signal) or kind is SignalType.LOG:
            rows += self._count_failure(signal, at, slot, visitor)
        elif kind is SignalType.API_CALL:
            route = plain_route(signal.place)
            rows.append((slot, f"call|{route}", 1.0, 0.0, 0.0))
            if signal.latency_ms is not None:
                rows.append(
                    (slot, f"{SLOW}|{route}", float(self._speeds.is_slow(route, signal.latency_ms, slot)), 1.0, 0.0)
                )
        elif kind is SignalType.WEBHOOK_DELIVERY:
            rows.append((slot, f"{DONE}|hook|{signal.topic or plain_route(signal.place)}", 1.0, 0.0, 0.0))
            rows += self._came_through(visitor, f"hook|{signal.topic or ''}", at, signal.merchant_id or "")
        elif kind is SignalType.PAYMENT:
            rows += self._count_payment(signal, at, slot, visitor)
        elif kind is SignalType.ORDER and str(signal.status or "").lower() not in _RETURNS:
            rows.append((slot, f"{DONE}|order", 1.0, 0.0, float(signal.amount or 0)))
            rows += self._count_doubled(signal, slot)
            rows += self._came_through(visitor, "buys", at, signal.merchant_id or "")
        return rows

    def _count_payment(self, signal: Signal, at: float, slot: int, visitor: str) -> list[Row]:
        state = payment_state(signal.status)
        if state in _DECLINES:
            return [(slot, DECLINED, 1.0, 1.0, 0.0)]
        if state not in TAKEN:
            return []
        return [
            (slot, f"{DONE}|payment", 1.0, 0.0, float(signal.amount or 0)),
            (slot, DECLINED, 0.0, 1.0, 0.0),
            (slot, UNANSWERED, 0.0, 1.0, 0.0),
        ]

    def _count_doubled(self, signal: Signal, slot: int) -> list[Row]:
        """One payment makes one order, however often that is told."""
        if not signal.payment_id or not signal.order_id:
            return []
        key = f"{signal.merchant_id}|{signal.payment_id}"
        known = self._ordered.setdefault(key, signal.order_id)
        if len(self._ordered) > REMEMBERED:
            self._ordered.popitem(last=False)
        return [(slot, DOUBLED, 1.0, 0.0, float(signal.amount or 0))] if known != signal.order_id else []

    def _count_failure(self, signal: Signal, at: float, slot: int, visitor: str) -> list[Row]:
        merchant, stream = signal.merchant_id or "", failure_stream(signal)
        if self._was_counted(self._event_of(signal)):
            return []
        if visitor and stream.startswith(ERRORS):
            ends_by = f"hook|{signal.topic or ''}" if stream.startswith(f"{ERRORS}|hook") else "buys"
            self._failed.setdefault((merchant, visitor), []).append(_Failure(at, slot, merchant, stream, ends_by))
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)
        return [(slot, stream, 1.0, 0.0, float(bool(visitor)))]

    def _came_through(self, visitor: str, how: str, at: float, merchant: str) -> list[Row]:
        failures = self._failed.get((merchant, visitor)) if visitor else None
        if not failures:
            return []
        well = [one for one in failures if one.ends_by == how and -60 <= at - one.at <= SECOND_TRY]
        if not well:
            return []
        left = [one for one in failures if one not in well]
        if left:
            self._failed[merchant, visitor] = left
        else:
            del self._failed[merchant, visitor]
        return [(one.slot, f"{WELL}|{one.stream}", 1.0, 0.0, 0.0) for one in well]

    def _event_of(self, signal: Signal) -> tuple[str, str, str]:
        """What makes two reports one failure: stream, merchant, and the visitor or else the minute."""
        minute = str(int(signal.occurred_at.timestamp() // 60))
        return failure_stream(signal), signal.merchant_id or "", visitor_of(signal, self._words) or minute

    def _was_counted(self, key: tuple[str, str, str]) -> bool:
        if key in self._counted:
            return True
        self._counted[key] = None
        if len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return False


class Readers:
    """The readers of this process, one for each tenant, and what it has learnt of its lines."""

    def __init__(self) -> None:
        self._held: dict[str, StreamReader] = {}
        self._lines: dict[str, LineNames] = {}
        self._own_names: dict[str, Mapping[str, frozenset[str]]] = {}

    def of(self, tenant_id: str, words: Vocabulary) -> StreamReader:
        """The reader of a tenant, whose domain has these words."""
        if tenant_id not in self._held:
            self._held[tenant_id] = StreamReader(words)
        return self._held[tenant_id]

    def lines_of(self, tenant_id: str) -> LineNames:
        """The names of a tenant's lines, as far as this process knows them."""
        return self._lines.setdefault(tenant_id, LineNames())

    def keep_lines(self, tenant_id: str, names: LineNames) -> None:
        """Go on from what another process has learnt."""
        self._lines[tenant_id] = names

    def own_names_of(self, tenant_id: str) -> Mapping[str, frozenset[str]]:
        """What names each merchant of a tenant in addresses, as far as this process knows."""
        return self._own_names.get(tenant_id, {})

    def keep_own_names(self, tenant_id: str, names: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
        """Go on from what the directory says."""
        self._own_names[tenant_id] = names
        return names

    def forget_own_names(self, tenant_id: str) -> None:
        """Ask the directory anew."""
        self._own_names.pop(tenant_id, None)

    @contextmanager
    def keeping(self, tenant_id: str) -> Iterator[None]:
        """What is counted in here is kept with it; when it is not, nothing was counted."""
        try:
            yield
        except BaseException:
            self._held.pop(tenant_id, None)
            self._lines.pop(tenant_id, None)
            raise


_RETURNS = frozenset({"refunded", "refund", "cancelled", "canceled", "voided", "returned", "partially_refunded"})


def failure_stream(signal: Signal) -> str:
    """The stream of something that failed, or of a line in a log."""
    if signal.signal_type is SignalType.LOG:
        level = (signal.level or "info").lower()
        how = code_of(signal) or signal.template or template_of(signal.message or "", NAME_LENGTH)
        return f"{LOGS}|{signal.source}|{'loud' if level in TROUBLED_LEVELS else 'quiet'}|{how}"
    hook = signal.signal_type in (SignalType.WEBHOOK_FAILURE, SignalType.WEBHOOK_DELIVERY)
    how = code_of(signal) or (str(signal.status) if signal.status is not None else "") or signal.template or ""
    if not how:
        how = template_of(signal.error_message, NAME_LENGTH) if signal.error_message else "-"
    return _failure_stream("hook" if hook else "call", signal.place or "", how)


@lru_cache(maxsize=8192)
def _failure_stream(kind: str, endpoint: str, how: str) -> str:
    return f"{ERRORS}|{kind}|{plain_route(endpoint)}|{how}"


def weigh_streams(failures: Iterable[Signal], known_codes: Collection[str]) -> dict[str, float]:
    """What speaks for the harm of the streams of these failures before any is seen: that their senders call them
    serious, and that they carry a code which is known.
    """
    found: dict[str, float] = {}
    for one in failures:
        serious = SERIOUS if one.severity.rank >= Severity.MEDIUM.rank else 0.0
        known = KNOWN if one.error_code in known_codes else 0.0
        stream = failure_stream(one)
        found[stream] = max(found.get(stream, 0.0), serious + known)
    return found


@lru_cache(maxsize=8192)
def plain_route(endpoint: str | None) -> str:
    """The route without what looks like a version."""
    parts = endpoint_of(endpoint).split("/")
    return "/".join("*" if _VERSION.match(part) else part for part in parts)


def visitor_of(signal: Signal, words: Vocabulary) -> str:
    """Whoever tried, as far as the sender says so under one of the names that the domain knows."""
    return next((str(value) for name, value in signal.attributes.items() if value and words.names_visitor(name)), "")


@lru_cache(maxsize=4096)
def ticket_streams(text: str, words: Vocabulary) -> Sequence[str]:
    """The streams of a message: one for each symptom it tells of; those that tell of none are two streams."""
    symptoms = spoken_symptoms(text, words)
    if symptoms:
        return tuple(f"{TICKETS}|{name}" for name in sorted(symptoms))
    return (TROUBLED if is_trouble(text, words) else UNTROUBLED,)
