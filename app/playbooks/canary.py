"""Chooses whom a rollout begins with: where a mistake would cost least, of those who soon tell whether it works.

A shop in which next to nothing happens is harmless to try it on, and tells nothing: the rollout would stand still.
Where no single one tells soon, it begins with as few as tell together.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from app.domain.impact import BlastRadius
from app.domain.merchants import Merchant
from app.expect.cure import ALIKE, minutes_to_tell

SOON: Final = 20.0
"""Minutes in which a single one must tell."""
IN_TIME: Final = 40.0
"""Minutes in which several must tell together, where no single one does."""
MOST_OF_THEM: Final = 0.5
"""No more of them than this are tried on at once."""


def begin_with_canary(
    scope: Sequence[str], blast: BlastRadius, lasted: timedelta, target_ratio: float, merchants: Mapping[str, Merchant]
) -> tuple[tuple[str, ...], int]:
    """The same merchants in the order in which they are treated, and how many of them come first: the one with the
    least at stake, of those whose failures come so fast that their absence tells soon; else as few as tell together.
    """
    minutes = lasted / timedelta(minutes=1)

    believed = _believe_failures(scope, blast)

    def tells_within(most: float, *names: str) -> bool:
        needed = minutes_to_tell(round(sum(believed[one] for one in names)), minutes, target_ratio)
        return needed is not None and needed <= most

    testable = [one for one in scope if tells_within(SOON, one)]
    if testable:
        stakes = _stakes_of(testable, blast, merchants)
        canary = min(testable, key=lambda one: (stakes[one], one))
        return (canary, *(one for one in scope if one != canary)), 1
    most = max(int(len(scope) * MOST_OF_THEM), 1)
    enough = (size for size in range(1, most) if tells_within(IN_TIME, *scope[:size]))
    return tuple(scope), next(enough, most)


def _believe_failures(scope: Sequence[str], blast: BlastRadius) -> dict[str, float]:
    """How many failures of each its own and those of all let expect in as long a time again: who had two of five by
    chance does not have two of the next five.
    """
    seen = {one: blast.failures.get(one, 0) for one in scope}
    mean = sum(seen.values()) / len(scope)
    return {one: (ALIKE + count) / (ALIKE / mean + 1) if mean else 0.0 for one, count in seen.items()}


def _stakes_of(names: Sequence[str], blast: BlastRadius, merchants: Mapping[str, Merchant]) -> dict[str, int]:
    """What may be lost at each by a mistake: what fails there by what an order is worth, where that can be compared."""
    values = {one: merchants[one].order_value for one in names if one in merchants and merchants[one].order_value.minor}
    comparable = len(values) == len(names) and len({value.currency for value in values.values()}) == 1
    return {one: blast.failures.get(one, 0) * (values[one].minor if comparable else 1) for one in names}
