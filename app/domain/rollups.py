"""What came in, added up: how much of what happened to whom in each five minutes; and what must be followed by
something.

A sweep reads these instead of the signals, so that it costs by how many things are watched and not by how much was
sent.
"""

from datetime import datetime
from typing import Final, NamedTuple

SLOT_SECONDS: Final = 300
SLOTS_AN_HOUR: Final = 3_600 // SLOT_SECONDS
SLOTS_A_DAY: Final = 24 * SLOTS_AN_HOUR
EXACT_SLOTS: Final = 48 * SLOTS_AN_HOUR
"""So many slots stay as they are; older ones are kept by the hour."""


class Cell(NamedTuple):
    """What is added up of one stream, in one slot, at one merchant."""

    slot: int
    merchant: str
    """Empty when nobody says whose it is."""
    stream: str
    count: float  # type: ignore[assignment]
    exposure: float
    value: float


class Awaited(NamedTuple):
    """Something that must be followed by something else: a captured payment by its order."""

    pair: str
    """What awaits what, such as payment>order."""
    key: str
    """What both carry, such as the id of the payment."""
    merchant: str
    at: datetime
    amount: int | None
    currency: str | None
    signal_id: str = ""
    """Which signal says that it is awaited; it is kept for so long."""


def slot_of(moment: datetime) -> int:
    """The number of the slot in which a moment lies."""
    return int(moment.timestamp() // SLOT_SECONDS)


def day_of(slot: int) -> int:
    """The first slot of the day (UTC) in which a slot lies."""
    return slot - slot % SLOTS_A_DAY


def hour_of(slot: int) -> int:
    """The first slot of the hour in which a slot lies."""
    return slot - slot % SLOTS_AN_HOUR
