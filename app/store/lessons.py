"""What finished incidents taught, in SQL (the table memory_chunks)."""

from typing import Any

from app.domain.lessons import Lesson
from app.store import codec, moves
from app.store.events import SqlEvents
from app.store.scope import Scoped, page
from app.store.tables import memory_chunks

_COLUMNS = ("id", "incident_id", "cause", "type", "summary", "action", "outcome", "metrics_before", "metrics_after", "mttr")


class SqlLessons:
    """The Lessons port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def add(self, lesson: Lesson) -> bool:
        """Keep a lesson once, by id; writes lesson.learned; False when it was there."""
        kept = codec.fields(lesson)
        row: dict[str, Any] = {**{name: kept[name] for name in _COLUMNS}, "at": lesson.at, "body": codec.body(kept)}
        if not self._rows.insert_new(memory_chunks, [row]):
            return False
        self._chain.tell(moves.lesson_learned(lesson), lesson.at)
        return True

    def page(self, *, cause: str | None = None, limit: int = 100) -> list[Lesson]:
        """Newest first."""
        asked = self._rows.select(memory_chunks, memory_chunks.c.body)
        if cause is not None:
            asked = asked.where(memory_chunks.c.cause == codec.clean(cause))
        ordered = asked.order_by(memory_chunks.c.at.desc(), memory_chunks.c.id.desc())
        return [codec.value(Lesson, stored) for stored in self._rows.run(page(ordered, limit)).scalars()]
