"""What an incident's own failures cost: visitors who met them and did not come through, and payments whose orders are
missing.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from app.domain.rollups import Cell
from app.expect.claims import Claim, Share, Stretch
from app.expect.coming_through import ComingThrough, draw_to_known
from app.expect.harm import CAME_THROUGH, ENOUGH, LEAST_USUAL, MOST_USUAL
from app.expect.outcomes import KNOWN_FROM
from app.observe.book import Book
from app.observe.streams import ERRORS, UNANSWERED, WELL

UNNAMED_DOUBT: Final = 0.35
"""How far the share of lost ones may be off where no visitor is named."""
NAMED_DOUBT: Final = 0.12
LOOKERS_DOUBT: Final = 0.6
"""The same where those who fail need not have wanted to buy."""
SEVERAL_DOUBT: Final = 0.3
"""The same where several streams may tell of the same visitors."""
PAID_DOUBT: Final = 0.1
NAMED_BY_MACHINES: Final = 0.02
"""How many failures that no shopper met name a visitor all the same."""
SUREST: Final = 0.95
"""Not even of the worst failures every one costs an order."""
USUAL_ABSENT: Final = 0.01
FEWEST_VISITORS: Final = 3


class OwnLosses(NamedTuple):
    """What its own failures say was lost: at each merchant, and how far that may be off."""

    each: Mapping[str, float]
    doubt: float
    told: bool
    harm: float
    lent: Mapping[str, float] = MappingProxyType({})
    """Which part of it lies in the time of merchants that other incidents answer for, by incident."""
    share: float = 1.0
    """How many of its failures cost an order."""

    @property
    def total(self) -> float:
        """All of it."""
        return math.fsum(self.each.values())

    def none_of(self, orders: float) -> float:
        """How likely it is that none was lost where so many were lost by the middle: each failure costs one or none,
        and the share of those that do may be off for all of them together.
        """
        sure = -math.log1p(-min(self.share, SUREST)) / self.share if self.share > 0 else 1.0
        return no_event(orders * sure, self.doubt)


def no_event(expected: float, doubt: float) -> float:
    """How likely nothing is where so much is expected, and that may be off by such a part of it."""
    return math.exp(-expected) if doubt <= 0 else (1 + expected * doubt**2) ** (-1 / doubt**2)


def own_losses(book: Book, claim: Claim) -> OwnLosses:
    """What its own failures say was lost; of visitors who failed and payments without orders the larger counts, since
    they may be the same shoppers.
    """
    failed, lent, met, well = dict[str, float](), dict[str, float](), 0.0, 0.0
    streams = [one for one in claim.mechanisms if one.startswith(f"{ERRORS}|call|")]
    for stretch in book.active(claim):
        for cell in stretch.cells:
            stream = cell.stream.removeprefix(f"{WELL}|")
            if stream not in streams or not _answers_for(book, claim, cell.merchant, stream, stretch):
                continue
            if cell.stream == stream:
                failed[cell.merchant] = failed.get(cell.merchant, 0.0) + cell.count
                owner = book.owners.get(Share(cell.merchant, stretch.first), claim.incident_id)
                lent[owner] = lent.get(owner, 0.0) + cell.count
                met += cell.value
            else:
                well += cell.count
    failing = OwnLosses({}, 1.0, False, 0.0)
    shoppers = not _are_machines(book, math.fsum(failed.values()), met)
    known = _lost_share(book, streams, met, min(well, met)) if shoppers else None
    if failed and known is not None:
        share, doubt, harm = known
        each = {merchant: count * share for merchant, count in failed.items() if count > 0}
        elsewhere = {owner: count * share for owner, count in lent.items() if owner != claim.incident_id}
        failing = OwnLosses(each, doubt, True, harm, elsewhere, share)
    unpaid = _unpaid_losses(book, claim)
    return unpaid if unpaid.total > failing.total else failing


def _are_machines(book: Book, failures: float, met: float) -> bool:
    """Whether programs met these failures and no shopper did: hardly one names a visitor, where failures on routes that
    lose orders usually name theirs.
    """
    told = [
        cell
        for cell in book.counted.before
        if cell.stream.startswith(f"{ERRORS}|call|") and book.words.route_loses_orders(cell.stream.split("|")[2])
    ]
    known = math.fsum(cell.count for cell in told)
    if known < KNOWN_FROM:
        return False
    usual = min(max(math.fsum(cell.value for cell in told) / known, NAMED_BY_MACHINES), 1 - NAMED_BY_MACHINES)
    unnamed = max(failures - met, 0.0)
    odds = met * math.log(NAMED_BY_MACHINES / usual) + unnamed * math.log((1 - NAMED_BY_MACHINES) / (1 - usual))
    return odds > ENOUGH


def _usual_passage(before: Sequence[Cell], streams: Collection[str], *, losing: bool) -> ComingThrough:
    """How many who meet such a failure come through all the same: by all failures, but where whoever fails wanted to
    buy, and by these as far as known.
    """
    usual = CAME_THROUGH
    if not losing:
        usual = _draw_to_counted(before, lambda name: name.startswith(f"{ERRORS}|"), usual).share
    return _draw_to_counted(before, lambda name: name in streams, usual)


def _draw_to_counted(before: Sequence[Cell], among: Callable[[str], bool], usual: float) -> ComingThrough:
    """A share of those who come through, drawn towards what is known of those who met these failures."""
    met = math.fsum(cell.value for cell in before if among(cell.stream))
    well = math.fsum(cell.count for cell in before if among(cell.stream.partition(f"{WELL}|")[2]))
    return draw_to_known(usual, met, well)


def _answers_for(book: Book, claim: Claim, merchant: str, stream: str, stretch: Stretch) -> bool:
    """Whether a failure is this incident's: it is in its streams, and no stronger incident has it in its own."""
    owner = book.owners.get(Share(merchant, stretch.first))
    if owner is None or owner == claim.incident_id:
        return True
    return all(one.incident_id != owner or stream not in one.streams for one in book.claims)


def _lost_share(book: Book, streams: Sequence[str], met: float, well: float) -> tuple[float, float, float] | None:
    """Which share of the failures cost an order, how far that may be off, and the odds that they do harm; None where
    nothing tells.
    """
    several = SEVERAL_DOUBT if len(streams) > 1 else 0.0
    losing = any(book.words.route_loses_orders(one.split("|")[2]) for one in streams)
    if met >= FEWEST_VISITORS or (met and well < met):
        usual = _usual_passage(book.counted.before, streams, losing=losing)
        share = max(min(usual.share, MOST_USUAL) - (well + 0.1) / (met + 0.2), 0.0)
        chance = math.sqrt(max(share * (1 - share), 0.05) / met) / max(share, 0.05)
        harm = usual.weigh_harm(met, well) if usual.share >= LEAST_USUAL else 0.0
        return share, math.hypot(NAMED_DOUBT if losing else LOOKERS_DOUBT, several, chance), harm
    if losing:
        return book.conversion, math.hypot(UNNAMED_DOUBT, several), 0.0
    return None


def _unpaid_losses(book: Book, claim: Claim) -> OwnLosses:
    """Payments whose orders are overdue, less the few that always are; the last ones are not overdue yet."""
    if UNANSWERED not in claim.streams:
        return OwnLosses({}, 1.0, False, 0.0)
    each, tries = dict[str, float](), dict[str, float]()
    for stretch in book.active(claim):
        for cell in stretch.cells:
            if cell.stream == UNANSWERED and book.owns(claim, cell.merchant, stretch):
                each[cell.merchant] = each.get(cell.merchant, 0.0) + cell.count
                tries[cell.merchant] = tries.get(cell.merchant, 0.0) + cell.exposure
    until = min(book.end, claim.until)
    overdue = max(min(until, book.end - book.grace_slots) - claim.since, 0.5 * (until - claim.since), 0.5)
    late = max((until - claim.since) / overdue, 1.0)
    lost = {one: (count - USUAL_ABSENT * tries[one]) * late for one, count in each.items()}
    lost = {one: count for one, count in lost.items() if count > 0}
    return OwnLosses(lost, math.hypot(PAID_DOUBT, late - 1), bool(lost), ENOUGH + 1 if sum(lost.values()) > 2 else 0.0)
