"""The record that cannot be changed unseen, and what vouches for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.base import JsonMapping
from app.domain.events import AnchorReading, ChainCheck, Event
from app.domain.replay import EventFact


class Events(Protocol):
    """The append-only, hash-chained record of one tenant."""

    def append(self, kind: str, subject: str, payload: JsonMapping, *, at: datetime) -> Event:
        """Add a link in the running transaction; the principal is the scope's."""
        ...

    def page(
        self, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False
    ) -> list[Event]:
        """Links, oldest first unless asked otherwise."""
        ...

    def retold(self, kinds: Iterable[str]) -> Iterator[EventFact]:
        """What every event of these kinds tells, oldest first; read within the session's block."""
        ...

    def verify(self, heads: Mapping[int, str] | None = None) -> ChainCheck:
        """Walk the chain and name the first broken link; with the anchored heads, also the first link that is not what
        was anchored.
        """
        ...


class Anchor(Protocol):
    """The signed head of each chain, kept outside the database: what makes a shortened or rewritten chain visible."""

    def open(self) -> str:
        """Make it where there is none; the fingerprint of the key it signs with."""
        ...

    def append(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link that was just committed."""
        ...

    def accept(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link anew, by a person's word: what was vouched for in this tenant before no longer counts."""
        ...

    def reading(self, tenant_id: str) -> AnchorReading:
        """Everything vouched for in one tenant."""
        ...

    def readings(self, tenant_ids: Sequence[str]) -> dict[str, AnchorReading]:
        """The same for many tenants at once, by one look at the anchor."""
        ...
