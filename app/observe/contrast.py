"""What do the broken ones have that the healthy ones do not? Exact tests over attributes, with the false discoveries
held down.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from app.domain.base import JsonMapping, Value
from app.domain.merchants import Merchant

DISCOVERY = 0.1
"""A factor counts as found below this share of false discoveries."""
MOST_VALUES = 200
"""A dimension with more values than this identifies rather than describes, and is skipped."""


class Factor(Value):
    """One attribute value: how many of the broken and of the healthy have it, and what chance would say."""

    dimension: str
    value: Any
    cases_with: int = Field(ge=0)
    cases: int = Field(ge=0)
    controls_with: int = Field(ge=0)
    controls: int = Field(ge=0)
    p: float = Field(ge=0, le=1)
    q: float = Field(ge=0, le=1)
    lift: float = Field(ge=0, description="how many times more common among the broken (smoothed, so always finite)")


def fisher_p_value(a: int, b: int, c: int, d: int) -> float:
    """The exact one-sided p-value that the first row of a 2x2 table has no more than its share: P(at least `a`) under
    chance.
    """
    cases, holders, total = a + b, a + c, a + b + c + d
    highest = min(cases, holders)
    logs = [
        _log_choose(holders, k) + _log_choose(total - holders, cases - k)
        for k in range(a, highest + 1)
        if cases - k <= total - holders
    ]
    base = _log_choose(total, cases)
    return min(math.fsum(math.exp(one - base) for one in logs), 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def adjust_p_values(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg: the false discovery rate at which each would be found."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    result = [1.0] * len(p_values)
    lowest = 1.0
    for rank, place in reversed(list(enumerate(order, start=1))):
        lowest = min(lowest, p_values[place] * len(p_values) / rank)
        result[place] = lowest
    return result


def contrast(cases: Iterable[JsonMapping], controls: Iterable[JsonMapping], dimensions: Sequence[str]) -> list[Factor]:
    """Every attribute value of the cases, most telling first. A row that does not know a dimension takes no
    part in it.
    """
    broken, healthy = list(cases), list(controls)
    tables = [table for dimension in dict.fromkeys(dimensions) for table in _count_tables(dimension, broken, healthy)]
    p_values = [
        fisher_p_value(with_case, total_case - with_case, with_control, total_control - with_control)
        for *_, with_case, total_case, with_control, total_control in tables
    ]
    factors = [_factor_of(table, p, q) for table, p, q in zip(tables, p_values, adjust_p_values(p_values), strict=True)]
    return sorted(factors, key=lambda one: (one.p, -one.lift, one.dimension, str(one.value)))


_Table = tuple[str, Any, int, int, int, int]


def _count_tables(dimension: str, broken: Sequence[JsonMapping], healthy: Sequence[JsonMapping]) -> list[_Table]:
    ours = [row[dimension] for row in broken if row.get(dimension) is not None]
    theirs = [row[dimension] for row in healthy if row.get(dimension) is not None]
    values = {_typed_name(value): value for value in ours}
    if len(values) > MOST_VALUES:
        return []
    named, others = [_typed_name(value) for value in ours], [_typed_name(value) for value in theirs]
    return [
        (dimension, values[name], named.count(name), len(named), others.count(name), len(others))
        for name in sorted(values)
    ]


def _typed_name(value: Any) -> str:
    return f"{type(value).__name__}:{value}"


def _factor_of(table: _Table, p: float, q: float) -> Factor:
    dimension, value, case, cases, control, controls = table
    lift = ((case + 0.5) / (cases + 1)) / ((control + 0.5) / (controls + 1))
    return Factor(
        dimension=dimension, value=value, cases_with=case, cases=cases, controls_with=control, controls=controls,
        p=round(p, 9), q=round(max(q, p), 9), lift=round(lift, 4),
    )  # fmt: skip


def telling_factors(factors: Sequence[Factor]) -> list[Factor]:
    """The factors that were found: most of the cases have them, most of the controls do not, and chance is
    held down.
    """
    return [one for one in factors if one.q <= DISCOVERY and one.lift > 1.5 and one.cases_with * 2 > one.cases]


def at_risk(
    factors: Sequence[Factor], healthy: Iterable[Merchant], attributes: Mapping[str, JsonMapping], limit: int = 3
) -> tuple[str, ...]:
    """Healthy merchants that share the most telling factor (and any other as telling): the ones who may break next."""
    top = list(factors)[:limit]
    best = [one for one in top if one.p <= top[0].p * 1.0001]
    return tuple(
        sorted(
            merchant.id
            for merchant in healthy
            if any(attributes[merchant.id].get(one.dimension) == one.value for one in best)
        )
    )
