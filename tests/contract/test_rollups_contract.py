"""What every store promises about what came in, added up, and about what is still awaited."""

import random

import pytest

from app.domain.rollups import SLOTS_A_DAY, SLOTS_AN_HOUR, Awaited, Cell, day_of, hour_of, slot_of
from app.ports.store import Store
from tests.builders import NOW, make_scope, make_signal, minutes

DEMO, OTHER = make_scope("demo"), make_scope("other", "person:olga")
FIRST = slot_of(NOW)
PAIR = "payment>order"


def cell(slot: int = 0, merchant: str = "M-1", stream: str = "errors|x", count: float = 1.0, **sums: float) -> Cell:
    return Cell(FIRST + slot, merchant, stream, count, sums.get("exposure", 0.0), sums.get("value", 0.0))


def payment(number: int, at: float = 0.0, merchant: str = "M-1") -> Awaited:
    return Awaited(PAIR, f"pay-{number}", merchant, minutes(at), 4_900, "EUR", f"SIG-{number}")


def test_cells_of_one_place_add_up_within_a_batch_and_over_batches(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(count=1, exposure=2, value=3.5), cell(count=4, exposure=5, value=0.25)])
    with store.write(DEMO) as session:
        session.rollups.add([cell(count=10, exposure=20, value=30), cell(merchant="", stream="calls", count=2)])
    with store.read(DEMO) as session:
        assert sorted(session.rollups.between(FIRST, FIRST)) == [
            cell(merchant="", stream="calls", count=2.0),
            cell(count=15.0, exposure=27.0, value=33.75),
        ]


def test_what_is_taken_back_leaves_the_sums_as_before(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(count=3, exposure=4), cell(count=-3, exposure=-4), cell(1, count=2)])
        session.rollups.add([cell(1, count=-1)])
    with store.read(DEMO) as session:
        assert session.rollups.between(FIRST, FIRST + 1) == [cell(1, count=1.0)]


def test_a_range_holds_both_its_ends_and_slots_can_be_asked_for_one_by_one(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(slot) for slot in range(6)])
    with store.read(DEMO) as session:
        assert [one.slot - FIRST for one in session.rollups.between(FIRST + 1, FIRST + 3)] == [1, 2, 3]
        assert [one.slot - FIRST for one in session.rollups.of_slots([FIRST + 4, FIRST, FIRST + 4, FIRST + 99])] == [
            0,
            4,
        ]
        assert session.rollups.of_slots([]) == []
        assert session.rollups.span() == (FIRST, FIRST + 5)


def test_a_day_of_several_streams_is_added_up_by_how_their_names_begin(store: Store) -> None:
    midnight = day_of(FIRST) - FIRST
    told = [
        cell(midnight, stream="errors|a", count=2, exposure=3),
        cell(midnight + SLOTS_A_DAY - 1, stream="errors|b", count=4),
        cell(midnight + SLOTS_A_DAY, stream="errors|a", count=8),
        cell(midnight, "M-2", stream="call|a", count=16),
        cell(midnight, stream="slow|a", count=32),
        cell(midnight, stream="erroneous", count=64),
    ]
    with store.write(DEMO) as session:
        session.rollups.add(told)
    with store.write(OTHER) as session:
        session.rollups.add([cell(midnight, stream="errors|a", count=128)])
    with store.read(DEMO) as session:
        last = FIRST + midnight + SLOTS_A_DAY
        assert session.rollups.by_day(FIRST + midnight, last, ["errors|", "call|"]) == [
            cell(midnight, stream="errors|", count=6.0, exposure=3.0),
            cell(midnight, "M-2", stream="call|", count=16.0),
            cell(midnight + SLOTS_A_DAY, stream="errors|", count=8.0),
        ]
        assert session.rollups.by_day(FIRST + midnight, last - 1, ["errors|"])[-1].count == 6.0
        assert session.rollups.by_day(FIRST + midnight, last, ["nothing|"]) == []


def test_hours_are_told_of_all_merchants_together(store: Store) -> None:
    hour = -FIRST % SLOTS_AN_HOUR
    told = [
        cell(hour, stream="errors|a", count=1),
        cell(hour + SLOTS_AN_HOUR - 1, "M-2", stream="errors|a", count=2, exposure=3),
        cell(hour + SLOTS_AN_HOUR, stream="errors|a", count=4),
        cell(hour, stream="call|b", count=8),
        cell(hour, stream="call|c", count=16),
    ]
    with store.write(DEMO) as session:
        session.rollups.add(told)
    with store.write(OTHER) as session:
        session.rollups.add([cell(hour, stream="errors|a", count=128)])
    with store.read(DEMO) as session:
        first, last = FIRST + hour, FIRST + hour + SLOTS_AN_HOUR
        assert session.rollups.by_hour(first, last, ["errors|a"]) == [
            cell(hour, "", stream="errors|a", count=3.0, exposure=3.0),
            cell(hour + SLOTS_AN_HOUR, "", stream="errors|a", count=4.0),
        ]
        assert [one.count for one in session.rollups.by_hour(first, last - 1, ["call|*"])] == [8.0, 16.0]
        assert session.rollups.by_hour(first, last, ["call|"]) == []


def test_nothing_has_no_span_and_no_changes(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([])
        session.rollups.add([cell(count=0)])
        assert session.rollups.span() is None
        assert session.rollups.changed(0) == ([], 0)


def test_a_reader_learns_which_slots_changed_since_it_looked(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(2), cell(0)])
        slots, version = session.rollups.changed(0)
    assert slots == [FIRST, FIRST + 2]
    with store.write(DEMO) as session:
        session.rollups.add([cell(1), cell(2)])
    with store.read(DEMO) as session:
        later, newest = session.rollups.changed(version)
        assert later == [FIRST + 1, FIRST + 2]
        assert newest > version
        assert session.rollups.changed(newest) == ([], newest)


def test_a_block_that_raises_adds_nothing_and_leaves_no_name_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
        session.rollups.add([cell(stream="never")])
        session.awaits.add([payment(1)])
        raise ZeroDivisionError
    with store.write(DEMO) as session:
        session.rollups.add([cell(stream="another")])
    with store.read(DEMO) as session:
        assert session.rollups.between(FIRST, FIRST) == [cell(stream="another")]
        assert session.rollups.changed(0) == ([FIRST], 1)
        assert session.awaits.waiting(PAIR) == []


def test_names_that_cannot_be_stored_are_normalised(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(merchant="M\x00-1"), cell(merchant="M-1", stream="errors|x")])
    with store.read(DEMO) as session:
        assert session.rollups.between(FIRST, FIRST) == [cell(count=2.0)]


def test_slots_go_into_their_hour_once_and_what_comes_late_goes_there_too(store: Store) -> None:
    start = hour_of(FIRST) - FIRST
    with store.write(DEMO) as session:
        for slot in range(start, start + 3 * SLOTS_AN_HOUR, 5):
            session.rollups.add([cell(slot, value=slot), cell(slot, merchant="M-2")])
        before, version = session.rollups.changed(0)
    with store.write(DEMO) as session:
        total = sum(one.count for one in session.rollups.between(0, FIRST + 100))
        third = FIRST + start + 2 * SLOTS_AN_HOUR
        assert session.rollups.compact(third + 3, hours=1) == 1
        assert session.rollups.compact(third + 3, hours=5) == 1
        assert session.rollups.compact(third + 3, hours=5) == 0
    with store.read(DEMO) as session:
        found = session.rollups.between(0, FIRST + 100)
        assert sum(one.count for one in found) == total
        assert {one.slot for one in found if one.slot < third} == {third - 24, third - 12}
        assert session.rollups.changed(version)[0] == sorted(
            {*(s for s in before if s < third), third - 12, third - 24}
        )
    late = third - 5
    with store.write(DEMO) as session:
        session.rollups.add([Cell(late, "M-2", "errors|x", 7.0, 0.0, 0.0)])
        assert session.rollups.compact(third, hours=5) == 1
    with store.read(DEMO) as session:
        assert session.rollups.of_slots([late]) == []
        assert sum(one.count for one in session.rollups.of_slots([third - 12])) == 7 + sum(
            one.count for one in found if one.slot == third - 12
        )


def test_old_slots_are_dropped(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(slot) for slot in range(4)])
        assert session.rollups.drop(FIRST + 2) == 2
        assert session.rollups.span() == (FIRST + 2, FIRST + 3)
        assert session.rollups.changed(0)[0] == [FIRST + 2, FIRST + 3]


def test_what_is_known_of_a_merchant_goes_with_it(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(), cell(1), cell(merchant="M-2")])
        session.awaits.add([payment(1), payment(2, merchant="M-2")])
        _, version = session.rollups.changed(0)
        session.rollups.erase("M-1")
        session.awaits.erase("M-1")
        session.rollups.erase("unknown")
    with store.read(DEMO) as session:
        assert session.rollups.between(FIRST, FIRST + 9) == [cell(merchant="M-2")]
        assert session.rollups.changed(version)[0] == [FIRST, FIRST + 1]
        assert session.awaits.waiting(PAIR) == [payment(2, merchant="M-2")]


def test_one_tenant_adds_nothing_to_another(store: Store) -> None:
    for scope, count in ((DEMO, 1.0), (OTHER, 5.0)):
        with store.write(scope) as session:
            session.rollups.add([cell(count=count)])
            session.awaits.add([payment(1)])
    with store.write(OTHER) as session:
        session.rollups.compact(FIRST + 100, hours=9)
        session.awaits.fulfil([(PAIR, "pay-1")], at=NOW)
    with store.read(DEMO) as session:
        assert session.rollups.between(FIRST, FIRST) == [cell()]
        assert session.rollups.changed(0) == ([FIRST], 1)
        assert session.awaits.waiting(PAIR) == [payment(1)]


def test_random_histories_add_up_whatever_the_order_and_whenever_hours_are_merged(store: Store) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)
    chance, expected = random.Random(seed), dict[tuple[str, str], float]()
    for _ in range(12):
        with store.write(DEMO) as session:
            made = [
                cell(
                    chance.randrange(40), f"M-{chance.randrange(4)}", f"s|{chance.randrange(3)}", chance.randrange(1, 9)
                )
                for _ in range(30)
            ]
            for one in made:
                expected[one.merchant, one.stream] = expected.get((one.merchant, one.stream), 0.0) + one.count
            session.rollups.add(made)
            session.rollups.compact(FIRST + chance.randrange(60), hours=chance.randrange(4))
    with store.read(DEMO) as session:
        found = session.rollups.between(0, FIRST + 1_000)
    totals: dict[tuple[str, str], float] = {}
    for one in found:
        totals[one.merchant, one.stream] = totals.get((one.merchant, one.stream), 0.0) + one.count
    assert totals == expected
    assert len({one[:3] for one in found}) == len(found)


def test_what_is_followed_in_time_is_never_told(store: Store) -> None:
    with store.write(DEMO) as session:
        session.awaits.add([payment(1), payment(2, at=3)])
        assert session.awaits.fulfil([(PAIR, "pay-2"), (PAIR, "pay-9")], at=minutes(4)) == [payment(2, at=3)]
        assert session.awaits.waiting(PAIR) == [payment(1)]
        assert session.awaits.waiting(PAIR, minutes(0)) == []
        assert session.awaits.overdue(PAIR, minutes(10)) == [payment(1)]


def test_what_is_overdue_is_told_once_and_taken_back_once(store: Store) -> None:
    with store.write(DEMO) as session:
        session.awaits.add([payment(2, at=2), payment(1, at=1), payment(3, at=30)])
        assert session.awaits.has_news(PAIR, minutes(10)) and not session.awaits.has_news(PAIR, minutes(1))
        assert session.awaits.overdue(PAIR, minutes(10)) == [payment(1, at=1), payment(2, at=2)]
    with store.write(DEMO) as session:
        assert session.awaits.overdue(PAIR, minutes(10)) == [] and not session.awaits.has_news(PAIR, minutes(10))
        assert session.awaits.waiting(PAIR) == [payment(1, at=1), payment(2, at=2), payment(3, at=30)]
        assert session.awaits.fulfil([(PAIR, "pay-1")], at=minutes(20)) == [payment(1, at=1)]
        assert session.awaits.fulfil([(PAIR, "pay-1")], at=minutes(21)) == []
    with store.write(DEMO) as session:
        assert session.awaits.has_news(PAIR, minutes(10))
        assert session.awaits.taken_back(PAIR) == [payment(1, at=1)]
        assert session.awaits.taken_back(PAIR) == []
        assert session.awaits.waiting(PAIR) == [payment(2, at=2), payment(3, at=30)]


def test_what_is_awaited_names_its_signal_until_it_is_settled(store: Store) -> None:
    with store.write(DEMO) as session:
        session.awaits.add([payment(1, at=1), payment(2, at=2), payment(3, at=3), payment(4, at=4)])
        assert session.awaits.named(minutes(1), minutes(3)) == {"SIG-1", "SIG-2", "SIG-3"}
        session.awaits.overdue(PAIR, minutes(3))
        session.awaits.fulfil([(PAIR, "pay-1"), (PAIR, "pay-3"), (PAIR, "pay-9")], at=minutes(3))
        assert session.awaits.named(minutes(0), minutes(9)) == {"SIG-1", "SIG-2", "SIG-4"}
        assert session.awaits.taken_back(PAIR) == [payment(1, at=1)]
    with store.read(DEMO) as session:
        assert session.awaits.named(minutes(0), minutes(9)) == {"SIG-2", "SIG-4"}
    with store.read(OTHER) as session:
        assert session.awaits.named(minutes(0), minutes(9)) == frozenset()


def test_what_follows_may_come_first_and_either_may_come_twice(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.awaits.fulfil([(PAIR, "pay-1")], at=NOW) == []
        session.awaits.add([payment(1), payment(1, at=5), payment(2), payment(2, at=5)])
        assert session.awaits.fulfil([(PAIR, "pay-2"), (PAIR, "pay-2")], at=NOW) == [payment(2)]
        session.awaits.add([payment(2, at=9)])
        assert session.awaits.waiting(PAIR) == []
        assert session.awaits.fulfil([], at=NOW) == []
        session.awaits.add([])


def test_pairs_are_strangers_to_each_other(store: Store) -> None:
    with store.write(DEMO) as session:
        session.awaits.add([payment(1)])
        assert session.awaits.fulfil([("order>delivery", "pay-1")], at=NOW) == []
        assert session.awaits.overdue("order>delivery", minutes(99)) == []
        assert session.awaits.waiting(PAIR) == [payment(1)]


def test_what_is_settled_is_forgotten_before_what_is_not(store: Store) -> None:
    with store.write(DEMO) as session:
        session.awaits.add([payment(1), payment(2, at=10), payment(3, at=20)])
        session.awaits.fulfil([(PAIR, "pay-1"), (PAIR, "pay-3")], at=NOW)
        assert session.awaits.drop(minutes(-5), settled_before=minutes(15)) == 1
        assert session.awaits.waiting(PAIR) == [payment(2, at=10)]
        assert session.awaits.drop(minutes(15), settled_before=minutes(15)) == 1
        assert session.awaits.waiting(PAIR) == []


def test_what_names_nothing_settles_the_latest_that_is_alike_before_it_or_the_first_after_it(store: Store) -> None:
    dear = payment(4, at=2)._replace(amount=99_000)
    with store.write(DEMO) as session:
        session.awaits.add([payment(1, at=1), payment(2, at=5), payment(3, at=5, merchant="M-2"), dear])
        order = payment(9, at=4)
        assert session.awaits.fulfil_alike([order]) == [payment(1, at=1)]
        assert session.awaits.fulfil_alike([order]) == [payment(2, at=5)]
        assert session.awaits.fulfil_alike([order, order._replace(currency=None)]) == []
        assert session.awaits.waiting(PAIR) == [dear, payment(3, at=5, merchant="M-2")]


def test_what_was_kept_without_being_counted_is_found_until_it_is_counted_or_set_aside(store: Store) -> None:
    with store.write(DEMO) as session:
        session.signals.add([make_signal(1), make_signal(3), make_signal(2)])
        session.signals.add([make_signal(4), make_signal(5)], counted=True)
        assert [one.id for one in session.signals.uncounted(2)] == ["SIG-00001", "SIG-00002"]
        session.signals.mark_counted(["SIG-00001", "SIG-00003"])
        assert session.signals.counted(["SIG-00001", "SIG-00002", "SIG-00004", "SIG-9"]) == {"SIG-00001", "SIG-00004"}
        session.signals.set_aside({"SIG-00002": "far away", "SIG-00004": "far away"}, at=NOW)
        assert session.signals.uncounted(9) == []
        assert session.signals.counted(["SIG-00004"]) == set()
    with store.write(DEMO) as session:
        session.signals.bring_back(["SIG-00002", "SIG-00004"])
        assert [one.id for one in session.signals.uncounted(9)] == ["SIG-00002", "SIG-00004"]


def test_streams_are_summed_by_merchant_over_a_range_by_name_or_by_how_they_begin(store: Store) -> None:
    with store.write(DEMO) as session:
        session.rollups.add([cell(slot, count=1, value=2.5) for slot in range(4)])
        session.rollups.add([cell(1, "M-2", count=5), cell(2, stream="errors|y", count=7), cell(2, stream="calls")])
        session.rollups.add([cell(3, "M-3", count=2), cell(2, "M-3", count=-2)])
    with store.read(DEMO) as session:
        one, all_of_them = (session.rollups.sums(FIRST + 1, FIRST + 3, [name]) for name in ("errors|x", "errors|*"))
        nothing = session.rollups.sums(FIRST, FIRST + 3, [])
    first = [cell(1, count=3, value=7.5), cell(1, "M-2", count=5)]
    assert sorted(one) == first
    assert sorted(all_of_them) == sorted([*first, cell(1, stream="errors|y", count=7)])
    assert nothing == []
    with store.read(OTHER) as session:
        assert session.rollups.sums(FIRST, FIRST + 9, ["errors|*"]) == []
