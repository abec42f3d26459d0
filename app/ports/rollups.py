"""What came in, added up, as the use cases write and read it; and what is still awaited."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.rollups import Awaited, Cell


class Rollups(Protocol):
    """The cells of one tenant, one for each slot, merchant and stream."""

    def add(self, cells: Iterable[Cell]) -> None:
        """Add to the cells of their slot, merchant and stream what these hold, and note that their slots changed.

        A negative number takes back.
        """
        ...

    def changed(self, since: int) -> tuple[list[int], int]:
        """The slots that changed after a version, in order, and the newest version; 0 is before everything.

        One whose cells went into their hour has changed, too: it holds nothing any more.
        """
        ...

    def counted(self, since: int) -> list[int]:
        """The slots in which something was counted after a version, in order: without those that only went into their
        hour.
        """
        ...

    def between(self, first: int, last: int) -> list[Cell]:
        """The cells from the first slot to the last, both included, by slot."""
        ...

    def sums(self, first: int, last: int, streams: Collection[str]) -> list[Cell]:
        """What these streams, or all that begin like one that ends in a star, came to at each merchant from the first
        slot to the last, both included; the cells carry the first slot.
        """
        ...

    def of_slots(self, slots: Iterable[int]) -> list[Cell]:
        """The cells of these slots, by slot."""
        ...

    def by_day(self, first: int, last: int, prefixes: Sequence[str]) -> list[Cell]:
        """The cells of slots from first to last, both included, of streams whose names begin so: those of a day (UTC)
        and a merchant that begin with the same prefix added up, named by the prefix, in the first slot of the day.
        """
        ...

    def by_hour(self, first: int, last: int, streams: Collection[str]) -> list[Cell]:
        """What these streams, or all that begin like one that ends in a star, came to at all merchants together in each
        hour from the first slot to the last, both included; the cells carry the first slot of the hour, and nobody.
        """
        ...

    def span(self) -> tuple[int, int] | None:
        """The first and the last slot that hold anything; None before the first."""
        ...

    def compact(self, before: int, *, hours: int) -> int:
        """Add the slots of whole hours before a slot to the first of their hour, so many hours at most; how many hours
        were merged.

        What comes late for such an hour lies in its own slot until the next time.
        """
        ...

    def drop(self, before: int) -> int:
        """Forget the slots before one; how many slots went."""
        ...

    def erase(self, merchant: str) -> None:
        """Forget the cells of a merchant."""
        ...


class Awaits(Protocol):
    """What must be followed by something, in one tenant. Either side may come first, and each may come twice."""

    def add(self, rows: Sequence[Awaited]) -> None:
        """Await these, once for each pair and key; one that was fulfilled before it came is not awaited."""
        ...

    def fulfil(self, keys: Iterable[tuple[str, str]], *, at: datetime) -> list[Awaited]:
        """What follows came, for these pairs and keys; those that were awaited. The others are remembered, for what
        comes out of order. What is settled names no signal any more.
        """
        ...

    def fulfil_alike(self, rows: Sequence[Awaited]) -> list[Awaited]:
        """The same for what names nothing: each settles the latest of the same pair, merchant, amount and currency
        before it, else the first after it; those that were awaited.
        """
        ...

    def waiting(self, pair: str, before: datetime | None = None) -> list[Awaited]:
        """Those of a pair that nothing has followed yet, told or not, by (at, key)."""
        ...

    def named(self, first: datetime, last: datetime) -> frozenset[str]:
        """The signals that say what is awaited from one moment to another, both included."""
        ...

    def has_news(self, pair: str, before: datetime) -> bool:
        """Whether any is overdue by a moment and not told, or was told and then followed."""
        ...

    def overdue(self, pair: str, before: datetime) -> list[Awaited]:
        """Those from before a moment that nothing has followed and that were not told before, by (at, key); now they
        are told.
        """
        ...

    def taken_back(self, pair: str) -> list[Awaited]:
        """Those that were told as overdue and were followed after all, by (at, key), each once; they are settled."""
        ...

    def drop(self, before: datetime, *, settled_before: datetime) -> int:
        """Forget what is from before a moment, and what is settled from before another; how many rows went."""
        ...

    def erase(self, merchant: str) -> None:
        """Forget what a merchant awaits."""
        ...
