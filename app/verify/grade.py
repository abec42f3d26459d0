"""Whether an action worked: its forecast held against the treated merchants before and after, beside the untreated
ones.

The untreated ones are the control: what fell everywhere was not cured by us, and what rose everywhere was not our harm.
A promise is kept only for merchants that still live: silence is no recovery, and neither is a failure that goes on
under another name.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.base import Value
from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.receipts import Measure, ReceiptVerdict
from app.domain.signals import Signal, SignalType
from app.observe.reconciliation import RETURNED, TAKEN
from app.observe.words import endpoint_of

HARM_RATIO = 1.5
LEAST_HARM = 3.0
DOUBT = 0.05
HARM_DOUBT = 0.02
"""Harm undoes an action, so it takes more to be sure of it than of a miss."""
SOFTENING_PER_HOUR = 6.0
FLOOR = 0.5
SHORTEST_BEFORE = timedelta(minutes=5)
ENOUGH = 3.0
ENOUGH_OF_ONE = 5.0
LEAST_TRAFFIC = 0.2
TRAFFIC_BOUNDS = (0.1, 3.0)
DRIFT_BOUNDS = (0.2, 5.0)
MOST_NAMES = 5
AUTHORISED = frozenset({"authorized", "authorised", "approved"})
FLOWS = {
    SignalType.PAYMENT: "payments",
    SignalType.ORDER: "orders",
    SignalType.API_CALL: "calls",
    SignalType.WEBHOOK_DELIVERY: "webhook deliveries",
}
"""What shoppers and systems do by themselves, by what people call it; a measurement such as a KPI is a sign of life but
no flow.
"""


class Observed(Value):
    """The measured half of a receipt."""

    verdict: ReceiptVerdict
    forecast: str
    treated_before: Measure
    treated_after: Measure
    control_before: Measure
    control_after: Measure
    ratio: float | None
    traffic_after: int
    statement: str
    expected: float = 0.0
    """How many failures there would have been without the action."""


NOTHING = Measure(count=0, minutes=0.0, per_hour=0.0)


def recorded_only(forecast: Forecast, *, exists: bool, reference: str) -> Observed:
    """The receipt of a tool that only records something: it is there, or it is not."""
    return Observed(
        verdict=ReceiptVerdict.VERIFIED if exists else ReceiptVerdict.INEFFECTIVE,
        forecast=forecast.statement,
        treated_before=NOTHING,
        treated_after=NOTHING,
        control_before=NOTHING,
        control_after=NOTHING,
        ratio=None,
        traffic_after=0,
        statement=f"{reference} can be read back." if exists else f"{reference or 'No reference'} cannot be read back.",
    )


def grade_forecast(
    forecast: Forecast,
    signals: Sequence[Signal],
    *,
    treated: Iterable[str],
    acted_at: datetime,
    until: datetime,
    before: timedelta,
) -> Observed:
    """Count the forecast's signals on both sides of the action, for the treated and for the others, and judge."""
    trial = _BeforeAfter(forecast.selector, signals, frozenset(treated), acted_at - before, acted_at, until)
    since = trial.onset(trial.cases)
    treated_before, treated_after = trial.sides(trial.cases, since)
    control_before, control_after = trial.sides(trial.controls, since)
    verdict, why = _judge_effect(forecast, trial, control_before, control_after)
    drift = _drift_of_control(control_before, control_after)
    return Observed(
        verdict=verdict,
        forecast=forecast.statement,
        treated_before=treated_before,
        treated_after=treated_after,
        control_before=control_before,
        control_after=control_after,
        ratio=round(treated_after.per_hour / treated_before.per_hour, 4) if treated_before.count else None,
        traffic_after=sum(case.life_after for case in trial.ours),
        expected=_sum_treated(trial, _combine_factors(drift, min(trial.busier(), 1.0)))[1],
        statement=(
            f"{_rates_sentence('Treated merchants', treated_before, treated_after)}"
            f" {_rates_sentence('Others', control_before, control_after)} {why}"
        ),
    )


def selector_matches(selector: Selector, signal: Signal) -> bool:
    """Whether a forecast counts this signal; an empty list in the selector leaves that field open."""
    if not signal.is_error:
        return False
    pairs: list[tuple[Sequence[object], object]] = [
        (selector.signal_types, signal.signal_type.value),
        (selector.error_codes, signal.error_code),
        (selector.endpoints, signal.endpoint),
        (selector.statuses, signal.status),
    ]
    return all(not allowed or value in allowed for allowed, value in pairs)


def is_sound(signal: Signal) -> bool:
    """Whether it reports something that succeeded; only this is a sign of life, since a declined payment shows no
    recovery.
    """
    if signal.signal_type in (SignalType.API_CALL, SignalType.WEBHOOK_DELIVERY):
        return isinstance(signal.status, int) and signal.status < 400
    if signal.signal_type is SignalType.PAYMENT:
        return _status_word(signal) in TAKEN | AUTHORISED
    if signal.signal_type is SignalType.ORDER:
        return _status_word(signal) not in RETURNED
    return signal.signal_type is SignalType.KPI and (signal.trials or 0) > 0 and (signal.value or 0.0) > 0


def _status_word(signal: Signal) -> str:
    return str(signal.status if signal.status is not None else "").strip().lower()


def _is_failure(signal: Signal) -> bool:
    refused = (
        signal.signal_type is SignalType.WEBHOOK_DELIVERY and isinstance(signal.status, int) and signal.status >= 400
    )
    return signal.is_error or refused


@dataclass(frozen=True)
class _MerchantDelta:
    """One treated merchant: what failed (as selected, and otherwise at the same endpoints) and what went well."""

    merchant: str
    before: int
    expected: float
    seen: int
    others_before: int
    others_expected: float
    others_seen: int
    life_expected: float
    life_after: int
    flows: dict[SignalType, tuple[float, int]]

    def moved(self, drift: float) -> float:
        """How many failures at the same endpoints are new under other names, beyond what was there before."""
        return _new_failures(self.others_seen, self.others_expected * drift)

    def silent(self) -> bool:
        """Whether something was to be heard of this merchant, and nothing (or far too little of one kind) went well."""
        alone = self.life_expected >= ENOUGH_OF_ONE and not self.life_after
        return alone or any(
            expected >= ENOUGH_OF_ONE and count < LEAST_TRAFFIC * expected for expected, count in self.flows.values()
        )


class _BeforeAfter:
    """The signals around one action, divided by whose they are and by side."""

    def __init__(
        self,
        selector: Selector,
        signals: Sequence[Signal],
        treated: frozenset[str],
        start: datetime,
        acted_at: datetime,
        until: datetime,
    ) -> None:
        self.start, self.acted_at, self.until = start, acted_at, until
        inside = [signal for signal in signals if start <= signal.occurred_at < until]
        mine = [signal for signal in inside if signal.merchant_id in treated]
        others = [signal for signal in inside if signal.merchant_id not in treated]
        self.cases = [signal for signal in mine if selector_matches(selector, signal)]
        self.controls = [signal for signal in others if selector_matches(selector, signal)]
        self.neighbours = len({signal.merchant_id for signal in others if signal.merchant_id})
        self.places = {
            endpoint_of(place) for place in (selector.endpoints or [signal.endpoint for signal in self.cases]) if place
        }
        self.ours = [
            self._case(selector, name, [signal for signal in mine if signal.merchant_id == name])
            for name in sorted(treated)
        ]

    @property
    def minutes(self) -> float:
        """How long it was watched afterwards."""
        return max((self.until - self.acted_at).total_seconds() / 60, 0.0)

    def onset(self, errors: Iterable[Signal]) -> datetime:
        """Since when these failures count as there: from the first of them, so that a young fault is not thinned by the
        quiet before it.
        """
        first = min((signal.occurred_at for signal in errors if signal.occurred_at < self.acted_at), default=self.start)
        return max(self.start, min(first, self.acted_at - SHORTEST_BEFORE))

    def sides(self, counted: Sequence[Signal], since: datetime) -> tuple[Measure, Measure]:
        """The rates of these signals before the action and after it."""
        earlier = sum(1 for signal in counted if since <= signal.occurred_at < self.acted_at)
        later = sum(1 for signal in counted if signal.occurred_at >= self.acted_at)
        return _measure_rate(earlier, since, self.acted_at), _measure_rate(later, self.acted_at, self.until)

    def _case(self, selector: Selector, name: str, own: Sequence[Signal]) -> _MerchantDelta:
        errors = [signal for signal in own if selector_matches(selector, signal)]
        others = [
            signal
            for signal in own
            if _is_failure(signal)
            and endpoint_of(signal.endpoint) in self.places
            and not selector_matches(selector, signal)
        ]
        life = [signal for signal in own if is_sound(signal)]
        since = self.onset(errors)
        others_before, others_expected, others_seen = self._ahead(others, since)
        return _MerchantDelta(
            merchant=name,
            before=(before := sum(1 for signal in errors if signal.occurred_at < self.acted_at)),
            expected=self._since_the_first(before, since),
            seen=len(errors) - before,
            others_before=others_before,
            others_expected=others_expected,
            others_seen=others_seen,
            life_expected=self._ahead([*life, *errors], self.start)[1],
            life_after=self._ahead(life, self.start)[2],
            flows={
                kind: self._ahead([one for one in life if one.signal_type is kind], self.start)[1:] for kind in FLOWS
            },
        )

    def _since_the_first(self, before: int, since: datetime) -> float:
        """Failures to expect if nothing changes. The first one set the start of the count, so it says nothing about the
        pace.
        """
        return max(before - 1, 0) * self.minutes / _minutes_between(since, self.acted_at) if before else 0.0

    def _ahead(self, counted: Sequence[Signal], since: datetime) -> tuple[int, float, int]:
        earlier = sum(1 for signal in counted if since <= signal.occurred_at < self.acted_at)
        later = sum(1 for signal in counted if signal.occurred_at >= self.acted_at)
        return earlier, earlier * self.minutes / _minutes_between(since, self.acted_at), later

    def flows(self) -> dict[SignalType, tuple[float, int]]:
        """Of every kind that had traffic worth the name: how much was to be expected of all treated, and
        how much came.
        """
        sums = {
            kind: (sum(case.flows[kind][0] for case in self.ours), sum(case.flows[kind][1] for case in self.ours))
            for kind in FLOWS
        }
        return {kind: (expected, count) for kind, (expected, count) in sums.items() if expected >= ENOUGH}

    def busier(self) -> float:
        """Traffic of the treated after against before, by the flow that fell most, within bounds."""
        ratio = min(((count + 1) / (expected + 1) for expected, count in self.flows().values()), default=1.0)
        return _clamp_to(ratio, TRAFFIC_BOUNDS)


def _minutes_between(since: datetime, to: datetime) -> float:
    return max((to - since).total_seconds() / 60, 1.0)


def _measure_rate(count: int, since: datetime, to: datetime) -> Measure:
    minutes = max((to - since).total_seconds() / 60, 0.0)
    return Measure(count=count, minutes=round(minutes, 2), per_hour=round(count * 60 / minutes, 2) if minutes else 0.0)


def _clamp_to(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _drift_of_control(before: Measure, after: Measure) -> float:
    """How the untreated changed, softened so that a handful of events does not move it far."""
    if not before.minutes or not after.minutes:
        return 1.0
    return _clamp_to((after.per_hour + SOFTENING_PER_HOUR) / (before.per_hour + SOFTENING_PER_HOUR), DRIFT_BOUNDS)


def _combine_factors(drift: float, traffic: float) -> float:
    """Both reasons to expect more or less; where they agree they may be the same reason, so the stronger one counts
    once.
    """
    if drift < 1 and traffic < 1:
        return min(drift, traffic)
    return max(drift, traffic) if drift > 1 and traffic > 1 else drift * traffic


def _judge_effect(
    forecast: Forecast, trial: _BeforeAfter, control_before: Measure, control_after: Measure
) -> tuple[ReceiptVerdict, str]:
    drift, traffic = _drift_of_control(control_before, control_after), trial.busier()
    rise = (
        max(control_after.per_hour - control_before.per_hour, 0.0)
        * trial.minutes
        / 60
        / max(trial.neighbours, 1)
        * len(trial.ours)
    )
    harm = _harm_sentence(trial, _combine_factors(drift, max(traffic, 1.0)), rise)
    if harm:
        return ReceiptVerdict.HARMED, harm
    if not any(case.before for case in trial.ours):
        return (
            ReceiptVerdict.INCONCLUSIVE,
            "There was nothing to cure before the action, so nothing shows that it worked.",
        )
    factor = _combine_factors(drift, min(traffic, 1.0))
    failing = (
        _broken_promise(forecast, trial, factor)
        or _silence_sentence(trial)
        or _remaining_sentence(forecast, trial, factor, drift)
    )
    if failing:
        return ReceiptVerdict.INEFFECTIVE, failing
    doubt = _doubt_sentence(trial, factor)
    if doubt:
        return ReceiptVerdict.INCONCLUSIVE, doubt
    seen, expected = _sum_treated(trial, factor)
    unheard = sum(not case.life_after for case in trial.ours)
    partly = f" Of {len(trial.ours)} treated, {unheard} cannot be told: too little comes from them." if unheard else ""
    return (
        ReceiptVerdict.VERIFIED,
        f"{seen} seen, {expected:.1f} expected without the action: the promise was kept.{partly}",
    )


def _sum_treated(trial: _BeforeAfter, factor: float) -> tuple[int, float]:
    return sum(case.seen for case in trial.ours), factor * sum(case.expected for case in trial.ours)


def _harm_sentence(trial: _BeforeAfter, factor: float, rise: float) -> str:
    """The sentence about harm: the selected failures rose, or all failures at the same endpoints together did."""
    before, (seen, plain) = sum(case.before for case in trial.ours), _sum_treated(trial, 1.0)
    expected = max(plain * factor, plain + rise) + FLOOR
    if _got_worse(seen, before, expected):
        return f"It got worse: {seen} seen, {expected:.1f} expected without the action."
    seen += sum(case.others_seen for case in trial.ours)
    before += sum(case.others_before for case in trial.ours)
    expected += factor * sum(case.others_expected for case in trial.ours)
    if _got_worse(seen, before, expected):
        return (
            f"It got worse at the same endpoints, under other errors: {seen} seen, {expected:.1f} expected without the"
            " action."
        )
    return ""


def _got_worse(seen: int, before: int, expected: float) -> bool:
    """The first error of the count before only set the window's start, so it proves nothing about the rate."""
    return (
        seen > expected * HARM_RATIO
        and seen - expected >= LEAST_HARM
        and at_least_again(seen, max(before - 1, 0), expected) < HARM_DOUBT
    )


def _broken_promise(forecast: Forecast, trial: _BeforeAfter, factor: float) -> str:
    seen, expected = _sum_treated(trial, factor)
    return (
        f"{seen} seen, {expected:.1f} expected without the action: the promise was not kept."
        if seen > expected * forecast.target_ratio
        else ""
    )


def _silence_sentence(trial: _BeforeAfter) -> str:
    """The sentence about missing traffic: of all treated, of one kind of traffic, or of single merchants."""
    if not any(case.life_after for case in trial.ours):
        return "The treated merchants have been silent since, and silence is not recovery."
    quiet = [case.merchant for case in trial.ours if case.silent()]
    if quiet:
        return (
            f"{_name_merchants(quiet)} {_has_or_have(quiet)} been silent since (nothing, or far too little, went well),"
            " and silence is not recovery."
        )
    for kind, (expected, count) in trial.flows().items():
        if count < LEAST_TRAFFIC * expected:
            return (
                f"Only {count} sound {FLOWS[kind]} came where {expected:.0f} were usual, and silence is not recovery."
            )
    return ""


def _remaining_sentence(forecast: Forecast, trial: _BeforeAfter, factor: float, drift: float) -> str:
    """The sentence about failures that are left: they go on under another name, or single merchants still have them."""
    seen, expected = _sum_treated(trial, factor)
    others = sum(case.others_seen for case in trial.ours), drift * sum(case.others_expected for case in trial.ours)
    moved = max(_new_failures(*others), sum(case.moved(drift) for case in trial.ours))
    if moved and seen + moved > expected * forecast.target_ratio:
        return (
            f"It moved to another error: {seen} seen, {expected:.1f} expected, but {moved:.0f} new failures of other"
            " kinds at the same endpoints."
        )
    uncured = [case.merchant for case in trial.ours if _is_uncured(forecast, case, factor, drift)]
    return f"The promise was kept on the whole, but not for {_name_merchants(uncured)}." if uncured else ""


def _is_uncured(forecast: Forecast, case: _MerchantDelta, factor: float, drift: float) -> bool:
    """Whether this merchant clearly fails the promise; with too little expected of it nothing is clear."""
    seen, expected = case.seen + case.moved(drift), case.expected * factor
    promised = expected * forecast.target_ratio
    if expected < ENOUGH or seen <= promised:
        return False
    return seen >= expected / 2 or at_least(math.floor(seen), promised) < DOUBT


def _doubt_sentence(trial: _BeforeAfter, factor: float) -> str:
    seen, expected = _sum_treated(trial, factor)
    return (
        f"Too little to tell: only {expected:.1f} errors were expected without the action."
        if at_most(seen, expected) >= DOUBT
        else ""
    )


def _new_failures(seen: int, expected: float) -> float:
    """How many more than expected, when that is more than chance."""
    excess = seen - expected
    return excess if excess >= LEAST_HARM and at_least(seen, expected + FLOOR) < DOUBT else 0.0


def _name_merchants(merchants: Sequence[str]) -> str:
    more = f" and {len(merchants) - MOST_NAMES} more" if len(merchants) > MOST_NAMES else ""
    return ", ".join(merchants[:MOST_NAMES]) + more


def _has_or_have(merchants: Sequence[str]) -> str:
    return "has" if len(merchants) == 1 else "have"


def at_most(count: int, expected: float) -> float:
    """The chance of seeing this few when so many are expected (Poisson)."""
    return (
        min(sum(math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(count + 1)), 1.0)
        if expected > 0
        else 1.0
    )


def at_least(count: int, expected: float) -> float:
    """The chance of seeing this many when so few are expected (Poisson)."""
    if count <= 0:
        return 1.0
    return max(1.0 - at_most(count - 1, expected), 0.0) if expected > 0 else 0.0


def at_least_again(count: int, before: int, expected: float) -> float:
    """The chance of seeing this many when the expectation itself was only guessed from so many seen before (negative
    binomial).
    """
    if count <= 0 or expected <= 0:
        return 1.0 if count <= 0 else 0.0
    shape = before + FLOOR
    again = math.log(expected / (expected + shape))
    never = shape * math.log(shape / (expected + shape))
    less = sum(
        math.exp(math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1) + k * again + never)
        for k in range(count)
    )
    return min(max(1.0 - less, 0.0), 1.0)


def _rates_sentence(who: str, before: Measure, after: Measure) -> str:
    return f"{who}: {before.per_hour:.1f} errors an hour before, {after.per_hour:.1f} after."
