"""Which calls of a route are slow: slower than nearly all calls of it were before.

What is measured must not become the measure: a route on which a share of the calls grows slow teaches no more slow
calls than a healthy one has. Only where most calls have been slow for a day that is how it is by now.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from app.domain.rollups import SLOTS_A_DAY, SLOTS_AN_HOUR

FAST: Final = 0.98
"""The share of the calls of a route below its limit."""
FEWEST_CALLS: Final = 30
"""From so many on there is something to hold a call against."""
ENOUGH_CALLS: Final = 300
"""Below so many a call must be clearly slower than the slowest."""
CLEARLY: Final = 4
MOST_CALLS: Final = 20_000
MOST_ROUTES: Final = 2_000
SPEEDS: Final = 128
"""How finely a route's speeds are kept, up to a minute."""
MOSTLY: Final = 0.5


class RouteSpeeds:
    """The speeds of a tenant's routes; may be lost at any time, and is learnt again within the hour."""

    def __init__(self) -> None:
        self._routes: dict[str, _Route] = {}

    def is_slow(self, route: str, milliseconds: float, slot: int) -> bool:
        """Whether a call in this slot took longer than nearly all calls of its route did before."""
        known = self._routes.get(route)
        if known is None:
            if len(self._routes) >= MOST_ROUTES:
                return False
            known = self._routes[route] = _Route(since=slot)
        place = min(SPEEDS - 1, int(SPEEDS / 16 * math.log2(1 + max(milliseconds, 0.0))))
        return known.meet(place, slot)


@dataclass
class _Route:
    since: int
    """When what is fresh began."""
    limit: int = SPEEDS
    usual: list[int] = field(default_factory=lambda: [0] * SPEEDS)
    fresh: list[int] = field(default_factory=lambda: [0] * SPEEDS)

    def meet(self, place: int, slot: int) -> bool:
        """Whether a call of this speed is slow; it is learnt from later."""
        self.fresh[place] += 1
        if self.limit == SPEEDS:
            if sum(self.fresh) >= FEWEST_CALLS:
                self._learn(self.fresh, slot)
            return False
        if slot - self.since >= SLOTS_AN_HOUR:
            self._look_back(slot)
        return place >= self.limit

    def _look_back(self, slot: int) -> None:
        calls, slow = sum(self.fresh), sum(self.fresh[self.limit :])
        if slow <= MOSTLY * calls:
            self._learn(_with_fewer_slow(self.fresh, self.limit, calls), slot)
        elif slot - self.since >= SLOTS_A_DAY:
            self.usual = [0] * SPEEDS
            self._learn(self.fresh, slot)

    def _learn(self, speeds: list[int], slot: int) -> None:
        self.usual = [known + more for known, more in zip(self.usual, speeds, strict=True)]
        total = sum(self.usual)
        if total >= MOST_CALLS:
            self.usual = [count // 2 for count in self.usual]
        self.fresh, self.since, self.limit = [0] * SPEEDS, slot, _limit_of(self.usual)


def _limit_of(speeds: list[int]) -> int:
    """From which speed on a call is slow."""
    total, above, place = sum(speeds), 0, SPEEDS
    while place > 1 and above + speeds[place - 1] < (1 - FAST) * total:
        place -= 1
        above += speeds[place]
    return min(place + (CLEARLY if total < ENOUGH_CALLS else 0), SPEEDS - 1)


def _with_fewer_slow(speeds: list[int], limit: int, calls: int) -> list[int]:
    """The same calls with no more slow ones among them than a healthy route has, the least slow ones."""
    left = int((1 - FAST) * calls)
    found = speeds[:limit]
    for count in speeds[limit:]:
        found.append(min(count, left))
        left -= found[-1]
    return found
