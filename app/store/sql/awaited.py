"""What must be followed by something, in SQL: a row for each pair and key, whichever side came first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, and_, or_

from app.domain.rollups import Awaited
from app.store import codec
from app.store.rollups import DONE, LATE, TOLD, WAITING
from app.store.sql.columns import stamp_moment
from app.store.sql.scope import Bound, Scoped, page_of
from app.store.sql.tables import awaited as table

_KEPT = (
    table.c.pair,
    table.c.key,
    table.c.merchant,
    table.c.at,
    table.c.amount,
    table.c.currency,
    table.c.signal_id,
)

_WRITTEN = ("pair", "key", "state", "at", "merchant", "amount", "currency", "signal_id")


class SqlAwaits:
    """The Awaits port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def add(self, rows: Sequence[Awaited]) -> None:
        """Await these, once for each pair and key; one that was fulfilled before it came is not awaited."""
        self._rows.insert_many(table, _WRITTEN, [_row_of(row, WAITING) for row in rows], if_missing=True)

    def fulfil(self, keys: Iterable[tuple[str, str]], *, at: datetime) -> list[Awaited]:
        """What follows came, for these pairs and keys; those that were awaited."""
        asked: defaultdict[str, list[str]] = defaultdict(list)
        for pair, key in dict.fromkeys(keys):
            asked[codec.clean_text(pair)].append(codec.clean_text(key))
        found: list[Awaited] = []
        for pair, wanted in asked.items():
            of_these = and_(table.c.pair == pair, self._rows.among(table.c.key, wanted))
            awaited = self._read(self._rows.select(table, *_KEPT).where(of_these, table.c.state.in_([WAITING, TOLD])))
            for before, after in ((TOLD, LATE), (WAITING, DONE)) if awaited else ():
                self._rows.run(self._moved(before, after).where(of_these))
            found += awaited
            early = [_row_of(Awaited(pair, key, "", at, None, None, ""), DONE) for key in wanted]
            self._rows.insert_many(table, _WRITTEN, early, if_missing=True)
        return found

    def fulfil_alike(self, rows: Sequence[Awaited]) -> list[Awaited]:
        """Each settles the latest that is alike before it, else the first after it."""
        found: list[Awaited] = []
        for one in rows:
            alike = self._of(one.pair).where(
                table.c.state.in_([WAITING, TOLD]),
                table.c.merchant == codec.clean_text(one.merchant),
                table.c.amount.is_not_distinct_from(one.amount),
                table.c.currency.is_not_distinct_from(one.currency),
            )
            earlier = alike.where(table.c.at <= one.at).order_by(table.c.at.desc(), table.c.key.desc())
            later = alike.where(table.c.at > one.at).order_by(table.c.at, table.c.key)
            settled = self._rows.run(page_of(earlier, 1)).first() or self._rows.run(page_of(later, 1)).first()
            if settled is not None:
                found += self.fulfil([(settled.pair, settled.key)], at=one.at)
        return found

    def waiting(self, pair: str, before: datetime | None = None) -> list[Awaited]:
        """Those of a pair that nothing has followed yet, told or not, by (at, key)."""
        asked = self._of(pair).where(table.c.state.in_([WAITING, TOLD]))
        return self._read(asked if before is None else asked.where(table.c.at < before))

    def named(self, first: datetime, last: datetime) -> frozenset[str]:
        """The signals that say what is awaited from one moment to another, both included."""
        asked = self._rows.select(table, table.c.signal_id).where(table.c.at >= first, table.c.at <= last)
        return frozenset(name for (name,) in self._rows.run(asked) if name)

    def has_news(self, pair: str, before: datetime) -> bool:
        """Whether any is overdue by a moment and not told, or was told and then followed."""
        untold = and_(table.c.state == WAITING, table.c.at < before)
        asked = self._of(pair).where(or_(untold, table.c.state == LATE))
        return self._rows.run(page_of(asked.order_by(table.c.at), 1)).first() is not None

    def overdue(self, pair: str, before: datetime) -> list[Awaited]:
        """Those from before a moment that nothing has followed and that were not told before; now they are told."""
        return self._told(pair, WAITING, TOLD, before)

    def taken_back(self, pair: str) -> list[Awaited]:
        """Those that were told as overdue and were followed after all, each once."""
        return self._told(pair, LATE, DONE, None)

    def drop(self, before: datetime, *, settled_before: datetime) -> int:
        """Forget what is from before a moment, and what is settled from before another; how many rows went."""
        settled = and_(table.c.state == DONE, table.c.at < settled_before)
        return self._rows.run(self._rows.delete(table).where(or_(table.c.at < before, settled))).rowcount

    def erase(self, merchant: str) -> None:
        """Forget what a merchant awaits."""
        self._rows.run(self._rows.delete(table).where(table.c.merchant == codec.clean_text(merchant)))

    def _told(self, pair: str, before: str, after: str, until: datetime | None) -> list[Awaited]:
        concerned = [table.c.pair == codec.clean_text(pair), table.c.state == before]
        concerned += [] if until is None else [table.c.at < until]
        found = self._read(self._rows.select(table, *_KEPT).where(*concerned))
        self._rows.run(self._moved(before, after).where(*concerned))
        return found

    def _moved(self, before: str, after: str) -> Update:
        """Those in one state move to another; what is settled names no signal any more."""
        settled = {"signal_id": ""} if after == DONE else {}
        return self._rows.update(table).where(table.c.state == before).values(state=after, **settled)

    def _of(self, pair: str) -> Select[Any]:
        return self._rows.select(table, *_KEPT).where(table.c.pair == codec.clean_text(pair))

    def _read(self, asked: Select[Any]) -> list[Awaited]:
        return [Awaited._make(row) for row in self._rows.run(asked.order_by(table.c.at, table.c.key))]


def _row_of(row: Awaited, state: str) -> Bound:
    pair, key, merchant, currency, signal_id = map(
        codec.clean_text, (row.pair, row.key, row.merchant, row.currency, row.signal_id)
    )
    return pair, key, state, stamp_moment(row.at), merchant, row.amount, currency, signal_id
