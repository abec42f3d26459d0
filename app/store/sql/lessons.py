"""What finished incidents taught, in SQL (the table memory_chunks)."""

from app.domain.lessons import Lesson
from app.store import codec, transitions
from app.store.codec import Columns
from app.store.sql.events import SqlEvents
from app.store.sql.scope import Scoped, page_of
from app.store.sql.tables import memory_chunks

_COLUMNS = (
    "id",
    "incident_id",
    "cause",
    "type",
    "summary",
    "action",
    "outcome",
    "metrics_before",
    "metrics_after",
    "mttr",
)


class SqlLessons:
    """The Lessons port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def add(self, lesson: Lesson) -> bool:
        """Keep a lesson once, by id; writes lesson.learned; False when it was there."""
        kept = codec.to_fields(lesson)
        row: Columns = {**{name: kept[name] for name in _COLUMNS}, "at": lesson.at, "body": codec.to_body(kept)}
        if not self._rows.insert_new(memory_chunks, [row]):
            return False
        self._chain.tell(transitions.lesson_learned(lesson), lesson.at)
        return True

    def page(self, *, cause: str | None = None, limit: int = 100) -> list[Lesson]:
        """Newest first."""
        asked = self._rows.select(memory_chunks, memory_chunks.c.body)
        if cause is not None:
            asked = asked.where(memory_chunks.c.cause == codec.clean_text(cause))
        ordered = asked.order_by(memory_chunks.c.at.desc(), memory_chunks.c.id.desc())
        return [codec.read_value(Lesson, stored) for stored in self._rows.run(page_of(ordered, limit)).scalars()]
