"""A platform whose sales are drawn, and faults that lose some of its orders: what a bill is made from, and what it
should say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.domain.base import Stage
from app.domain.merchants import Merchant
from app.domain.rollups import Cell
from app.expect.claims import Claim, Stretch, cut_stretches
from app.observe.bill import IncidentBill, make_bills
from app.observe.book import SOLD, Counted
from tests.builders import make_merchant
from tests.faults import pack

BEGAN = 288 * 3
CAME = "visits|checkout_conversion"
STAGES = list(Stage)


@dataclass
class Platform:
    """Forty shops; each visit buys one time in ten, and shops differ in that. An order is 40.00 of one currency."""

    seed: int
    visits: float = 12.0
    shops: dict[str, Merchant] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        print(f"seed {self.seed}")
        self.draws = np.random.default_rng(self.seed)
        for number in range(40):
            name = f"S{number:02}"
            own = {"currency": ("EUR", "USD")[number % 2], "stage": STAGES[number % 3], "average_order_value": 4_000}
            self.shops[name] = make_merchant(name, **own)
        self.habits = {name: float(self.draws.gamma(20, 0.1 / 20)) for name in self.shops}

    def live(self, slots: int, claims: Sequence[Claim] = (), share: float = 0.0, *, named: float = 1.0) -> None:
        """Let three days pass and so many slots from the beginning on; of the orders of whoever is claimed so many
        fail.
        """
        for name, habit in self.habits.items():
            self._sell(0, name, int(self.draws.poisson(self.visits * BEGAN)), habit, (), 0.0, named)
            for slot in range(BEGAN, BEGAN + slots):
                self._sell(slot, name, int(self.draws.poisson(self.visits)), habit, claims, share, named)

    def _sell(
        self, slot: int, name: str, visits: int, habit: float, claims: Sequence[Claim], share: float, named: float
    ) -> None:
        orders = int(self.draws.binomial(visits, min(habit, 1.0)))
        for claim in claims:
            if claim.since <= slot < claim.until and name in claim.merchants:
                failed = int(self.draws.binomial(orders, share))
                orders -= failed
                self.lost[claim.incident_id] = self.lost.get(claim.incident_id, 0) + failed
                self._tell(slot, name, claim.mechanisms[:1], failed, named)
        self.cells += [Cell(slot, name, CAME, visits, 0, 0), Cell(slot, name, SOLD, orders, 0, 4_000 * orders)]

    def _tell(self, slot: int, name: str, streams: Sequence[str], failed: int, named: float) -> None:
        self.cells += [Cell(slot, name, one, failed, 0, round(failed * named)) for one in streams if failed]

    def bills(self, claims: Sequence[Claim], slots: int) -> dict[str, IncidentBill]:
        """What is billed after so many slots."""
        first = min(one.since for one in claims)
        stretches = [
            Stretch(start, end, [one for one in self.cells if start <= one.slot < end])
            for start, end in cut_stretches(claims, BEGAN + slots - 1)
        ]
        before = [one for one in self.cells if one.slot < first]
        counted = Counted(before, first, stretches)
        return make_bills(claims, counted, self.shops, pack().vocabulary, conversion=0.7, grace_slots=2)


def claim(name: str, merchants: Sequence[str], stream: str = "errors|call|/checkout/complete|BROKEN") -> Claim:
    """What an incident answers for from the beginning on."""
    return Claim(name, frozenset({stream}), frozenset(merchants), BEGAN)


def silent(known: Claim) -> Claim:
    """The same, of which only missing orders tell."""
    return replace(known, streams=frozenset({SOLD}))
