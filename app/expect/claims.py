"""Which incident answers for what: every moment of every merchant is one incident's at most, so that nothing is billed
twice however many incidents share merchants.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

from app.domain.rollups import Cell
from app.expect.families import is_outcome
from app.expect.faults import Fault, FaultState
from app.expect.windows import FOREVER

MECHANISMS: Final = ("errors|", "logs|")
UNTOLD: Final = 2
"""Of the last slots not everything is told yet: a metric comes after what it counts."""


@dataclass(frozen=True)
class Claim:
    """What an incident may answer for: its streams, at its merchants, from a slot up to another."""

    incident_id: str
    streams: frozenset[str]
    merchants: frozenset[str]
    since: int
    until: int = FOREVER
    exposed: frozenset[str] = frozenset()
    """Others whom it may reach: they are billed nothing, but what they may have lost is said."""

    def joined_with(self, other: "Claim") -> "Claim":
        """Both as one, from the beginning of the first to the end of the last."""
        return replace(
            self,
            streams=self.streams | other.streams,
            merchants=self.merchants | other.merchants,
            since=min(self.since, other.since),
            until=max(self.until, other.until),
            exposed=self.exposed | other.exposed,
        )

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The streams that show what failed."""
        return tuple(sorted(one for one in self.streams if one.startswith(MECHANISMS)))


class Stretch(NamedTuple):
    """What was counted from a slot to another (not included), within which nobody's claim begins or ends."""

    first: int
    end: int
    cells: Sequence[Cell]


class Share(NamedTuple):
    """A merchant in a stretch."""

    merchant: str
    first: int


def claim_of(fault: Fault) -> Claim:
    """What a fault answers for. What fell by itself is looked for at all whom its rule covers: whoever happened to sell
    least there is not hurt most.
    """
    led_by_outcome = is_outcome(fault.streams[0])
    merchants = fault.hurt | fault.scope if led_by_outcome else fault.hurt
    streams = frozenset((*fault.streams, *fault.outcomes))
    return Claim(fault.id, streams, merchants, fault.since, fault.until, exposed=fault.scope)


def claims_of(faults: Iterable[Fault]) -> list[Claim]:
    """What the faults that became incidents answer for: one claim for all episodes of an incident."""
    found: dict[str, Claim] = {}
    for claim in (claim_of(one) for one in faults if one.id and one.state is not FaultState.WATCHED):
        known = found.get(claim.incident_id)
        found[claim.incident_id] = claim if known is None else known.joined_with(claim)
    return list(found.values())


def cut_stretches(claims: Iterable[Claim], at: int) -> list[tuple[int, int]]:
    """The stretches between which claims begin or end, up to `at` (included), with the untold slots apart."""
    known = list(claims)
    edges = {edge for one in known for edge in (one.since, one.until) if edge <= at}
    first = min(edges, default=at)
    return list(pairwise(sorted({*edges, max(at + 1 - UNTOLD, first), at + 1})))


def divide_merchants(claims: Sequence[Claim], stretches: Sequence[Stretch]) -> Mapping[Share, str]:
    """Whose each merchant is in each stretch: the claim's with the most failures there; of several the older one's."""
    strength = _failures(claims, stretches)
    owners: dict[Share, str] = {}
    for stretch in stretches:
        among = [one for one in claims if one.since <= stretch.first < one.until]
        for merchant in {name for one in among for name in one.merchants}:
            theirs = [one for one in among if merchant in one.merchants]
            best = min(
                theirs, key=lambda one: (-strength.get((one.incident_id, merchant), 0.0), one.since, one.incident_id)
            )
            owners[Share(merchant, stretch.first)] = best.incident_id
    return owners


def _failures(claims: Sequence[Claim], stretches: Sequence[Stretch]) -> Mapping[tuple[str, str], float]:
    """How many failures of its own each claim has at each merchant."""
    found: dict[tuple[str, str], float] = {}
    for stretch in stretches:
        among = [one for one in claims if one.since <= stretch.first < one.until]
        for cell in stretch.cells:
            for one in among:
                if cell.stream in one.streams and cell.stream.startswith(MECHANISMS):
                    place = (one.incident_id, cell.merchant)
                    found[place] = found.get(place, 0.0) + cell.count
    return found
