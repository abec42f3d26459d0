"""What a receipt says: what was seen beside what was to be expected, and why that is or is no cure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from app.domain.receipts import Measure
from app.expect.cure import DECIDES, Prospect
from app.observe.shortfalls import name_stream
from app.verify.before_after import FLOWS, BeforeAfter
from app.verify.side_effects import SideEffect
from app.verify.treatment_trial import TreatmentTrial, moved_of, new_failures

MOST_NAMES: Final = 5
SILENCE_DOUBT: Final = 0.01
"""The chance that somebody of all treated is called silent who only had little to say."""
FEW_SILENT: Final = 0.2
"""Where no more of them say nothing, something else is the matter there: they are not proven, and keep nobody else from
being so.
"""


class Failing(NamedTuple):
    """That it did not help, and of whom alone that is said; of everybody where nobody is named."""

    said: str
    merchants: tuple[str, ...] = ()


def broken_promise(trial: TreatmentTrial, prospect: Prospect, weight: float) -> Failing | None:
    """That it did not help, where that is sure."""
    return Failing(f"{_seen_beside(trial, prospect)}: the promise was not kept.") if weight <= -DECIDES else None


def silence_sentence(around: BeforeAfter) -> Failing | None:
    """The sentence about missing traffic: of all treated, of one kind of traffic, or of single merchants."""
    usual = around.usual
    if around.life().is_missing(SILENCE_DOUBT, usual[None]) and not around.life().came:
        return Failing("The treated merchants have been silent since, and silence is not recovery.")
    doubt = SILENCE_DOUBT / (max(len(around.ours), 1) * len(usual))
    quiet = [case.merchant for case in around.ours if case.is_silent(doubt, usual)]
    if len(quiet) > FEW_SILENT * len(around.ours):
        said = (
            f"{_name_merchants(quiet)} {_has_or_have(quiet)} been silent since (nothing, or far too little, went well),"
            " and silence is not recovery."
        )
        return Failing(said, tuple(quiet))
    for kind, flow in around.flows().items():
        if flow.is_missing(SILENCE_DOUBT, usual[kind]):
            expected = f"{flow.expected * usual[kind]:.0f}"
            return Failing(
                f"Only {flow.came} sound {FLOWS[kind]} came where {expected} were usual, and silence is not recovery."
            )
    return None


def moved_sentence(trial: TreatmentTrial, prospect: Prospect) -> Failing | None:
    """The sentence about failures that go on under another name."""
    expected, drift = prospect.broken, trial.drift
    others = sum(case.others_seen for case in trial.ours), drift * sum(case.others_expected for case in trial.ours)
    moved = max(new_failures(*others), sum(moved_of(case, drift) for case in trial.ours))
    if not moved or trial.seen + moved <= expected * trial.forecast.target_ratio:
        return None
    return Failing(
        f"It moved to another error: {trial.seen} seen, {expected:.1f} expected, but {moved:.0f} new failures of"
        " other kinds at the same endpoints."
    )


def uncured_sentence(trial: TreatmentTrial) -> Failing | None:
    """The sentence about single merchants that still have them."""
    uncured = [case.merchant for case in trial.ours if trial.weigh_one(case) <= -DECIDES]
    said = f"The promise was kept on the whole, but not for {_name_merchants(uncured)}."
    return Failing(said, tuple(uncured)) if uncured else None


def kept_sentence(trial: TreatmentTrial, prospect: Prospect, *, uncontrolled: bool) -> str:
    """That it worked, for how many of those treated that can be told, and beside whom."""
    every = len(trial.ours)
    told = sum(case.life.came > 0 and trial.weigh_one(case) >= DECIDES for case in trial.ours)
    said = f"{_seen_beside(trial, prospect)}: the promise was kept."
    if every > 1 and told:
        left = f", {every - told} not testable: too little comes from {'it' if every - told == 1 else 'them'}"
        said += f" Verified for {told} of {every}{left if told < every else ''}."
    elif every > 1:
        said += f" Verified for the {every} together; none of them is testable by itself."
    if trial.background.proven:
        said += " It cured those before them as well."
    if uncontrolled:
        said += " No untreated merchants had enough of it to compare with, so it may have ended by itself."
    return said


def worse_sentence(trial: TreatmentTrial, prospect: Prospect) -> str:
    """That it may be harm, or chance."""
    return (
        f"It may have got worse, or that is chance: {_seen_beside(trial, prospect)}."
        f" About {trial.around.minutes:.0f} more minutes are needed."
    )


def surely_worse_sentence(trial: TreatmentTrial, prospect: Prospect) -> str:
    """That it got worse, by how much more is left than would have come."""
    return f"It got worse: {_seen_beside(trial, prospect)}, and that is no chance."


def side_effect_sentence(effect: SideEffect) -> str:
    """What began to fail elsewhere, at those treated alone."""
    return (
        f"Since then {effect.since} failures came of another kind ({name_stream(effect.stream)}) where"
        f" {effect.before or 'none'} had come before, and {effect.elsewhere or 'none'} to the others: the action did"
        " that."
    )


def recovered_sentence(trial: TreatmentTrial) -> str:
    """That the untreated are as well off."""
    control = trial.control
    return (
        f"It recovered on its own: {trial.seen} seen where {trial.plain:.1f} were expected, but the untreated recovered"
        f" likewise ({control.seen} seen, {control.expected:.1f} expected), so the action is not credited with it."
    )


def doubt_sentence(trial: TreatmentTrial, prospect: Prospect, needed: float | None, *, living: bool) -> str:
    """That nobody can tell yet, and how long that takes."""
    said = f"Too little to tell: {_seen_beside(trial, prospect)}."
    if not living:
        said += " Nothing that went well was heard of them since, and silence is not recovery."
    return said if needed is None else f"{said} About {needed:.0f} more minutes are needed."


def rates_sentence(who: str, before: Measure, after: Measure) -> str:
    """How often it failed before and after."""
    return f"{who}: {before.per_hour:.1f} errors an hour before, {after.per_hour:.1f} after."


def _seen_beside(trial: TreatmentTrial, prospect: Prospect) -> str:
    said = f"{trial.seen} seen, {prospect.broken:.1f} expected without the action"
    if not trial.seen_in_turn:
        return said
    return f"{said} ({trial.seen_in_turn} at the {len(trial.background.in_turn)} whose turn has not come)"


def _name_merchants(merchants: Sequence[str]) -> str:
    more = f" and {len(merchants) - MOST_NAMES} more" if len(merchants) > MOST_NAMES else ""
    return ", ".join(merchants[:MOST_NAMES]) + more


def _has_or_have(merchants: Sequence[str]) -> str:
    return "has" if len(merchants) == 1 else "have"
