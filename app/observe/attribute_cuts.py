"""Contrast with cuts: a number that differs for every merchant tells nothing as a value, but much as a limit."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.domain.base import JsonMapping
from app.observe.contrast import Factor, adjust_p_values, contrast, fisher_p_value

MOST_CUTS = 24
FEWEST_VALUES = 8
"""With fewer different numbers each is a value of its own."""
LEAST_KNOWN = 4


class _Cut(NamedTuple):
    dimension: str
    value: str
    table: tuple[int, int, int, int]
    p: float


def contrast_with_cuts(
    cases: Iterable[JsonMapping], controls: Iterable[JsonMapping], dimensions: Sequence[str]
) -> list[Factor]:
    """What the cases have more often than the controls: every attribute value, and for numbers the best limit.

    Each factor comes with an exact one-sided p-value and its false discovery rate `q` over everything that was looked
    at; the p-value of a limit already pays for all limits tried on its dimension. Most telling first.

    >>> sick = [{"api": "v2", "rate": 130 + n} for n in range(9)]
    >>> well = [{"api": "v2", "rate": 20 + n} for n in range(9)]
    >>> [(one.dimension, one.value, one.cases_with, one.controls_with) for one in contrast(sick, well, ["rate", "api"])]
    [('rate', '>= 79', 9, 0), ('api', 'v2', 9, 9)]
    """
    broken, healthy = list(cases), list(controls)
    names = list(dict.fromkeys(dimensions))
    if not broken or not healthy:
        return []
    numeric = [name for name in names if _is_numeric(name, broken, healthy)]
    factors = contrast(broken, healthy, [name for name in names if name not in numeric])
    cuts = [cut for name in numeric if (cut := _best_cut(name, broken, healthy)) is not None]
    rates = adjust_p_values([*(one.p for one in factors), *(cut.p for cut in cuts)])
    found = [one.changed(q=round(max(q, one.p), 9)) for one, q in zip(factors, rates, strict=False)]
    found += [_factor_of_cut(cut, q) for cut, q in zip(cuts, rates[len(factors) :], strict=True)]
    return sorted(found, key=lambda one: (one.p, -one.lift, one.dimension, str(one.value)))


def _numbers(name: str, rows: Sequence[JsonMapping]) -> list[float]:
    found = [row[name] for row in rows if row.get(name) is not None]
    return [float(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)]


def _is_numeric(name: str, broken: Sequence[JsonMapping], healthy: Sequence[JsonMapping]) -> bool:
    """Whether everything known of a dimension is a number, and there are many of them."""
    known = [row[name] for row in (*broken, *healthy) if row.get(name) is not None]
    plain = [one for one in known if isinstance(one, int | float) and not isinstance(one, bool)]
    return len(plain) == len(known) and len(set(plain)) >= FEWEST_VALUES


def _best_cut(name: str, broken: Sequence[JsonMapping], healthy: Sequence[JsonMapping]) -> _Cut | None:
    """The limit that tells the two apart best, at the price of all that were tried."""
    ours, theirs = _numbers(name, broken), _numbers(name, healthy)
    ordered = sorted({*ours, *theirs})
    limits = [(low + high) / 2 for low, high in pairwise(ordered)]
    if len(limits) > MOST_CUTS:
        limits = [limits[round(step * (len(limits) - 1) / (MOST_CUTS - 1))] for step in range(MOST_CUTS)]
    if len(ours) < 1 or len(theirs) < 1 or len(ours) + len(theirs) < LEAST_KNOWN:
        return None
    tried = []
    for limit in limits:
        above, others = sum(one >= limit for one in ours), sum(one >= limit for one in theirs)
        for sign, case, control in ((">=", above, others), ("<", len(ours) - above, len(theirs) - others)):
            p = fisher_p_value(case, len(ours) - case, control, len(theirs) - control)
            tried.append(_Cut(name, f"{sign} {limit:g}", (case, len(ours), control, len(theirs)), p))
    best = min(tried, key=lambda one: (one.p, one.value))
    return best._replace(p=min(1.0, best.p * len(tried)))


def _factor_of_cut(cut: _Cut, q: float) -> Factor:
    case, cases, control, controls = cut.table
    return Factor(
        dimension=cut.dimension,
        value=cut.value,
        cases_with=case,
        cases=cases,
        controls_with=control,
        controls=controls,
        p=round(cut.p, 9),
        q=round(max(q, cut.p), 9),
        lift=round(((case + 0.5) / (cases + 1)) / ((control + 0.5) / (controls + 1)), 4),
    )
