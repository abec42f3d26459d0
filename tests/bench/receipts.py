"""How often receipts are right, over drawn before and afters whose truth is known: the interval of what is left holds
the truth, nothing is verified that cured nothing or ended by itself, harm is put back. Kind worlds are as receipts
assume them; of unkind ones the shops are uneven, failures clump, visits ebb, or those were treated who failed most.
`python -m tests.bench.receipts --seed 7`.
"""

import argparse
import statistics
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from app.domain.receipts import ReceiptVerdict
from simulations.scoring.statistics import share_of
from tests.graded_worlds import Graded, grade_world

UNKIND: Final[dict[str, dict[str, Any]]] = {
    "kind": {},
    "unkind": {"unkind": True},
    "uneven": {"uneven": True},
    "in clumps": {"clumps": True},
    "ebbing": {"tide": 0.6},
    "treated who failed most": {"noticed": True, "uneven": True},
    "beside those whose turn has not come": {"waiting": True, "uneven": True, "untreated": 8},
    "beside others who fail seldom": {"waiting": True, "uneven": True, "untreated": 8, "elsewhere": 0.05},
}
CURED: Final = 0.05


def tell(said: str, verdicts: Iterable[bool]) -> None:
    """One figure with its bounds."""
    rate = share_of(verdicts)
    print(f"  {said}: {rate.value:.1%} of {rate.n} ({rate.low:.1%} to {rate.high:.1%})" if rate.n else f"  {said}: -")


def tell_intervals(graded: Iterable[Graded]) -> None:
    """How often the interval holds the truth, by how much is left."""
    told = [(one.world.left, one.seen.left) for one in graded if one.seen.left is not None]
    kinds: dict[str, Callable[[float], bool]] = {
        "held": lambda left: True,
        "held of cures": lambda left: left <= CURED,
        "held of what helped in part": lambda left: CURED < left < 1,
        "held of what did nothing": lambda left: left == 1,
        "held of harm": lambda left: left > 1,
    }
    for said, is_kind in kinds.items():
        tell(said, (left.low <= truth <= left.high for truth, left in told if is_kind(truth)))
    print(f"  median width {statistics.median(left.high - left.low for _, left in told):.2f}")


def is_verified(one: Graded) -> bool:
    """Whether it was said to have cured."""
    return one.seen.verdict is ReceiptVerdict.VERIFIED


def is_put_back(one: Graded) -> bool:
    """Whether what was judged so is undone for everybody."""
    unhelped = one.seen.verdict is ReceiptVerdict.INEFFECTIVE and not (one.seen.in_part or one.seen.unhelped)
    return unhelped or one.seen.verdict is ReceiptVerdict.HARMED


def main() -> None:
    """Print the figures of every kind of world."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--number", type=int, default=300)
    asked.add_argument("--kinds", nargs="*", choices=UNKIND, default=list(UNKIND)[:2])
    given = asked.parse_args()
    seeds = range(given.seed, given.seed + given.number)
    for kind in given.kinds:
        draw = partial(grade_world, **UNKIND[kind])
        print(f"{kind}: {given.number} of seeds {given.seed} to {seeds[-1]}")
        tell_intervals([draw(seed) for seed in seeds])
        tell("verified without a cure", (is_verified(draw(seed, left=1.0)) for seed in seeds))
        by_itself = {"left": 1.0, "by_itself": 0.02, "untreated": UNKIND[kind].get("untreated", 4)}
        tell("credited with what ended by itself", (is_verified(draw(seed, **by_itself)) for seed in seeds))
        tell("cures verified", (is_verified(draw(seed, left=0.0, by_itself=1.0)) for seed in seeds))
        tell("harm put back", (is_put_back(draw(seed, left=1.8, by_itself=1.0)) for seed in seeds))


if __name__ == "__main__":
    main()
