"""Whether an action did harm: the failures it was to cure rose, or all failures at the same endpoints together did."""

from typing import Final

from app.expect.cure import DECIDES, MOST_DRIFT, drift_of_untreated
from app.verify.before_after import BeforeAfter, minutes_between
from app.verify.chance import FLOOR, at_least_again
from app.verify.share_left import measure_left
from app.verify.treatment_trial import LEAST_HARM, TreatmentTrial, combine_factors

HARM_RATIO: Final = 1.5
HARM_DOUBT: Final = 0.02
"""Harm undoes an action, so it takes more to be sure of it than of a miss."""
MOST_RISE: Final = 5.0
"""So much more often the untreated may fail before what is more is our harm."""


def judge_harm(trial: TreatmentTrial) -> tuple[str, bool]:
    """The sentence about harm, empty while there is none to be sure of, and whether it looks like it: the selected
    failures rose, or all failures at the same endpoints together did.
    """
    drift = drift_of_untreated(trial.control.seen, trial.control.expected, MOST_RISE)
    factor = combine_factors(drift, max(trial.told.busier(), 1.0))
    ours = trial.told.ours
    before, seen = sum(case.before for case in ours), sum(case.seen for case in ours)
    plain = max(sum(case.expected for case in ours), _pace_of_all(trial.told, before))
    beside = trial.prospect(trial.ours, factor).broken
    expected = max(plain * factor, plain + _rise_elsewhere(trial.told), beside) + FLOOR
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


def is_surely_worse(trial: TreatmentTrial, weight: float) -> bool:
    """Whether it is sure that it was not cured, and what is left is within its bounds far more than all of it, beside
    untreated who fare no worse than before.
    """
    left = measure_left(trial) if weight <= -DECIDES and trial.drift < MOST_DRIFT else None
    return left is not None and left.low > HARM_RATIO and trial.seen - trial.prospect(trial.ours).broken >= LEAST_HARM


def _pace_of_all(told: BeforeAfter, before: int) -> float:
    """Failures to expect by the pace of all treated together: of each by itself the few that had one failure or none
    are made too little of.
    """
    since = told.onset(told.cases)
    return before * told.minutes / minutes_between(since, told.acted_at)


def _rise_elsewhere(told: BeforeAfter) -> float:
    """How many more failures than before came to as many of the untreated as were treated."""
    before, after = told.sides(told.controls, told.onset(told.controls))
    more = max(after.per_hour - before.per_hour, 0.0) * told.minutes / 60
    return more / max(told.neighbours, 1) * len(told.ours)


def _got_worse(seen: int, before: int, expected: float) -> bool:
    return (
        seen > expected * HARM_RATIO
        and seen - expected >= LEAST_HARM
        and at_least_again(seen, before, expected) < HARM_DOUBT
    )
