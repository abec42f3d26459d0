"""How merchants can be told apart: every value of every attribute, cuts through numbers, and everybody."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
MOST_VALUES: Final = 40
"""An attribute with more values than this is a name, not a trait."""
CUTS: Final = 10
MOVES: Final = "stage"
"""Merchants change it as they move, and come to be covered by that."""
MOST_STOOD: Final = 8
"""So many directories of before are kept at once."""
FEWEST_NUMBERS: Final = 9
"""A number with fewer values than this is one of a few kinds."""


@dataclass(frozen=True)
class Trait:
    """One thing that can be said of a merchant."""

    attribute: str
    operator: str
    """is, above, or at_most."""
    value: Any

    def holds(self, dimensions: Mapping[str, Any]) -> bool:
        """Whether it can be said of a merchant with these attributes."""
        known = dimensions.get(self.attribute)
        if self.operator == "is":
            return known is not None and same_value(known) == self.value
        if not is_number(known):
            return False
        return bool(known > self.value) if self.operator == "above" else bool(known <= self.value)

    def words(self) -> str:
        """For people."""
        between = {"is": "=", "above": ">", "at_most": "<="}[self.operator]
        return f"{self.attribute} {between} {self.value}"


@dataclass(frozen=True)
class Columns:
    """All traits of the merchants of a tenant: one row each, with what it costs to say it."""

    traits: tuple[Trait | None, ...]
    """None is everybody, in the first row."""
    rows: Bools
    unknown: Bools
    """Of whom the directory does not say it."""
    cost: Floats
    attribute_of: NDArray[np.int64]
    """Which attribute each row is about; -1 for everybody."""
    moves: int = -1
    """The attribute that merchants change as they move; -1 where there is none."""
    numbers: Mapping[int, Floats] = field(default_factory=dict)
    """Of each attribute that is cut, what every merchant has; NaN where that is not known."""
    told: Sequence[Mapping[str, Any]] = ()
    """What the directory says of each merchant."""
    _stood: dict[str, "Columns"] = field(default_factory=dict, compare=False, repr=False)
    """The same as it stood before some changes, as faults that go on ask for it at every look."""

    @cached_property
    def attributes(self) -> int:
        """How many attributes there are."""
        return int(self.attribute_of.max(initial=-1)) + 1

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """The first row of each attribute; its others follow it."""
        return np.asarray(np.searchsorted(self.attribute_of, np.arange(self.attributes)))

    @cached_property
    def are_kinds(self) -> Bools:
        """Which attributes are one of several values; the others are cut."""
        first = (self.traits[row] for row in self.firsts.tolist())
        return np.array([one is not None and one.operator == "is" for one in first], dtype=bool)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many rows each attribute has."""
        return np.diff(self.firsts, append=len(self.traits))

    @cached_property
    def table(self) -> NDArray[np.int64]:
        """The rows of each attribute, one attribute a line; what a line has no row for is one beyond the last row."""
        steps = np.arange(self.sizes.max(initial=1))
        return np.where(steps < self.sizes[:, None], self.firsts[:, None] + steps, len(self.traits))

    @cached_property
    def held(self) -> Floats:
        """Of whom each row is true, as numbers to count with."""
        return self.rows.astype(float)

    @cached_property
    def untold(self) -> Floats:
        """Of whom each attribute is not known, as numbers to count with."""
        return self.unknown[self.firsts].astype(float)

    def rows_of(self, attribute: int) -> NDArray[np.int64]:
        """The rows of an attribute."""
        return np.flatnonzero(self.attribute_of == attribute)

    def as_it_stood(self, before: Mapping[int, Mapping[str, Any]]) -> "Columns":
        """The same of a directory that said this of merchants, by their places."""
        if not before:
            return self
        asked = repr(sorted((place, sorted(said.items())) for place, said in before.items()))
        found = self._stood.get(asked)
        if found is None:
            found = describe_merchants([put_back(row, before.get(place, {})) for place, row in enumerate(self.told)])
            if len(self._stood) >= MOST_STOOD:
                self._stood.clear()
            self._stood[asked] = found
        return found


def put_back(dimensions: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as they were before some of them changed; None is what was not told then."""
    return {name: value for name, value in {**dimensions, **before}.items() if value is not None}


def same_value(value: Any) -> Any:
    """Values that a directory spells in several ways, as one."""
    return value.strip().casefold() if isinstance(value, str) else value


def is_number(value: object) -> bool:
    """Whether it can be cut."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def describe_merchants(dimensions: Sequence[Mapping[str, Any]]) -> Columns:
    """Every trait that holds for some of the merchants and not for all."""
    names = sorted({name for row in dimensions for name in row})
    found: list[_Row] = []
    for name in names:
        found += _split_by([row.get(name) for row in dimensions], name)
    attributes = {name: place for place, name in enumerate(sorted({one.trait.attribute for one in found}))}
    spread = math.log(max(len(attributes), 1))
    everybody = np.ones((1, len(dimensions)), dtype=bool)
    return Columns(
        traits=(None, *(one.trait for one in found)),
        rows=np.vstack([everybody, *(one.holds[None, :] for one in found)]),
        unknown=np.vstack([~everybody, *(one.unknown[None, :] for one in found)]),
        cost=np.array([0.0, *(spread + one.cost for one in found)]),
        attribute_of=np.array([-1, *(attributes[one.trait.attribute] for one in found)]),
        moves=attributes.get(MOVES, -1),
        numbers={
            attributes[one.trait.attribute]: _read_numbers([row.get(one.trait.attribute) for row in dimensions])
            for one in found
            if one.trait.operator == "above"
        },
        told=dimensions,
    )


class _Row(NamedTuple):
    trait: Trait
    holds: Bools
    unknown: Bools
    cost: float


def _split_by(values: Sequence[Any], name: str) -> list[_Row]:
    numbers = [value for value in values if is_number(value)]
    distinct = sorted(set(numbers))
    if len(distinct) >= FEWEST_NUMBERS and 2 * len(numbers) > sum(value is not None for value in values):
        return _cut(values, name, distinct)
    kinds = {same_value(value) for value in values if value is not None and value != ""}
    if len(kinds) + (None in values) < 2 or len(kinds) > MOST_VALUES:
        return []
    cost = math.log(max(len(kinds), 1))
    unknown = np.array([value is None or value == "" for value in values])
    rows = [
        (Trait(name, "is", kind), np.array([value is not None and same_value(value) == kind for value in values]))
        for kind in sorted(kinds, key=lambda one: (type(one).__name__, str(one)))
    ]
    return [_Row(one, row, unknown, cost) for one, row in rows if 0 < row.sum() < len(values)]


def _cut(values: Sequence[Any], name: str, distinct: Sequence[float]) -> list[_Row]:
    array = _read_numbers(values)
    known = ~np.isnan(array)
    marks = sorted({float(one) for one in np.quantile(array[known], np.linspace(0, 1, CUTS + 2)[1:-1])})
    marks = [mark for mark in marks if mark < distinct[-1]]
    cost = math.log(max(2 * len(marks), 1))
    found = []
    for mark in marks:
        with np.errstate(invalid="ignore"):
            above = known & (array > mark)
        found.append(_Row(Trait(name, "above", mark), above, ~known, cost))
        found.append(_Row(Trait(name, "at_most", mark), known & ~above, ~known, cost))
    return found


def _read_numbers(values: Sequence[Any]) -> Floats:
    return np.array([float(value) if is_number(value) else np.nan for value in values])


def round_between(low: float, high: float) -> float:
    """The roundest number from `low` on that is still below `high`."""
    for digits in range(-math.ceil(math.log10(max(abs(high), 1))), 12):
        rounded = float(math.ceil(round(low * 10.0**digits, 6)) / 10.0**digits)
        if low <= rounded < high:
            return rounded
    return low
