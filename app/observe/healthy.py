"""How many failures merchants have that are well: what a treatment is held against, from what was added up before."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from app.config.vocabulary import Vocabulary
from app.domain.rollups import SLOTS_A_DAY, Cell
from app.domain.signals import Signal, SignalType
from app.expect.families import family_of
from app.expect.normal import expect_counts
from app.observe.measures import VISITS
from app.observe.streams import DONE, ERRORS, LOGS, failure_stream, ticket_streams

PAST: Final = 2 * SLOTS_A_DAY
"""So many slots before the trouble say what is normal."""
METRICS: Final = (f"{VISITS}|*",)
DEEDS: Final = ("call|*", f"{DONE}|*", f"{ERRORS}|*", f"{LOGS}|*")
"""What tells how many visitors there were: a metric where there is one, else what was done."""


def find_streams(failures: Iterable[Signal], words: Vocabulary) -> list[str]:
    """The streams in which these failures are counted."""
    found: set[str] = set()
    for one in failures:
        is_ticket = one.signal_type is SignalType.TICKET
        found.update(ticket_streams(one.text(), words) if is_ticket else [failure_stream(one)])
    return sorted(found)


def visits_kind(metrics: Sequence[Cell]) -> tuple[str, ...]:
    """The streams that tell how many visitors there were: the metric that counts most of them, or all deeds."""
    sums: dict[str, float] = {}
    for cell in metrics:
        sums[cell.stream] = sums.get(cell.stream, 0.0) + cell.count
    return (max(sorted(sums), key=lambda name: sums[name]),) if sums else DEEDS


def expect_healthy(
    failed: Sequence[Cell], visited: Sequence[Cell], came: Sequence[Cell], *, share: float
) -> dict[str, float]:
    """How many events of streams that once `failed` so often each merchant would have had, had nothing been wrong: of
    those who were `visited` then, by who `came` since. `share`: the part of that in the time that is asked about.
    """
    before, since = sum_by_merchant(visited), sum_by_merchant(came)
    names = sorted(name for name, count in before.items() if name and count > 0)
    tries = np.array([before[name] for name in names])
    now = np.array([since.get(name, 0.0) * share for name in names])
    sums = np.zeros(len(names))
    for stream in {cell.stream for cell in failed}:
        family = family_of(stream)
        if family is not None:
            own = sum_by_merchant([cell for cell in failed if cell.stream == stream])
            sums += expect_counts(family, np.array([own.get(name, 0.0) for name in names]), tries, now)
    return dict(zip(names, sums.tolist(), strict=True))


def sum_by_merchant(cells: Sequence[Cell]) -> dict[str, float]:
    """What came to each merchant."""
    found: dict[str, float] = {}
    for cell in cells:
        found[cell.merchant] = found.get(cell.merchant, 0.0) + cell.count
    return found
