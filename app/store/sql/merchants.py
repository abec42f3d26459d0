"""The merchants of a tenant in SQL. Every look at an incident reads all of them, and they hardly ever change, so that
what was read lately is remembered by its row.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from app.domain.merchants import Merchant
from app.store import codec
from app.store.sql.scope import Scoped
from app.store.sql.tables import merchants as table

REMEMBERED_MERCHANTS: Final = 20_000
"""So many are kept as they were read, one or two kilobytes each."""


class SqlMerchants:
    """The Merchants port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def put(self, merchants: Sequence[Merchant]) -> None:
        """Insert or replace by id; the last of an id counts."""
        latest = {kept["id"]: codec.to_body(kept) for kept in map(codec.to_fields, merchants)}
        self._rows.put(table, [{"id": merchant_id, "body": stored} for merchant_id, stored in latest.items()])

    def get(self, merchant_id: str) -> Merchant | None:
        """One merchant, or None."""
        stored = self._rows.find(table, table.c.body, id=codec.clean_text(merchant_id)).scalar()
        return None if stored is None else _read_merchant(stored)

    def all(self) -> list[Merchant]:
        """Every merchant, by id."""
        found = self._rows.find(table, table.c.body, by=(table.c.id,))
        return [_read_merchant(stored) for stored in found.scalars().all()]


@lru_cache(maxsize=REMEMBERED_MERCHANTS)
def _read_merchant(stored: str) -> Merchant:
    return codec.read_value(Merchant, stored)
