"""Answers kept by Idempotency-Key, in SQL."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement

from app.domain.work import StoredResponse
from app.store import codec
from app.store.sql.scope import Scoped
from app.store.sql.tables import replies

_COLUMNS = tuple(replies.c[name] for name in StoredResponse.model_fields)


class SqlReplies:
    """The Replies port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def begin(self, reply: StoredResponse, *, abandoned_before: datetime) -> StoredResponse | None:
        """Keep the question; None when it is ours to answer, else what is kept.

        A question whose asker went away before that moment without an answer is ours too, if it is the same question.
        """
        row = codec.to_columns(reply)
        if self._rows.insert_once(replies, row):
            return None
        abandoned = self._rows.update(replies).where(
            *_still_open(reply.key, reply.route),
            replies.c.fingerprint == row["fingerprint"],
            replies.c.at < abandoned_before,
        )
        if self._rows.run(abandoned.values(at=reply.at)).rowcount == 1:
            return None
        there = self._rows.run(
            self._rows.select(replies, *_COLUMNS).where(*_same_question(reply.key, reply.route))
        ).one()
        return StoredResponse.model_validate(dict(there._mapping))

    def finish(self, key: str, route: str, *, status: int, headers: Mapping[str, str], body: str) -> None:
        """Keep the answer, if the question still waits for one: the first answer stays."""
        answer = {"status": status, "headers": dict(headers), "body": codec.clean_text(body)}
        self._rows.run(self._rows.update(replies).where(*_still_open(key, route)).values(**answer))

    def forget(self, key: str, route: str) -> None:
        """Drop the question: it may be asked again as if for the first time."""
        self._rows.run(self._rows.delete(replies).where(*_same_question(key, route)))

    def discard_before(self, moment: datetime) -> int:
        """Delete older ones; how many went."""
        return self._rows.run(self._rows.delete(replies).where(replies.c.at < moment)).rowcount


def _same_question(key: str, route: str) -> tuple[ColumnElement[bool], ...]:
    return replies.c.key == codec.clean_text(key), replies.c.route == codec.clean_text(route)


def _still_open(key: str, route: str) -> tuple[ColumnElement[bool], ...]:
    return *_same_question(key, route), replies.c.status.is_(None)
