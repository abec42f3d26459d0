"""Two column types that mean the same on every database: a moment that sorts, and canonical JSON."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from app.store import codec


def stamp_moment(moment: datetime) -> str:
    """A moment as text of fixed width in UTC: the order of the texts is the order of the moments."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset cannot be stored")
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    spelled = utc.isoformat()
    return f"{spelled[:19]}.000000Z" if utc.microsecond == 0 else f"{spelled[:26]}Z"


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept as text of fixed width."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the column."""
        return None if value is None else stamp_moment(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the column: aware, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """A plain value, kept as canonical JSON text; None is SQL's NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the column."""
        return None if value is None else codec.to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From the column."""
        return None if value is None else json.loads(value)
