"""What nobody could read, in memory."""

from collections.abc import Sequence

from app.domain.unmapped import UnmappedItem, UnmappedShape
from app.store import codec
from app.store.memory import still
from app.store.memory.shelf import ShelfView


class MemoryUnmapped:
    """The Unmapped port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def shape(self, shape_id: str) -> UnmappedShape | None:
        """One shape, or None."""
        stored: UnmappedShape | None = self._view.rows("unmapped_shapes").get(codec.clean_text(shape_id))
        return stored

    def put_shape(self, shape: UnmappedShape) -> None:
        """Insert or replace by id."""
        kept = still.as_stored(shape)
        self._view.edit("unmapped_shapes")[kept.id] = kept

    def shapes(self) -> list[UnmappedShape]:
        """Every shape, those that came last first."""
        rows: list[UnmappedShape] = sorted(self._view.rows("unmapped_shapes").values(), key=lambda one: one.id)
        return sorted(rows, key=lambda one: one.last_at, reverse=True)

    def add(self, items: Sequence[UnmappedItem]) -> list[bool]:
        """Keep each item once, by id; True where it was new."""
        rows, found = self._view.edit("unmapped_items"), []
        for kept in map(still.as_stored, items):
            found.append(kept.id not in rows)
            rows.setdefault(kept.id, kept)
        return found

    def items(self, shape_id: str, limit: int) -> list[UnmappedItem]:
        """The items of a shape, by (at, id)."""
        wanted = codec.clean_text(shape_id)
        rows = [one for one in self._view.rows("unmapped_items").values() if one.shape_id == wanted]
        return sorted(rows, key=lambda one: (one.at, one.id))[: max(limit, 0)]

    def count(self, shape_id: str | None = None) -> int:
        """How many items are kept, of a shape or of all."""
        rows = self._view.rows("unmapped_items").values()
        return sum(1 for one in rows if shape_id is None or one.shape_id == codec.clean_text(shape_id))

    def remove(self, ids: Sequence[str]) -> int:
        """Delete these items; how many went."""
        rows = self._view.edit("unmapped_items")
        return sum(1 for one in dict.fromkeys(ids) if rows.pop(codec.clean_text(one), None) is not None)
