"""The chain of one tenant in SQL: appended in the transaction of the change it tells of, never altered (triggers refuse
it).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func

from app.domain.events import ChainCheck, Event
from app.domain.replay import EventFact
from app.store import codec
from app.store.audit import chain
from app.store.sql.columns import stamp_moment
from app.store.sql.scope import Scoped, page_of
from app.store.sql.tables import events
from app.store.transitions import EventDraft


class SqlEvents:
    """The Events port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows
        self.appended: list[Event] = []
        """What this session appended: it is told once it is committed."""
        self.head: Event | None = None
        """The last link this session appended: what the anchor vouches for once it is committed."""

    def append(self, kind: str, subject: str, payload: Mapping[str, codec.Cell], *, at: datetime) -> Event:
        """Add a link in the running transaction; the principal is the scope's."""
        event = chain.make_link(self._rows.scope, self._last(), kind, subject, payload, at)
        columns = {name: getattr(event, name) for name in ("seq", "kind", "subject", "principal", "prev_hash", "hash")}
        self._rows.insert(events, [{**columns, "at": stamp_moment(event.at), "payload": codec.to_json(event.payload)}])
        self.head = event
        self.appended.append(event)
        return event

    def tell(self, happening: EventDraft, at: datetime) -> None:
        """Append what a repository of this session did."""
        self.append(*happening, at=at)

    def page(
        self, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False
    ) -> list[Event]:
        """Links with seq > after, oldest first unless asked otherwise."""
        asked = self._rows.select(events).where(events.c.seq > max(after, 0))
        if subject is not None:
            asked = asked.where(events.c.subject == codec.clean_text(subject))
        ordered = asked.order_by(events.c.seq.desc() if newest_first else events.c.seq)
        return list(_read_links(self._rows.run(page_of(ordered, limit))))

    def retold(self, kinds: Iterable[str]) -> Iterator[EventFact]:
        """What every event of these kinds tells, oldest first."""
        asked = self._rows.select(events, events.c.seq, events.c.kind, events.c.subject, events.c.payload).where(
            events.c.kind.in_(tuple(kinds))
        )
        with self._rows.run(asked.order_by(events.c.seq), streamed=True) as found:
            for row in found:
                yield EventFact(row.seq, row.kind, row.subject, json.loads(row.payload))

    def verify(self, heads: Mapping[int, str] | None = None) -> ChainCheck:
        """Walk the chain and name the first broken link, also one that cannot be read any more; with the anchored
        heads, also the first link that is not what was anchored. The hashes are taken from the bytes of the columns:
        nothing is made of a link to check it.
        """
        asked = self._rows.select(
            events, events.c.seq, *(self._rows.bytes_of(events.c[name]) for name in chain.Link._fields[1:])
        )
        with self._rows.run(asked.order_by(events.c.seq), streamed=True) as found:
            return chain.walk_links(self._rows.scope.tenant_id, map(chain.read_link, found), heads)

    def latest(self, *kinds: str) -> int:
        """The number of the last link of one of these kinds; 0 when there is none."""
        asked = self._rows.select(events, func.max(events.c.seq)).where(events.c.kind.in_(kinds))
        return self._rows.run(asked).scalar() or 0

    def newest(self, *kinds: str) -> Event | None:
        """The last link of one of these kinds."""
        asked = self._rows.select(events).where(events.c.kind.in_(kinds)).order_by(events.c.seq.desc())
        return next(_read_links(self._rows.run(page_of(asked, 1))), None)

    def _last(self) -> tuple[int, str] | None:
        """The end of the chain; nobody else appends to it while this block writes."""
        if self.head is not None:
            return self.head.seq, self.head.hash
        asked = self._rows.select(events, events.c.seq, events.c.hash).order_by(events.c.seq.desc())
        row = self._rows.run(page_of(asked, 1)).first()
        return None if row is None else (row.seq, row.hash)


def _read_links(rows: Iterable[Row[Any]]) -> Iterator[Event]:
    for row in rows:
        kept = {name: member for name, member in row._mapping.items() if name != "tenant_id"}
        yield Event.model_validate({**kept, "payload": json.loads(row.payload)})
