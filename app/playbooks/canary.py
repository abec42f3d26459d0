"""Chooses whom a rollout begins with: where a mistake would cost least, of those who soon tell whether it works.

A shop in which next to nothing happens is harmless to try it on, and tells nothing: the rollout would stand still.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from app.domain.impact import BlastRadius
from app.domain.merchants import Merchant
from app.expect.cure import minutes_to_tell

SOON: Final = 20.0
"""Minutes."""


def begin_with_canary(
    scope: Sequence[str], blast: BlastRadius, lasted: timedelta, target_ratio: float, merchants: Mapping[str, Merchant]
) -> tuple[str, ...]:
    """The same merchants, the canary first: of those whose failures come so fast that their absence tells soon, the
    one with the least at stake; as they were when there is none.
    """
    minutes = lasted / timedelta(minutes=1)
    tells = {one: minutes_to_tell(blast.failures.get(one, 0), minutes, target_ratio) for one in scope}
    testable = [one for one, needed in tells.items() if needed is not None and needed <= SOON]
    stakes = _stakes_of(testable, blast, merchants)
    canary = min(testable, key=lambda one: (stakes[one], one), default=None)
    return tuple(scope) if canary is None else (canary, *(one for one in scope if one != canary))


def _stakes_of(names: Sequence[str], blast: BlastRadius, merchants: Mapping[str, Merchant]) -> dict[str, int]:
    """What may be lost at each by a mistake: what fails there by what an order is worth, where that can be compared."""
    values = {one: merchants[one].order_value for one in names if one in merchants and merchants[one].order_value.minor}
    comparable = len(values) == len(names) and len({value.currency for value in values.values()}) == 1
    return {one: blast.failures.get(one, 0) * (values[one].minor if comparable else 1) for one in names}
