"""Whether an action worked: its forecast held against the treated merchants before and after, beside the untreated
ones.

Cured and still broken are weighed against each other (app/expect/cure.py), and while neither is likely enough it is
said how long that takes. The untreated ones are the control: what fell everywhere was not cured by us, and what rose
everywhere was not our harm. A promise is kept only for merchants that still live: silence is no recovery, and neither
is a failure that goes on under another name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.config.vocabulary import Vocabulary
from app.domain.base import Value
from app.domain.decisions import Forecast
from app.domain.impact import Interval
from app.domain.receipts import Measure, ReceiptVerdict
from app.domain.signals import Signal
from app.expect.cure import LONGEST, Prospect, minutes_to_decide, weigh_cure
from app.observe.told_again import drop_told_again, has_failed
from app.verify import sentences as say
from app.verify.before_after import BeforeAfter
from app.verify.chance import DOUBT, at_most_again
from app.verify.harm import is_surely_worse, judge_harm
from app.verify.share_left import measure_left
from app.verify.side_effects import find_side_effect
from app.verify.treatment_trial import Background, TreatmentTrial, Untreated

HARM_PATIENCE: Final = 120.0
"""So many minutes it is watched whether what may be harm is chance, before it is only called no cure."""
NO_BACKGROUND: Final = Background()


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
    left: Interval | None = None
    recovered: bool = False
    uncontrolled: bool = False
    unhelped: tuple[str, ...] = ()
    in_part: bool = False


NOTHING: Final = Measure(count=0, minutes=0.0, per_hour=0.0)


def recorded_only(forecast: Forecast, *, exists: bool, reference: str, minutes_left: float = 0.0) -> Observed:
    """The receipt of a tool that only records something: it is there, or it is not, which is certain only when no
    minutes of the promise are left.
    """
    late = minutes_left <= 0 or not reference
    missing = ReceiptVerdict.INEFFECTIVE if late else ReceiptVerdict.INCONCLUSIVE
    cannot = "cannot be read back" if late else "cannot be read back yet"
    return Observed(
        verdict=ReceiptVerdict.VERIFIED if exists else missing,
        forecast=forecast.statement,
        treated_before=NOTHING,
        treated_after=NOTHING,
        control_before=NOTHING,
        control_after=NOTHING,
        ratio=None,
        traffic_after=0,
        statement=f"{reference} can be read back." if exists else f"{reference or 'No reference'} {cannot}.",
        minutes_needed=None if exists or late else minutes_left,
    )


def grade_forecast(
    forecast: Forecast,
    signals: Sequence[Signal],
    *,
    treated: Iterable[str],
    acted_at: datetime,
    until: datetime,
    before: timedelta,
    words: Vocabulary,
    counted_since: datetime | None = None,
    background: Background = NO_BACKGROUND,
    settling: timedelta = timedelta(0),
) -> Observed:
    """Count the forecast's signals on both sides of the action, for the treated and for the others, and judge.

    What went well is counted for some time `before`; failures from `counted_since`, where that is earlier, and not
    while it is `settling`.
    """
    settled_at = acted_at + settling
    ours, span = frozenset(treated), (acted_at - before, acted_at, until, counted_since, settled_at)
    signals = [one for one in signals if not (acted_at <= one.occurred_at < settled_at and has_failed(one))]
    told = BeforeAfter(forecast.selector, signals, ours, *span)
    told_once = drop_told_again(signals, words)
    around = BeforeAfter(forecast.selector, told_once, ours, *span)
    since = around.onset(around.cases)
    treated_before, treated_after = around.sides(around.cases, since)
    control_since = around.onset(around.controls)
    control_before, control_after = around.sides(around.controls, control_since)
    living, traffic = around.living_beside()
    control = Untreated(
        seen=control_after.count,
        known=max(control_before.count - 1, 0),
        expected=traffic * around.expect_again(control_before.count, control_since),
        living=living,
    )
    trial = TreatmentTrial(forecast, around, told, control, background)
    broken = find_side_effect(told_once, forecast.selector, ours, (acted_at - before, acted_at, until))
    found = _Found(ReceiptVerdict.HARMED, say.side_effect_sentence(broken)) if broken else _judge_effect(trial)
    return Observed(
        verdict=found.verdict,
        forecast=forecast.statement,
        treated_before=treated_before,
        treated_after=treated_after,
        control_before=control_before,
        control_after=control_after,
        ratio=round(treated_after.per_hour / treated_before.per_hour, 4) if treated_before.count else None,
        traffic_after=around.life().came,
        statement=(
            f"{say.rates_sentence('Treated merchants', treated_before, treated_after)}"
            f" {say.rates_sentence('Others', control_before, control_after)} {found.why}"
        ),
        weight=None if found.weight is None else round(found.weight, 2),
        minutes_needed=found.minutes_needed,
        left=measure_left(trial),
        recovered=found.recovered,
        uncontrolled=found.uncontrolled,
        unhelped=found.unhelped,
        in_part=found.in_part,
    )


@dataclass(frozen=True)
class _Found:
    """What the judgement came to, and why."""

    verdict: ReceiptVerdict
    why: str
    weight: float | None = None
    minutes_needed: float | None = None
    recovered: bool = False
    uncontrolled: bool = False
    unhelped: tuple[str, ...] = ()
    """Whom alone it did not help, where it is sure that it cured the others."""
    in_part: bool = False
    """It helped, and not as promised."""


def _judge_effect(trial: TreatmentTrial) -> _Found:
    harm, likely = judge_harm(trial)
    if harm:
        return _Found(ReceiptVerdict.HARMED, harm)
    if not trial.seen_in_turn and not any(case.before for case in trial.ours):
        return _Found(
            ReceiptVerdict.INCONCLUSIVE,
            "There was nothing to cure before the action, so nothing shows that it worked.",
        )
    prospect = trial.prospect(trial.ours)
    weight = weigh_cure(trial.seen, prospect)
    if likely and trial.around.minutes < HARM_PATIENCE:
        return _Found(ReceiptVerdict.INCONCLUSIVE, say.worse_sentence(trial, prospect), weight, trial.around.minutes)
    broken = say.broken_promise(trial, prospect, weight)
    gone_on = say.silence_sentence(trial.around) or say.moved_sentence(trial, prospect)
    failing = broken or gone_on or say.uncured_sentence(trial)
    if failing and is_surely_worse(trial, weight):
        return _Found(ReceiptVerdict.HARMED, say.surely_worse_sentence(trial, prospect), weight)
    if failing:
        unhelped = failing.merchants if weight >= trial.decides else ()
        in_part = gone_on is None and not unhelped and _is_surely_better(trial, prospect)
        return _Found(ReceiptVerdict.INEFFECTIVE, failing.said, weight, unhelped=unhelped, in_part=in_part)
    return _judge_cure(trial, prospect, weight)


def _is_surely_better(trial: TreatmentTrial, prospect: Prospect) -> bool:
    """Whether less is left than would have come without it, though not as little as promised: by its own pace before,
    within the bounds of that, and by what those beside let expect. Who was treated for failing most fails less often
    afterwards, treated or not.
    """
    left = measure_left(trial)
    fewer = left is not None and left.high < 1.0
    return fewer and at_most_again(trial.seen, round(prospect.known), prospect.broken) < DOUBT


def _judge_cure(trial: TreatmentTrial, prospect: Prospect, weight: float) -> _Found:
    """What is to be said where nothing speaks against a cure."""
    living, decides = trial.around.life().came > 0, trial.decides
    alone = weigh_cure(trial.seen, trial.prospect(trial.ours, trial.traffic)) >= decides
    if living and alone and trial.untreated_recovered() and not trial.is_better_than_untreated():
        return _Found(ReceiptVerdict.INCONCLUSIVE, say.recovered_sentence(trial), weight, recovered=True)
    if living and weight >= decides:
        uncontrolled = not trial.is_controlled()
        said = say.kept_sentence(trial, prospect, uncontrolled=uncontrolled)
        return _Found(ReceiptVerdict.VERIFIED, said, weight, uncontrolled=uncontrolled)
    minutes = trial.around.minutes
    needed = minutes_to_decide(trial.seen, prospect, minutes, LONGEST - minutes, decides)
    said = say.doubt_sentence(trial, prospect, needed, living=living)
    return _Found(ReceiptVerdict.INCONCLUSIVE, said, weight, needed)
