"""Finds the slices of a total that explain its deviation: few, short, and with leaves that deviate alike.

A fault that hits a slice moves all its leaves by the same ratio. So each candidate slice is judged by how much better
its leaves fit after that one move than without it, in units of the usual noise; healthy leaves that the move would
spoil count against it. Sets of slices are built by a beam, because the first best is often the parent of two; then
what no slice of the set covers is searched again, because a large fault hides the candidates of a small one.
"""

from typing import NamedTuple

import numpy as np

from app.observe.slices.candidates import Candidate, Flags, Where, cost_of, gather_candidates
from app.observe.slices.leaves import Floats, Leaves, usual_noise

BEAM = 6
LEAST_GAIN = 0.03
"""A further slice has to explain this share of everything unusual."""
PER_DIMENSION = 0.15
"""A further attribute has to gain this share of that: short descriptions win ties."""
NESTED = 3.0
"""A slice inside another has to gain so many times as much: leaves of one fault are never quite alike."""
QUIET = 2.0
"""Leaves within so many deviations of their expectation are no candidates' reason."""
HARDLY = 1e-3


class FoundSlice(NamedTuple):
    """Codes by dimension, how well it explains what it holds, and by how much it deviates."""

    where: dict[int, int]
    score: float
    deviation: float


class _Set(NamedTuple):
    """A set of slices while it is built: what it gained, what every leaf costs under it, and which it covers."""

    worth: float
    chosen: tuple[Candidate, ...]
    cost: Floats
    covered: Flags


def find_slices(leaves: Leaves, most: int) -> list[FoundSlice]:
    """At most so many slices, the one that explains most first; none when nothing is unusual."""
    noise = usual_noise(leaves)
    gap = leaves.actual - leaves.expected
    leaves = leaves._replace(expected=_never_zero(leaves.expected))
    spread = noise.around(leaves.expected, leaves.actual)
    plain = cost_of((leaves.actual - leaves.expected) / spread)
    odd = np.abs(gap) > QUIET * spread
    unusual = float(plain[odd].sum())
    pool: dict[Where, Candidate] = {}
    best = _Set(0.0, (), plain, np.zeros(len(plain), bool))
    for _ in range(most):
        fresh = gather_candidates(leaves, noise, plain, odd, ~best.covered)
        if fresh:
            pool |= {one.where: one for one in fresh if one.where not in pool}
            found = _choose_set(list(pool.values()), plain, most, unusual)
        if not fresh or found.worth <= best.worth:
            break
        best = found
    slices = [_describe_slice(one, gap, plain, unusual) for one in best.chosen]
    return sorted(slices, key=lambda one: (-one.score, -abs(one.deviation)))


def _never_zero(expected: Floats) -> Floats:
    """What nobody expected has no ratio to what came, so it counts as hardly expected."""
    known = np.abs(expected[expected != 0])
    return np.where(expected == 0, HARDLY * (float(np.median(known)) if len(known) else 1.0), expected)


def _choose_set(pool: list[Candidate], plain: Floats, most: int, unusual: float) -> _Set:
    """The set of slices that explains most for its length."""
    best = _Set(0.0, (), plain, np.zeros(len(plain), bool))
    beam = [best]
    for _ in range(most):
        grown: dict[frozenset[Where], tuple[float, _Set, Candidate]] = {}
        for held in beam:
            for one in pool:
                gain, price = _added_gain(held, one), _price_of(held, one, unusual)
                names = frozenset([*(other.where for other in held.chosen), one.where])
                worth = held.worth + gain - price
                if gain > price and (names not in grown or worth > grown[names][0]):
                    grown[names] = (worth, held, one)
        beam = [_extend_set(*one) for one in sorted(grown.values(), key=lambda one: -one[0])[:BEAM]]
        if not beam:
            break
        best = max(best, beam[0], key=lambda one: one.worth)
    return best


def _price_of(held: _Set, one: Candidate, unusual: float) -> float:
    """What a slice has to gain: no chance, a share of what is unusual, something for each attribute."""
    share = LEAST_GAIN * unusual * (bool(held.chosen) + PER_DIMENSION * len(one.where))
    where = set(one.where)
    nested = any(where <= set(other.where) or where >= set(other.where) for other in held.chosen)
    return max(one.price, share) * (NESTED if nested else 1.0)


def _new_cost(held: _Set, one: Candidate) -> Floats:
    before = held.cost[one.members]
    return np.where(held.covered[one.members], np.minimum(before, one.cost), one.cost)


def _added_gain(held: _Set, one: Candidate) -> float:
    return float((held.cost[one.members] - _new_cost(held, one)).sum())


def _extend_set(worth: float, held: _Set, one: Candidate) -> _Set:
    cost, covered = held.cost.copy(), held.covered.copy()
    cost[one.members] = _new_cost(held, one)
    covered[one.members] = True
    return _Set(worth, (*held.chosen, one), cost, covered)


def _describe_slice(one: Candidate, gap: Floats, plain: Floats, unusual: float) -> FoundSlice:
    """The score is how much of what is unusual inside is explained, lowered where that is little of everything."""
    before = float(plain[one.members].sum())
    purity = max(0.0, 1 - float(one.cost.sum()) / before) if before else 0.0
    share = min(1.0, before / unusual) if unusual else 0.0
    return FoundSlice(dict(one.where), round(purity * share**0.25, 4), float(gap[one.members].sum()))
