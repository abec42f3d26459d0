"""How much is left of what failed, against what would have come without the action: not one number but an interval,
since both were only counted, and the pace of failures goes up and down by itself.
"""

from typing import Final

from app.domain.impact import Interval
from app.process.large_imports import ARITHMETIC, import_once
from app.verify.before_after import Flow
from app.verify.chance import DOUBT, at_least_again, at_most_again
from app.verify.treatment_trial import TreatmentTrial, combine_factors
from app.verify.unevenness import measure_unevenness

HALF: Final = 0.5
"""What is added to each count where a share is made of two (Jeffreys)."""
SURE: Final = 0.95
ENOUGH_BESIDE: Final = 5
"""So many failures of the untreated, before, tell what became of them by itself; with fewer they are left aside."""
MOST_TOLD: Final = 1_000.0
"""Where hardly anything is known a bound may lie anywhere: it is still a number, which can be kept."""


def measure_left(trial: TreatmentTrial) -> Interval | None:
    """The share that is left, with its bounds; None where too little was counted before to say anything."""
    known, plain = sum(case.known for case in trial.ours), trial.plain * trial.background.busier
    if known < 1 or plain <= 0:
        return None
    uneven = measure_unevenness(trial.around)
    by_pace, scatter = _untreated_pace(trial, uneven.beside)
    counted = 1 / (1 / (known + HALF) + uneven.before + scatter)
    seen = 1 / (1 / (trial.seen + HALF) + uneven.after)
    expected = (known + HALF) * (plain / known) * combine_factors(by_pace, _share_of_visits(trial))
    middle = (trial.seen + HALF) / expected
    tails = (1 - SURE) / 2, (1 + SURE) / 2
    low, high = (middle * _quantile_of_ratio(seen, counted, tail) for tail in tails)
    least = low if trial.seen else 0.0
    return Interval(low=round(least, 4), middle=round(trial.seen / expected, 4), high=round(high, 4))


def _untreated_pace(trial: TreatmentTrial, uneven: float) -> tuple[float, float]:
    """What became of the untreated, against what they had before, and how much that scatters, as a variance of its
    logarithm: because it was counted, and because their pace is `uneven`.
    """
    control = trial.control
    if control.known < ENOUGH_BESIDE or control.expected <= 0:
        return 1.0, 0.0
    expected = control.expected * (control.known + HALF) / control.known
    return (control.seen + HALF) / expected, 1 / (control.seen + HALF) + 1 / (control.known + HALF) + uneven


def _share_of_visits(trial: TreatmentTrial) -> float:
    """Who stays away does not fail, and of more more do: how many came to the treated, of those to be expected, where
    that is more than chance. What fails more often goes well less often, with nobody staying away.
    """
    life = trial.around.life()
    everything = life._replace(came=life.came + trial.seen)
    fell = max(min((_fall_of(flow) for flow in trial.around.flows().values()), default=1.0), _fall_of(everything))
    return fell if fell < 1 else _rise_of(everything)


def _fall_of(flow: Flow) -> float:
    came, before, expected = flow.came / flow.clumps, flow.before / flow.clumps, flow.expected / flow.clumps
    fell = came < expected and at_most_again(int(came), int(before), expected) < DOUBT
    return (flow.came + 1) / (flow.expected + 1) if fell else 1.0


def _rise_of(flow: Flow) -> float:
    came, before, expected = flow.came / flow.clumps, flow.before / flow.clumps, flow.expected / flow.clumps
    rose = came > expected and at_least_again(int(came), int(before), expected) < DOUBT
    return (flow.came + 1) / (flow.expected + 1) if rose else 1.0


def _quantile_of_ratio(count: float, counted: float, share: float) -> float:
    """A quantile of the ratio of two rates of which so much was counted each, in terms of their ratio as counted."""
    import_once(*ARITHMETIC)
    from scipy.special import betaincinv

    part = float(betaincinv(count, counted, share))
    return min(counted * part / (count * max(1 - part, 1e-12)), MOST_TOLD)
