"""How cells are added up before they are kept, and how something that is awaited moves on; whatever keeps them."""

from collections.abc import Iterable

from app.domain.rollups import Cell
from app.store import codec

Place = tuple[int, str, str]
"""Slot, merchant and stream."""
Sums = tuple[float, float, float]
"""Count, exposure and value."""

WAITING, TOLD, LATE, DONE = "waiting", "told", "late", "done"
"""Nothing followed yet; the same, and that was told; something followed after it was told; settled or never awaited."""


def add_up(cells: Iterable[Cell]) -> dict[Place, Sums]:
    """One entry for each place, its names as they are stored; what adds nothing is left out."""
    total: dict[Place, Sums] = {}
    for slot, merchant, stream, count, exposure, value in cells:
        place = (slot, merchant, stream)
        before = total.get(place)
        total[place] = (
            (float(count), float(exposure), float(value))
            if before is None
            else (before[0] + count, before[1] + exposure, before[2] + value)
        )
    cleaned = {name: codec.clean_text(name) for name in {name for place in total for name in place[1:]}}
    if any(clean != name for name, clean in cleaned.items()):
        return add_up(
            Cell(slot, cleaned[merchant], cleaned[stream], *sums) for (slot, merchant, stream), sums in total.items()
        )
    return {place: sums for place, sums in total.items() if any(sums)}
