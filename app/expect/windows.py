"""Lengths of time that are looked at, and what was seen and tried in each: windows that end now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.expect.families import Family

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
WINDOWS: Final = (1, 2, 3, 6, 12, 24, 48, 96, 144, 288)
"""Lengths of the windows that are looked at, in slots: five minutes to a day."""
DAY: Final = WINDOWS[-1]
FOREVER: Final = 2**40


def window_reaching(age: int) -> int:
    """The place of the shortest window that reaches back so many slots; the longest where none does."""
    return int(np.searchsorted(WINDOWS, min(max(age, 1), DAY)))


@dataclass(frozen=True)
class Window:
    """What is needed to judge every stream in every window: axes are stream, merchant, window."""

    streams: tuple[str, ...]
    families: tuple[Family, ...]
    merchants: tuple[str, ...]
    now: int
    count: Floats
    tries: Floats
    past: Floats
    past_tries: Floats
    still: Mapping[int, Floats]
    """By stream, merchant and window: how many of what should have been followed by something will be, only late."""
