"""The bill of an incident: orders that were expected and did not come, failures whose visitors did not come through,
payments whose orders are missing; three looks at the same shoppers, so they are weighed and never added.

No bill without harm: where a loss is not shown the middle is nothing, and the upper bound says what it may be at most.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from app.config.vocabulary import Vocabulary
from app.domain.base import Money, Value
from app.domain.impact import Interval, MoneyInterval
from app.domain.merchants import Merchant
from app.domain.rollups import Cell
from app.expect.claims import UNTOLD, Claim, Share, Stretch, divide
from app.expect.harm import CAME_THROUGH, CAME_THROUGH_IF_HARMED, ENOUGH, KNOWN_FROM, LEAST_USUAL
from app.expect.lost_orders import FEWEST_KNOWN, Deficit, Sales, missing_orders
from app.observe.streams import DONE, ERRORS, RATIO, UNANSWERED, VISITS, WELL

SOLD: Final = f"{DONE}|order"
READ: Final = (SOLD, UNANSWERED, f"{VISITS}|*", f"{RATIO}|*")
"""Streams that every bill reads, besides those of its incident."""
READ_BEFORE: Final = (*READ, f"{ERRORS}|*", f"{WELL}|{ERRORS}|*")
"""The same of the time before: also how many who met a failure came through all the same."""
REFUTED: Final = 6.0
"""So far apart two looks do not speak of the same: then what did not come counts, whoever may have failed."""
SURE: Final = 1.645
"""Standard deviations of a 90 % interval."""
WIDENED: Final = 1.25
"""By so much intervals are wider than their arithmetic says: measured on worlds that were not fitted to."""
UNNAMED_DOUBT: Final = 0.35
"""How far the share of lost ones may be off where no visitor is named."""
NAMED_DOUBT: Final = 0.12
LOOKERS_DOUBT: Final = 0.6
"""The same where those who fail need not have wanted to buy."""
SEVERAL_DOUBT: Final = 0.3
"""The same where several streams may tell of the same visitors."""
PAID_DOUBT: Final = 0.1
USUAL_ABSENT: Final = 0.01
FEWEST_VISITORS: Final = 3
AMOUNTS_VARY: Final = 0.25
"""Variance of the amount of one order, of its mean squared."""
OWN_ORDERS: Final = 5.0
"""So many orders of a merchant weigh as much as what the directory says of the average one."""
UNSEEN: Final = 2.0
"""The variance of orders that may be lost where none is shown to be."""
ANY: Final = 0.9
"""How likely it must be that an order of a currency is lost."""


class CurrencyLoss(Value):
    """What was lost in one currency."""

    orders: Interval
    money: MoneyInterval
    shown: bool


class Bill(Value):
    """What one incident costs, from its beginning up to a moment."""

    shown: bool
    orders: Interval
    losses: tuple[CurrencyLoss, ...] = ()
    by_merchant: dict[str, float]
    """Lost orders, the middle."""
    unpriced: tuple[str, ...] = ()
    basis: str


class Counted(NamedTuple):
    """What was counted before any claim began, and in the stretches since."""

    before: Sequence[Cell]
    slots_before: int
    stretches: Sequence[Stretch]


class _Losses(NamedTuple):
    """What its own failures say was lost: at each merchant, and how far that may be off."""

    each: Mapping[str, float]
    doubt: float
    told: bool
    harm: float

    @property
    def total(self) -> float:
        return math.fsum(self.each.values())


class _Book:
    """Everything that bills are computed from. Local to one call of `make_bills`."""

    def __init__(
        self,
        claims: Sequence[Claim],
        counted: Counted,
        merchants: Mapping[str, Merchant],
        words: Vocabulary,
        conversion: float,
        grace_slots: float,
    ) -> None:
        self.claims, self.counted, self.merchants, self.words = claims, counted, merchants, words
        self.conversion, self.grace_slots = conversion, grace_slots
        self.owners = divide(claims, counted.stretches)
        cells = [*counted.before, *(cell for one in counted.stretches for cell in one.cells)]
        self.names = sorted({*merchants, *(one.merchant for one in cells)} - {""})
        self.place = {name: place for place, name in enumerate(self.names)}
        self.worth: dict[str, tuple[float, float]] = {}
        for cell in cells:
            if cell.stream == SOLD:
                orders, value = self.worth.get(cell.merchant, (0.0, 0.0))
                self.worth[cell.merchant] = orders + cell.count, value + cell.value
        self.sold, self.visits = _choose_streams(counted.before, words)
        self.knows = sum(cell.count for cell in cells if cell.stream == self.sold) >= FEWEST_KNOWN
        self.end = counted.stretches[-1].end if counted.stretches else 0

    def owns(self, claim: Claim, merchant: str, stretch: Stretch) -> bool:
        return self.owners.get(Share(merchant, stretch.first)) == claim.incident_id

    def active(self, claim: Claim) -> list[Stretch]:
        return [one for one in self.counted.stretches if claim.since <= one.first < claim.until]

    def flags(self, names: Iterable[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        found = np.zeros(len(self.names), dtype=bool)
        found[[self.place[one] for one in names if one in self.place]] = True
        return found


def make_bills(
    claims: Sequence[Claim],
    counted: Counted,
    merchants: Mapping[str, Merchant],
    words: Vocabulary,
    *,
    conversion: float,
    grace_slots: float,
) -> dict[str, Bill]:
    """The bills of all these incidents; whatever several of them claim stands in one of them. None at all where too
    little is known of what is usual.
    """
    book = _Book(claims, counted, merchants, words, conversion, grace_slots)
    if not book.knows:
        return {}
    own = {one.incident_id: _own_losses(book, one) for one in claims}
    return {one.incident_id: _make_bill(book, one, own) for one in claims}


# --- what failed -----------------------------------------------------------------------------------------------------


def _own_losses(book: _Book, claim: Claim) -> _Losses:
    failed, met, well = Counter[str](), 0.0, 0.0
    streams = [one for one in claim.mechanisms if one.startswith(f"{ERRORS}|call|")]
    for stretch in book.active(claim):
        for cell in stretch.cells:
            stream = cell.stream.removeprefix(f"{WELL}|")
            if stream not in streams or not _answers_for(book, claim, cell.merchant, stream, stretch):
                continue
            if cell.stream == stream:
                failed[cell.merchant] += cell.count
                met += cell.value
            else:
                well += cell.count
    failing = _Losses({}, 1.0, False, 0.0)
    known = _lost_share(book, streams, met, min(well, met))
    if failed and known is not None:
        share, doubt, harm = known
        each = {merchant: count * share for merchant, count in failed.items() if count > 0}
        failing = _Losses(each, doubt, True, harm)
    unpaid = _unpaid_losses(book, claim)
    return unpaid if unpaid.total > failing.total else failing


def _usually_through(before: Sequence[Cell], streams: Collection[str]) -> float:
    """How many who meet such a failure come through all the same: by all failures, and by these as far as known."""
    usual = CAME_THROUGH
    for among in (lambda name: name.startswith(f"{ERRORS}|"), lambda name: name in streams):
        met = sum(cell.value for cell in before if among(cell.stream))
        well = sum(cell.count for cell in before if among(cell.stream.partition(f"{WELL}|")[2]))
        usual = (usual * KNOWN_FROM + min(well, met)) / (KNOWN_FROM + met)
    return min(max(usual, LEAST_USUAL), 0.98)


def _answers_for(book: _Book, claim: Claim, merchant: str, stream: str, stretch: Stretch) -> bool:
    """Whether a failure is this incident's: it is in its streams, and no stronger incident has it in its own."""
    owner = book.owners.get(Share(merchant, stretch.first))
    if owner is None or owner == claim.incident_id:
        return True
    return all(one.incident_id != owner or stream not in one.streams for one in book.claims)


def _lost_share(book: _Book, streams: Sequence[str], met: float, well: float) -> tuple[float, float, float] | None:
    """Which share of the failures cost an order, how far that may be off, and the odds that they do harm; None where
    nothing tells.
    """
    several = SEVERAL_DOUBT if len(streams) > 1 else 0.0
    losing = any(book.words.route_loses_orders(one.split("|")[2]) for one in streams)
    if met >= FEWEST_VISITORS or (met and well < met):
        usual = CAME_THROUGH if losing else _usually_through(book.counted.before, streams)
        share = max(usual - (well + 0.1) / (met + 0.2), 0.0)
        chance = math.sqrt(max(share * (1 - share), 0.05) / met) / max(share, 0.05)
        harmed = usual * CAME_THROUGH_IF_HARMED
        odds = well * math.log(harmed / usual) + (met - well) * math.log((1 - harmed) / (1 - usual))
        return share, math.hypot(NAMED_DOUBT if losing else LOOKERS_DOUBT, several, chance), odds
    if losing:
        return book.conversion, math.hypot(UNNAMED_DOUBT, several), 0.0
    return None


def _unpaid_losses(book: _Book, claim: Claim) -> _Losses:
    """Payments whose orders are overdue, less the few that always are; the last ones are not overdue yet."""
    if UNANSWERED not in claim.streams:
        return _Losses({}, 1.0, False, 0.0)
    each, tries = Counter[str](), Counter[str]()
    for stretch in book.active(claim):
        for cell in stretch.cells:
            if cell.stream == UNANSWERED and book.owns(claim, cell.merchant, stretch):
                each[cell.merchant] += cell.count
                tries[cell.merchant] += cell.exposure
    span = max(min(book.end, claim.until) - claim.since, 1)
    late = span / max(span - book.grace_slots, 0.5 * span) if claim.until >= book.end else 1.0
    lost = {one: (count - USUAL_ABSENT * tries[one]) * late for one, count in each.items()}
    lost = {one: count for one, count in lost.items() if count > 0}
    return _Losses(lost, math.hypot(PAID_DOUBT, late - 1), bool(lost), ENOUGH + 1 if sum(lost.values()) > 2 else 0.0)


# --- what did not come -----------------------------------------------------------------------------------------------


def _choose_streams(before: Sequence[Cell], words: Vocabulary) -> tuple[str, str]:
    """What tells of orders, and of who came: orders themselves, else a metric whose failures lose orders."""
    seen = Counter[str]()
    for cell in before:
        seen[cell.stream] += cell.count
    losing = {one: n for one, n in seen.items() if n > 0 and words.loses_orders(one.partition("|")[2])}
    ratios = [one for one in losing if one.startswith(f"{RATIO}|")]
    sold = SOLD if seen[SOLD] > 0 or not ratios else max(ratios, key=lambda one: (losing[one], one))
    came = [one for one in seen if one.startswith(f"{VISITS}|")]
    return sold, max(came, key=lambda one: (one in losing, seen[one], one), default="")


def _sales(book: _Book, claim: Claim) -> tuple[Sales, float]:
    """What was sold at whom while the claim held, as far as it is told, and which share of its time that is."""
    past, since = _Sums(book), _Sums(book)
    past.add(book.counted.before, book.counted.slots_before)
    told = [one for one in book.active(claim) if one.first < book.end - UNTOLD]
    for stretch in told:
        since.add(stretch.cells, stretch.end - stretch.first)
    whole = sum(one.end - one.first for one in book.active(claim))
    return Sales(past.orders, past.visits(), since.orders, since.visits()), (
        sum(one.end - one.first for one in told) / whole if whole else 0.0
    )


class _Sums:
    """Orders and visits of every merchant, added up."""

    def __init__(self, book: _Book) -> None:
        self._book, size = book, len(book.names)
        self.orders, self.came, self.slots = np.zeros(size), np.zeros(size), 0

    def add(self, cells: Iterable[Cell], slots: int) -> None:
        """Add what was counted in so many slots."""
        self.slots += slots
        for cell in cells:
            if not cell.merchant:
                continue
            if cell.stream == self._book.sold:
                self.orders[self._book.place[cell.merchant]] += cell.count
            if cell.stream == self._book.visits:
                self.came[self._book.place[cell.merchant]] += cell.count

    def visits(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Who came; the time that passed where nothing tells of it."""
        return self.came if self._book.visits else np.full(len(self.came), float(self.slots))


def _deficit(book: _Book, claim: Claim, own: Mapping[str, _Losses]) -> Deficit | None:
    """What is missing at the merchants of a claim where they are its own, less what others' failures explain."""
    sales, told = _sales(book, claim)
    if told < 0.25:
        return None
    shares = _owned_shares(book, claim)
    members = book.flags(one for one, share in shares.items() if share > 0)
    others = ~book.flags({name for one in book.claims for name in one.merchants | one.exposed})
    others = others if others.any() else ~book.flags({name for one in book.claims for name in one.merchants})
    found = missing_orders(_weighed(book, sales, shares), members, others, chosen=not claim.mechanisms)
    if found is None:
        return None
    explained = _explained_by_others(book, claim, own, shares)
    factor = 1 / told
    return Deficit(
        (found.missing - explained) * factor, found.variance * factor**2 + explained, found.expected * factor
    )


def _owned_shares(book: _Book, claim: Claim) -> dict[str, float]:
    """Of each merchant of a claim, the share of its time that is its own."""
    active = book.active(claim)
    whole = sum(one.end - one.first for one in active)
    return {
        name: sum(one.end - one.first for one in active if book.owns(claim, name, one)) / max(whole, 1)
        for name in claim.merchants
    }


def _weighed(book: _Book, sales: Sales, shares: Mapping[str, float]) -> Sales:
    """Only what is the claim's own at its merchants; all of the others'."""
    weight = np.ones(len(book.names))
    for name, share in shares.items():
        if name in book.place:
            weight[book.place[name]] = share
    return Sales(sales.past_orders, sales.past_visits, sales.orders * weight, sales.visits * weight)


def _explained_by_others(
    book: _Book, claim: Claim, own: Mapping[str, _Losses], shares: Mapping[str, float]
) -> float:  # fmt: skip
    """Orders missing at its merchants that the failures of other incidents lost in the same time."""
    found = 0.0
    for other in book.claims:
        if other.incident_id == claim.incident_id or other.until <= claim.since or claim.until <= other.since:
            continue
        span = max(min(book.end, other.until) - other.since, 1)
        both = max(min(book.end, other.until, claim.until) - max(other.since, claim.since), 0) / span
        each = own[other.incident_id].each
        found += both * sum(each.get(name, 0.0) * share for name, share in shares.items())
    return found


# --- what it comes to ------------------------------------------------------------------------------------------------


class _Total(NamedTuple):
    orders: float
    variance: float
    shown: bool


def _make_bill(book: _Book, claim: Claim, own: Mapping[str, _Losses]) -> Bill:
    failing, deficit = own[claim.incident_id], _deficit(book, claim, own)
    total = _weigh(failing, deficit)
    weights = _weights(book, claim, failing, deficit)
    losses, unpriced = _by_currency(book, total, weights, failing)
    middle = total.orders if total.shown else 0.0
    each = {name: round(middle * weight, 4) for name, weight in sorted(weights.items()) if weight > 0}
    return Bill(
        shown=total.shown,
        orders=_bounds(total.orders, total.variance + max(total.orders, 0.0), shown=total.shown),
        losses=losses,
        by_merchant=each if total.shown else {},
        unpriced=unpriced,
        basis=_basis(failing, deficit, total),
    )


def _weigh(failing: _Losses, deficit: Deficit | None) -> _Total:
    """Two looks at the same loss, each as sure as it is; where they disagree, less sure."""
    looks = []
    if deficit is not None:
        looks.append((deficit.missing, deficit.variance))
    if failing.told:
        due = float(deficit.expected.sum()) if deficit is not None else failing.total
        lost = min(failing.total, due + SURE * math.sqrt(due))
        looks.append((lost, (failing.doubt * lost) ** 2 + max(lost, 0.5)))
        if len(looks) > 1 and (lost - deficit.missing) ** 2 > REFUTED * (looks[0][1] + looks[1][1]):
            looks = looks[:1]
    if not looks:
        return _Total(0.0, 1.0, shown=False)
    weight = sum(1 / variance for _, variance in looks)
    middle = sum(value / variance for value, variance in looks) / weight
    apart = sum((value - middle) ** 2 / variance for value, variance in looks)
    variance = max(apart, 1.0) / weight
    by_visitors = failing.harm > ENOUGH and looks[-1][0] != getattr(deficit, "missing", None)
    shown = middle > SURE * math.sqrt(variance) or by_visitors
    return _Total(max(middle, 0.0), variance, shown=shown and middle >= 0.5)


def _weights(book: _Book, claim: Claim, failing: _Losses, deficit: Deficit | None) -> dict[str, float]:
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
    book: _Book, total: _Total, weights: Mapping[str, float], failing: _Losses
) -> tuple[tuple[CurrencyLoss, ...], tuple[str, ...]]:  # fmt: skip
    prices = {name: price for name in weights if (price := _order_value(book, name)) is not None}
    losses = []
    for currency in sorted({one.currency for one in prices.values()}):
        names = [name for name, price in prices.items() if price.currency == currency]
        part = math.fsum(weights[name] for name in names)
        orders = total.orders * part
        variance = total.variance * part**2 + orders * (1 + AMOUNTS_VARY)
        named = sum(failing.each.get(name, 0.0) for name in names)
        shown = total.shown and _is_any_lost(orders, named, failing)
        bounds = _bounds(orders, variance if shown else variance + UNSEEN, shown=shown)
        price = _mean_price([(prices[name], weights[name]) for name in names], currency)
        money = MoneyInterval(
            low=price.times(bounds.low), middle=price.times(bounds.middle), high=price.times(bounds.high)
        )
        losses.append(CurrencyLoss(orders=bounds, money=money, shown=shown))
    return tuple(losses), tuple(name for name, weight in weights.items() if weight > 0 and name not in prices)


def _is_any_lost(orders: float, named: float, failing: _Losses) -> bool:
    """Whether an order of a currency is lost for all that is known."""
    return 1 - math.exp(-orders - (named if failing.told else 0.0)) >= ANY


def _bounds(middle: float, variance: float, *, shown: bool) -> Interval:
    """Ninety per cent of what it may be, as a gamma distribution has it; only an upper bound where nothing is shown."""
    spread = WIDENED * math.sqrt(variance)
    if not shown or middle <= 0:
        return Interval(low=0.0, middle=0.0, high=round(max(middle, 0.0) + SURE * spread, 4))
    skew = math.sqrt(math.log1p((spread / middle) ** 2))
    low, high = middle * math.exp(-SURE * skew), middle * math.exp(SURE * skew)
    return Interval(low=round(low, 4), middle=round(middle, 4), high=round(high, 4))


def _order_value(book: _Book, name: str) -> Money | None:
    """The average order of a merchant: what the directory says, and what its orders came to."""
    merchant = book.merchants.get(name)
    if merchant is None:
        return None
    orders, value = book.worth.get(name, (0.0, 0.0))
    told = OWN_ORDERS if merchant.average_order_value > 0 else 0.0
    if told + orders <= 0 or told * merchant.average_order_value + value <= 0:
        return None
    return Money(
        minor=round((told * merchant.average_order_value + value) / (told + orders)), currency=merchant.currency
    )


def _mean_price(priced: Sequence[tuple[Money, float]], currency: str) -> Money:
    total = math.fsum(weight for _, weight in priced)
    if total <= 0:
        return Money(minor=round(sum(price.minor for price, _ in priced) / len(priced)), currency=currency)
    return Money(minor=round(math.fsum(price.minor * weight for price, weight in priced) / total), currency=currency)


def _basis(failing: _Losses, deficit: Deficit | None, total: _Total) -> str:
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
