"""Which slices could explain a deviation: for every combination of a few dimensions those whose leaves fit much better
once all of them are moved by one ratio.
"""

import math
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.observe.slices.leaves import Codes, Floats, Leaves, Noise

Flags: TypeAlias = NDArray[np.bool_]
Where: TypeAlias = tuple[tuple[int, int], ...]
DEEPEST = 4
POOL, PER_COMBINATION = 60, 15
ALIKE = 0.1
"""Leaves of one fault differ by about this share of what it took."""
SURE = 6.0
"""A slice has to gain this in log-likelihood beyond the price of all that were looked at."""


class Candidate(NamedTuple):
    """A slice: where, its leaves, what they cost after its move, and what the slice must gain to be no chance."""

    where: Where
    members: Codes
    cost: Floats
    price: float


class _Found(NamedTuple):
    gain: float
    pure: float
    where: Where
    members: Codes
    ratio: float
    price: float


def cost_of(z: Floats) -> Floats:
    """Squared near zero, linear beyond: one huge leaf does not outweigh the rest."""
    size = np.abs(z)
    return np.where(size <= 2, 0.5 * size**2, 2 * size - 2)


def moved_cost(leaves: Leaves, noise: Noise, rows: Codes, ratio: Floats | float) -> Floats:
    """What the leaves cost when they are expected to have moved by a ratio."""
    actual, expected = leaves.actual[rows], leaves.expected[rows]
    moved = expected * ratio
    spread = np.hypot(noise.around(moved, actual), ALIKE * (moved - expected))
    return cost_of((actual - moved) / spread)


def gather_candidates(leaves: Leaves, noise: Noise, plain: Floats, odd: Flags, free: Flags) -> list[Candidate]:
    """The best slices by what they gain on the free leaves, and by how purely they do."""
    found: list[_Found] = []
    for depth in range(1, min(DEEPEST, len(leaves.codes)) + 1):
        chosen = list(combinations(range(len(leaves.codes)), depth))
        looked_at = sum(min(math.prod(leaves.sizes[one] for one in names), len(plain)) for names in chosen)
        for names in chosen:
            found += _slices_of(leaves, noise, plain, odd & free, free, names, SURE + math.log(looked_at))
    best = sorted(found, key=lambda one: -one.gain)[:POOL]
    purest = sorted(found, key=lambda one: -one.pure)[:POOL]
    unique = {one.where: one for one in (*best, *purest)}
    return [
        Candidate(one.where, one.members, moved_cost(leaves, noise, one.members, one.ratio), one.price)
        for one in unique.values()
    ]


def _slices_of(
    leaves: Leaves, noise: Noise, plain: Floats, odd: Flags, free: Flags, names: tuple[int, ...], price: float
) -> list[_Found]:
    """The slices of one combination that hold an unusual leaf."""
    key = np.zeros(len(plain), np.int64)
    known = np.ones(len(plain), bool)
    for dimension in names:
        key = key * leaves.sizes[dimension] + leaves.codes[dimension]
        known &= leaves.codes[dimension] >= 0
    wanted = np.unique(key[known & odd])
    if not len(wanted):
        return []
    rows = np.flatnonzero(known)
    place = np.minimum(np.searchsorted(wanted, key[rows]), len(wanted) - 1)
    inside = wanted[place] == key[rows]
    rows, place = rows[inside], place[inside]
    counted = free[rows]
    alone, at = rows[counted], place[counted]
    expected = np.bincount(at, leaves.expected[alone], len(wanted))
    actual = np.bincount(at, leaves.actual[alone], len(wanted))
    ratio = np.where(expected != 0, actual / np.where(expected != 0, expected, 1), 1.0)
    before = np.bincount(at, plain[alone], len(wanted))
    gain = before - np.bincount(at, moved_cost(leaves, noise, alone, ratio[at]), len(wanted))
    pure = gain * np.maximum(gain / np.maximum(before, 1e-300), 0) ** 2
    best = np.union1d(np.argsort(-gain)[:PER_COMBINATION], np.argsort(-pure)[:PER_COMBINATION])
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(wanted) + 1))
    return [
        _Found(
            gain=float(gain[number]),
            pure=float(pure[number]),
            where=_where_of(leaves, names, int(wanted[number])),
            members=rows[order[starts[number] : starts[number + 1]]],
            ratio=float(ratio[number]),
            price=price,
        )
        for number in best.tolist()
        if gain[number] > price
    ]


def _where_of(leaves: Leaves, names: tuple[int, ...], key: int) -> Where:
    found = []
    for dimension in reversed(names):
        found.append((dimension, key % leaves.sizes[dimension]))
        key //= leaves.sizes[dimension]
    return tuple(reversed(found))
