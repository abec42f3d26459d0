"""The chain of a tenant in memory."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from app.domain.events import ChainCheck, Event
from app.domain.replay import EventFact
from app.store import codec
from app.store.audit import chain
from app.store.memory import still
from app.store.memory.shelf import ShelfView
from app.store.transitions import EventDraft

_KIND = "events"
_NEWEST = "newest_events"
"""The last link of each kind."""


class MemoryEvents:
    """The Events port in memory: seq to the link."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view
        self.appended: list[Event] = []
        """What this session appended: it is told once it is committed."""
        self.head: Event | None = None
        """The last link this session appended."""

    def append(self, kind: str, subject: str, payload: Mapping[str, codec.Cell], *, at: datetime) -> Event:
        """Add a link in the running transaction; the principal is the scope's."""
        links = self._view.edit(_KIND)
        last: Event | None = links[len(links)] if links else None
        event = still.as_stored(
            chain.make_link(self._view.scope, (last.seq, last.hash) if last else None, kind, subject, payload, at)
        )
        links[event.seq] = self._view.edit(_NEWEST)[event.kind] = self.head = event
        self.appended.append(event)
        return event

    def tell(self, happening: EventDraft, at: datetime) -> None:
        """Append what a repository of this session did."""
        self.append(*happening, at=at)

    def page(
        self, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False
    ) -> list[Event]:
        """Links with seq > after, oldest first unless asked otherwise."""
        wanted = None if subject is None else codec.clean_text(subject)
        links = [event for seq, event in self._links().items() if seq > after and wanted in (None, event.subject)]
        return (links[::-1] if newest_first else links)[: max(limit, 0)]

    def retold(self, kinds: Iterable[str]) -> Iterator[EventFact]:
        """What every event of these kinds tells, oldest first."""
        wanted = frozenset(kinds)
        return (
            EventFact(event.seq, event.kind, event.subject, event.payload)
            for event in list(self._links().values())
            if event.kind in wanted
        )

    def verify(self, heads: Mapping[int, str] | None = None) -> ChainCheck:
        """Walk the chain and name the first broken link; with the anchored heads, also the first that is not what was
        anchored.
        """
        return chain.check_links(self._view.scope.tenant_id, self._links().values(), heads)

    def latest(self, *kinds: str) -> int:
        """The number of the last link of one of these kinds; 0 when there is none."""
        last = self.newest(*kinds)
        return last.seq if last else 0

    def newest(self, *kinds: str) -> Event | None:
        """The last link of one of these kinds."""
        links: Mapping[str, Event] = self._view.rows(_NEWEST)
        return max((links[kind] for kind in kinds if kind in links), key=lambda event: event.seq, default=None)

    def _links(self) -> Mapping[int, Event]:
        """Its links in the order of their numbers, which is the order in which they came."""
        links: Mapping[int, Event] = self._view.rows(_KIND)
        return links
