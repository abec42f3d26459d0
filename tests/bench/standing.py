"""The standing functions on labelled data that our own hands draw, beside plain detectors, both halves apart:
`python -m tests.bench.standing --seed 7`. Nothing of the half that is held out was used to choose a number.
"""

import argparse
import time
from collections.abc import Callable, Sequence

from app.services.analyse import localize, score_series
from tests.bench.detection import BASELINES, Judged, judge
from tests.bench.labelled_leaves import Cause, LabelledLeaves, draw_leaves, drill_down, fresh_draws
from tests.bench.labelled_series import draw_series

HALVES = {"series": ("develop", "held_out"), "leaves": ("develop", "sparse", "held_out")}


def judge_series(half: str, count: int, seed: int) -> dict[str, Judged]:
    """Each detector on the same fresh series."""
    series = draw_series(half, count, seed)
    detectors: dict[str, Callable[..., list[float]]] = {"score_series": score_series, **BASELINES}
    return {
        name: judge([(detect(one.values, one.timestamps if one.timed else None), one.labels) for one in series])
        for name, detect in detectors.items()
    }


def find_causes(case: LabelledLeaves) -> set[Cause]:
    """What localize names."""
    return {frozenset(one.where.items()) for one in localize(case.rows, case.dimensions)}


def f1_of(pairs: Sequence[tuple[set[Cause], frozenset[Cause]]]) -> float:
    """F1 of named slices over all cases: only the exact slice counts."""
    hits = sum(len(found & planted) for found, planted in pairs)
    return 2 * hits / max(sum(len(found) + len(planted) for found, planted in pairs), 1)


def judge_leaves(half: str, each: int, seed: int) -> dict[tuple[int, int], tuple[float, float]]:
    """F1 of localize and of the drill-down by the number of attributes and of causes."""
    draws = fresh_draws(half, seed)
    table = {}
    for depth in (1, 2, 3):
        for causes in (1, 2, 3):
            cases = [draw_leaves(half, causes, depth, draws) for _ in range(each)]
            ours = f1_of([(find_causes(case), case.causes) for case in cases])
            plain = f1_of([(set(drill_down(case.rows, case.dimensions)), case.causes) for case in cases])
            table[depth, causes] = (ours, plain)
    return table


def main() -> None:
    """Print the tables."""
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--seed", type=int, required=True)
    wanted.add_argument("--series", type=int, default=56)
    wanted.add_argument("--cases", type=int, default=10)
    told = wanted.parse_args()
    for half in HALVES["series"] if told.series else ():
        before = time.process_time()
        print(f"series, {half}: {told.series} of seed {told.seed}")
        for name, one in judge_series(half, told.series, told.seed).items():
            print(
                f"  {name:15} F1 {one.f1:.3f} adjusted {one.f1_adjusted:.3f} within 7 {one.f1_within_7:.3f}"
                f" own threshold {one.f1_own:.3f} AUC-PR {one.auc_pr:.3f} own {one.auc_pr_own:.3f}"
                f" | at 0.9: events {one.event_recall:.2f} delay {one.delay:.1f} false/1000 {one.false_per_1000:.2f}",
                flush=True,
            )
        print(f"  {time.process_time() - before:.0f} s of processor time")
    for half in HALVES["leaves"] if told.cases else ():
        print(f"leaves, {half}: {told.cases} cases a cell of seed {told.seed}; localize / drill-down")
        for (depth, causes), (ours, plain) in judge_leaves(half, told.cases, told.seed).items():
            print(f"  {depth} attribute(s), {causes} cause(s): {ours:.3f} / {plain:.3f}", flush=True)


if __name__ == "__main__":
    main()
