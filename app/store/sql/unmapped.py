"""What nobody could read, in SQL."""

from collections.abc import Sequence

from sqlalchemy import func

from app.domain.unmapped import UnmappedItem, UnmappedShape
from app.store import codec
from app.store.sql.scope import Scoped, batch_ids, page_of
from app.store.sql.tables import unmapped_items as items
from app.store.sql.tables import unmapped_shapes as shapes


class SqlUnmapped:
    """The Unmapped port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def shape(self, shape_id: str) -> UnmappedShape | None:
        """One shape, or None."""
        asked = self._rows.select(shapes, shapes.c.body).where(shapes.c.id == codec.clean_text(shape_id))
        stored = self._rows.run(asked).scalar()
        return None if stored is None else codec.read_value(UnmappedShape, stored)

    def put_shape(self, shape: UnmappedShape) -> None:
        """Insert or replace by id."""
        kept = codec.to_fields(shape)
        self._rows.put(shapes, [{"id": kept["id"], "last_at": shape.last_at, "body": codec.to_body(kept)}])

    def shapes(self) -> list[UnmappedShape]:
        """Every shape, those that came last first."""
        asked = self._rows.select(shapes, shapes.c.body).order_by(shapes.c.last_at.desc(), shapes.c.id)
        return [codec.read_value(UnmappedShape, stored) for stored in self._rows.run(asked).scalars()]

    def add(self, items_: Sequence[UnmappedItem]) -> list[bool]:
        """Keep each item once, by id; True where it was new."""
        rows, first = [], set()
        for item in items_:
            kept = codec.to_fields(item)
            if kept["id"] not in first:
                first.add(kept["id"])
                rows.append(
                    {"id": kept["id"], "shape_id": kept["shape_id"], "at": item.at, "body": codec.to_body(kept)}
                )
        new = self._rows.insert_new(items, rows)
        found = []
        for item in items_:
            found.append(codec.clean_text(item.id) in new)
            new.discard(codec.clean_text(item.id))
        return found

    def items(self, shape_id: str, limit: int) -> list[UnmappedItem]:
        """The items of a shape, by (at, id)."""
        asked = self._rows.select(items, items.c.body).where(items.c.shape_id == codec.clean_text(shape_id))
        page = page_of(asked.order_by(items.c.at, items.c.id), limit)
        return [codec.read_value(UnmappedItem, stored) for stored in self._rows.run(page).scalars()]

    def count(self, shape_id: str | None = None) -> int:
        """How many items are kept, of a shape or of all."""
        asked = self._rows.select(items, func.count())
        if shape_id is not None:
            asked = asked.where(items.c.shape_id == codec.clean_text(shape_id))
        return int(self._rows.run(asked).scalar_one())

    def remove(self, ids: Sequence[str]) -> int:
        """Delete these items; how many went."""
        cleaned = [codec.clean_text(one) for one in dict.fromkeys(ids)]
        gone = [self._rows.run(self._rows.delete(items).where(items.c.id.in_(part))) for part in batch_ids(cleaned)]
        return sum(done.rowcount for done in gone)
