"""Which description tells best whom a departure concerns, where a directory is neither complete nor always right.

Every merchant either shares in the departure or goes on as usual, whatever the description says of it: one that it
covers shares in it nearly always, one of whom the attribute is not known may, one that it excludes hardly ever does.
The description is the one under which what was seen is likeliest, less what it costs to say it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.expect.descriptions import Bools, Columns, Trait, round_between
from app.expect.evidence import Floats
from app.expect.windows import Ints

COVERED: Final = 0.9
UNSURE: Final = 0.3
EXCLUDED: Final = 0.02
LISTED: Final = (0.02, 0.05, 0.1)
"""How many share in it where no attribute tells them apart: perhaps it is one that nobody lists."""
FACTORS: Final = (2.0, 4.0, 8.0, 16.0, 64.0, 256.0, 1e3, 4e3, 1.6e4, 6.4e4)
"""By how much more there may be of what rises."""
SHARES: Final = (0.7, 0.5, 0.2, 0.02)
"""How little may be left of what falls."""
ALIKE: Final = 1.0
"""How alike those are who share in it: the shape of the spread of the factor among them."""
ASKED_TOO: Final = 2.0
"""What is to blame often shows only once a merchant has moved, so that costs less to say beside something else."""
FURTHER_VALUE: Final = 1.0
MOST_ATTRIBUTES: Final = 3
STARTS: Final = 3
PAIRED: Final = 40
"""So many of the best single traits are tried in pairs."""

Chosen = Mapping[int, tuple[int, ...]]
"""Of some attributes, the rows of the values that a description names."""

_Named = tuple[int, tuple[int, ...]]
"""One attribute of these."""


@dataclass(frozen=True)
class Description:
    """Whom a departure concerns."""

    rule: tuple[tuple[Trait, ...], ...]
    listed: bool
    """No attribute tells them apart: those who share in it are all that can be said."""
    covered: Bools
    sharing: Bools
    """Those who likelier share in it than not, of whom the description does not say so."""
    score: float


class _Part(NamedTuple):
    """What a description says of one attribute."""

    attribute: int
    traits: tuple[Trait, ...]
    holds: Bools
    unknown: Bools


class _Beside(NamedTuple):
    """What each attribute would say best in addition to something else: worked out for all of them together, since all
    that are not chosen yet are tried beside the same ones.
    """

    factor: Ints
    """Of each attribute, the factor under which it is all likeliest."""
    score: Floats
    """What it all comes to then."""
    worth: Floats
    """What each row adds to the rest, for each factor."""

    def values(self, attribute: int, columns: Columns) -> tuple[int, ...]:
        """The rows that an attribute would name; none where those are all it has."""
        rows, worth = columns.rows_of(attribute), self.worth[:, self.factor[attribute]]
        lead = (int(rows[np.argmax(worth[rows])]),)
        if not columns.are_kinds[attribute]:
            return lead
        found = tuple(int(row) for row in rows[worth[rows] > FURTHER_VALUE]) or lead
        return () if len(found) == len(rows) else found


class _Odds:
    """How likely each merchant's counts are for each factor, as the logarithm of odds against *as usual*. Local to one
    call of `describe_scope`, whose searches from several starts meet the same descriptions: each is weighed once.
    """

    def __init__(self, count: Floats, expected: Floats, dispersion: float, *, rises: bool) -> None:
        self.gain = (_gain_of_rising if rises else _gain_of_falling)(count, expected) / dispersion
        self.excluded = self._mixed(EXCLUDED)
        self.covered = self._mixed(COVERED) - self.excluded
        self.unsure = self._mixed(UNSURE) - self.excluded
        self.nobody = self.excluded.sum(axis=1)
        self.listed = np.max([self._mixed(share).sum(axis=1) for share in LISTED], axis=0)
        self.weighed: dict[frozenset[_Named], tuple[int, float]] = {}
        self.beside: dict[frozenset[_Named], _Beside] = {}

    def _mixed(self, share: float) -> Floats:
        return np.asarray(np.logaddexp(math.log(share) + self.gain, math.log(1 - share)))

    def sharing(self, factor: int, share: float) -> Bools:
        """Who likelier shares in it than not, if so many of their kind do."""
        return np.asarray(self.gain[factor] > math.log((1 - share) / share))


def _gain_of_rising(count: Floats, expected: Floats) -> Floats:
    """By how much more each merchant has differs from one to the next: a negative binomial against the usual."""
    more = np.array(FACTORS)[:, None] * expected
    ways = np.array([math.lgamma(one + ALIKE) for one in count.tolist()]) - math.lgamma(ALIKE)
    spread = ways - ALIKE * np.log1p(more / ALIKE)
    return np.asarray(spread + count * np.log(np.array(FACTORS)[:, None] / (ALIKE + more)) + expected)


def _gain_of_falling(count: Floats, expected: Floats) -> Floats:
    shares = np.array(SHARES)[:, None]
    return np.asarray(count * np.log(shares) + expected * (1 - shares))


def describe_scope(
    count: Floats, expected: Floats, columns: Columns, dispersion: float, *, rises: bool
) -> Description:  # fmt: skip
    """The best description of whose counts depart from what was expected."""
    odds = _Odds(count, expected, dispersion, rises=rises)
    best, factor, score = _refine({}, odds, columns)
    for start in _likeliest_starts(odds, columns):
        found = _refine(start, odds, columns)
        if found[2] > score:
            best, factor, score = found
    alone = int(np.argmax(odds.listed))
    if odds.listed[alone] >= score:
        nobody = np.zeros(len(count), dtype=bool)
        return Description((), True, nobody, odds.sharing(alone, EXCLUDED), float(odds.listed[alone]))
    parts = _move_cuts([_read_part(rows, columns) for rows in best.values()], odds, columns, factor)
    covered, unsure = _cover_parts(parts, len(count))
    sharing = np.where(unsure, odds.sharing(factor, UNSURE), odds.sharing(factor, EXCLUDED)) & ~covered
    return Description(tuple(one.traits for one in parts), False, covered, sharing, score)


def _likeliest_starts(odds: _Odds, columns: Columns) -> list[Chosen]:
    """The best single traits of different attributes, and the best pairs: two may tell what neither tells alone."""
    table = odds.nobody + columns.rows @ odds.covered.T + columns.unknown @ odds.unsure.T
    order = np.argsort(-(table.max(axis=1) - columns.cost), kind="stable")
    order = order[columns.attribute_of[order] >= 0]
    found: dict[int, Chosen] = {}
    for row in order:
        attribute = int(columns.attribute_of[row])
        found.setdefault(attribute, {attribute: (int(row),)})
        if len(found) == STARTS:
            break
    return [*found.values(), *_likeliest_pairs(order[:PAIRED], odds, columns)]


def _likeliest_pairs(rows: NDArray[np.int64], odds: _Odds, columns: Columns) -> list[Chosen]:
    if len(rows) < 2:
        return []
    held = columns.rows[rows].astype(float)
    possible = held + columns.unknown[rows]
    attribute, cost = columns.attribute_of[rows], columns.cost[rows]
    best = np.full((len(rows), len(rows)), -np.inf)
    for factor, nobody in enumerate(odds.nobody):
        unsure = odds.unsure[factor]
        worth = (held * (odds.covered[factor] - unsure)) @ held.T + (possible * unsure) @ possible.T
        best = np.maximum(best, nobody + worth)
    best = np.where(attribute[:, None] < attribute[None], best - cost[:, None] - cost[None], -np.inf)
    order = np.argsort(-best, axis=None)[:STARTS]
    pairs = [divmod(int(place), len(rows)) for place in order if np.isfinite(best.flat[place])]
    return [{int(attribute[one]): (int(rows[one]),) for one in pair} for pair in pairs]


def _refine(start: Chosen, odds: _Odds, columns: Columns) -> tuple[Chosen, int, float]:
    """Give one attribute after another its best values, or leave it out, as long as that pays for what it costs to say;
    with the factor and the score of what that comes to.
    """
    chosen, (factor, score) = start, _weigh(start, odds, columns)
    for _ in range(2 * MOST_ATTRIBUTES):
        before = score
        for attribute in range(columns.attributes):
            others = chosen
            if attribute in chosen:
                others = {key: rows for key, rows in chosen.items() if key != attribute}
            if len(others) == MOST_ATTRIBUTES:
                continue
            beside = _weigh_beside(others, odds, columns)
            if beside.score[attribute] > score + 1e-9 and (values := beside.values(attribute, columns)):
                chosen = {**others, attribute: values}
                factor, score = int(beside.factor[attribute]), float(beside.score[attribute])
            at, worth = _weigh(others, odds, columns)
            if worth > score + 1e-9:
                chosen, factor, score = others, at, worth
        if score <= before:
            break
    return chosen, factor, score


def _weigh(chosen: Chosen, odds: _Odds, columns: Columns) -> tuple[int, float]:
    """The factor under which a description is likeliest, and what it is worth then."""
    named = frozenset(chosen.items())
    if named not in odds.weighed:
        covered, unsure = _cover(chosen, columns)
        by_factor = odds.nobody + odds.covered[:, covered].sum(axis=1) + odds.unsure[:, unsure].sum(axis=1)
        factor = int(np.argmax(by_factor))
        cost = _cost(chosen, columns) - (ASKED_TOO if columns.moves in chosen and len(chosen) > 1 else 0.0)
        odds.weighed[named] = factor, float(by_factor[factor]) - cost
    return odds.weighed[named]


def _cost(chosen: Chosen, columns: Columns) -> float:
    return sum(float(columns.cost[rows[0]]) + FURTHER_VALUE * (len(rows) - 1) for rows in chosen.values())


def _weigh_beside(others: Chosen, odds: _Odds, columns: Columns) -> _Beside:
    """The best values of every attribute in addition to what is chosen of others. Each value that is named beyond the
    best must pay for itself, so the best set under a factor is all that do.
    """
    named = frozenset(others.items())
    if named not in odds.beside:
        odds.beside[named] = _weigh_beside_anew(others, odds, columns)
    return odds.beside[named]


def _weigh_beside_anew(others: Chosen, odds: _Odds, columns: Columns) -> _Beside:
    covered, unsure = _cover(others, columns)
    worth = columns.held @ (odds.covered * covered).T
    if unsure.any():
        worth = worth + columns.held @ (odds.unsure * unsure).T
    base = odds.nobody + columns.untold @ (odds.unsure * (covered | unsure)).T
    pays = worth > FURTHER_VALUE
    best = np.maximum.reduceat(worth, columns.firsts, axis=0)
    added = np.add.reduceat(np.where(pays, worth - FURTHER_VALUE, 0.0), columns.firsts, axis=0) + FURTHER_VALUE
    total = base + np.where(columns.are_kinds[:, None] & (best > FURTHER_VALUE), added, best)
    factor = np.argmax(total, axis=1)
    cost = _cost(others, columns) + columns.cost[columns.firsts]
    if others and columns.moves >= 0:
        cost = cost - ASKED_TOO * ((np.arange(columns.attributes) == columns.moves) | (columns.moves in others))
    return _Beside(factor, total[np.arange(columns.attributes), factor] - cost, worth)


def _cover(chosen: Chosen, columns: Columns) -> tuple[Bools, Bools]:
    """Whom a description covers, and of whom it cannot be told."""
    held = ((_hold_any(rows, columns), columns.unknown[rows[0]]) for rows in chosen.values())
    return _cover_all(held, columns.rows.shape[1])


def _read_part(rows: Sequence[int], columns: Columns) -> _Part:
    traits = tuple(trait for row in rows if (trait := columns.traits[row]) is not None)
    return _Part(int(columns.attribute_of[rows[0]]), traits, _hold_any(rows, columns), columns.unknown[rows[0]])


def _hold_any(rows: Sequence[int], columns: Columns) -> Bools:
    if len(rows) == 1:
        return np.asarray(columns.rows[rows[0]])
    held: Bools = np.logical_or.reduce(columns.rows[list(rows)], axis=0)
    return held


def _cover_parts(parts: Sequence[_Part], merchants: int) -> tuple[Bools, Bools]:
    return _cover_all(((one.holds, one.unknown) for one in parts), merchants)


def _cover_all(parts: Iterable[tuple[Bools, Bools]], merchants: int) -> tuple[Bools, Bools]:
    covered = possible = np.ones(merchants, dtype=bool)
    for holds, unknown in parts:
        covered, possible = covered & holds, possible & (holds | unknown)
    return covered, possible & ~covered


def _move_cuts(parts: Sequence[_Part], odds: _Odds, columns: Columns, factor: int) -> list[_Part]:
    """The same description with its numbers cut where that fits best, and at a round number: cuts are tried at a few
    places only before.
    """
    moved = list(parts)
    for place, part in enumerate(parts):
        numbers = columns.numbers.get(part.attribute)
        if numbers is not None and part.traits[0].operator != "is":
            others = _cover_parts([*moved[:place], *moved[place + 1 :]], len(numbers))
            moved[place] = _cut_best(part, numbers, others, odds, factor)
    return moved


def _cut_best(part: _Part, numbers: Floats, others: tuple[Bools, Bools], odds: _Odds, factor: int) -> _Part:
    worth = np.where(others[0], odds.covered[factor], np.where(others[1], odds.unsure[factor], 0.0))
    marks, bounds = np.unique(numbers[~part.unknown], return_inverse=True)
    up_to = np.cumsum(np.bincount(bounds, worth[~part.unknown]))[:-1]
    operator = part.traits[0].operator
    best = int(np.argmax(up_to if operator == "at_most" else -up_to))
    mark = round_between(float(marks[best]), float(marks[best + 1]))
    told = int(mark) if mark.is_integer() else mark
    with np.errstate(invalid="ignore"):
        holds = numbers <= mark if operator == "at_most" else numbers > mark
    return part._replace(traits=(replace(part.traits[0], value=told),), holds=holds)
