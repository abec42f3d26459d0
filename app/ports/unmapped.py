"""What nobody could read, as the use cases keep it."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.unmapped import UnmappedItem, UnmappedShape


class Unmapped(Protocol):
    """The things of one tenant that wait for a mapping, and the mappings."""

    def shape(self, shape_id: str) -> UnmappedShape | None:
        """One shape, or None."""
        ...

    def put_shape(self, shape: UnmappedShape) -> None:
        """Insert or replace by id."""
        ...

    def shapes(self) -> list[UnmappedShape]:
        """Every shape, those that came last first."""
        ...

    def add(self, items: Sequence[UnmappedItem]) -> list[bool]:
        """Keep each item once, by id; True where it was new."""
        ...

    def items(self, shape_id: str, limit: int) -> list[UnmappedItem]:
        """The items of a shape, by (at, id)."""
        ...

    def count(self, shape_id: str | None = None) -> int:
        """How many items are kept, of a shape or of all."""
        ...

    def remove(self, ids: Sequence[str]) -> int:
        """Delete these items; how many went."""
        ...
