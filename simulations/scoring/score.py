"""The scorecard: what the agent made of its trials, held against what was really so, in figures that cannot flatter.

Every planted fault with at least five affected events is a case, found or not; what is missing is wrong. An incident is
about the fault that owns at least half of what it was opened on beyond the usual, judged by what had begun then, never
by a name. What it says is judged half an hour later and when it first proposes something, by the worse of the two; the
end stands beside it. Per fault only the incidents that were opened first speak; where several were opened at the same
moment, the worst of them does. Later ones about the same fault are duplicates: they cost, and add nothing. An incident
that the agent itself continued as another (MERGED) hands merchants and bill on to it. A world (scenario and seed) is
counted once, under the most truthful operator it was lived through with; executions are counted in every trial. Rates
per day are for 200 merchants. Wilson intervals take cases as independent; merchants of one fault are not quite, so
scope intervals are somewhat too narrow.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from app.domain.base import Value
from app.domain.errors import BadInput
from simulations.scoring.bills import measure_money
from simulations.scoring.causes import measure_causes
from simulations.scoring.detection import measure_detection
from simulations.scoring.figures import Figures
from simulations.scoring.funnel import FunnelStep, draw_funnel, measure_funnel
from simulations.scoring.merchants import measure_reach
from simulations.scoring.repairs import measure_actions
from simulations.scoring.sorting import Sorted, is_case, sort_out
from simulations.world.truth import Trial

OPERATORS: Final = ("truthful", "slow", "absent", "rubber_stamp", "knowing")


class Line(Value):
    """One scenario, over its seeds."""

    scenario: str
    worlds: int
    cases: int
    figures: Figures


class Scorecard(Value):
    """Every scenario, and all of them together."""

    trials: int
    worlds: int
    cases: int
    total: Figures
    funnel: tuple[FunnelStep, ...]
    lines: tuple[Line, ...]


def score_trials(trials: Sequence[Trial]) -> Scorecard:
    """The scorecard of a set of trials, in whatever order they come. The same trial twice is refused: it would count
    twice.
    """
    told = sorted(trials, key=_trial_identity)
    for one, other in pairwise(told):
        if _trial_identity(one) == _trial_identity(other):
            raise BadInput(
                f"the trial of {one.scenario} with seed {one.seed} under the {one.operator} operator is there twice;"
                " leave one of them out"
            )
    by_scenario: dict[str, list[Trial]] = defaultdict(list)
    for trial in told:
        by_scenario[trial.scenario].append(trial)
    worlds = each_world(told)
    return Scorecard(
        trials=len(told),
        worlds=len(worlds),
        cases=_count_cases(worlds),
        total=compute_figures(told),
        funnel=draw_funnel(_worlds_of([sort_out(trial) for trial in told])),
        lines=tuple(_score_scenario(scenario, group) for scenario, group in by_scenario.items()),
    )


def compute_figures(trials: Sequence[Trial]) -> Figures:
    """Every figure of some trials."""
    each = [sort_out(trial) for trial in sorted(trials, key=_trial_identity)]
    worlds = _worlds_of(each)
    return Figures.model_validate(
        {
            **measure_detection(worlds),
            **measure_causes(worlds),
            **measure_reach(worlds),
            **measure_money(worlds),
            **measure_actions(worlds, each),
            **measure_funnel(worlds),
        }
    )


def _trial_identity(trial: Trial) -> tuple[str, int, int]:
    return trial.scenario, trial.seed, OPERATORS.index(trial.operator)


def each_world(trials: Iterable[Trial]) -> list[Trial]:
    """One trial per world: the most truthful operator's."""
    first: dict[tuple[str, int], Trial] = {}
    for trial in sorted(trials, key=_trial_identity):
        first.setdefault((trial.scenario, trial.seed), trial)
    return list(first.values())


def _worlds_of(each: list[Sorted]) -> list[Sorted]:
    chosen = {_trial_identity(trial) for trial in each_world(one.trial for one in each)}
    return [one for one in each if _trial_identity(one.trial) in chosen]


def _count_cases(worlds: Iterable[Trial]) -> int:
    return sum(is_case(fault) for trial in worlds for fault in trial.truth.faults)


def _score_scenario(scenario: str, trials: list[Trial]) -> Line:
    worlds = each_world(trials)
    return Line(scenario=scenario, worlds=len(worlds), cases=_count_cases(worlds), figures=compute_figures(trials))
