"""Notices in SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func

from app.domain.notices import Notice, NoticeState
from app.store import codec
from app.store.sql.scope import Scoped, page_of
from app.store.sql.tables import notices
from app.store.transitions import COUNTED_AS_SENT


class SqlNotices:
    """The Notices port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def add(self, notice: Notice) -> bool:
        """Keep it once, by its id; False when it was there."""
        return self._rows.insert_once(notices, _columns_of(notice))

    def get(self, notice_id: str) -> Notice | None:
        """One of them, or None."""
        asked = self._rows.select(notices, notices.c.body).where(notices.c.id == codec.clean_text(notice_id))
        stored = self._rows.run(asked).scalar()
        return None if stored is None else codec.read_value(Notice, stored)

    def save(self, notice: Notice) -> None:
        """Replace it."""
        self._rows.put(notices, [_columns_of(notice)])

    def page(
        self,
        *,
        target: str | None = None,
        states: Collection[NoticeState] | None = None,
        since: datetime | None = None,
        limit: int = 200,
        oldest_first: bool = False,
    ) -> list[Notice]:
        """Those that were due at that moment or later, newest first unless asked otherwise."""
        asked = self._rows.select(notices, notices.c.body)
        if target is not None:
            asked = asked.where(notices.c.target == codec.clean_text(target))
        if states is not None:
            asked = asked.where(notices.c.state.in_(sorted(states)))
        if since is not None:
            asked = asked.where(notices.c.created_at >= since)
        order = (notices.c.created_at, notices.c.id)
        ordered = asked.order_by(*(order if oldest_first else (column.desc() for column in order)))
        return [codec.read_value(Notice, stored) for stored in self._rows.run(page_of(ordered, limit)).scalars()]

    def count_sent(self, target: str, since: datetime) -> int:
        """How many went to a target, or may have gone, since a moment."""
        asked = self._rows.select(notices, func.count()).where(
            notices.c.target == codec.clean_text(target),
            notices.c.state.in_(sorted(COUNTED_AS_SENT)),
            notices.c.ended_at >= since,
        )
        return int(self._rows.run(asked).scalar_one())

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment; how many went."""
        return self._rows.run(self._rows.delete(notices).where(notices.c.ended_at < moment)).rowcount


def _columns_of(notice: Notice) -> codec.Columns:
    kept = codec.to_fields(notice)
    named = {name: kept[name] for name in ("id", "target", "state")}
    return {**named, "created_at": notice.created_at, "ended_at": notice.ended_at, "body": codec.to_body(kept)}
