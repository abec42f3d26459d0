"""One name that is given to what fails at several places: when that is one fault, and when it is two."""

from collections.abc import Sequence

from app.domain.rollups import Cell
from app.expect.faults import Fault, FaultState
from app.expect.judge import judge_streams
from app.expect.scan import describe_rule
from tests.town import DAY, SEED, Town, Trouble

STOCK, PAY, RATES = (f"errors|call|/api/*/{place}|REFUSED" for place in ("stock", "pay", "rates"))
"""One code, as platforms use few of them, at several places."""


def test_one_code_at_two_places_at_one_time_is_one_fault() -> None:
    first = Trouble(DAY + 30, 0.4, 0.9, ("gateway", "mollie"), "errors|call|/api/*/checkout/quotes|INNER")
    second = Trouble(DAY + 31, 0.4, 0.9, ("gateway", "mollie"), "errors|call|/api/*/checkout/complete|INNER")
    faults = [one for one in Town(SEED + 11).live(0.3, [first, second]) if one.state is FaultState.OPEN]
    assert [set(one.streams) for one in faults] == [{first.stream, second.stream}]


def test_one_code_that_begins_at_several_places_with_others_each_is_one_fault_when_they_turn_out_to_be_the_same() -> (
    None
):
    town = Town(SEED + 16)
    topics = [f"errors|hook|/hooks/*/{topic}|RECEIVER_4XX" for topic in ("paid", "buyer", "price")]
    town.panel.add(
        Cell(slot, str(town.draws.choice(town.ids)), topic, 1, 0, 0) for slot in range(0, DAY, 2) for topic in topics
    )
    hit = [str(one) for one in town.draws.choice(town.ids, 15, replace=False)]
    faults: tuple[Fault, ...] = ()
    for slot in range(DAY + 36):
        town.panel.add(town.cells(slot, (), 1.0))
        if slot >= DAY:
            for place, topic in enumerate(topics):
                first = [hit[5 * place + slot % 5], hit[5 * place + (slot + 2) % 5]]
                some = first if slot < DAY + 5 else [*town.draws.choice(hit, 3, replace=False)]
                town.panel.add(Cell(slot, shop, topic, 1, 0, 0) for shop in some)
            faults = judge_streams(town.panel, town.columns, faults, slot + 1, threshold=10.3)
    about = [one for one in faults if one.streams[0] in topics]
    assert [set(one.streams) for one in about] == [set(topics)]
    assert about[0].hurt >= set(hit)


def test_one_new_code_at_one_time_is_one_fault_though_some_use_one_place_and_some_another() -> None:
    first = Trouble(DAY + 30, 0.6, 0.9, ("gateway", "mollie"), "errors|call|/graph|ORIGIN_UNKNOWN")
    second = Trouble(DAY + 31, 0.6, 0.9, ("gateway", "adyen"), "errors|call|/rest/*/items|ORIGIN_UNKNOWN")
    (fault,) = [one for one in Town(SEED + 13).live(0.3, [first, second]) if one.state is FaultState.OPEN]
    assert set(fault.streams) == {first.stream, second.stream}
    assert describe_rule(fault.rule) == "gateway = adyen or gateway = mollie"


def test_where_one_setting_shows_later_at_a_place_that_only_others_use_it_is_the_same_fault() -> None:
    town = Town(SEED + 21)
    users = [shop for shop, known in zip(town.ids, town.dimensions, strict=True) if known["gateway"] == "mollie"]
    faults = _live(town, {STOCK: (DAY + 6, users[:14]), PAY: (DAY + 40, users[14:])})
    (fault,) = [one for one in faults if one.state is FaultState.OPEN]
    assert set(fault.streams) == {STOCK, PAY}
    assert describe_rule(fault.rule) == "gateway = mollie"


def test_one_code_at_two_places_for_two_settings_is_two_faults() -> None:
    town = Town(SEED + 22)
    mollie, linea = (
        [shop for shop, known in zip(town.ids, town.dimensions, strict=True) if known[name] == value]
        for name, value in (("gateway", "mollie"), ("theme", "linea"))
    )
    faults = _live(town, {STOCK: (DAY + 6, mollie), PAY: (DAY + 40, linea)})
    told = sorted(describe_rule(one.rule) for one in faults if one.state is FaultState.OPEN)
    assert told == ["gateway = mollie", "theme = linea"]


def test_of_two_incidents_that_turn_out_to_be_one_fault_the_older_stays_and_remembers_the_other() -> None:
    town, users = Town(SEED + 23), [f"M{number:02}" for number in range(2, 60, 3)]
    faults = _live(town, {STOCK: (DAY + 6, users[:14]), PAY: (DAY + 40, users[14:])}, until=DAY + 30)
    (older,) = [one for one in faults if one.state is FaultState.OPEN]
    apart = Fault(**{**vars(older), "id": "INC-2", "streams": (PAY,), "since": DAY + 40, "found": DAY + 45})
    known = [Fault(**{**vars(older), "id": "INC-1"}), apart]
    late = {STOCK: (DAY + 6, users[:14]), PAY: (DAY + 40, users[14:])}
    for may_merge in (False, True):
        (first, *others) = _live(town, late, since=DAY + 30, until=DAY + 60, faults=known, may_merge=may_merge)
        assert (first.id, first.took) == ("INC-1", ("INC-2",) if may_merge else ())
        assert [one.id for one in others if one.id] == ([] if may_merge else ["INC-2"])


def test_what_fails_in_several_ways_from_one_moment_on_for_one_setting_is_one_fault() -> None:
    town = Town(SEED + 24)
    users = [shop for shop, known in zip(town.ids, town.dimensions, strict=True) if known["gateway"] == "mollie"]
    codes = ("errors|call|/hx/*/baskets/{id}|POOL", "errors|call|/hx/*/lines|HX-1", "errors|call|/hx/*/buy|ORD-2")
    failing = {code: (DAY + 6 + place, users) for place, code in enumerate(codes)}
    (fault,) = [one for one in _live(town, failing, ever=False) if one.state is FaultState.OPEN]
    assert set(fault.streams) == set(codes)
    assert describe_rule(fault.rule) == "gateway = mollie"


def test_what_fails_in_two_ways_from_one_moment_on_for_two_settings_is_two_faults() -> None:
    town = Town(SEED + 25)
    mollie, linea = (
        [shop for shop, known in zip(town.ids, town.dimensions, strict=True) if known[name] == value]
        for name, value in (("gateway", "mollie"), ("theme", "linea"))
    )
    failing = {
        "errors|call|/hx/*/baskets|POOL": (DAY + 6, mollie),
        "errors|call|/hx/*/lines|HX-1": (DAY + 7, linea),
    }
    told = sorted(describe_rule(one.rule) for one in _live(town, failing, ever=False) if one.state is FaultState.OPEN)
    assert told == ["gateway = mollie", "theme = linea"]


def _live(
    town: Town,
    failing: dict[str, tuple[int, Sequence[str]]],
    *,
    since: int = 0,
    until: int = DAY + 72,
    faults: Sequence[Fault] = (),
    may_merge: bool = True,
    ever: bool = True,
) -> Sequence[Fault]:
    """What is found while some merchants fail at places from a moment on, after a healthy day with a few of each, if
    these were `ever` seen.
    """
    for slot in range(since, until):
        town.panel.add(town.cells(slot, (), 1.0))
        if ever and slot % 4 == 0:
            town.panel.add(Cell(slot, town.ids[slot // 4 % 60], place, 1, 0, 0) for place in failing)
        for place, (start, shops) in failing.items():
            met = [shop for shop in shops if slot >= start and town.draws.uniform() < 0.4]
            town.panel.add(Cell(slot, shop, place, 2, 0, 2) for shop in met)
        if slot >= DAY and slot % 3 == 0:
            faults = judge_streams(
                town.panel, town.columns, faults, slot + 1, threshold=10.3, may_merge=lambda incident: may_merge
            )
    return faults
