"""What was seen around an action: failures and signs of life of the treated merchants and of the others, before it and
after it.

A failure that one visitor meets again and again is one failure: retries are no evidence.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from app.domain.dossier_facts import Selector
from app.domain.receipts import Measure
from app.domain.signals import Signal, SignalType
from app.observe.reconciliation import RETURNED, TAKEN
from app.observe.routes import endpoint_of
from app.observe.told_again import has_failed
from app.verify.chance import at_most_again

SHORTEST_BEFORE: Final = timedelta(minutes=5)
CLUMP: Final = timedelta(minutes=5)
"""What comes within so long of each other may be one thing, such as one run of a job."""
ENOUGH: Final = 3.0
ENOUGH_OF_ONE: Final = 5.0
LEAST_TRAFFIC: Final = 0.2
TRAFFIC_BOUNDS: Final = (0.1, 3.0)
AUTHORISED: Final = frozenset({"authorized", "authorised", "approved"})
PAID: Final = TAKEN | AUTHORISED
Signals = Sequence[Signal]
FLOWS: Final = {
    SignalType.PAYMENT: "payments",
    SignalType.ORDER: "orders",
    SignalType.API_CALL: "calls",
    SignalType.WEBHOOK_DELIVERY: "webhook deliveries",
}
"""What shoppers and systems do by themselves, by what people call it; a measurement such as a KPI is a sign of life but
no flow.
"""


def selector_matches(selector: Selector, signal: Signal) -> bool:
    """Whether a forecast counts this signal; an empty list in the selector leaves that field open."""
    return (
        signal.is_error
        and (not selector.signal_types or signal.signal_type.value in selector.signal_types)
        and (not selector.error_codes or signal.error_code in selector.error_codes)
        and (not selector.endpoints or signal.place in selector.endpoints)
        and (not selector.statuses or signal.status in selector.statuses)
    )


def is_sound(signal: Signal) -> bool:
    """Whether it reports something that succeeded; only this is a sign of life, since a declined payment shows no
    recovery.
    """
    if signal.signal_type in (SignalType.API_CALL, SignalType.WEBHOOK_DELIVERY):
        return isinstance(signal.status, int) and signal.status < 400
    if signal.signal_type is SignalType.PAYMENT:
        return _status_word(signal) in PAID
    if signal.signal_type is SignalType.ORDER:
        return _status_word(signal) not in RETURNED
    return signal.signal_type is SignalType.KPI and (signal.trials or 0) > 0 and (signal.value or 0.0) > 0


def _status_word(signal: Signal) -> str:
    return str(signal.status if signal.status is not None else "").strip().lower()


UsualShares = Mapping[SignalType | None, float]
"""How much of what went well before still comes to those who were not treated: of each kind, and (None) of all."""


class Flow(NamedTuple):
    """What went well of one kind: so much before, so much to be expected after by that, and so much that came."""

    before: int
    expected: float
    came: int
    clumps: float
    """So many come at once."""

    def is_missing(self, doubt: float, usual: float) -> bool:
        """Whether so little came of it that neither chance explains it nor that less came to others, too: to them came
        that `usual` share of what came before.
        """
        expected = self.expected * usual
        rare = expected >= ENOUGH_OF_ONE and self.came < LEAST_TRAFFIC * expected
        came, before = int(self.came / self.clumps), int(self.before / self.clumps)
        return rare and at_most_again(came, before, expected / self.clumps) < doubt


@dataclass(frozen=True)
class MerchantDelta:
    """One treated merchant: what failed (as selected, and otherwise at the same endpoints) and what went well."""

    merchant: str
    since: datetime
    """From when its failures are counted."""
    before: int
    expected: float
    seen: int
    others_before: int
    others_expected: float
    others_seen: int
    life: Flow
    flows: Mapping[SignalType, Flow]

    @property
    def known(self) -> int:
        """How many failures tell the pace: the first one only set the start of the count."""
        return max(self.before - 1, 0)

    def is_silent(self, doubt: float, usual: "UsualShares") -> bool:
        """Whether something was to be heard of this merchant, and nothing (or far too little of one kind) went well."""
        return (not self.life.came and self.life.is_missing(doubt, usual[None])) or any(
            flow.is_missing(doubt, usual[kind]) for kind, flow in self.flows.items()
        )


class BeforeAfter:
    """The signals around one action, divided by whose they are and by side.

    Failures may be counted from `counted_since`, further back than what went well: a rare one has no pace in an hour.
    """

    def __init__(
        self,
        selector: Selector,
        signals: Sequence[Signal],
        treated: frozenset[str],
        start: datetime,
        acted_at: datetime,
        until: datetime,
        counted_since: datetime | None = None,
        settled_at: datetime | None = None,
    ) -> None:
        self.start, self.acted_at, self.until = start, acted_at, until
        self.settled_at = settled_at or acted_at
        self.counted_since = min(start, counted_since or start)
        counted = [signal for signal in signals if self.counted_since <= signal.occurred_at < until]
        selected = [signal for signal in counted if selector_matches(selector, signal)]
        inside = [signal for signal in counted if signal.occurred_at >= start]
        mine = [signal for signal in inside if signal.merchant_id in treated]
        others = [signal for signal in inside if signal.merchant_id not in treated]
        self.cases = [signal for signal in selected if signal.merchant_id in treated]
        self.controls = [signal for signal in selected if signal.merchant_id not in treated]
        carriers = {signal.merchant_id for signal in self.controls if signal.occurred_at < acted_at}
        sound = [signal for signal in others if is_sound(signal)]
        self.life_beside = [signal for signal in sound if signal.merchant_id in carriers]
        self.usual: UsualShares = {
            kind: self._share_still_coming([one for one in sound if kind in (None, one.signal_type)])
            for kind in (None, *FLOWS)
        }
        self.neighbours = len({signal.merchant_id for signal in others if signal.merchant_id})
        self.places = {
            endpoint_of(place) for place in (selector.endpoints or [signal.place for signal in self.cases]) if place
        }
        known = {id(signal) for signal in self.cases}
        own = _by_merchant(signal for signal in mine if id(signal) not in known and has_failed(signal))
        life, errors = _by_merchant(filter(is_sound, mine)), _by_merchant(self.cases)
        self.ours = [self._case(one, own[one], life[one], errors[one]) for one in sorted(treated)]

    @property
    def minutes(self) -> float:
        """How long it was watched for failures afterwards."""
        return max((self.until - self.settled_at).total_seconds() / 60, 0.0)

    def onset(self, errors: Iterable[Signal]) -> datetime:
        """Since when these failures count as there: from the first of them, so that a young fault is not thinned by the
        quiet before it.
        """
        since = self.counted_since
        first = min((signal.occurred_at for signal in errors if signal.occurred_at < self.acted_at), default=since)
        return max(since, min(first, self.acted_at - SHORTEST_BEFORE))

    def sides(self, counted: Sequence[Signal], since: datetime) -> tuple[Measure, Measure]:
        """The rates of these signals before the action and after it."""
        earlier = sum(1 for signal in counted if since <= signal.occurred_at < self.acted_at)
        later = sum(1 for signal in counted if signal.occurred_at >= self.acted_at)
        return measure_rate(earlier, since, self.acted_at), measure_rate(later, self.settled_at, self.until)

    def _case(self, name: str, failed: Signals, life: Signals, errors: Signals) -> MerchantDelta:
        """One of the treated, by what failed of its own but for the errors that were selected, and what went well."""
        others = [signal for signal in failed if endpoint_of(signal.place) in self.places]
        since = self.onset(errors)
        recent = [signal for signal in errors if signal.occurred_at >= self.start]
        other = self._ahead(others, max(since, self.start))
        return MerchantDelta(
            merchant=name,
            since=since,
            before=(before := sum(1 for signal in errors if signal.occurred_at < self.acted_at)),
            expected=self.expect_again(before, since),
            seen=len(errors) - before,
            others_before=other.before,
            others_expected=other.expected,
            others_seen=other.came,
            life=self._ahead([*life, *recent], self.start)._replace(came=self._ahead(life, self.start).came),
            flows={kind: self._ahead([one for one in life if one.signal_type is kind], self.start) for kind in FLOWS},
        )

    def expect_again(self, before: int, since: datetime) -> float:
        """Failures to expect if nothing changes. The first one set the start of the count, so it says nothing about the
        pace.
        """
        return max(before - 1, 0) * self.minutes / minutes_between(since, self.acted_at) if before else 0.0

    def _ahead(self, counted: Sequence[Signal], since: datetime) -> Flow:
        if not counted:
            return Flow(before=0, expected=0.0, came=0, clumps=1.0)
        earlier = [signal.occurred_at for signal in counted if since <= signal.occurred_at < self.acted_at]
        return Flow(
            before=len(earlier),
            expected=len(earlier) * self.minutes / minutes_between(since, self.acted_at),
            came=sum(1 for signal in counted if signal.occurred_at >= self.acted_at),
            clumps=measure_clumps(earlier, since, self.acted_at),
        )

    def _share_still_coming(self, sound: Sequence[Signal]) -> float:
        """At night less comes to everybody; that more comes elsewhere says nothing of the treated."""
        flow = self._ahead(sound, self.start)
        return min((flow.came + 1) / (flow.expected + 1), 1.0)

    def count_after(self, merchants: Collection[str]) -> int:
        """Selected failures of some of the untreated since the action."""
        return sum(one.merchant_id in merchants and one.occurred_at >= self.acted_at for one in self.controls)

    def failed_before(self, merchants: Collection[str]) -> frozenset[str]:
        """Which of the untreated had selected failures before the action."""
        return frozenset(merchants) & {one.merchant_id for one in self.controls if one.occurred_at < self.acted_at}

    def living_beside(self) -> tuple[int, float]:
        """Signs of life of the untreated that had such failures: how many came, and which share of the usual that is,
        at most all of it. Who falls silent has not recovered.
        """
        beside = self._ahead(self.life_beside, self.start)
        return beside.came, min((beside.came + 1) / (beside.expected + 1), 1.0)

    def life(self) -> Flow:
        """Everything that went well at all treated, of what was to be expected by what went well and what failed."""
        return _add_up([case.life for case in self.ours])

    def flows(self) -> dict[SignalType, Flow]:
        """Of every kind that had traffic worth the name: how much was to be expected of all treated, and
        how much came.
        """
        sums = {kind: _add_up([case.flows[kind] for case in self.ours]) for kind in FLOWS}
        return {kind: flow for kind, flow in sums.items() if flow.expected >= ENOUGH}

    def busier(self) -> float:
        """Traffic of the treated after against before, by the flow that fell most, within bounds."""
        ratio = min(((flow.came + 1) / (flow.expected + 1) for flow in self.flows().values()), default=1.0)
        return clamp_to(ratio, TRAFFIC_BOUNDS)


def _by_merchant(signals: Iterable[Signal]) -> defaultdict[str, list[Signal]]:
    found: defaultdict[str, list[Signal]] = defaultdict(list)
    for signal in signals:
        if signal.merchant_id is not None:
            found[signal.merchant_id].append(signal)
    return found


def _add_up(flows: Sequence[Flow]) -> Flow:
    """Several together; they come in such clumps as most of them do."""
    before = sum(flow.before for flow in flows)
    return Flow(
        before=before,
        expected=sum(flow.expected for flow in flows),
        came=sum(flow.came for flow in flows),
        clumps=sum(flow.clumps * flow.before for flow in flows) / before if before else 1.0,
    )


def measure_clumps(moments: Iterable[datetime], since: datetime, to: datetime) -> float:
    """How many of these come at once: by how much the counts of short stretches differ more than chance has it."""
    stretches = max(int((to - since) / CLUMP), 2)
    counts = [0] * stretches
    for moment in moments:
        counts[min(int((moment - since) / CLUMP), stretches - 1)] += 1
    mean = sum(counts) / stretches
    return max(sum((count - mean) ** 2 for count in counts) / (stretches - 1) / mean, 1.0) if mean else 1.0


def minutes_between(since: datetime, to: datetime) -> float:
    """How long that is, and never less than a minute."""
    return max((to - since).total_seconds() / 60, 1.0)


def measure_rate(count: int, since: datetime, to: datetime) -> Measure:
    """A count over a window, with its rate."""
    minutes = max((to - since).total_seconds() / 60, 0.0)
    return Measure(count=count, minutes=round(minutes, 2), per_hour=round(count * 60 / minutes, 2) if minutes else 0.0)


def clamp_to(value: float, bounds: tuple[float, float]) -> float:
    """The value, within its bounds."""
    return min(max(value, bounds[0]), bounds[1])
