"""How many orders did not come that would have: expected by who came and by what others sold meanwhile, less what was
sold.

A merchant's own habit counts as far as it is known, and its peers' where it is not. What all the others sold beyond or
below their habit since then is no fault's doing, and is taken out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.expect.descriptions import Bools
from app.expect.evidence import Floats
from app.expect.families import DONE

MERCHANTS_DIFFER: Final = 1 / 6
"""By how much merchants differ in what they sell to a visitor, before anything is known: the variance, of one."""
KNOWN_DIFFERENCE: Final = 30.0
"""So many squares of expected orders weigh as much as that."""
LEAST_DIFFERENCE: Final = 1 / 500
OTHERS_WEIGHT: Final = 20.0
"""So many expected orders of others weigh as much as the belief that nothing changed for all."""
LEAST_VARIANCE: Final = 0.5
FEWEST_KNOWN: Final = 20.0
"""With fewer orders in memory nothing is known of what is usual."""


@dataclass(frozen=True)
class Sales:
    """Orders and visits of every merchant, before and since; axes are merchants."""

    past_orders: Floats
    past_visits: Floats
    orders: Floats
    visits: Floats


@dataclass(frozen=True)
class Deficit:
    """What is missing at some merchants: the number, its variance, and what was expected of each."""

    missing: float
    variance: float
    expected: Floats


def missing_orders(sales: Sales, members: Bools, others: Bools, *, chosen: bool) -> Deficit | None:
    """What is missing at the members, with the others as the control; None where nothing tells what is usual.

    Members that were chosen because they sold little may always have sold less than others: what is not known of them
    is off in one direction then.
    """
    if sales.past_orders.sum() + sales.orders[others].sum() < FEWEST_KNOWN or not members.any():
        return None
    rate = _platform_rate(sales, others)
    alike = 1 / _difference(sales, rate, others)
    own = (alike + sales.past_orders) / (alike + rate * sales.past_visits)
    expected = rate * own * sales.visits
    seen, due = float(sales.orders[others].sum()), float(expected[others].sum())
    trend = (OTHERS_WEIGHT + seen) / (OTHERS_WEIGHT + due)
    expected = expected * trend
    total = float(expected[members].sum())
    spreads = expected[members] / np.sqrt(alike + sales.past_orders[members])
    unknown = float(spreads.sum() ** 2 if chosen else (spreads**2).sum())
    variance = LEAST_VARIANCE + DONE.dispersion * (total + total**2 / (OTHERS_WEIGHT + due)) + unknown
    return Deficit(total - float(sales.orders[members].sum()), variance, np.where(members, expected, 0.0))


def _platform_rate(sales: Sales, others: Bools) -> float:
    """Orders of a visit: all that was before, and the others since."""
    orders = sales.past_orders.sum() + sales.orders[others].sum()
    visits = sales.past_visits.sum() + sales.visits[others].sum()
    return float(orders / max(visits, 1e-9))


def _difference(sales: Sales, rate: float, others: Bools) -> float:
    """By how much merchants differ beyond chance, as far as that is known."""
    orders = sales.past_orders + np.where(others, sales.orders, 0.0)
    expected = rate * (sales.past_visits + np.where(others, sales.visits, 0.0))
    beyond = float(((orders - expected) ** 2 - expected).sum())
    squares = float((expected**2).sum())
    return max((beyond + MERCHANTS_DIFFER * KNOWN_DIFFERENCE) / (squares + KNOWN_DIFFERENCE), LEAST_DIFFERENCE)
