"""Time, ids and chance: what a computation may not take from the machine by itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only way to know the time."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...


class Ids(Protocol):
    """Ids that need not be derived from content (conversations, requests without a key)."""

    def fresh(self, prefix: str) -> str:
        """A new id that nobody else has."""
        ...


class Random(Protocol):
    """Seeded chance."""

    def random(self) -> float:
        """A number in [0, 1)."""
        ...
