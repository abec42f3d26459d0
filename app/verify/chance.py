"""How likely a count is that was not expected: what is too much for chance, and what is too little."""

import math
from typing import Final

FLOOR: Final = 0.5
"""An expectation that rests on nothing is taken for half an event."""
DOUBT: Final = 0.05
"""What is likelier than this is taken for chance."""


def at_most(count: int, expected: float) -> float:
    """The chance of seeing this few when so many are expected (Poisson)."""
    return (
        min(sum(math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(count + 1)), 1.0)
        if expected > 0
        else 1.0
    )


def at_least(count: int, expected: float) -> float:
    """The chance of seeing this many when so few are expected (Poisson)."""
    if count <= 0:
        return 1.0
    return max(1.0 - at_most(count - 1, expected), 0.0) if expected > 0 else 0.0


def at_least_again(count: int, before: int, expected: float) -> float:
    """The chance of seeing this many when the expectation itself was only guessed from so many seen before (negative
    binomial).
    """
    if count <= 0 or expected <= 0:
        return 1.0 if count <= 0 else 0.0
    return min(max(1.0 - at_most_again(count - 1, before, expected), 0.0), 1.0)


def at_most_again(count: int, before: int, expected: float) -> float:
    """The chance of seeing this few when the expectation itself was only guessed from so many seen before."""
    if expected <= 0:
        return 1.0
    shape = before + FLOOR
    again = math.log(expected / (expected + shape))
    never = shape * math.log(shape / (expected + shape))
    return min(
        sum(
            math.exp(math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1) + k * again + never)
            for k in range(count + 1)
        ),
        1.0,
    )
