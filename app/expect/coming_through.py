"""How many of those who met a failure came through all the same, and what that says of harm."""

import math
from typing import NamedTuple

from app.expect.harm import CAME_THROUGH_IF_HARMED, MOST_USUAL
from app.expect.outcomes import KNOWN_FROM


class ComingThrough(NamedTuple):
    """How many of those who meet a failure come through when it does no harm: the share, and how many visitors tell of
    it.
    """

    share: float
    known: float

    def weigh_harm(self, met: float, well: float) -> float:
        """For harm, as the logarithm of odds, by how many of those who met it came through. What passes differs from
        place to place: what is known of others says no more of this failure than so many visitors of its own.
        """
        usual = min(self.share, MOST_USUAL)
        harmed = _weigh_share(usual * CAME_THROUGH_IF_HARMED, self.known, met, well)
        return harmed - _weigh_share(usual, self.known, met, well)


def _weigh_share(share: float, known: float, met: float, well: float) -> float:
    """How likely so many come through, as a logarithm and but for the ways in which they can: a beta-binomial."""
    through, lost = share * known, (1 - share) * known
    found = math.lgamma(through + well) - math.lgamma(through) + math.lgamma(lost + met - well) - math.lgamma(lost)
    return found + math.lgamma(known) - math.lgamma(known + met)


def draw_to_known(usual: float, met: float, well: float) -> ComingThrough:
    """A share of those who come through, drawn towards what became of those who are known."""
    return ComingThrough((usual * KNOWN_FROM + min(well, met)) / (KNOWN_FROM + met), KNOWN_FROM + met)
