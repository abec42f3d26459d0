"""How often a planted harm is undone: drawn trials in which the tool that should have cured breaks what it touches, or
makes the fault worse, a little, or late, while somebody approves everything. Each that was not undone is told with what
its receipts said last. Trials gather in a file over runs: `python -m tests.bench.harm --seed 7 --keep harm.jsonl`.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path

from app.cli.trials import Order, live_missing
from simulations.scenario import Remedy, Scenario, ToolBehaviour
from simulations.scenarios.generate import draw_scenario
from simulations.scoring.repairs import when_sent
from simulations.world.seeded_random import Draws
from simulations.world.tool_effects import SETTING_TOOLS
from simulations.world.truth import ActionSeen, Trial

KINDS = ("broken", "mild", "late")


def draw_harms(seed: int, hours: float) -> Iterator[Scenario]:
    """Drawn trials of at most so many hours, each with a harm of the next kind in the tool that should have cured; its
    id ends with the kind.
    """
    kinds = cycle(KINDS)
    for place in count():
        scenario = draw_scenario(seed, place)
        helping = [tool for tool in scenario.expect.resolved_by if tool in SETTING_TOOLS] if scenario.expect else []
        if helping and scenario.clock.hours <= hours:
            kind = next(kinds)
            planted = plant_harm(scenario, helping[0], kind, Draws(seed, "harm", place))
            yield planted.changed(id=f"{scenario.id}_{kind}")


def plant_harm(scenario: Scenario, tool: str, kind: str, draws: Draws) -> Scenario:
    """The same trial with that tool doing harm."""
    if kind == "broken":
        return scenario.changed(tools=(ToolBehaviour(tool=tool, does="harms"),), expect=None)
    mild = kind == "mild"
    worse, after = draws.between(1.4, 2.5) if mild else draws.between(2, 4), 2.0 if mild else draws.between(15, 60)
    harm = Remedy(tool=tool, factor=round(worse, 2), after_minutes=round(after))
    faults = tuple(one.changed(cured_by=(), harmed_by=(harm,)) for one in scenario.faults)
    return scenario.changed(tools=(), faults=faults, expect=None)


def list_harmful(trial: Trial) -> list[ActionSeen]:
    """What was carried out and made something worse."""
    return [deed for deed in trial.actions if deed.worth == "harms" and when_sent(deed)]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--number", type=int, default=12)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--hours", type=float, default=24.0, help="trials no longer than this")
    asked.add_argument("--keep", type=Path, required=True)
    given = asked.parse_args()
    drawn = islice(draw_harms(given.seed, given.hours), given.number)
    orders = [Order(scenario, scenario.seed, "rubber_stamp") for scenario in drawn]
    undone: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for trial in live_missing(orders, lambda done, of: None, given.keep):
        for deed in list_harmful(trial):
            kind = trial.scenario.rpartition("_")[2]
            every[kind] += 1
            undone[kind] += deed.undone
            last = [part for part in deed.cohorts if part.sent_at][-1:]
            said = last[0].why if last else ""
            print(f"{trial.scenario} {deed.id} {deed.tool} {deed.status} undone={deed.undone}: {said}", flush=True)
    for kind in KINDS:
        print(f"{kind}: {undone[kind]} of {every[kind]} undone")
    print(f"all: {undone.total()} of {every.total()} undone")


if __name__ == "__main__":
    main()
