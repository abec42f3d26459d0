"""One merchant in one slot of five minutes: what it reports, when that arrives, and what really happened meanwhile."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from struct import Struct
from typing import Any, Final, NamedTuple, Protocol

from app.domain.base import Severity, Stage
from app.domain.signals import SignalType, build_trusted
from app.schemas.signals import IncomingSignal
from simulations.scenario import ErrorSpec, Withheld
from simulations.world.planted_faults import Course, Trouble
from simulations.world.population import DAY_MS, EPOCH, HOUR_MS, MINUTE_MS, Inhabitant
from simulations.world.seeded_random import Draws
from simulations.world.ticket_text import write_complaint
from simulations.world.truth import NOBODY

SLOT_MS: Final = 5 * MINUTE_MS
SLOTS_AN_HOUR: Final = HOUR_MS // SLOT_MS
SLOTS_A_DAY: Final = DAY_MS // SLOT_MS
REACH: Final = 96
"""How many slots after it happened something may still arrive: tickets, refunds and second copies are that late at
most.
"""
_LATEST_MS: Final = (REACH - 2) * SLOT_MS

_BLANK: Final[dict[str, Any]] = {
    name: spec.get_default(call_default_factory=True) for name, spec in IncomingSignal.model_fields.items()
}
_LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrtvw")
_SIX: Final = Struct(">6Q")
_WHOLE: Final = 2.0**64
_DELIVERIES: Final = frozenset({SignalType.WEBHOOK_DELIVERY, SignalType.ORDER})


def signal_of(fields: dict[str, Any]) -> IncomingSignal:
    """A signal from fields that have their final types already.

    A test holds what is built here against the same fields put through the model.
    """
    whole = _BLANK.copy()
    whole["attributes"] = {}
    whole.update(fields)
    return build_trusted(IncomingSignal, whole, set(fields))


class Entry(NamedTuple):
    """A signal with the moment it arrives; the slot is the one that caused it."""

    arrives_ms: int
    event_id: str
    slot: int
    signal: IncomingSignal


class Touched(NamedTuple):
    """One affected event."""

    ms: int
    number: int
    merchant_id: str


class Lost(NamedTuple):
    """One order that did not happen, or was paid without one."""

    ms: int
    number: int
    currency: str
    amount: int


class Blamed(NamedTuple):
    """A signal that a fault brought about."""

    signal: IncomingSignal
    number: int


@dataclass(slots=True)
class Tally:
    """What really happened in one slot."""

    touched: list[Touched] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    wrote: list[Touched] = field(default_factory=list)
    blamed: list[Blamed] = field(default_factory=list)
    finished: dict[str, tuple[int, int]] = field(default_factory=dict)
    tried: dict[int, int] = field(default_factory=dict)
    traces: dict[tuple[int, str], int] = field(default_factory=dict)
    """By fault: who set out while it was there, and affected events that left a trace in a stream."""


class Hit(NamedTuple):
    """Where a fault met somebody."""

    trouble: Trouble
    error: ErrorSpec
    at: int
    level: float
    key: str


@dataclass(slots=True)
class Walk:
    """How far one attempt came."""

    hits: list[Hit]
    stopped: int | None = None

    def loses(self) -> bool:
        """Whether the money is taken and no order follows."""
        return any(hit.error.loses_order for hit in self.hits)


class Home(Protocol):
    """What a beat knows of the platform it belongs to."""

    seed: int
    origin_ms: int
    late: float
    twice: float
    domain: str
    lost_sessions: float
    withheld: frozenset[Withheld]
    symptoms: tuple[str, ...]

    def stage_of(self, who: Inhabitant, ms: int) -> Stage:
        """Where a merchant stands in the migration at a moment."""
        ...


class Beat:
    """One merchant in one slot."""

    __slots__ = ("courses", "entries", "home", "loud", "prefix", "silence", "slot", "stage", "start", "tally", "who")

    def __init__(
        self, home: Home, who: Inhabitant, slot: int, courses: Sequence[Course], entries: list[Entry], tally: Tally
    ) -> None:
        self.home, self.who, self.slot, self.courses, self.entries, self.tally = (
            home,
            who,
            slot,
            courses,
            entries,
            tally,
        )
        self.start = home.origin_ms + slot * SLOT_MS
        self.prefix = f"{home.seed}|{who.id}|{slot}|"
        self.stage = home.stage_of(who, self.start)
        self.silence: Sequence[Course] = (
            [course for course in courses if course.trouble.effects.silence] if courses else ()
        )
        self.loud: Sequence[Course] = [course for course in courses if course.trouble.effects.errors] if courses else ()

    def lots(self) -> tuple[bytes, tuple[float, ...]]:
        """Bytes to name the slot's sample by, and the numbers by which it is decided how much happens in it."""
        block = hashlib.blake2b(self.prefix.encode()).digest()
        return block[48:], tuple([lot / _WHOLE for lot in _SIX.unpack_from(block)])

    def draws(self, *key: str | int) -> Draws:
        """A stream of this merchant and slot."""
        return Draws(self.home.seed, self.who.id, self.slot, *key)

    def letters(self, key: str) -> str:
        """A reference number without digits, so that nobody takes it for a card."""
        return hashlib.blake2b((self.prefix + key).encode(), digest_size=6).hexdigest().translate(_LETTERS).upper()

    def tell(
        self,
        kind: SignalType,
        source: str,
        at: int,
        key: str,
        fields: dict[str, Any],
        severity: Severity = Severity.INFO,
        number: int = NOBODY,
        name: bytes = b"",
    ) -> None:
        """Report something, now and then late or twice, unless a fault keeps it from being reported."""
        if self.silence and self._silenced(kind, at, key):
            return
        name = name or hashlib.blake2b((self.prefix + key).encode(), digest_size=16).digest()
        if name[0] * 256 + name[1] < self.home.lost_sessions:
            fields.pop("attributes", None)
        if self.home.withheld:
            severity = self._withhold(fields, severity)
        event_id = fields.get("event_id") or name[:10].hex().translate(_LETTERS)
        fields["signal_type"], fields["source"], fields["severity"], fields["event_id"] = (
            kind,
            source,
            severity,
            event_id,
        )
        fields["merchant_id"], fields["occurred_at"] = self.who.id, EPOCH + timedelta(milliseconds=at)
        fields.setdefault("stage", self.stage)
        signal = signal_of(fields)
        late, twice = name[10] * 256 + name[11], name[13] * 256 + name[14]
        if late < self.home.late and kind in _DELIVERIES:
            at += 3 * MINUTE_MS + name[12] * 10_000
        self.entries.append(Entry(at, event_id, self.slot, signal))
        if twice < self.home.twice:
            self.entries.append(Entry(at + 2_000 + name[15] * 2_000, event_id, self.slot, signal))
        if number != NOBODY:
            self.tally.blamed.append(Blamed(signal, number))

    def _withhold(self, fields: dict[str, Any], severity: Severity) -> Severity:
        if "codes" in self.home.withheld:
            fields.pop("error_code", None)
        return Severity.INFO if "severities" in self.home.withheld else severity

    def _silenced(self, kind: SignalType, at: int, key: str) -> bool:
        for course in self.silence:
            if kind in course.trouble.silence and course.level(at) > 0:
                self.touch(course.trouble, at, f"mute.{key}")
                self.trace(course.trouble, "absences")
                return True
        return False

    def trace(self, trouble: Trouble, stream: str) -> None:
        """An affected event that shows in a stream."""
        if trouble.number != NOBODY:
            place = (trouble.number, stream)
            self.tally.traces[place] = self.tally.traces.get(place, 0) + 1

    def touch(self, trouble: Trouble, at: int, key: str, facts: Mapping[str, str] | None = None) -> None:
        """Somebody ran into it: it counts, and a few of them write."""
        if trouble.number != NOBODY:
            self.tally.touched.append(Touched(at, trouble.number, self.who.id))
        told = trouble.tickets
        if told is None or not self.who.writes:
            return
        draws = self.draws("writes", trouble.index, key)
        if draws.happens(told.rate):
            self._complain(trouble, at, key, draws, facts or {})

    def _complain(self, trouble: Trouble, at: int, key: str, draws: Draws, facts: Mapping[str, str]) -> None:
        told = trouble.tickets
        assert told is not None
        language = "en" if draws.happens(0.12) else self.who.language
        code = next((error.code for error in trouble.effects.errors if error.code), "")
        known = {
            "product": draws.choice(self.who.products),
            "shop": self.who.name,
            "code": code if draws.happens(0.25) else "",
            **facts,
        }
        named = told.phrases.get(language) or told.phrases.get("en") or ()  # type: ignore[call-overload]
        elsewhere = draws.happens(0.12)
        symptom = draws.choice(self.home.symptoms) if elsewhere else told.symptom
        words = write_complaint(
            symptom, language, draws, facts=known, phrases=() if elsewhere else named, domain=self.home.domain
        )
        later = at + min(_LATEST_MS - SLOT_MS, round(draws.skewed(24.0, 0.9) * MINUTE_MS) + 2 * MINUTE_MS)
        if trouble.number != NOBODY:
            self.tally.wrote.append(Touched(later, trouble.number, self.who.id))
        self.ticket(later, f"{trouble.index}.{key}", words, draws, trouble.blame)

    def ticket(self, at: int, key: str, words: tuple[str, str], draws: Draws, number: int = NOBODY) -> None:
        """What somebody wrote."""
        lot = draws.uniform()
        severity = Severity.MEDIUM if lot < 0.55 else Severity.LOW if lot < 0.92 else Severity.HIGH
        reference = f"TCK-{self.letters(f'ticket.{key}')}"
        names = {"event_id": reference, "ticket_id": reference, "customer_id": f"CUS-{self.letters(f'customer.{key}')}"}
        said = {"channel": draws.choice(("email", "chat", "form")), "subject": words[0], "body": words[1]}
        self.tell(SignalType.TICKET, "helpdesk", at, f"ticket.{key}", {**names, **said}, severity, number)
