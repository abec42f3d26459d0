"""The outbox of a tenant in SQL: what is to be sent is committed before it is sent, and every attempt before it is
made.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Select

from app.domain.action_states import ActionStatus
from app.domain.work import Intent
from app.store import codec, transitions
from app.store.sql.events import SqlEvents
from app.store.sql.scope import Scoped, page_of
from app.store.sql.tables import outbox


class SqlOutbox:
    """The Outbox port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def put(self, intent: Intent) -> bool:
        """Keep an intent once, by its key; False when it was there."""
        return self._rows.insert_once(outbox, codec.to_columns(intent))

    def get(self, key: str) -> Intent | None:
        """One intent."""
        row = self._rows.run(self._all().where(outbox.c.key == codec.clean_text(key))).first()
        return None if row is None else Intent.model_validate(dict(row._mapping))

    def attempt(self, key: str, *, at: datetime) -> Intent:
        """Count one more attempt, before it is made; NotFound for an unknown key, Conflict for an intent that is
        closed.
        """
        open_one = self._rows.update(outbox).where(outbox.c.key == codec.clean_text(key), outbox.c.ended_at.is_(None))
        counted = self._rows.run(open_one.values(attempts=outbox.c.attempts + 1, tried_at=at)).rowcount == 1
        intent = transitions.known_intent(self.get(key), key)
        if not counted:
            raise transitions.closed_intent(intent)
        if intent.attempts > 1:
            self._chain.tell(transitions.action_sent_again(intent), at)
        return intent

    def end(self, key: str, *, ending: str, error: str, at: datetime) -> None:
        """Close it; closing it again (a person settles a doubt) replaces how it ended. NotFound for an unknown key."""
        ended = {"ending": codec.clean_text(ending), "error": codec.clean_text(error), "ended_at": at}
        if (
            self._rows.run(
                self._rows.update(outbox).where(outbox.c.key == codec.clean_text(key)).values(**ended)
            ).rowcount
            != 1
        ):
            transitions.known_intent(None, key)

    def page(self, *, action_id: str | None = None, open_only: bool = False, limit: int = 200) -> list[Intent]:
        """Newest first."""
        asked = self._all()
        if action_id is not None:
            asked = asked.where(outbox.c.action_id == codec.clean_text(action_id))
        if open_only:
            asked = asked.where(outbox.c.ended_at.is_(None))
        newest = asked.order_by(outbox.c.created_at.desc(), outbox.c.key.desc())
        return [Intent.model_validate(dict(row._mapping)) for row in self._rows.run(page_of(newest, limit))]

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment, but for what ended in doubt, which a person may still settle; how many
        went.
        """
        settled = outbox.c.ending != ActionStatus.IN_DOUBT.value
        return self._rows.run(self._rows.delete(outbox).where(outbox.c.ended_at < moment, settled)).rowcount

    def _all(self) -> Select[Any]:
        return self._rows.select(outbox, *(outbox.c[name] for name in Intent.model_fields))
