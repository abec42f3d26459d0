"""What becomes of expectations when merchants move: they call other routes from then on, and nothing is missing."""

from collections.abc import Iterator, Sequence

from app.domain.rollups import Cell
from app.expect.descriptions import describe_merchants
from app.expect.expected import expect_streams
from app.expect.faults import Fault, FaultState
from app.expect.judge import judge_streams
from tests.town import DAY, SEED, Town, Trouble

HOSTED, HEADLESS = ("call|/shop/pages", "call|/shop/baskets"), ("call|/graph/shelf", "call|/graph/baskets")


class MovingTown(Town):
    """The same shops, whose visitors call hosted routes until half of them move, and headless ones from then on."""

    moved_at = 2 * DAY + 60

    def cells(self, slot: int, troubles: Sequence[Trouble], crowd: float) -> list[Cell]:
        return [*super().cells(slot, troubles, crowd), *self.calls(slot)]

    def calls(self, slot: int) -> Iterator[Cell]:
        for place, shop in enumerate(self.ids):
            has_moved = place % 4 == 1 or (place % 2 == 0 and slot >= self.moved_at)
            for route in HEADLESS if has_moved else HOSTED:
                count = int(self.draws.poisson(0.3 * self.size[place]))
                if count:
                    yield Cell(slot, shop, route, count, 0, 0)


class SilentTown(MovingTown):
    """Half of them do not move: what they called falls silent, and nothing comes instead."""

    def calls(self, slot: int) -> Iterator[Cell]:
        gone = {shop for place, shop in enumerate(self.ids) if place % 2 == 0} if slot >= self.moved_at else set()
        return (one for one in super().calls(slot) if one.merchant not in gone)


def _calls_amiss(town: Town) -> list[Fault]:
    return [
        one
        for one in town.live(0.75, history=2.0)
        if one.state is FaultState.OPEN and any(stream.startswith("call|") for stream in one.streams)
    ]


def test_what_is_called_elsewhere_since_a_move_is_not_missing() -> None:
    assert _calls_amiss(MovingTown(SEED + 20)) == []


def test_what_falls_silent_with_nothing_instead_is_missing() -> None:
    (fault,) = _calls_amiss(SilentTown(SEED + 20))
    assert fault.scope >= {"M00", "M02", "M04"}


def test_who_never_called_a_route_is_not_expected_to() -> None:
    town = MovingTown(SEED + 21)
    town.live(0.1, history=2.0)
    streams = {one.name: one for one in expect_streams(town.panel.look(int(2.1 * DAY)), {})}
    never = [place for place in range(60) if place % 4 != 1]
    assert streams[HEADLESS[0]].expected[never].max() == 0


def test_what_departs_and_names_no_merchant_is_watched_and_not_found_anew_each_time() -> None:
    town = Town(SEED + 22)
    town.panel.know([""])
    columns = describe_merchants([*town.dimensions, {}])
    town.live(0.0, history=1.0)
    faults: tuple[Fault, ...] = ()
    found: set[int] = set()
    for slot in range(DAY, DAY + 24):
        town.panel.add(
            [*town.cells(slot, (), 1.0), Cell(slot, "", "logs|cron|quiet|job done with differences", 3, 0, 0)]
        )
        faults = judge_streams(town.panel, columns, faults, slot + 1, threshold=10.3)
        found |= {one.found for one in faults if one.streams[0].startswith("logs|")}
    (fault,) = [one for one in faults if one.streams[0].startswith("logs|")]
    assert (fault.state, len(found)) == (FaultState.WATCHED, 1)
