"""How surprising a departure must be for as many false alarms as are allowed: learnt from how many there really were.

The highest score of healthy hours is spread like the largest of many: for each `SLOPE` by which the bar is raised, e
times fewer get over it. How many of those become incidents depends on the tenant, so what is fitted is the rate that
was met, drawn towards the budget as long as little was seen.
"""

import math
from typing import Final

SLOPE: Final = 1.04
BELIEF: Final = 4.0
"""So many weeks at the budget the belief is worth that the bar is right."""
LOWEST, HIGHEST = -1.5, 4.0
"""How far from what is shipped the bar may come to lie: never so low that chance alone is heard, never so high that a
plain fault is not.
"""


def refit_bar(bar: float, shipped: float, *, false: int, weeks: float, budget: float) -> float:
    """Where the bar belongs, after so many weeks with so many false alarms where `budget` a week are allowed."""
    rate = (false + BELIEF * budget) / (weeks + BELIEF)
    return min(max(bar + SLOPE * math.log(rate / budget), shipped + LOWEST), shipped + HIGHEST)
