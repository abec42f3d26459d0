"""The chain of a tenant in memory."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.domain.events import ChainCheck, Event
from app.domain.replay import Told
from app.store import chain, codec
from app.store.memory.shelf import View
from app.store.moves import Happening

_KIND = "events"


class _Link(NamedTuple):
    """A link of the chain, and what it is found by."""

    body: str
    kind: str
    subject: str


class MemoryEvents:
    """The Events port in memory: seq to the link. Only what is asked for is read."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.head: Event | None = None
        """The last link this session appended."""

    def append(self, kind: str, subject: str, payload: Mapping[str, Any], *, at: datetime) -> Event:
        """Add a link in the running transaction; the principal is the scope's."""
        links = self._view.edit(_KIND)
        last = codec.value(Event, links[len(links)].body) if links else None
        event = chain.link(self._view.scope, (last.seq, last.hash) if last else None, kind, subject, payload, at)
        kept = codec.fields(event)
        links[event.seq] = _Link(codec.body(kept), kept["kind"], kept["subject"])
        self.head = event
        return event

    def tell(self, happening: Happening, at: datetime) -> None:
        """Append what a repository of this session did."""
        self.append(*happening, at=at)

    def page(self, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False) -> list[Event]:
        """Links with seq > after, oldest first unless asked otherwise."""
        wanted = None if subject is None else codec.clean(subject)
        links = [row for seq, row in self._links().items() if seq > after and wanted in (None, row.subject)]
        return [codec.value(Event, row.body) for row in (links[::-1] if newest_first else links)[: max(limit, 0)]]

    def retold(self, kinds: Iterable[str]) -> Iterator[Told]:
        """What every event of these kinds tells, oldest first."""
        wanted = frozenset(kinds)
        asked = (codec.value(Event, row.body) for row in list(self._links().values()) if row.kind in wanted)
        return (Told(event.seq, event.kind, event.subject, event.payload) for event in asked)

    def verify(self, heads: Mapping[int, str] | None = None) -> ChainCheck:
        """Walk the chain and name the first broken link; with the anchored heads, also the first that is not what was anchored."""
        return chain.check(self._view.scope.tenant_id, self._all(), heads)

    def latest(self, *kinds: str) -> int:
        """The number of the last link of one of these kinds; 0 when there is none."""
        last = self.newest(*kinds)
        return last.seq if last else 0

    def newest(self, *kinds: str) -> Event | None:
        """The last link of one of these kinds."""
        links = self._links()
        found = next((links[seq] for seq in range(len(links), 0, -1) if links[seq].kind in kinds), None)
        return None if found is None else codec.value(Event, found.body)

    def _all(self) -> list[Event]:
        return [codec.value(Event, row.body) for row in self._links().values()]

    def _links(self) -> Mapping[int, _Link]:
        """Its links in the order of their numbers, which is the order in which they came."""
        links: Mapping[int, _Link] = self._view.rows(_KIND)
        return links
