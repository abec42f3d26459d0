"""Finds the slices of a total that explain its deviation: few, short, and with leaves that deviate alike.

A fault that hits a slice moves all its leaves by the same ratio. So each candidate slice is judged by how much better
its leaves fit after that one move than without it, in units of the usual noise; healthy leaves that the move would
spoil count against it. Sets of slices are built by a beam, because the first best is often the parent of two.
"""

import math
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np

from app.observe.slices.leaves import Codes, Floats, Leaves, Noise, usual_noise

DEEPEST = 4
POOL, BEAM = 60, 6
PER_DIMENSION = 0.15
"""A further attribute has to gain this share of what the best slice gains: short descriptions win ties."""
LEAST_GAIN = 0.06
"""A further slice has to explain this share of everything unusual."""
ALIKE = 0.1
"""Leaves of one fault differ by about this share of what it took."""
SURE = 6.0
"""A slice has to gain this in log-likelihood beyond the price of all that were looked at."""
HARDLY = 1e-3
QUIET = 3.0
"""Leaves within so many deviations of their expectation are no candidates' reason."""


class FoundSlice(NamedTuple):
    """Codes by dimension, how well it explains what it holds, and by how much it deviates."""

    where: dict[int, int]
    score: float
    deviation: float


class _Candidate(NamedTuple):
    where: tuple[tuple[int, int], ...]
    members: Codes
    cost: Floats
    gain: float


def find_slices(leaves: Leaves, most: int) -> list[FoundSlice]:
    """At most so many slices, the one that explains most first; none when nothing is unusual."""
    noise = usual_noise(leaves)
    leaves = leaves._replace(expected=_never_zero(leaves.expected))
    gap = leaves.actual - leaves.expected
    spread = noise.around(leaves.expected, leaves.actual)
    plain = _cost_of(gap / spread)
    odd = np.abs(gap) > QUIET * spread
    unusual = float(plain[odd].sum())
    if not odd.any() or most < 1:
        return []
    pool, looked_at = _gather_candidates(leaves, noise, plain, odd)
    chosen = _choose_set(pool, plain, most, unusual, SURE + math.log(looked_at))
    return _describe_slices(leaves, chosen, plain, unusual)


def _never_zero(expected: Floats) -> Floats:
    """What nobody expected has no ratio to what came, so it counts as hardly expected."""
    known = np.abs(expected[expected != 0])
    return np.where(expected == 0, HARDLY * (float(np.median(known)) if len(known) else 1.0), expected)


def _cost_of(z: Floats) -> Floats:
    """Squared near zero, linear beyond: one huge leaf does not outweigh the rest."""
    size = np.abs(z)
    return np.where(size <= 2, 0.5 * size**2, 2 * size - 2)


def _moved_cost(leaves: Leaves, noise: Noise, rows: Codes, ratio: Floats | float) -> Floats:
    """What the leaves cost when they are expected to have moved by a ratio."""
    actual, expected = leaves.actual[rows], leaves.expected[rows]
    moved = expected * ratio
    spread = np.hypot(noise.around(moved, actual), ALIKE * (moved - expected))
    return _cost_of((actual - moved) / spread)


def _gather_candidates(leaves: Leaves, noise: Noise, plain: Floats, odd: np.ndarray) -> tuple[list[_Candidate], int]:
    """The best slices of every combination of dimensions, by what they gain and by how purely they do; and how many
    slices there are.
    """
    looked_at = 1
    dimensions = range(len(leaves.codes))
    found: list[tuple[float, float, tuple[tuple[int, int], ...], Codes]] = []
    for depth in range(1, min(DEEPEST, len(leaves.codes)) + 1):
        for chosen in combinations(dimensions, depth):
            found += _slices_of(leaves, noise, plain, odd, chosen)
            looked_at += min(math.prod(leaves.sizes[one] for one in chosen), len(plain))
    best = sorted(found, key=lambda one: -one[0])[:POOL]
    purest = sorted(found, key=lambda one: -one[1])[:POOL]
    unique = {where: (gain, rows) for gain, _, where, rows in (*best, *purest)}
    pool = []
    for where, (gain, rows) in unique.items():
        ratio = _ratio_of(leaves, noise, rows)
        pool.append(_Candidate(where, rows, _moved_cost(leaves, noise, rows, ratio), gain))
    return pool, looked_at


def _ratio_of(leaves: Leaves, noise: Noise, rows: Codes) -> float:
    expected = leaves.expected[rows]
    total = float(expected.sum())
    return float(leaves.actual[rows].sum()) / total if total else 1.0


def _slices_of(
    leaves: Leaves, noise: Noise, plain: Floats, odd: np.ndarray, chosen: tuple[int, ...]
) -> list[tuple[float, float, tuple[tuple[int, int], ...], Codes]]:
    """The slices of one combination that hold an unusual leaf: gain, gain by purity, where, leaves."""
    key = np.zeros(len(plain), np.int64)
    known = np.ones(len(plain), bool)
    for dimension in chosen:
        key = key * leaves.sizes[dimension] + leaves.codes[dimension]
        known &= leaves.codes[dimension] >= 0
    rows = np.flatnonzero(known)
    wanted = np.unique(key[rows[odd[rows]]])
    if not len(wanted):
        return []
    place = np.searchsorted(wanted, key[rows])
    place = np.minimum(place, len(wanted) - 1)
    inside = wanted[place] == key[rows]
    rows, place = rows[inside], place[inside]
    size = len(wanted)
    expected = np.bincount(place, leaves.expected[rows], size)
    actual = np.bincount(place, leaves.actual[rows], size)
    ratio = np.where(expected != 0, actual / np.where(expected != 0, expected, 1), 1.0)
    before = np.bincount(place, plain[rows], size)
    after = np.bincount(place, _moved_cost(leaves, noise, rows, ratio[place]), size)
    gain = before - after
    purity = np.where(before > 0, gain / np.where(before > 0, before, 1), 0.0)
    pure = gain * np.maximum(purity, 0) ** 2
    best = np.union1d(np.argsort(-gain)[: POOL // 4], np.argsort(-pure)[: POOL // 4])
    best = best[gain[best] > 0]
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(size + 1))
    found = []
    for number in best:
        where, rest = [], int(wanted[number])
        for dimension in reversed(chosen):
            where.append((dimension, rest % leaves.sizes[dimension]))
            rest //= leaves.sizes[dimension]
        members = rows[order[starts[number] : starts[number + 1]]]
        found.append((float(gain[number]), float(pure[number]), tuple(reversed(where)), members))
    return found


class _Partial(NamedTuple):
    """A set of slices while it is built: what it gained, what every leaf costs under it, and which it covers."""

    worth: float
    chosen: tuple[_Candidate, ...]
    cost: Floats
    covered: np.ndarray


def _choose_set(
    pool: list[_Candidate], plain: Floats, most: int, unusual: float, sure: float
) -> tuple[_Candidate, ...]:
    """The set of slices that explains most for its length."""
    beam = [_Partial(0.0, (), plain, np.zeros(len(plain), bool))]
    best = beam[0]
    for number in range(most):
        grown: dict[frozenset[tuple[tuple[int, int], ...]], tuple[float, _Partial, _Candidate]] = {}
        for partial in beam:
            for one in pool:
                gain = _added_gain(partial, one)
                price = (LEAST_GAIN if number else 0.0) * unusual + PER_DIMENSION * LEAST_GAIN * unusual * len(
                    one.where
                )
                if gain <= max(price, sure):
                    continue
                names = frozenset([*(other.where for other in partial.chosen), one.where])
                worth = partial.worth + gain - price
                if names not in grown or worth > grown[names][0]:
                    grown[names] = (worth, partial, one)
        beam = [_extend(*one) for one in sorted(grown.values(), key=lambda one: -one[0])[:BEAM]]
        if not beam:
            break
        best = max(best, beam[0], key=lambda one: one.worth)
    return best.chosen


def _new_cost(partial: _Partial, one: _Candidate) -> Floats:
    held = partial.cost[one.members]
    return np.where(partial.covered[one.members], np.minimum(held, one.cost), one.cost)


def _added_gain(partial: _Partial, one: _Candidate) -> float:
    return float((partial.cost[one.members] - _new_cost(partial, one)).sum())


def _extend(worth: float, partial: _Partial, one: _Candidate) -> _Partial:
    cost, covered = partial.cost.copy(), partial.covered.copy()
    cost[one.members] = _new_cost(partial, one)
    covered[one.members] = True
    return _Partial(worth, (*partial.chosen, one), cost, covered)


def _describe_slices(leaves: Leaves, chosen: Iterable[_Candidate], plain: Floats, unusual: float) -> list[FoundSlice]:
    """The score is how much of what is unusual inside is explained, lowered where that is little of everything."""
    gap = leaves.actual - leaves.expected
    found = []
    for one in chosen:
        before = float(plain[one.members].sum())
        purity = max(0.0, one.gain / before) if before else 0.0
        share = min(1.0, before / unusual) if unusual else 0.0
        found.append(FoundSlice(dict(one.where), round(purity * share**0.25, 4), float(gap[one.members].sum())))
    return sorted(found, key=lambda one: (-one.score, -abs(one.deviation)))
