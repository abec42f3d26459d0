"""Whether an action worked: its forecast held against the treated merchants before and after, beside the untreated
ones.

Cured and still broken are weighed against each other (app/expect/cure.py), and while neither is likely enough it is
said how long that takes. The untreated ones are the control: what fell everywhere was not cured by us, and what rose
everywhere was not our harm. A promise is kept only for merchants that still live: silence is no recovery, and neither
is a failure that goes on under another name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.domain.base import Value
from app.domain.decisions import Forecast
from app.domain.receipts import Measure, ReceiptVerdict
from app.domain.signals import Signal
from app.expect.cure import DECIDES, LONGEST, Prospect, drift_of_untreated, known_of_both, minutes_to_decide, weigh_cure
from app.verify.before_after import ENOUGH_OF_ONE, FLOWS, LEAST_TRAFFIC, BeforeAfter, MerchantDelta, drop_told_again
from app.verify.chance import FLOOR, at_least, at_least_again

HARM_RATIO: Final = 1.5
LEAST_HARM: Final = 3.0
DOUBT: Final = 0.05
HARM_DOUBT: Final = 0.02
"""Harm undoes an action, so it takes more to be sure of it than of a miss."""
HARM_PATIENCE: Final = 120.0
"""So many minutes it is watched whether what may be harm is chance, before it is only called no cure."""
MOST_RISE: Final = 5.0
"""So much more often the untreated may fail before what is more is our harm."""
MOST_NAMES: Final = 5
NOBODY_KNOWN: Final[Mapping[str, float]] = MappingProxyType({})


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
    weight: float | None = None
    minutes_needed: float | None = None
    recovered: bool = False
    uncontrolled: bool = False


NOTHING: Final = Measure(count=0, minutes=0.0, per_hour=0.0)


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
    healthy: Mapping[str, float] = NOBODY_KNOWN,
) -> Observed:
    """Count the forecast's signals on both sides of the action, for the treated and for the others, and judge.

    `healthy`: how many such failures a merchant that is well has in the time that was watched, where that is known.
    """
    ours, span = frozenset(treated), (acted_at - before, acted_at, until)
    told = BeforeAfter(forecast.selector, signals, ours, *span)
    around = BeforeAfter(forecast.selector, drop_told_again(signals), ours, *span)
    since = around.onset(around.cases)
    treated_before, treated_after = around.sides(around.cases, since)
    control_since = around.onset(around.controls)
    control_before, control_after = around.sides(around.controls, control_since)
    living, traffic = around.living_beside()
    control = _Untreated(
        seen=control_after.count,
        known=max(control_before.count - 1, 0),
        expected=traffic * around.expect_again(control_before.count, control_since),
        living=living,
    )
    found = _judge_effect(_Trial(forecast, around, told, control, healthy))
    return Observed(
        verdict=found.verdict,
        forecast=forecast.statement,
        treated_before=treated_before,
        treated_after=treated_after,
        control_before=control_before,
        control_after=control_after,
        ratio=round(treated_after.per_hour / treated_before.per_hour, 4) if treated_before.count else None,
        traffic_after=sum(case.life_after for case in around.ours),
        statement=(
            f"{_rates_sentence('Treated merchants', treated_before, treated_after)}"
            f" {_rates_sentence('Others', control_before, control_after)} {found.why}"
        ),
        weight=None if found.weight is None else round(found.weight, 2),
        minutes_needed=found.minutes_needed,
        recovered=found.recovered,
        uncontrolled=found.uncontrolled,
    )


@dataclass(frozen=True)
class _Untreated:
    """What became of those who were not treated."""

    seen: int
    known: int
    expected: float
    living: int
    """Signs of life of those that had such failures."""


@dataclass(frozen=True)
class _Found:
    """What the judgement came to, and why."""

    verdict: ReceiptVerdict
    why: str
    weight: float | None = None
    minutes_needed: float | None = None
    recovered: bool = False
    uncontrolled: bool = False


@dataclass(frozen=True)
class _Trial:
    """Everything a judgement is made from."""

    forecast: Forecast
    around: BeforeAfter
    """Of what one visitor met again and again, the first: retries are no evidence that it is still broken."""
    told: BeforeAfter
    """All that was told: having to try more often is harm."""
    control: _Untreated
    healthy: Mapping[str, float]

    @property
    def ours(self) -> list[MerchantDelta]:
        return self.around.ours

    @property
    def drift(self) -> float:
        return drift_of_untreated(self.control.seen, self.control.expected)

    @property
    def traffic(self) -> float:
        """Who stays away does not fail; that more come is no reason to expect that more fail."""
        return min(self.around.busier(), 1.0)

    @property
    def factor(self) -> float:
        return _combine_factors(self.drift, self.traffic)

    @property
    def seen(self) -> int:
        return sum(case.seen for case in self.ours)

    @property
    def plain(self) -> float:
        """Failures to expect of all treated by the pace before alone."""
        return sum(case.expected for case in self.ours)

    def prospect(self, cases: Sequence[MerchantDelta], factor: float) -> Prospect:
        """What is to be seen of some of the treated."""
        broken = factor * sum(case.expected for case in cases)
        known = sum(case.known for case in cases)
        return Prospect(
            known=known_of_both(known, self.control.seen) if self.drift > 1 else known,
            broken=broken,
            healthy=sum(self.healthy.get(case.merchant, 0.0) for case in cases),
            promised=broken * self.forecast.target_ratio,
        )

    def weigh_one(self, case: MerchantDelta) -> float:
        """How much speaks for the cure of one merchant."""
        return weigh_cure(case.seen + _moved_of(case, self.drift), self.prospect([case], self.factor))

    def untreated_recovered(self) -> bool:
        """Whether those that nobody treated are cured, too."""
        return self.control.living > 0 and weigh_cure(self.control.seen, self._of_untreated()) >= DECIDES

    def is_controlled(self) -> bool:
        """Whether it would show if those that nobody treated were cured, too."""
        return self.control.living > 0 and weigh_cure(0, self._of_untreated()) >= DECIDES

    def _of_untreated(self) -> Prospect:
        broken = self.control.expected
        return Prospect(self.control.known, broken, 0.0, broken * self.forecast.target_ratio)

    def is_better_than_untreated(self) -> bool:
        """Whether the treated are so much better off than the untreated that no luck explains it."""
        left = self.control.seen + FLOOR
        alike = left * self.plain * self.traffic / self.control.expected
        return weigh_cure(self.seen, Prospect(left - 1, alike, 0.0, alike * self.forecast.target_ratio)) >= DECIDES


def _rise_elsewhere(told: BeforeAfter) -> float:
    """How many more failures than before came to as many of the untreated as were treated."""
    before, after = told.sides(told.controls, told.onset(told.controls))
    more = max(after.per_hour - before.per_hour, 0.0) * told.minutes / 60
    return more / max(told.neighbours, 1) * len(told.ours)


def _judge_effect(trial: _Trial) -> _Found:
    harm, likely = _judge_harm(trial)
    if harm:
        return _Found(ReceiptVerdict.HARMED, harm)
    if not any(case.before for case in trial.ours):
        return _Found(
            ReceiptVerdict.INCONCLUSIVE,
            "There was nothing to cure before the action, so nothing shows that it worked.",
        )
    prospect = trial.prospect(trial.ours, trial.factor)
    weight = weigh_cure(trial.seen, prospect)
    if likely and trial.around.minutes < HARM_PATIENCE:
        return _Found(ReceiptVerdict.INCONCLUSIVE, _worse_sentence(trial), weight, trial.around.minutes)
    failing = _broken_promise(trial, weight) or _silence_sentence(trial.around) or _remaining_sentence(trial)
    if failing:
        return _Found(ReceiptVerdict.INEFFECTIVE, failing, weight)
    return _judge_cure(trial, prospect, weight)


def _judge_cure(trial: _Trial, prospect: Prospect, weight: float) -> _Found:
    """What is to be said where nothing speaks against a cure."""
    living = any(case.life_after for case in trial.ours)
    alone = weigh_cure(trial.seen, trial.prospect(trial.ours, trial.traffic)) >= DECIDES
    if living and alone and trial.untreated_recovered() and not trial.is_better_than_untreated():
        return _Found(ReceiptVerdict.INCONCLUSIVE, _recovered_sentence(trial), weight, recovered=True)
    if living and weight >= DECIDES:
        uncontrolled = not trial.is_controlled()
        return _Found(ReceiptVerdict.VERIFIED, _kept_sentence(trial, uncontrolled), weight, uncontrolled=uncontrolled)
    needed = minutes_to_decide(trial.seen, prospect, trial.around.minutes, LONGEST - trial.around.minutes)
    return _Found(ReceiptVerdict.INCONCLUSIVE, _doubt_sentence(trial, needed, living), weight, needed)


def _combine_factors(drift: float, traffic: float) -> float:
    """Both reasons to expect more or less; where they agree they may be the same reason, so the stronger one counts
    once.
    """
    if drift < 1 and traffic < 1:
        return min(drift, traffic)
    return max(drift, traffic) if drift > 1 and traffic > 1 else drift * traffic


def _judge_harm(trial: _Trial) -> tuple[str, bool]:
    """The sentence about harm, empty while there is none to be sure of, and whether it looks like it: the selected
    failures rose, or all failures at the same endpoints together did.
    """
    drift = drift_of_untreated(trial.control.seen, trial.control.expected, MOST_RISE)
    factor = _combine_factors(drift, max(trial.told.busier(), 1.0))
    ours = trial.told.ours
    before, seen = sum(case.before for case in ours), sum(case.seen for case in ours)
    plain = max(sum(case.expected for case in ours), _pace_of_all(trial.told, before))
    expected = max(plain * factor, plain + _rise_elsewhere(trial.told)) + FLOOR
    likely = seen > expected * HARM_RATIO and seen - expected >= LEAST_HARM
    if _got_worse(seen, before, expected):
        return f"It got worse: {seen} seen, {expected:.1f} expected without the action.", True
    seen += sum(case.others_seen for case in ours)
    before += sum(case.others_before for case in ours)
    expected += factor * sum(case.others_expected for case in ours)
    if _got_worse(seen, before, expected):
        return (
            f"It got worse at the same endpoints, under other errors: {seen} seen, {expected:.1f} expected without the"
            " action.",
            True,
        )
    return "", likely


def _pace_of_all(told: BeforeAfter, before: int) -> float:
    """Failures to expect by the pace of all treated together: of each by itself the few that had one failure or none
    are made too little of.
    """
    since = told.onset(told.cases)
    return before * told.minutes / max((told.acted_at - since).total_seconds() / 60, 1.0)


def _got_worse(seen: int, before: int, expected: float) -> bool:
    return (
        seen > expected * HARM_RATIO
        and seen - expected >= LEAST_HARM
        and at_least_again(seen, before, expected) < HARM_DOUBT
    )


def _broken_promise(trial: _Trial, weight: float) -> str:
    return (
        f"{trial.seen} seen, {trial.factor * trial.plain:.1f} expected without the action: the promise was not kept."
        if weight <= -DECIDES
        else ""
    )


def _silence_sentence(around: BeforeAfter) -> str:
    """The sentence about missing traffic: of all treated, of one kind of traffic, or of single merchants."""
    usual = sum(case.life_expected for case in around.ours)
    if usual >= ENOUGH_OF_ONE and not any(case.life_after for case in around.ours):
        return "The treated merchants have been silent since, and silence is not recovery."
    quiet = [case.merchant for case in around.ours if case.is_silent()]
    if quiet:
        return (
            f"{_name_merchants(quiet)} {_has_or_have(quiet)} been silent since (nothing, or far too little, went well),"
            " and silence is not recovery."
        )
    for kind, (expected, count) in around.flows().items():
        if count < LEAST_TRAFFIC * expected:
            return (
                f"Only {count} sound {FLOWS[kind]} came where {expected:.0f} were usual, and silence is not recovery."
            )
    return ""


def _remaining_sentence(trial: _Trial) -> str:
    """The sentence about failures that are left: they go on under another name, or single merchants still have them."""
    expected, drift = trial.factor * trial.plain, trial.drift
    others = sum(case.others_seen for case in trial.ours), drift * sum(case.others_expected for case in trial.ours)
    moved = max(_new_failures(*others), sum(_moved_of(case, drift) for case in trial.ours))
    if moved and trial.seen + moved > expected * trial.forecast.target_ratio:
        return (
            f"It moved to another error: {trial.seen} seen, {expected:.1f} expected, but {moved:.0f} new failures of"
            " other kinds at the same endpoints."
        )
    uncured = [case.merchant for case in trial.ours if trial.weigh_one(case) <= -DECIDES]
    return f"The promise was kept on the whole, but not for {_name_merchants(uncured)}." if uncured else ""


def _moved_of(case: MerchantDelta, drift: float) -> float:
    """How many failures at the same endpoints are new under other names, beyond what was there before."""
    return _new_failures(case.others_seen, case.others_expected * drift)


def _kept_sentence(trial: _Trial, uncontrolled: bool) -> str:
    """That it worked, for how many of those treated that can be told, and beside whom."""
    every = len(trial.ours)
    told = sum(case.life_after > 0 and trial.weigh_one(case) >= DECIDES for case in trial.ours)
    said = f"{trial.seen} seen, {trial.factor * trial.plain:.1f} expected without the action: the promise was kept."
    if every > 1 and told:
        left = f", {every - told} not testable: too little comes from {'it' if every - told == 1 else 'them'}"
        said += f" Verified for {told} of {every}{left if told < every else ''}."
    elif every > 1:
        said += f" Verified for the {every} together; none of them is testable by itself."
    if uncontrolled:
        said += " No untreated merchants had enough of it to compare with, so it may have ended by itself."
    return said


def _worse_sentence(trial: _Trial) -> str:
    return (
        f"It may have got worse, or that is chance: {trial.seen} seen, {trial.factor * trial.plain:.1f} expected"
        f" without the action. About {trial.around.minutes:.0f} more minutes are needed."
    )


def _recovered_sentence(trial: _Trial) -> str:
    control = trial.control
    return (
        f"It recovered on its own: {trial.seen} seen where {trial.plain:.1f} were expected, but the untreated recovered"
        f" likewise ({control.seen} seen, {control.expected:.1f} expected), so the action is not credited with it."
    )


def _doubt_sentence(trial: _Trial, needed: float | None, living: bool) -> str:
    said = f"Too little to tell: {trial.seen} seen, {trial.factor * trial.plain:.1f} expected without the action."
    if not living:
        said += " Nothing that went well was heard of them since, and silence is not recovery."
    return said if needed is None else f"{said} About {needed:.0f} more minutes are needed."


def _new_failures(seen: int, expected: float) -> float:
    """How many more than expected, when that is more than chance."""
    excess = seen - expected
    return excess if excess >= LEAST_HARM and at_least(seen, expected + FLOOR) < DOUBT else 0.0


def _name_merchants(merchants: Sequence[str]) -> str:
    more = f" and {len(merchants) - MOST_NAMES} more" if len(merchants) > MOST_NAMES else ""
    return ", ".join(merchants[:MOST_NAMES]) + more


def _has_or_have(merchants: Sequence[str]) -> str:
    return "has" if len(merchants) == 1 else "have"


def _rates_sentence(who: str, before: Measure, after: Measure) -> str:
    return f"{who}: {before.per_hour:.1f} errors an hour before, {after.per_hour:.1f} after."
