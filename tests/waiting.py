"""The one place in the tests that lets real time pass: until a condition holds, and not a moment longer than its
deadline.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.05


def wait_until(condition: Callable[[], T], deadline: float, what: str = "the condition") -> T:
    """What the condition returned once it was true; an AssertionError when the deadline (seconds) passed first."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= end:
            raise AssertionError(f"{what} did not hold within {deadline} s; the last value was {result!r}")
        time.sleep(PAUSE)
