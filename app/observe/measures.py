"""What a metric counts for: of so many tries so many went well, or so many came."""

from typing import Final

from app.config.vocabulary import Vocabulary
from app.domain.rollups import SLOT_SECONDS
from app.domain.signals import Signal

RATIO: Final = "ratio"
VISITS: Final = "visits"
FINE_WINDOW: Final = 900
"""A metric of so many seconds or fewer tells how many visitors there were; one of an hour does not say when."""
LONGEST_WINDOW: Final = 3600
"""How many came in longer than an hour is not spread over it."""

Row = tuple[int, str, float, float, float]
"""Slot, stream, count, tries, value."""


def read_metric(signal: Signal, at: float, words: Vocabulary) -> list[Row]:
    """A share of so many tries, or how many came; it counts where its window lies, not where it was told. Other metrics
    are no events.
    """
    if signal.value is None or not signal.name:
        return []
    length = signal.window_s or SLOT_SECONDS
    if not signal.trials:
        return _spread_visits(signal, at, length) if words.counts_visits(signal.name) else []
    if not 0 <= signal.value <= 1:
        return []
    slot = int((at - length / 2) // SLOT_SECONDS)
    trials = float(signal.trials)
    rows: list[Row] = [(slot, f"{RATIO}|{signal.name}", float(round(signal.value * trials)), trials, float(length))]
    if length <= FINE_WINDOW:
        rows.append((slot, f"{VISITS}|{signal.name}", trials, 0.0, 0.0))
    return rows


def _spread_visits(signal: Signal, at: float, length: float) -> list[Row]:
    """How many came, evenly over the time for which it is told."""
    if length > LONGEST_WINDOW or not signal.value or signal.value < 0:
        return []
    slots = max(1, round(length / SLOT_SECONDS))
    first = int((at - length) // SLOT_SECONDS) + (1 if (at - length) % SLOT_SECONDS else 0)
    each = float(signal.value) / slots
    return [(slot, f"{VISITS}|{signal.name}", each, 0.0, 0.0) for slot in range(first, first + slots)]
