"""What came in, added up, in SQL: cells carry the numbers of names, and each slot the version of its last change."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, false, func, literal

from app.domain.rollups import SLOTS_A_DAY, SLOTS_AN_HOUR, Cell, hour_of
from app.store import codec
from app.store.rollups import add_up
from app.store.sql.scope import BATCH, Scoped, page_of
from app.store.sql.tables import rollup_names as names
from app.store.sql.tables import rollup_slots as slots
from app.store.sql.tables import rollups as table

SUMS = ("count", "exposure", "value")
_NEWEST_VERSION = func.max(slots.c.version)


class SqlRollups:
    """The Rollups port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows
        self._named: dict[int, str] | None = None

    def add(self, cells: Iterable[Cell]) -> None:
        """Add to the cells of their slot, merchant and stream what these hold, and note that their slots changed."""
        added = add_up(cells)
        if not added:
            return
        numbers = self._numbers({name for _, merchant, stream in added for name in (merchant, stream)})
        rows = [(slot, numbers[stream], numbers[merchant], *sums) for (slot, merchant, stream), sums in added.items()]
        self._rows.insert_many(table, ("slot", "stream", "merchant", *SUMS), rows, adding=SUMS)
        self._touch({slot for slot, _, _ in added}, merged=False)

    def changed(self, since: int) -> tuple[list[int], int]:
        """The slots that changed after a version, in order, and the newest version."""
        asked = self._rows.select(slots, slots.c.slot).where(slots.c.version > since).order_by(slots.c.slot)
        return list(self._rows.run(asked).scalars()), self._newest()

    def counted(self, since: int) -> list[int]:
        """The slots in which something was counted after a version, in order."""
        asked = self._rows.select(slots, slots.c.slot).where(slots.c.version > since, slots.c.merged.is_(false()))
        return list(self._rows.run(asked.order_by(slots.c.slot)).scalars())

    def between(self, first: int, last: int) -> list[Cell]:
        """The cells from the first slot to the last, both included, by slot."""
        return self._read([table.c.slot >= first, table.c.slot <= last])

    def sums(self, first: int, last: int, streams: Collection[str]) -> list[Cell]:
        """What these streams, or all that begin like one that ends in a star, came to at each merchant from the first
        slot to the last, both included; the cells carry the first slot.
        """
        named = self._names()
        numbers = _chosen(named, streams)
        total = [func.sum(table.c[name]) for name in SUMS]
        asked = self._rows.select(table, table.c.stream, table.c.merchant, *total).where(
            table.c.slot >= first, table.c.slot <= last, table.c.stream.in_(numbers)
        )
        found = [tuple(row) for row in self._rows.run(asked.group_by(table.c.stream, table.c.merchant)).all()]
        cells = [Cell(first, named[merchant], named[stream], *sums) for stream, merchant, *sums in found]
        return sorted(cell for cell in cells if any(cell[3:]))

    def of_slots(self, slots: Iterable[int]) -> list[Cell]:
        """The cells of these slots, by slot."""
        wanted = sorted(set(slots))
        found: list[Cell] = []
        for start in range(0, len(wanted), BATCH):
            found += self._read([table.c.slot.in_(wanted[start : start + BATCH])])
        return found

    def by_day(self, first: int, last: int, prefixes: Sequence[str]) -> list[Cell]:
        """The cells of streams whose names begin so, added up by day, merchant and prefix, where they lie."""
        named = self._names()
        beginning = {one: prefix for one, name in named.items() for prefix in prefixes if name.startswith(prefix)}
        day = table.c.slot - table.c.slot % SLOTS_A_DAY
        sums = [func.sum(table.c[name]) for name in SUMS]
        asked = self._rows.select(table, day, table.c.merchant, table.c.stream, *sums)
        asked = asked.where(table.c.slot >= first, table.c.slot <= last)
        asked = asked.group_by(day, table.c.merchant, table.c.stream)
        wanted = sorted(beginning)
        found: list[Cell] = []
        for start in range(0, len(wanted), BATCH):
            some = asked.where(table.c.stream.in_(wanted[start : start + BATCH]))
            found += [
                Cell(at, named[merchant], beginning[stream], count, exposure, value)
                for at, merchant, stream, count, exposure, value in map(tuple, self._rows.run(some))
            ]
        return [Cell(*place, *totals) for place, totals in sorted(add_up(found).items())]

    def by_hour(self, first: int, last: int, streams: Collection[str]) -> list[Cell]:
        """What these streams, or all that begin like one that ends in a star, came to at all merchants in each hour."""
        named = self._names()
        hour = table.c.slot - table.c.slot % SLOTS_AN_HOUR
        total = [func.sum(table.c[name]) for name in SUMS]
        asked = self._rows.select(table, hour, table.c.stream, *total).where(
            table.c.slot >= first, table.c.slot <= last, table.c.stream.in_(_chosen(named, streams))
        )
        found = [tuple(row) for row in self._rows.run(asked.group_by(hour, table.c.stream))]
        return sorted(Cell(at, "", named[stream], *sums) for at, stream, *sums in found if any(sums))

    def span(self) -> tuple[int, int] | None:
        """The first and the last slot that hold anything."""
        first, last = (
            self._rows.run(page_of(self._rows.select(table, table.c.slot).order_by(order), 1)).scalar()
            for order in (table.c.slot, table.c.slot.desc())
        )
        return None if first is None or last is None else (first, last)

    def compact(self, before: int, *, hours: int) -> int:
        """Add the slots of whole hours before a slot to the first of their hour, so many hours at most."""
        ripe = self._rows.select(slots, slots.c.slot).where(slots.c.merged.is_(false()), slots.c.slot < hour_of(before))
        oldest = self._rows.run(page_of(ripe.order_by(slots.c.slot), max(hours, 0) * SLOTS_AN_HOUR)).scalars()
        merging = sorted({hour_of(slot) for slot in oldest})[: max(hours, 0)]
        for hour in merging:
            self._merge(hour)
        return len(merging)

    def drop(self, before: int) -> int:
        """Forget the slots before one; how many slots went."""
        self._rows.run(self._rows.delete(table).where(table.c.slot < before))
        return self._rows.run(self._rows.delete(slots).where(slots.c.slot < before)).rowcount

    def erase(self, merchant: str) -> None:
        """Forget the cells of a merchant."""
        number = self._known([codec.clean_text(merchant)]).get(codec.clean_text(merchant))
        if number is None:
            return
        theirs = self._rows.delete(table).where(table.c.merchant == number)
        gone = set(self._rows.run(theirs.returning(table.c.slot)).scalars())
        for slot_merged in (True, False):
            asked = self._rows.select(slots, slots.c.slot).where(slots.c.merged.is_(slot_merged))
            self._touch(gone.intersection(self._rows.run(asked).scalars()), merged=slot_merged)

    def _merge(self, hour: int) -> None:
        within = (table.c.slot > hour, table.c.slot < hour + SLOTS_AN_HOUR)
        tenant: ColumnElement[str] = literal(self._rows.scope.tenant_id)
        sums = [func.sum(table.c[name]) for name in SUMS]
        whole = self._rows.select(table, tenant, literal(hour), table.c.stream, table.c.merchant, *sums)
        self._rows.put_from(
            table,
            ["tenant_id", "slot", "stream", "merchant", *SUMS],
            whole.where(*within).group_by(table.c.stream, table.c.merchant),
            adding=SUMS,
        )
        self._rows.run(self._rows.delete(table).where(*within))
        held = self._rows.select(slots, slots.c.slot).where(slots.c.slot > hour, slots.c.slot < hour + SLOTS_AN_HOUR)
        self._touch({hour, *self._rows.run(held).scalars()}, merged=True)

    def _touch(self, changed: Collection[int], *, merged: bool) -> None:
        version = self._newest() + 1
        self._rows.put(slots, [{"slot": slot, "version": version, "merged": merged} for slot in sorted(changed)])

    def _newest(self) -> int:
        return int(self._rows.find(slots, _NEWEST_VERSION).scalar() or 0)

    def _read(self, conditions: list[ColumnElement[bool]]) -> list[Cell]:
        asked = self._rows.select(
            table, table.c.slot, table.c.merchant, table.c.stream, *(table.c[name] for name in SUMS)
        )
        found = self._rows.run(asked.where(*conditions).order_by(table.c.slot)).all()
        if not found:
            return []
        named = self._names()
        return [
            Cell(slot, named[merchant], named[stream], count, exposure, value)
            for slot, merchant, stream, count, exposure, value in map(tuple, found)
        ]

    def _numbers(self, wanted: Collection[str]) -> Mapping[str, int]:
        """The number of each name; a new one gets the next."""
        known = self._known(sorted(wanted))
        new = sorted(name for name in wanted if name not in known)
        if new:
            last = int(self._rows.run(self._rows.select(names, func.max(names.c.number))).scalar() or 0)
            given = {name: number for number, name in enumerate(new, start=last + 1)}
            self._rows.insert(names, [{"number": number, "name": name} for name, number in given.items()])
            known |= given
            self._named = None
        return known

    def _names(self) -> dict[int, str]:
        """The names by number, read once in a transaction: nobody else changes them in it."""
        if self._named is None:
            found = self._rows.find(names, names.c.number, names.c.name)
            self._named = dict(map(tuple, found.all()))
        return self._named

    def _known(self, wanted: list[str]) -> dict[str, int]:
        found = self._rows.find_among(names, (names.c.name, names.c.number), names.c.name, wanted)
        return dict(map(tuple, found.all()))


def _chosen(named: Mapping[int, str], streams: Collection[str]) -> list[int]:
    """The numbers of these streams, and of all that begin like one that ends in a star."""
    wanted = {codec.clean_text(stream) for stream in streams}
    begin = tuple(stream[:-1] for stream in wanted if stream.endswith("*"))
    return [number for number, name in named.items() if name in wanted or name.startswith(begin)]
