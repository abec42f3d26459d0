"""What hangs on one thing that senders tell: the same trials with it and without it, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from simulations.scoring.gates import Floor
from simulations.scoring.glimpses import names_cause
from simulations.scoring.score import each_world
from simulations.scoring.sorting import Met, sort_out
from simulations.scoring.statistics import rate_of
from simulations.world.truth import Trial

MOST_LOST: Final[Mapping[str, Floor]] = {"found": Floor(most=0.10), "cause_top1": Floor(most=0.10)}


class Difference(NamedTuple):
    """Of the same cases, how many were right with it, and how many without; only right with it, only without."""

    withheld: str
    figure: str
    cases: int
    with_it: int
    without_it: int
    lost: int
    won: int

    @property
    def cost(self) -> float:
        """The share of cases that it costs to do without."""
        return (self.with_it - self.without_it) / self.cases if self.cases else 0.0


def compare_trials(withheld: str, full: Sequence[Trial], bare: Sequence[Trial]) -> tuple[Difference, ...]:
    """Found and cause first, case by case."""
    told, untold = _judge_cases(full), _judge_cases(bare)
    shared = sorted(set(told) & set(untold))
    pairs = {name: [(told[key][name], untold[key][name]) for key in shared if name in told[key]] for name in MOST_LOST}
    return tuple(_build_difference(withheld, name, found) for name, found in pairs.items())


def _judge_cases(trials: Iterable[Trial]) -> dict[tuple[str, int, int], dict[str, bool]]:
    return {
        (trial.scenario, trial.seed, met.fault.number): _judge_case(met)
        for trial in each_world(trials)
        for met in sort_out(trial).met
    }


def _judge_case(met: Met) -> dict[str, bool]:
    verdicts = {"found": bool(met.first)}
    if met.catalogued:
        verdicts["cause_top1"] = bool(met.first) and all(names_cause(one, met.fault.cause) for one in met.first)
    return verdicts


def _build_difference(withheld: str, figure: str, pairs: Sequence[tuple[bool, bool]]) -> Difference:
    return Difference(
        withheld=withheld,
        figure=figure,
        cases=len(pairs),
        with_it=sum(one for one, _ in pairs),
        without_it=sum(other for _, other in pairs),
        lost=sum(one and not other for one, other in pairs),
        won=sum(other and not one for one, other in pairs),
    )


def render_ablations(told: Iterable[Sequence[Difference]]) -> list[str]:
    """One line for each figure and thing withheld."""
    return [
        f"without {one.withheld}: {one.figure} {one.without_it}/{one.cases} instead of {one.with_it}/{one.cases}"
        f" ({one.lost} lost, {one.won} won; {-one.cost:+.1%} points, lost {rate_of(one.lost, one.cases).cells()[2]})"
        for differences in told
        for one in differences
    ]


def list_excesses(told: Iterable[Sequence[Difference]], most: Mapping[str, Floor]) -> list[str]:
    """One sentence for each that costs more than it may."""
    return [
        f"doing without {one.withheld} costs {one.cost:.1%} of {one.figure}; {limit.most:.1%} is allowed"
        for differences in told
        for one in differences
        if (limit := most.get(one.figure)) is not None and limit.most is not None and one.cost > limit.most
    ]
