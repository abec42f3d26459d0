"""A platform that is drawn number by number, for what judges what was counted."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.rollups import Cell
from app.expect.descriptions import Columns, describe_merchants
from app.expect.faults import Fault
from app.expect.judge import judge_streams
from app.expect.panel import Panel

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261129"))
DAY = 288
ROUTE = "/api/*/checkout/complete"
BROKEN = f"errors|call|{ROUTE}|BROKEN"


@dataclass(frozen=True)
class Trouble:
    """Something that begins at a slot: so many visitors of some merchants meet a failure; of these so many leave."""

    start: int
    share: float
    leaves: float
    where: tuple[str, str]
    stream: str = BROKEN


class Town:
    """Sixty shops with five visits a slot, of which one in ten buys; each cell is drawn from the seed."""

    def __init__(self, seed: int = SEED) -> None:
        print(f"seed {seed}")
        self.draws = np.random.default_rng(seed)
        self.ids = [f"M{number:02}" for number in range(60)]
        self.dimensions = [
            {"gateway": ["adyen", "stripe", "mollie"][n % 3], "theme": ["atlas", "linea"][n % 2], "age": n * 7 % 60}
            for n in range(60)
        ]
        self.size = self.draws.gamma(2.0, 2.5, 60)
        self.columns: Columns = describe_merchants(self.dimensions)
        self.panel = Panel()
        self.panel.know(self.ids)

    def cells(self, slot: int, troubles: Sequence[Trouble], crowd: float) -> list[Cell]:
        found = []
        for place, shop in enumerate(self.ids):
            buyers = int(self.draws.poisson(0.1 * self.size[place]))
            visits = buyers + int(self.draws.poisson(0.9 * self.size[place] * crowd))
            if self.draws.uniform() < 0.004:
                found.append(Cell(slot, shop, "errors|call|/api/*/media|500", 1, 0, 0))
            for one in troubles:
                if slot >= one.start and self.dimensions[place][one.where[0]] == one.where[1]:
                    met = int(self.draws.binomial(buyers, one.share))
                    left = int(self.draws.binomial(met, one.leaves))
                    found.append(Cell(slot, shop, one.stream, met, 0, met))
                    found.append(Cell(slot, shop, f"well|{one.stream}", met - left, 0, 0))
                    buyers -= left
            found.append(Cell(slot, shop, "visits|conversion", visits, 0, 0))
            found.append(Cell(slot, shop, "done|order", buyers, 0, 0))
        return [cell for cell in found if cell.count]

    def live(
        self, days: float, troubles: Sequence[Trouble] = (), *, history: float = 1.0, crowd: float = 1.0
    ) -> list[Fault]:
        """The faults after so much time; history is not looked at."""
        faults: tuple[Fault, ...] = ()
        for slot in range(int((history + days) * DAY)):
            later = slot >= history * DAY
            self.panel.add(self.cells(slot, troubles if later else (), crowd if later else 1.0))
            if later and slot % 3 == 0:
                faults = judge_streams(self.panel, self.columns, faults, slot + 1, threshold=10.3)
        return list(faults)
