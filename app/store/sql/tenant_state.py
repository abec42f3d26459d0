"""Small named values of a tenant in SQL."""

from app.domain.base import JsonMapping, JsonObject
from app.store import codec
from app.store.sql.scope import Scoped
from app.store.sql.tables import notes


class SqlNotes:
    """The Notes port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def get(self, key: str) -> JsonObject | None:
        """The value, or None."""
        stored: JsonObject | None = self._rows.find(notes, notes.c.value, key=codec.clean_text(key)).scalar()
        return stored

    def put(self, key: str, value: JsonMapping) -> None:
        """Insert or replace."""
        self._rows.put(notes, [{"key": codec.clean_text(key), "value": dict(value)}])
