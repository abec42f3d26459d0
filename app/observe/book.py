"""What bills are computed from: what was counted before and since, at whom, and whose it is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from app.config.vocabulary import Vocabulary
from app.domain.base import Money
from app.domain.merchants import Merchant
from app.domain.rollups import Cell
from app.expect.claims import UNTOLD, Claim, Share, Stretch, divide_merchants
from app.expect.descriptions import Bools
from app.expect.evidence import Floats
from app.expect.lost_orders import FEWEST_KNOWN, Sales
from app.observe.measures import RATIO, VISITS
from app.observe.streams import DONE, ERRORS, UNANSWERED, WELL

SOLD: Final = f"{DONE}|order"
READ: Final = (SOLD, UNANSWERED, f"{VISITS}|*", f"{RATIO}|*")
"""Streams that every bill reads, besides those of its incident."""
READ_BEFORE: Final = (*READ, f"{ERRORS}|*", f"{WELL}|{ERRORS}|*")
"""The same of the time before: also how many who met a failure came through all the same."""
OWN_ORDERS: Final = 5.0
"""So many orders of a merchant weigh as much as what the directory says of the average one."""


class Counted(NamedTuple):
    """What was counted before any claim began, and in the stretches since."""

    before: Sequence[Cell]
    slots_before: int
    stretches: Sequence[Stretch]


class Book:
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
        self.owners = divide_merchants(claims, counted.stretches)
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
        """Whether a merchant's time in a stretch is this claim's."""
        return self.owners.get(Share(merchant, stretch.first)) == claim.incident_id

    def active(self, claim: Claim) -> list[Stretch]:
        """The stretches in which a claim holds."""
        return [one for one in self.counted.stretches if claim.since <= one.first < claim.until]

    def flags(self, names: Iterable[str]) -> Bools:
        """These merchants, as a mask."""
        found = np.zeros(len(self.names), dtype=bool)
        found[[self.place[one] for one in names if one in self.place]] = True
        return found

    def order_value(self, name: str) -> Money | None:
        """The average order of a merchant: what the directory says, and what its orders came to."""
        merchant = self.merchants.get(name)
        if merchant is None:
            return None
        orders, value = self.worth.get(name, (0.0, 0.0))
        told = OWN_ORDERS if merchant.average_order_value > 0 else 0.0
        known, total = told + orders, told * merchant.average_order_value + value
        return Money(minor=round(total / known), currency=merchant.currency) if known > 0 and total > 0 else None


def _choose_streams(before: Sequence[Cell], words: Vocabulary) -> tuple[str, str]:
    """What tells of orders, and of who came: orders themselves, else a metric whose failures lose orders."""
    seen: defaultdict[str, float] = defaultdict(float)
    for cell in before:
        seen[cell.stream] += cell.count
    losing = {one: n for one, n in seen.items() if n > 0 and words.loses_orders(one.partition("|")[2])}
    ratios = [one for one in losing if one.startswith(f"{RATIO}|")]
    sold = SOLD if seen[SOLD] > 0 or not ratios else max(ratios, key=lambda one: (losing[one], one))
    came = [one for one in seen if one.startswith(f"{VISITS}|")]
    return sold, max(came, key=lambda one: (one in losing, seen[one], one), default="")


def sales_of(book: Book, claim: Claim) -> tuple[Sales, float]:
    """What was sold at whom while the claim held, as far as it is told, and which share of its time that is. Of its own
    merchants only the time counts that no other incident answers for.
    """
    past, since = _Sums(book), _Sums(book)
    past.add(book.counted.before, book.counted.slots_before, book.flags(book.names))
    told = [one for one in book.active(claim) if one.first < book.end - UNTOLD]
    for stretch in told:
        others = {name for name in claim.merchants if not book.owns(claim, name, stretch)}
        since.add(stretch.cells, stretch.end - stretch.first, ~book.flags(others))
    whole = sum(one.end - one.first for one in book.active(claim))
    share = sum(one.end - one.first for one in told) / whole if whole else 0.0
    return Sales(past.orders, past.visits(), since.orders, since.visits()), share


class _Sums:
    """Orders and visits of every merchant, added up."""

    def __init__(self, book: Book) -> None:
        self._book, size = book, len(book.names)
        self.orders: Floats = np.zeros(size)
        self._came: Floats = np.zeros(size)
        self._slots: Floats = np.zeros(size)

    def add(self, cells: Iterable[Cell], slots: int, among: Bools) -> None:
        """Add what was counted of some merchants in so many slots."""
        self._slots[among] += slots
        for cell in cells:
            place = self._book.place.get(cell.merchant)
            if place is None or not among[place]:
                continue
            if cell.stream == self._book.sold:
                self.orders[place] += cell.count
            if cell.stream == self._book.visits:
                self._came[place] += cell.count

    def visits(self) -> Floats:
        """Who came; the time that passed where nothing tells of it."""
        return self._came if self._book.visits else self._slots
