"""What would have been normal, and what departs from it, on platforms that are drawn here, number by number."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.domain.rollups import Cell
from app.expect.as_it_stood import remember_changed
from app.expect.descriptions import describe_merchants
from app.expect.expected import expect_streams
from app.expect.explained import EVERY_OUTCOME, Explained
from app.expect.faults import Fault, FaultState, read_fault
from app.expect.judge import judge_streams
from app.expect.scan import describe_rule, find_departures
from tests.town import BROKEN, DAY, SEED, Town, Trouble


def test_what_breaks_for_one_kind_of_merchant_is_one_fault_with_that_rule_those_merchants_and_its_onset() -> None:
    town = Town()
    broken = Trouble(start=DAY + 30, share=0.6, leaves=0.9, where=("gateway", "mollie"))
    (fault,) = town.live(0.5, [broken])
    mollie = {shop for shop, known in zip(town.ids, town.dimensions, strict=True) if known["gateway"] == "mollie"}
    assert (fault.state, describe_rule(fault.rule)) == (FaultState.OPEN, "gateway = mollie")
    assert fault.scope == mollie
    assert fault.hurt <= mollie
    assert abs(fault.since - broken.start) <= 3


def test_what_is_changed_in_the_directory_meanwhile_does_not_describe_the_fault() -> None:
    town = Town()
    broken = Trouble(start=DAY + 30, share=0.6, leaves=0.9, where=("gateway", "mollie"))
    (fault,) = town.live(0.5, [broken])
    before = dict(zip(town.ids, town.dimensions, strict=True))
    changed = {shop: {**known, "gateway": "moved"} if shop in fault.hurt else known for shop, known in before.items()}
    columns = describe_merchants([changed[shop] for shop in town.ids])
    fault = replace(fault, described=fault.found, score=0.0)

    def look(known: Fault) -> Fault:
        return judge_streams(town.panel, columns, [known], int(1.5 * DAY), threshold=10.3)[0]

    assert "moved" in describe_rule(look(fault).rule), "else this shows nothing"
    assert describe_rule(look(remember_changed(fault, before, changed)).rule) == "gateway = mollie"


def test_a_healthy_day_of_strays_is_no_fault() -> None:
    assert [one for one in Town(SEED + 1).live(1.0) if one.state is FaultState.OPEN] == []


def test_what_is_loud_and_lets_everybody_through_is_watched_and_no_fault() -> None:
    loud = Trouble(start=DAY + 30, share=0.8, leaves=0.0, where=("theme", "atlas"))
    assert {one.state for one in Town(SEED + 2).live(0.5, [loud])} == {FaultState.WATCHED}


def test_twice_as_many_who_only_look_are_no_fault() -> None:
    assert [one for one in Town(SEED + 3).live(0.5, history=2.0, crowd=2.0) if one.state is FaultState.OPEN] == []


def test_two_faults_at_once_stay_two_even_where_they_share_merchants() -> None:
    first = Trouble(start=DAY + 20, share=0.6, leaves=0.9, where=("gateway", "adyen"))
    second = Trouble(DAY + 60, 0.6, 0.9, ("theme", "linea"), "errors|call|/api/*/tax|WRONG")
    faults = Town(SEED + 4).live(0.6, [first, second])
    open_now = [describe_rule(one.rule) for one in faults if one.state is FaultState.OPEN]
    assert sorted(open_now) == ["gateway = adyen", "theme = linea"]


def test_orders_that_fail_without_a_word_are_found_by_what_is_missing() -> None:
    silent = Trouble(DAY + 10, 0.7, 1.0, ("gateway", "stripe"), "unspoken")
    (fault,) = Town(SEED + 5).live(0.6, [silent])
    assert (fault.state, fault.streams[0], describe_rule(fault.rule)) == (
        FaultState.OPEN,
        "done|order",
        "gateway = stripe",
    )


def test_a_fault_reads_back_as_it_was_written_down() -> None:
    broken = Trouble(start=DAY + 30, share=0.6, leaves=0.9, where=("gateway", "mollie"))
    (fault,) = Town().live(0.2, [broken])
    assert read_fault(fault.plain()) == fault


def test_what_an_ended_fault_accounted_for_is_missed_by_nobody_afterwards() -> None:
    town = Town(SEED + 6)
    town.live(0.5)
    last = int(1.5 * DAY)
    ended = Explained(EVERY_OUTCOME, frozenset(town.ids[:30]), since=last - 60, until=last - 10)
    town.panel.explain([ended])
    columns, streams = town.columns, expect_streams(town.panel.look(last), {})
    assert [one.stream for one in find_departures(streams, columns, least=7.0)] == []


def test_payments_whose_orders_only_come_late_are_not_missing_theirs() -> None:
    def find(late: float) -> list[str]:
        town, draws = Town(SEED + 7), np.random.default_rng(SEED)
        for slot in range(2 * DAY):
            shops = draws.integers(0, 60, 12)
            town.panel.add(Cell(slot, town.ids[shop], "absent|payment>order", 0, 1, 0) for shop in shops)
            town.panel.add(
                Cell(slot, town.ids[shop], "late|payment>order", 1, 0, 0) for shop in shops if draws.uniform() < late
            )
        for slot in range(2 * DAY - 6, 2 * DAY):
            town.panel.add([Cell(slot, town.ids[slot % 60], "absent|payment>order", 1, 0, 0)])
        streams = expect_streams(town.panel.look(2 * DAY), {})
        return [one.stream for one in find_departures(streams, town.columns, least=10.3)]

    assert find(late=0.05) == []
    assert find(late=0.0) == ["absent|payment>order"]


class CallingTown(Town):
    """The same, whose machines call at every hour alike; those of some fall silent."""

    silent_from = 2 * DAY + 30

    def cells(self, slot: int, troubles: Sequence[Trouble], crowd: float) -> list[Cell]:
        calls = [
            Cell(slot, shop, "call|/api/*/stock", count, 0, 0)
            for shop, known in zip(self.ids, self.dimensions, strict=True)
            if (count := int(self.draws.poisson(0.7)))
            and not (slot >= self.silent_from and known["gateway"] == "adyen")
        ]
        return [*super().cells(slot, troubles, crowd), *calls]


def test_machines_that_fall_silent_are_found_by_their_calls() -> None:
    (fault,) = CallingTown(SEED + 8).live(0.4, history=2.0)
    assert (fault.state, fault.streams, describe_rule(fault.rule)) == (
        FaultState.OPEN,
        ("call|/api/*/stock",),
        "gateway = adyen",
    )


def test_a_busier_platform_whose_machines_call_as_ever_is_no_fault() -> None:
    town = CallingTown(SEED + 9)
    town.silent_from = 10 * DAY
    assert [one.streams for one in town.live(0.4, history=2.0, crowd=2.5) if one.state is FaultState.OPEN] == []


def _burst(town: Town, stream: str) -> list[FaultState]:
    """What becomes of two events a slot that name no visitor, for an hour after a quiet day."""
    faults: tuple[Fault, ...] = ()
    for slot in range(DAY + 12):
        town.panel.add(town.cells(slot, (), 1.0))
        if slot >= DAY:
            town.panel.add(Cell(slot, shop, stream, 1, 0, 0) for shop in town.draws.choice(town.ids, 8, replace=False))
            faults = judge_streams(town.panel, town.columns, faults, slot + 1, threshold=10.3)
    return [one.state for one in faults if stream in one.streams]


def test_a_burst_of_what_was_always_there_and_harmed_nobody_is_watched_and_one_of_a_new_kind_is_not() -> None:
    assert _burst(Town(SEED + 10), "errors|call|/api/*/media|500") == [FaultState.WATCHED]
    assert _burst(Town(SEED + 10), "errors|call|/api/*/media|NEVER_SEEN") == [FaultState.OPEN]


def test_what_is_plain_new_and_lasting_at_several_shops_is_a_fault_though_nobody_calls_it_serious() -> None:
    def states(shops: Sequence[str]) -> set[FaultState]:
        town = Town(SEED + 15)
        faults: tuple[Fault, ...] = ()
        for slot in range(DAY + 24):
            town.panel.add(town.cells(slot, (), 1.0))
            if slot >= DAY:
                town.panel.add(Cell(slot, one, "errors|call|/*/by-old/{id}|NO_TWIN", 1, 0, 0) for one in shops)
                faults = judge_streams(
                    town.panel, town.columns, faults, slot + 1, threshold=10.3, prior=lambda stream: 0.0
                )
        return {one.state for one in faults}

    assert states(["M07"]) == {FaultState.WATCHED}
    assert states(["M07", "M08", "M09", "M10"]) == {FaultState.OPEN}


def test_a_known_code_is_a_fault_once_several_have_it_for_longer_than_any_burst_lasts() -> None:
    town, code = Town(SEED + 17), "errors|hook|/mk/*/ingest|RECEIVER_5XX"
    faults: tuple[Fault, ...] = ()
    states: list[FaultState] = []
    for slot in range(DAY + 40):
        town.panel.add(town.cells(slot, (), 1.0))
        if slot % 10 == 0:
            town.panel.add([Cell(slot, town.ids[slot // 10 % 60], code, 1, 0, 0)])
        if slot >= DAY:
            town.panel.add(Cell(slot, shop, code, 1, 0, 0) for shop in ("M07", "M08", "M09", "M10"))
            faults = judge_streams(town.panel, town.columns, faults, slot + 1, threshold=10.3)
            states += [one.state for one in faults if code in one.streams][:1]
    assert states[12] is FaultState.WATCHED
    assert states[-1] is FaultState.OPEN


def _declines(seed: int, *, tests_cards: bool) -> list[tuple[str, ...]]:
    """The streams of what is open after three hours in which one shop's payments are declined: nobody's, or all."""
    town = Town(seed)
    faults: tuple[Fault, ...] = ()
    largest = town.ids[int(np.argmax(town.size))]
    for slot in range(DAY + 36):
        for cell in town.cells(slot, (), 1.0):
            failing = slot >= DAY and cell.merchant == largest and not tests_cards
            if cell.stream != "done|order":
                town.panel.add([cell])
            elif failing:
                town.panel.add([Cell(slot, largest, "declined", cell.count, cell.count, 0)])
            else:
                paid = Cell(slot, cell.merchant, "done|payment", cell.count, 0, 0)
                town.panel.add([cell, paid, Cell(slot, cell.merchant, "declined", 0, cell.count, 0)])
        if slot >= DAY:
            if tests_cards:
                town.panel.add([Cell(slot, largest, "declined", 9, 9, 0)])
            faults = judge_streams(town.panel, town.columns, faults, slot + 1, threshold=10.3)
    return [one.streams for one in faults if one.state is FaultState.OPEN]


def test_cards_that_somebody_tests_are_no_fault_and_payments_that_are_refused_are() -> None:
    assert _declines(SEED + 18, tests_cards=True) == []
    assert any("declined" in streams for streams in _declines(SEED + 18, tests_cards=False))


def test_one_shop_that_begins_to_fail_in_many_ways_at_once_is_somebody_who_tries_things_out() -> None:
    town = Town(SEED + 14)
    faults: tuple[Fault, ...] = ()
    for slot in range(DAY + 24):
        town.panel.add(town.cells(slot, (), 1.0))
        if slot >= DAY:
            codes = ("LINE_WRONG", "NO_SUCH_CART", "BAD_FIELD", "BAD_TOKEN", "ORIGIN")
            town.panel.add(Cell(slot, "M07", f"errors|call|/graph|{code}", 2, 0, 0) for code in codes)
            faults = judge_streams(town.panel, town.columns, faults, slot + 1, threshold=10.3)
    assert {one.state for one in faults} == {FaultState.WATCHED}
    assert len(faults) >= 5


def test_what_failed_for_a_while_and_is_over_is_not_blamed_for_what_goes_wrong_later() -> None:
    class Early(Town):
        def cells(self, slot: int, troubles: Sequence[Trouble], crowd: float) -> list[Cell]:
            now = [one for one in troubles if one.stream == "unspoken" or slot < one.start + 6]
            return super().cells(slot, now, crowd)

    over = Trouble(DAY + 10, 0.9, 0.0, ("gateway", "stripe"), BROKEN)
    later = Trouble(DAY + 60, 0.7, 1.0, ("gateway", "stripe"), "unspoken")
    faults = Early(SEED + 12).live(0.5, [over, later])
    assert [one.streams[0] for one in faults if one.state is FaultState.OPEN] == ["done|order"]
