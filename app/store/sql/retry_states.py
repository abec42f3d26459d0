"""What keeps incidents of a tenant from going on, in SQL."""

from app.domain.work import RetryState
from app.store import codec
from app.store.sql.scope import Scoped
from app.store.sql.tables import setbacks

_COLUMNS = tuple(setbacks.c[name] for name in RetryState.model_fields)


class SqlSetbacks:
    """The Setbacks port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def get(self, incident_id: str) -> RetryState | None:
        """What is known about one incident; None when nothing went wrong."""
        row = self._rows.run(
            self._rows.select(setbacks, *_COLUMNS).where(setbacks.c.incident_id == codec.clean_text(incident_id))
        ).first()
        return None if row is None else RetryState.model_validate(dict(row._mapping))

    def put(self, setback: RetryState) -> None:
        """Insert or replace."""
        self._rows.put(setbacks, [codec.to_columns(setback)])

    def clear(self, incident_id: str) -> None:
        """It goes on again."""
        self._rows.run(self._rows.delete(setbacks).where(setbacks.c.incident_id == codec.clean_text(incident_id)))

    def page(self, *, dead: bool | None = None) -> list[RetryState]:
        """Newest first."""
        asked = self._rows.select(setbacks, *_COLUMNS)
        if dead is not None:
            asked = asked.where(setbacks.c.dead.is_(dead))
        newest = asked.order_by(setbacks.c.at.desc(), setbacks.c.incident_id.desc())
        return [RetryState.model_validate(dict(row._mapping)) for row in self._rows.run(newest)]
