"""How many visitors there were to see something go wrong: by merchant and window, where some are not told yet, where
things do not only come with visitors, and where machines come at all hours.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from app.expect.windows import WINDOWS, Floats

QUIET_SHARE: Final = 0.5
"""A slot of which so little of the usual is told is not told yet."""
SILENCED: Final = 0.25
"""So few of the usual visitors are as good as none."""
ENOUGH_TO_MISS: Final = 10.0
TRIES: Final = "visits|"
WORK: Final = ("call|", "done|", "errors|", "logs|")
"""What is done, where nothing tells of visitors."""


def streams_of_visits(tries: Sequence[int], work: Sequence[int], before: Floats) -> list[int]:
    """The places of the streams that tell best how many visitors there were: a metric's tries where there is one, of
    several the one of which most was seen before, by stream and merchant; else what was done.
    """
    if not tries:
        return list(work)
    seen = before[tries].sum(axis=1) + 1e-9 * np.arange(len(tries))
    return [tries[int(np.argmax(seen))]]


def count_visitors(by_slot: Floats, past: Floats, is_alive: Callable[[], bool]) -> tuple[Floats, Floats]:
    """Visitors by merchant and window, and of all merchants by slot, from those of each slot, the latest first. What is
    not told yet of the last slots, though as much was done as before, is put in by each merchant's share, and every
    merchant has a little, so that the silent ones are not beyond expectation.
    """
    told = by_slot.sum(axis=1)
    lately = told[2:14].mean() if len(told) > 14 else 0.0
    share = by_slot.sum(axis=0) + past
    share = (share + share.sum() * 1e-3 / max(len(past), 1)) / max(share.sum() * 1.001, 1e-9)
    if told[1] < QUIET_SHARE * lately and is_alive():
        by_slot[1] = share * lately
    by_slot = by_slot + share * max(float(told.mean()), 1e-6) * 0.05
    edges = np.cumsum(by_slot, axis=0)
    return np.stack([edges[length - 1] for length in WINDOWS], axis=1), by_slot.sum(axis=1)


def spread_evenly(visits: Floats, past: Floats, span: int) -> tuple[Floats, Floats]:
    """Visits for what does not only come with visits: half of it spread evenly over time and partly over merchants, so
    that the small hours and the small shops are not beyond expectation. `span` is for how many slots anything is known.
    """
    total = visits[:, -1] + past[:, -1]
    each = (total + total.mean()) / 2 / span
    lengths = np.minimum(np.array(WINDOWS), span)
    over = each[:, None] * lengths[None]
    return (visits + over) / 2, (past + each[:, None] * (span - lengths)[None]) / 2


def keep_steady(visits: Floats, past: Floats, span: int) -> Floats:
    """Visits as if they came at all times alike: machines keep no hours."""
    each = (visits[:, -1] + past[:, -1]) / span
    return np.asarray(each[:, None] * np.minimum(np.array(WINDOWS), span)[None])


def bring_back_silenced(visits: Floats, usual: Floats | None) -> Floats:
    """Visits as they would have been, where as good as nobody comes any more who always came at such hours: whom
    browsers turn away before they arrive buys nothing either. What everybody has less of is a day like that.
    """
    if usual is None:
        return visits
    usual = usual * np.minimum(visits.sum(axis=0) / np.maximum(usual.sum(axis=0), 1e-9), 1.0)
    silenced = (visits < SILENCED * usual) & (usual > ENOUGH_TO_MISS)
    return np.where(silenced, usual, visits)
