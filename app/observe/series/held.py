"""Figures of the past, taken at checkpoints and held until the next one. A checkpoint never depends on how long the
series will be, so what is known at a point is the same whether or not the series goes on.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Figure: TypeAlias = Callable[[Floats], Floats]
"""From rows of past values, one figure a row."""
CHUNK = 4_000_000
"""How many numbers are looked at in one go."""
NORMAL = 1.4826
"""A median distance times this is a standard deviation, where noise is normal."""


def list_checkpoints(size: int, every: int) -> Iterator[int]:
    """1, 2, 3 and so on, then farther apart, but at most `every`; all below `size`."""
    place = 1
    while place < size:
        yield place
        place += max(1, min(place // 16, every))


def spans_between(size: int, every: int) -> list[tuple[int, int]]:
    """Each checkpoint with the next one."""
    places = list(list_checkpoints(size, every))
    return list(zip(places, [*places[1:], size], strict=True))


def hold_figure(values: Floats, width: int, every: int, figure: Figure, start: float = np.nan) -> Floats:
    """For each point, and for the one after the last, the figure of up to `width` values before the last checkpoint."""
    size = len(values) + 1
    places = np.fromiter(list_checkpoints(size, every), np.int64)
    figures = np.full(len(places) + 1, start)
    early = int((places < width).sum())
    for number in range(early):
        figures[number + 1] = figure(values[None, : places[number]])[0]
    if early < len(places):
        windows = sliding_window_view(values, width)
        rows = max(1, CHUNK // width)
        for first in range(early, len(places), rows):
            chosen = places[first : first + rows] - width
            figures[first + 1 : first + 1 + len(chosen)] = figure(windows[chosen])
    return figures[np.searchsorted(places, np.arange(size), side="right")]


def middle_of(rows: Floats) -> Floats:
    """The median of each row."""
    return np.asarray(np.median(rows, axis=1))


def high_of(rows: Floats, share: float) -> Floats:
    """The value that a share of each row does not exceed."""
    place = min(int(share * rows.shape[1]), rows.shape[1] - 1)
    return np.asarray(np.partition(rows, place, axis=1)[:, place])


def trailing_median(values: Floats, width: int) -> Floats:
    """At each point, and at the one after the last, the median of up to `width` values before it; nan at the first."""
    size = len(values) + 1
    out = np.full(size, np.nan)
    for place in range(1, min(width, size)):
        out[place] = np.median(values[:place])
    if size > width:
        windows = sliding_window_view(values, width)
        rows = max(1, CHUNK // width)
        for first in range(0, len(windows), rows):
            part = windows[first : first + rows]
            out[first + width : first + width + len(part)] = np.median(part, axis=1)
    return out
