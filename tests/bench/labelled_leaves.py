"""Broken-down totals with known causes, drawn by three hands: two to develop on (dense: one ratio for all causes of a
case and relative noise; sparse: counts, a ratio for each cause, forecasts from a few noisy days), and one that is held
out (a few large leaves among many small ones, forecasts that are off on the whole, causes whose leaves do not deviate
quite alike, of one to the given number of attributes).
"""

from dataclasses import dataclass
from itertools import combinations, product

import numpy
from numpy.random import Generator, default_rng

Cause = frozenset[tuple[str, str]]
Row = dict[str, object]


@dataclass(frozen=True)
class LabelledLeaves:
    """One case: rows, the dimensions, and what was planted."""

    rows: list[Row]
    dimensions: list[str]
    causes: frozenset[Cause]
    depth: int


def draw_leaves(half: str, causes: int, depth: int, draws: Generator, noise: float | None = None) -> LabelledLeaves:
    """One case of one half with so many causes of so many attributes."""
    while True:
        case = {"develop": _dense, "sparse": _sparse, "held_out": _heavy}[half](causes, depth, draws, noise)
        if case is not None:
            return case


def fresh_draws(half: str, seed: int) -> Generator:
    """A source of chance of this half alone."""
    return default_rng([seed, {"develop": 77, "sparse": 78, "held_out": 79}[half]])


def _dense(causes: int, depth: int, draws: Generator, noise: float | None) -> LabelledLeaves | None:
    sizes = [int(draws.integers(4, 12)) for _ in range(int(draws.integers(4, 6)))]
    while numpy.prod(sizes) > 20_000:
        sizes.pop()
    codes = numpy.array(list(product(*(range(size) for size in sizes))))
    if len(sizes) < depth:
        return None
    expected = numpy.round(draws.lognormal(3, draws.uniform(0.5, 1.5), len(codes)), 2)
    dimensions = sorted(draws.choice(len(sizes), depth, replace=False).tolist())
    planted = _plant(codes, [dimensions] * causes, sizes, draws)
    if planted is None:
        return None
    spread = noise if noise is not None else float(draws.choice([0.0, 0.02, 0.05, 0.1]))
    actual = expected * numpy.maximum(1 + draws.normal(0, spread, len(codes)), 0)
    ratio = draws.uniform(0.1, 0.8)
    for where in planted:
        rows = _members(codes, where)
        actual[rows] = expected[rows] * numpy.maximum(ratio + draws.normal(0, 0.03 + spread / 2, rows.sum()), 0)
    return _case(codes, expected, actual, planted, depth)


def _sparse(causes: int, depth: int, draws: Generator, noise: float | None) -> LabelledLeaves | None:
    sizes = [int(draws.integers(3, 25)) for _ in range(int(draws.integers(max(3, depth), 7)))]
    popular = [draws.dirichlet(numpy.full(size, 0.7)) for size in sizes]
    wanted = int(draws.integers(800, 12_000))
    codes = numpy.column_stack(
        [draws.choice(size, wanted, p=weights) for size, weights in zip(sizes, popular, strict=True)]
    )
    codes = numpy.unique(codes, axis=0)
    rate = draws.gamma(0.8, draws.choice([30, 300]), len(codes))
    days = draws.poisson(rate * draws.gamma(60, 1 / 60, (5, len(codes))))
    expected = days.mean(axis=0)
    chosen = [sorted(draws.choice(len(sizes), depth, replace=False).tolist()) for _ in range(causes)]
    planted = _plant(codes, chosen, sizes, draws)
    if planted is None:
        return None
    now = rate * draws.gamma(1 / max(noise if noise is not None else 0.08, 1e-3) ** 2, 1, len(codes))
    now *= max(noise if noise is not None else 0.08, 1e-3) ** 2
    for where in planted:
        rows = _members(codes, where)
        now[rows] *= draws.uniform(0, 0.6) if draws.random() < 0.7 else draws.uniform(1.7, 4)
    actual = draws.poisson(now).astype(float)
    if any(expected[_members(codes, where)].sum() < 0.004 * expected.sum() for where in planted):
        return None
    return _case(codes, expected, actual, planted, depth)


def _heavy(causes: int, depth: int, draws: Generator, noise: float | None) -> LabelledLeaves | None:
    sizes = [int(draws.integers(3, 16)) for _ in range(int(draws.integers(max(3, depth), 6)))]
    codes = numpy.array(list(product(*(range(size) for size in sizes))))
    if len(codes) > 25_000:
        return None
    codes = codes[draws.random(len(codes)) < draws.uniform(0.3, 1)]
    level = numpy.ones(len(codes))
    for place, size in enumerate(sizes):
        level *= draws.pareto(1.5, size)[codes[:, place]] + 0.1
    expected = 50 * level * draws.gamma(2, 0.5, len(codes))
    depths = [depth, *(int(draws.integers(1, depth + 1)) for _ in range(causes - 1))]
    chosen = [sorted(draws.choice(len(sizes), one, replace=False).tolist()) for one in depths]
    planted = _plant(codes, chosen, sizes, draws)
    if planted is None:
        return None
    spread = noise if noise is not None else draws.uniform(0.01, 0.2)
    actual = expected * draws.uniform(0.97, 1.03) * numpy.exp(draws.normal(0, spread, len(codes)))
    for where in planted:
        rows = _members(codes, where)
        ratio = draws.uniform(0.05, 0.7) if draws.random() < 0.7 else draws.uniform(1.5, 5)
        actual[rows] *= ratio * numpy.exp(draws.normal(0, 0.08, rows.sum()))
    total = float(expected.sum())
    if any(expected[_members(codes, where)].sum() < 0.005 * total for where in planted):
        return None
    return _case(codes, expected, numpy.round(actual, 3), planted, depth)


def _members(codes: numpy.ndarray, where: dict[int, int]) -> numpy.ndarray:
    held = numpy.ones(len(codes), bool)
    for dimension, value in where.items():
        held &= codes[:, dimension] == value
    return held


def _plant(
    codes: numpy.ndarray, chosen: list[list[int]], sizes: list[int], draws: Generator
) -> list[dict[int, int]] | None:
    """Causes that have leaves of their own, do not lie in each other, and have no shorter name."""
    planted: list[dict[int, int]] = []
    for dimensions in chosen:
        leaf = codes[int(draws.integers(0, len(codes)))]
        where = {dimension: int(leaf[dimension]) for dimension in dimensions}
        held = _members(codes, where)
        if held.sum() < 6 or held.mean() > 0.6 or where in planted:
            return None
        for fewer in range(1, len(where)):
            for part in combinations(where.items(), fewer):
                if _members(codes, dict(part)).sum() < 1.3 * held.sum():
                    return None
        if any((held & _members(codes, other)).sum() > 0.3 * held.sum() for other in planted):
            return None
        planted.append(where)
    return None if _is_one_name(planted, sizes) else planted


def _is_one_name(planted: list[dict[int, int]], sizes: list[int]) -> bool:
    """Whether the causes together are all values of a dimension, which has a shorter name."""
    return any(
        len({where.get(dimension, -1) for where in planted}) >= sizes[dimension] for dimension in range(len(sizes))
    )


def _case(
    codes: numpy.ndarray, expected: numpy.ndarray, actual: numpy.ndarray, planted: list[dict[int, int]], depth: int
) -> LabelledLeaves:
    names = [f"d{number}" for number in range(codes.shape[1])]
    rows: list[Row] = [
        {
            **{name: f"{name}_{value}" for name, value in zip(names, leaf, strict=True)},
            "actual": float(real),
            "expected": float(guess),
        }
        for leaf, real, guess in zip(codes.tolist(), actual, expected, strict=True)
    ]
    causes = frozenset(frozenset((f"d{d}", f"d{d}_{v}") for d, v in where.items()) for where in planted)
    return LabelledLeaves(rows, names, causes, depth)


def drill_down(rows: list[Row], dimensions: list[str], most: int = 3) -> list[Cause]:
    """What anybody would do by hand: the value with the largest deviation, then further while a part holds most of it;
    the rest again, while a tenth of it is left.
    """
    gap = numpy.array([float(row["actual"]) - float(row["expected"]) for row in rows])  # type: ignore[arg-type]
    columns = {name: numpy.array([row[name] for row in rows]) for name in dimensions}
    whole, left, found = abs(gap).sum(), numpy.ones(len(rows), bool), []
    while len(found) < most and abs(gap[left]).sum() > 0.1 * whole:
        held, where = left.copy(), set()
        while True:
            parts = [
                (abs(gap[held & (column == value)].sum()), name, value)
                for name, column in columns.items()
                if name not in {key for key, _ in where}
                for value in set(column[held].tolist())
            ]
            if not parts:
                break
            size, name, value = max(parts)
            if where and size < 0.8 * abs(gap[held].sum()):
                break
            where.add((name, value))
            held &= columns[name] == value
        found.append(frozenset(where))
        left &= ~held
    return found
