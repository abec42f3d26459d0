"""The small shelves in memory: merchants, lessons, conversations and notes of a tenant."""

import json
from collections.abc import Iterable, Sequence

from app.domain.base import JsonMapping, JsonObject
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.questions import Turn
from app.store import codec, transitions
from app.store.memory import still
from app.store.memory.events import MemoryEvents
from app.store.memory.shelf import ShelfView


class MemoryMerchants:
    """The Merchants port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def put(self, merchants: Sequence[Merchant]) -> None:
        """Insert or replace by id; the last of an id counts."""
        rows = self._view.edit("merchants")
        for kept in map(still.as_stored, merchants):
            rows[kept.id] = kept

    def get(self, merchant_id: str) -> Merchant | None:
        """One merchant, or None."""
        stored: Merchant | None = self._view.rows("merchants").get(codec.clean_text(merchant_id))
        return stored

    def all(self) -> list[Merchant]:
        """Every merchant, by id."""
        rows = self._view.rows("merchants")
        return [rows[name] for name in sorted(rows)]


class MemoryLessons:
    """The Lessons port in memory."""

    def __init__(self, view: ShelfView, chain: MemoryEvents) -> None:
        self._view = view
        self._chain = chain

    def add(self, lesson: Lesson) -> bool:
        """Keep a lesson once, by id; writes lesson.learned; False when it was there."""
        rows = self._view.edit("lessons")
        kept = still.as_stored(lesson)
        if kept.id in rows:
            return False
        rows[kept.id] = kept
        self._chain.tell(transitions.lesson_learned(lesson), lesson.at)
        return True

    def page(self, *, cause: str | None = None, limit: int = 100) -> list[Lesson]:
        """Newest first."""
        found: Iterable[Lesson] = self._view.rows("lessons").values()
        asked = [lesson for lesson in found if cause is None or lesson.cause == codec.clean_text(cause)]
        return sorted(asked, key=lambda lesson: (lesson.at, lesson.id), reverse=True)[: max(limit, 0)]


class MemoryConversations:
    """The Conversations port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def append(self, conversation_id: str, turn: Turn) -> None:
        """Add a turn."""
        rows = self._view.edit("turns")
        wanted = codec.clean_text(conversation_id)
        rows[wanted] = (*rows.get(wanted, ()), still.as_stored(turn))

    def turns(self, conversation_id: str) -> list[Turn]:
        """All turns, oldest first; empty when unknown."""
        return list(self._view.rows("turns").get(codec.clean_text(conversation_id), ()))


class MemoryNotes:
    """The Notes port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def get(self, key: str) -> JsonObject | None:
        """The value, or None."""
        stored = self._view.rows("notes").get(codec.clean_text(key))
        value: JsonObject | None = None if stored is None else json.loads(stored)
        return value

    def put(self, key: str, value: JsonMapping) -> None:
        """Insert or replace."""
        self._view.edit("notes")[codec.clean_text(key)] = codec.to_json(dict(value))
