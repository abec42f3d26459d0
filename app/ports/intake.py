"""What came in, as the use cases read and keep it: the signals and the merchants of one tenant."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.merchants import Merchant
from app.domain.signals import Backlog, Signal, SignalAside, SignalType, Swept


class Signals(Protocol):
    """The signals of one tenant. Those that were set aside are found by id and by `recent` and `aside` only: nothing is
    computed of them.
    """

    def add(self, signals: Sequence[Signal], *, counted: bool = False) -> list[bool]:
        """Keep each signal once, by id; True where it was new. `counted` when the same transaction adds them up."""
        ...

    def uncounted(self, limit: int) -> list[Signal]:
        """Signals that were never added up and are not set aside, by (occurred_at, id)."""
        ...

    def mark_counted(self, ids: Sequence[str]) -> None:
        """Note that these are added up."""
        ...

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        ...

    def window(
        self,
        since: datetime,
        until: datetime | None = None,
        *,
        types: Iterable[SignalType] | None = None,
        merchants: Iterable[str] | None = None,
        newest: int | None = None,
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id); with `newest` no more than the
        last so many.
        """
        ...

    def window_with_incidents(
        self, since: datetime, until: datetime | None = None, *, kind: SignalType | None = None, newest: int
    ) -> tuple[list[Signal], dict[str, str]]:
        """The last so many signals with since <= occurred_at < until, of one type or of all, by (occurred_at, id); and
        the incident of each that joined one.
        """
        ...

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last signal with since <= occurred_at < until occurred; None when there is none."""
        ...

    def recent(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        signal_type: SignalType | None = None,
        merchant_id: str | None = None,
    ) -> list[Signal]:
        """Newest first, for people."""
        ...

    def count(
        self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False
    ) -> int:
        """How many there are."""
        ...

    def backlog(self) -> Backlog:
        """How much no sweep has looked at, and how long it has waited."""
        ...

    def unswept(self, limit: int = 20_000) -> list[Signal]:
        """Signals no sweep has looked at, by (occurred_at, id)."""
        ...

    def mark_swept(self, assigned: Mapping[str, str | None]) -> None:
        """Note for each signal id the incident it joined, or None when it joined none."""
        ...

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        ...

    def incidents_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The incident that each of these joined, for those that joined one."""
        ...

    def set_aside(self, reasons: Mapping[str, str], *, at: datetime) -> int:
        """Keep these out of every sweep and every computation, each for its reason; how many were not aside before.
        They count as never added up.
        """
        ...

    def counted(self, ids: Sequence[str]) -> set[str]:
        """Those of these that are added up."""
        ...

    def bring_back(self, ids: Sequence[str]) -> list[str]:
        """Let the next sweep look at these again, as if they had just come in; the ids of those that were aside."""
        ...

    def aside(self, limit: int = 500) -> list[SignalAside]:
        """Those that are set aside, the latest first."""
        ...

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        ...

    def swept_before(self, moment: datetime, *, after: Swept | None = None, limit: int) -> list[Swept]:
        """Signals from before a moment that a sweep has seen, but for those set aside, by (occurred_at, id), from
        behind one of them on.
        """
        ...

    def discard(self, ids: Sequence[str], *, of: str | None) -> int:
        """Delete those of these that a sweep has seen, that are not set aside, and that are of this incident, or of
        none; how many went.
        """
        ...


class Merchants(Protocol):
    """The merchants of one tenant."""

    def put(self, merchants: Sequence[Merchant]) -> None:
        """Insert or replace by id."""
        ...

    def get(self, merchant_id: str) -> Merchant | None:
        """One merchant, or None."""
        ...

    def all(self) -> list[Merchant]:
        """Every merchant, by id."""
        ...
