"""What was said to be lost, against what was lost."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.domain.base import Value
from simulations.scoring.glimpses import list_glimpses
from simulations.scoring.sorting import Met, Sorted
from simulations.scoring.statistics import rate_of, share_of, spread_of
from simulations.world.truth import Interval


class Bill(NamedTuple):
    """One estimate against one true loss: relative error, width, and whether the interval holds it. None: there is no
    such number.
    """

    error: float | None
    width: float | None
    covered: bool


def measure_money(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about what was said to be lost."""
    cases = [bill for world in worlds for bill in list_bills(world)]
    told = [one for world in worlds for one in (*world.surplus, *(kept for met in world.met for kept in met.kept))]
    billed = sum(not estimate.middle <= 0 for one in told for estimate in one.lost_revenue.values())
    owed = sum(
        _is_billed(met, currency) for world in worlds for met in world.met for currency in _list_lost_currencies(met)
    )
    return {
        "revenue_error": spread_of(bill.error for bill in cases),
        "revenue_covered": share_of(bill.covered for bill in cases),
        "revenue_covered_end": share_of(
            _bill_at_the_end(met, currency).covered
            for world in worlds
            for met in world.met
            for currency in _list_lost_currencies(met)
        ),
        "revenue_width": spread_of(bill.width for bill in cases),
        "bills_for_nothing": rate_of(billed - owed, billed),
    }


def list_bills(world: Sorted) -> list[Bill]:
    """What each case cost in each currency, beside what the agent said."""
    return [_build_bill(met, currency) for met in world.met for currency in _list_lost_currencies(met)]


def _list_lost_currencies(met: Met) -> list[str]:
    return sorted(currency for currency, minor in met.fault.lost_revenue.items() if minor > 0)


def _is_billed(met: Met, currency: str) -> bool:
    return any(currency in one.lost_revenue and not one.lost_revenue[currency].middle <= 0 for one in met.kept)


def _build_bill(met: Met, currency: str) -> Bill:
    """What was said when it counted, against what had been lost by then; at the end where nothing had been lost yet."""
    number = met.fault.number
    told = [
        (one.lost_revenue.get(currency), true)
        for kept in met.kept
        for one in list_glimpses(kept)
        if (true := one.true_losses.get(number, {}).get(currency, 0)) > 0
    ]
    return _weigh_bills(told) if told else _bill_at_the_end(met, currency)


def _bill_at_the_end(met: Met, currency: str) -> Bill:
    true = met.fault.lost_revenue[currency]
    return _weigh_bills([(one.lost_revenue.get(currency), true) for one in met.kept])


def _weigh_bills(told: Sequence[tuple[Interval | None, int]]) -> Bill:
    """The worst of several estimates; one that is missing or no interval spoils them all."""
    sound = [(one, true) for one, true in told if one is not None and _is_sound_interval(one)]
    if not sound or len(sound) < len(told):
        return Bill(None, None, covered=False)
    error = max(abs(one.middle - true) / true for one, true in sound)
    width = max((one.high - one.low) / true for one, true in sound)
    return Bill(error, width, covered=all(one.low <= true <= one.high for one, true in sound))


def _is_sound_interval(told: Interval) -> bool:
    return all(map(math.isfinite, (told.low, told.middle, told.high))) and told.low <= told.middle <= told.high
