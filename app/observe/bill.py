"""The bill of an incident: orders that were expected and did not come, failures whose visitors did not come through,
payments whose orders are missing; three looks at the same shoppers, so they are weighed and never added.

No bill without harm: where a loss is not shown the middle is nothing, and the upper bound says what it may be at most.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import Field

from app.config.vocabulary import Vocabulary
from app.domain.base import Money, Value
from app.domain.impact import Interval, MoneyInterval
from app.domain.merchants import Merchant
from app.expect.claims import Claim
from app.expect.descriptions import Bools
from app.expect.harm import ENOUGH
from app.expect.lost_orders import Deficit, missing_orders
from app.observe.book import Book, Counted, sales_of
from app.observe.own_losses import OwnLosses, no_event, own_losses

SURE: Final = 1.645
"""Standard deviations of a 90 % interval."""
WIDENED: Final = 1.15
"""By so much intervals are wider than their arithmetic says: measured on worlds that were not fitted to."""
AMOUNTS_VARY: Final = 0.25
"""Variance of the amount of one order, of its mean squared."""
LEAST_LOSS: Final = 0.5
"""Less than half an order is none."""
UNSEEN: Final = 2.0
"""The variance of orders that may be lost where none is shown to be."""
REFUTED: Final = 6.0
"""So far apart two looks do not speak of the same: then what did not come counts, whoever may have failed."""
LEAST_TOLD: Final = 0.25
"""With less of its time told nothing is known yet of what did not come."""
ANY: Final = 0.9
"""How likely it must be that an order of a currency is lost."""


class CurrencyLoss(Value):
    """What was lost in one currency."""

    orders: Interval
    money: MoneyInterval
    shown: bool


class IncidentBill(Value):
    """What one incident costs, from its beginning up to a moment."""

    shown: bool
    orders: Interval
    losses: tuple[CurrencyLoss, ...] = ()
    by_merchant: dict[str, float]
    """Lost orders, the middle."""
    money_by_merchant: dict[str, Money] = Field(default_factory=dict)
    unpriced: tuple[str, ...] = ()
    basis: str


def make_bills(
    claims: Sequence[Claim],
    counted: Counted,
    merchants: Mapping[str, Merchant],
    words: Vocabulary,
    *,
    conversion: float,
    grace_slots: float,
) -> dict[str, IncidentBill]:
    """The bills of all these incidents; whatever several of them claim stands in one of them. None at all where too
    little is known of what is usual.
    """
    book = Book(claims, counted, merchants, words, conversion, grace_slots)
    if not book.knows:
        return {}
    own = {one.incident_id: own_losses(book, one) for one in claims}
    return {one.incident_id: _make_bill(book, one, own) for one in claims}


# --- what did not come -----------------------------------------------------------------------------------------------


def _deficit(book: Book, claim: Claim, own: Mapping[str, OwnLosses]) -> Deficit | None:
    """What is missing at the merchants of a claim where they are its own, less what others' failures explain."""
    sales, told = sales_of(book, claim)
    if told < LEAST_TOLD:
        return None
    members = book.flags(name for name in claim.merchants for one in book.active(claim) if book.owns(claim, name, one))
    found = missing_orders(sales, members, _controls(book), chosen=not claim.mechanisms)
    if found is None:
        return None
    explained = math.fsum(one.lent.get(claim.incident_id, 0.0) for one in own.values())
    return Deficit(found.missing / told - explained, found.variance / told**2 + explained, found.expected / told)


def _controls(book: Book) -> Bools:
    """Whom no incident reaches; where it may reach everybody, whom none has hit."""
    untouched = ~book.flags({name for one in book.claims for name in one.merchants | one.exposed})
    return untouched if untouched.any() else ~book.flags({name for one in book.claims for name in one.merchants})


# --- what it comes to ------------------------------------------------------------------------------------------------


class _Total(NamedTuple):
    orders: float
    variance: float
    shown: bool
    by_failures: bool = False
    """Whether its own failures tell of it."""


def _make_bill(book: Book, claim: Claim, own: Mapping[str, OwnLosses]) -> IncidentBill:
    failing, deficit = own[claim.incident_id], _deficit(book, claim, own)
    total = _weigh(failing, deficit)
    weights = _weights(book, claim, failing, deficit)
    losses, unpriced = _by_currency(book, total, weights, failing)
    middle = total.orders if total.shown else 0.0
    each = {name: round(middle * weight, 4) for name, weight in sorted(weights.items()) if weight > 0}
    return IncidentBill(
        shown=total.shown,
        orders=_bounds(total.orders, total.variance + max(total.orders, 0.0), shown=total.shown),
        losses=losses,
        by_merchant=each if total.shown else {},
        money_by_merchant={
            name: price.times(orders)
            for name, orders in each.items()
            if total.shown and (price := book.order_value(name)) is not None
        },
        unpriced=unpriced,
        basis=_basis(failing, deficit, total),
    )


class _Look(NamedTuple):
    orders: float
    variance: float


def _weigh(failing: OwnLosses, deficit: Deficit | None) -> _Total:
    """Two looks at the same loss, each as sure as it is; where they disagree, less sure."""
    missing = _Look(deficit.missing, deficit.variance) if deficit is not None else None
    failed = _look_at_failures(failing, deficit) if failing.told else None
    if missing and failed and (failed.orders - missing.orders) ** 2 > REFUTED * (failed.variance + missing.variance):
        failed = None
    looks = [one for one in (missing, failed) if one is not None]
    if not looks:
        return _Total(0.0, 1.0, shown=False)
    weight = sum(1 / one.variance for one in looks)
    middle = sum(one.orders / one.variance for one in looks) / weight
    apart = sum((one.orders - middle) ** 2 / one.variance for one in looks)
    variance = max(apart, 1.0) / weight
    lent = math.fsum(failing.lent.values())
    orders, variance = max(middle, 0.0) + lent, variance + (failing.doubt * lent) ** 2 + lent
    shown = orders > SURE * math.sqrt(variance) or (failed is not None and failing.harm > ENOUGH)
    return _Total(orders, variance, shown=shown and orders >= LEAST_LOSS, by_failures=failed is not None)


def _look_at_failures(failing: OwnLosses, deficit: Deficit | None) -> _Look:
    """What failed at its own merchants, but no more than was expected to be sold there."""
    own = failing.total - math.fsum(failing.lent.values())
    due = float(deficit.expected.sum()) if deficit is not None else own
    lost = min(own, due + SURE * math.sqrt(due))
    return _Look(lost, (failing.doubt * lost) ** 2 + max(lost, 0.5))


def _weights(book: Book, claim: Claim, failing: OwnLosses, deficit: Deficit | None) -> dict[str, float]:
    """Which merchants lost how much of it: by their failures, else by what was expected of them."""
    each: Mapping[str, float] = failing.each
    if failing.total <= 0 and deficit is not None:
        each = {name: float(deficit.expected[book.place[name]]) for name in claim.merchants if name in book.place}
    total = math.fsum(each.values())
    return {
        name: (each.get(name, 0.0) / total if total > 0 else 0.0)
        for name in sorted({*claim.merchants, *claim.exposed, *each})
    }


def _by_currency(
    book: Book, total: _Total, weights: Mapping[str, float], failing: OwnLosses
) -> tuple[tuple[CurrencyLoss, ...], tuple[str, ...]]:  # fmt: skip
    prices = {name: price for name in weights if (price := book.order_value(name)) is not None}
    losses = []
    for currency in sorted({one.currency for one in prices.values()}):
        names = [name for name, price in prices.items() if price.currency == currency]
        part = math.fsum(weights[name] for name in names)
        orders = total.orders * part
        variance = total.variance * part**2 + orders * (1 + AMOUNTS_VARY)
        none = _weigh_none(total, orders, math.fsum(failing.each.get(name, 0.0) for name in names), failing)
        shown = total.shown and none <= 1 - ANY
        bounds = _bounds(orders, variance if shown else variance + UNSEEN, shown=shown)
        price = _mean_price([(prices[name], weights[name]) for name in names], currency)
        money = MoneyInterval(
            low=price.times(bounds.low), middle=price.times(bounds.middle), high=price.times(bounds.high)
        )
        losses.append(CurrencyLoss(orders=bounds, money=money, shown=shown))
    return tuple(losses), tuple(name for name, weight in weights.items() if weight > 0 and name not in prices)


def _weigh_none(total: _Total, orders: float, failed: float, failing: OwnLosses) -> float:
    """How likely it is that no order of a currency is lost: by what failed there, where that counts, else by its part
    of all that did not come.
    """
    if total.by_failures:
        return failing.none_of(failed)
    return no_event(orders, math.sqrt(total.variance) / max(total.orders, 1e-9))


def _bounds(middle: float, variance: float, *, shown: bool) -> Interval:
    """Ninety per cent of what it may be, by a lognormal distribution; only an upper bound where nothing is shown."""
    spread = WIDENED * math.sqrt(variance)
    if not shown or middle <= 0:
        return Interval(low=0.0, middle=0.0, high=round(max(middle, 0.0) + SURE * spread, 4))
    skew = math.sqrt(math.log1p((spread / middle) ** 2))
    low, high = middle * math.exp(-SURE * skew), middle * math.exp(SURE * skew)
    return Interval(low=round(low, 4), middle=round(middle, 4), high=round(high, 4))


def _mean_price(priced: Sequence[tuple[Money, float]], currency: str) -> Money:
    total = math.fsum(weight for _, weight in priced)
    if total <= 0:
        return Money(minor=round(sum(price.minor for price, _ in priced) / len(priced)), currency=currency)
    return Money(minor=round(math.fsum(price.minor * weight for price, weight in priced) / total), currency=currency)


def _basis(failing: OwnLosses, deficit: Deficit | None, total: _Total) -> str:
    """How it was computed, in one sentence."""
    parts = []
    if deficit is not None:
        due = float(deficit.expected.sum())
        parts.append(f"{due:.1f} orders expected by who came and what others sold, {due - deficit.missing:.1f} seen")
    if failing.told:
        parts.append(f"its failures and missing orders tell of {failing.total:.1f} lost ones")
    if not total.shown:
        parts.append("no loss is shown")
    return "; ".join([*parts, "the interval holds the loss nine times in ten"])
