"""Notices in memory."""

from collections.abc import Collection
from datetime import datetime

from app.domain.notices import Notice, NoticeState
from app.store import codec
from app.store.memory import still
from app.store.memory.shelf import ShelfView
from app.store.transitions import COUNTED_AS_SENT

_KIND = "notices"


class MemoryNotices:
    """The Notices port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def add(self, notice: Notice) -> bool:
        """Keep it once, by its id; False when it was there."""
        kept = still.as_stored(notice)
        return self._view.edit(_KIND).setdefault(kept.id, kept) is kept

    def get(self, notice_id: str) -> Notice | None:
        """One of them, or None."""
        stored: Notice | None = self._view.rows(_KIND).get(codec.clean_text(notice_id))
        return stored

    def save(self, notice: Notice) -> None:
        """Replace it."""
        kept = still.as_stored(notice)
        self._view.edit(_KIND)[kept.id] = kept

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
        found = [
            one
            for one in self._all()
            if target in (None, one.target)
            and (states is None or one.state in states)
            and (since is None or one.created_at >= since)
        ]
        ordered = sorted(found, key=lambda one: (one.created_at, one.id), reverse=not oldest_first)
        return ordered[: max(limit, 0)]

    def count_sent(self, target: str, since: datetime) -> int:
        """How many went to a target, or may have gone, since a moment."""
        return sum(
            1
            for one in self._all()
            if one.target == target and one.state in COUNTED_AS_SENT and one.ended_at and one.ended_at >= since
        )

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment; how many went."""
        gone = [one.id for one in self._all() if one.ended_at is not None and one.ended_at < moment]
        rows = self._view.edit(_KIND)
        for name in gone:
            del rows[name]
        return len(gone)

    def _all(self) -> list[Notice]:
        return list(self._view.rows(_KIND).values())
