"""Shares of a count: where the true one lies, and what one is worth as log-odds. What people are shown of their tenant,
what decides, and the scorecard of the trials reckon with the same.
"""

import math
from typing import Final

Z95: Final = 1.959963984540054


def share_bounds(hits: int, n: int) -> tuple[float, float]:
    """Where the share lies that so many hits of n were drawn from (95 %, Wilson); anywhere, where there was none."""
    if not n:
        return 0.0, 1.0
    share, square = hits / n, Z95 * Z95 / n
    middle = (share + square / 2) / (1 + square)
    half = Z95 * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return 0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == n else min(1.0, middle + half)


def log_odds(share: float) -> float:
    """What speaks for something of which the share says how likely it is; it is neither certain nor impossible."""
    return math.log(share / (1 - share))


def chance_of_at_least(hits: int, n: int, share: float) -> float:
    """How likely at least so many of n are hits by chance alone."""
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(hits, n + 1))
