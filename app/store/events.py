"""The chain of one tenant in SQL: appended in the transaction of the change it tells of, never altered (triggers refuse it)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func

from app.domain.events import ChainCheck, Event
from app.store import chain, codec
from app.store.columns import stamp
from app.store.moves import Happening
from app.store.scope import Scoped, page
from app.store.tables import events


class UnreadableLinkError(ValueError):
    """A row that is no link any more; it says which."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"link {seq} cannot be read")
        self.seq = seq


class SqlEvents:
    """The Events port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def append(self, kind: str, subject: str, payload: Mapping[str, Any], *, at: datetime) -> Event:
        """Add a link in the running transaction; the principal is the scope's."""
        event = chain.link(self._rows.scope, self._last(), kind, subject, payload, at)
        columns = {name: getattr(event, name) for name in ("seq", "kind", "subject", "principal", "prev_hash", "hash")}
        self._rows.insert(events, [{**columns, "at": stamp(event.at), "payload": codec.text(event.payload)}])
        return event

    def tell(self, happening: Happening, at: datetime) -> None:
        """Append what a repository of this session did."""
        self.append(*happening, at=at)

    def page(self, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False) -> list[Event]:
        """Links with seq > after, oldest first unless asked otherwise."""
        asked = self._rows.select(events).where(events.c.seq > max(after, 0))
        if subject is not None:
            asked = asked.where(events.c.subject == codec.clean(subject))
        ordered = asked.order_by(events.c.seq.desc() if newest_first else events.c.seq)
        return list(_links(self._rows.run(page(ordered, limit))))

    def verify(self) -> ChainCheck:
        """Walk the chain and name the first broken link, also one that cannot be read any more."""
        found = _links(self._rows.run(self._rows.select(events).order_by(events.c.seq), streamed=True))
        try:
            return chain.check(self._rows.scope.tenant_id, found)
        except UnreadableLinkError as broken:
            return ChainCheck(ok=False, checked=max(broken.seq - 1, 0), first_bad=broken.seq, reason=str(broken))

    def latest(self, *kinds: str) -> int:
        """The number of the last link of one of these kinds; 0 when there is none."""
        asked = self._rows.select(events, func.max(events.c.seq)).where(events.c.kind.in_(kinds))
        return self._rows.run(asked).scalar() or 0

    def _last(self) -> tuple[int, str] | None:
        asked = self._rows.select(events, events.c.seq, events.c.hash).order_by(events.c.seq.desc())
        row = self._rows.run(page(asked, 1)).first()
        return None if row is None else (row.seq, row.hash)


def _links(rows: Iterable[Row[Any]]) -> Iterator[Event]:
    for row in rows:
        kept = {name: member for name, member in row._mapping.items() if name != "tenant_id"}
        try:
            yield Event.model_validate({**kept, "payload": json.loads(row.payload)})
        except (ValueError, TypeError) as broken:
            raise UnreadableLinkError(row.seq) from broken
