"""What each of several simple experts expected a point to be, from the points before it. None of them is right for
every series; who is trusted is decided by how they did lately (see app.observe.series.surprise).
"""

from typing import NamedTuple

import numpy as np

from app.observe.series.held import Floats, Ints, hold_figure, middle_of, spans_between, trailing_median
from app.observe.series.periods import same_phase_points

STACK_PAST = 3_000
STACK_EVERY = 250
STACK_FROM = 30
RIDGE = 1e-4


class Expert(NamedTuple):
    """A forecast for each point (nan where it has none), and whether it stays with what is usual in the long run."""

    name: str
    forecast: Floats
    slow: bool = False
    spread: Floats | None = None
    """How far points lay from it at this phase before, where it knows."""


def make_experts(values: Floats, seasons: list[list[Ints]]) -> list[Expert]:
    """All experts; `seasons` are, for each period and each cycle back, the place of the same phase."""
    last = np.concatenate([[np.nan], values[:-1]])
    near, wide = trailing_median(values, 5)[:-1], trailing_median(values, 21)[:-1]
    usual = hold_figure(values, 1_000, 64, middle_of)[:-1]
    steps = np.concatenate([[0.0], np.diff(values)])
    trend = last + trailing_median(steps, 5)[:-1]
    experts = [
        Expert("last", last),
        Expert("near", near),
        Expert("wide", wide),
        Expert("calm", trailing_median(values, 101)[:-1]),
        Expert("usual", usual, slow=True),
        Expert("trend", trend),
    ]
    for number, cycles in enumerate(seasons):
        experts += _season_experts(values, cycles, number)
    experts.append(Expert("stack", _stack_forecasts(values, [one.forecast for one in experts])))
    return experts


def _season_experts(values: Floats, cycles: list[Ints], number: int) -> list[Expert]:
    around = same_phase_points(values, cycles, reach=1)
    exact = same_phase_points(values, cycles, reach=0)
    profile = _row_median(around if len(cycles) < 3 else exact)
    apart = values - profile
    known = np.isfinite(apart)
    seen = np.concatenate([[0], np.cumsum(known)[:-1]])
    moved = profile + np.nan_to_num(trailing_median(apart[known], 9)[seen])
    steady = profile + np.nan_to_num(trailing_median(apart[known], 101)[seen])
    gaps = np.abs(apart)
    spread = _row_median(same_phase_points(gaps, cycles, reach=3))
    return [
        Expert(f"season{number}", profile, slow=True, spread=spread),
        Expert(f"steady{number}", steady, spread=spread),
        Expert(f"moved{number}", moved, spread=_row_median(same_phase_points(np.abs(values - moved), cycles, reach=3))),
    ]


def _row_median(rows: Floats) -> Floats:
    out = np.full(len(rows), np.nan)
    known = np.isfinite(rows).any(axis=1)
    whole = np.isfinite(rows).all(axis=1)
    out[whole] = np.median(rows[whole], axis=1)
    part = known & ~whole
    if part.any():
        out[part] = np.nanmedian(rows[part], axis=1)
    return out


def _stack_forecasts(values: Floats, forecasts: list[Floats]) -> Floats:
    """A mixture of all forecasts, fitted at checkpoints to what came, with what was far off counted less."""
    size = len(values)
    columns = np.stack([np.where(np.isfinite(one), one, 0.0) for one in forecasts], axis=1)
    base = columns[:, 0]
    known = np.stack([np.isfinite(one) for one in forecasts], axis=1)
    features = np.where(known, columns - base[:, None], 0.0)[:, 1:]
    older = np.concatenate([[0.0, 0.0], values[1:-1] - values[:-2]])
    features = np.column_stack([features, older, np.concatenate([[0.0], older[:-1]])])
    target = values - base
    out = np.full(size, np.nan)
    for place, following in spans_between(size, STACK_EVERY):
        if place < STACK_FROM:
            continue
        past = slice(max(2, place - STACK_PAST), place)
        weights = _fit_robustly(features[past], target[past])
        out[place:following] = base[place:following] + np.einsum("ij,j->i", features[place:following], weights)
    return out


def _fit_robustly(features: Floats, target: Floats) -> Floats:
    """Ridge regression, twice: the second time what lay far off has a small weight. The sums are small, and einsum adds
    them up in one thread: several would wait for each other.
    """
    weights: Floats = np.zeros(features.shape[1])
    counted = np.ones(len(target))
    for _ in range(2):
        scaled = features * counted[:, None]
        gram = np.einsum("ij,ik->jk", features, scaled)
        gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) + 1e-15
        weights = np.asarray(np.linalg.solve(gram, np.einsum("ij,i->j", scaled, target)), np.float64)
        apart = np.abs(target - np.einsum("ij,j->i", features, weights))
        middle = float(np.median(apart))
        if middle <= 0:
            break
        counted = np.minimum(1.0, 3 * middle / np.maximum(apart, 1e-300)) ** 2
    return weights
