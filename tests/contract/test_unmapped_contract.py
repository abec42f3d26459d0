"""What every store promises of what nobody could read."""

from app.domain.signals import SignalType
from app.domain.unmapped import FieldMapping
from app.ports.store import Store
from tests.builders import NOW, make_item, make_scope, make_shape, minutes

DEMO = make_scope("demo")


def test_an_item_is_kept_once_and_reads_back_as_it_came(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.unmapped.add([make_item(1), make_item(2), make_item(1, content="other")]) == [True, True, False]
        assert session.unmapped.add([make_item(2), make_item(3, shape_id="SHP-2")]) == [False, True]
        assert session.unmapped.add([]) == []
    with store.read(DEMO) as session:
        assert session.unmapped.items("SHP-1", 10) == [make_item(1), make_item(2)]
        assert (session.unmapped.count(), session.unmapped.count("SHP-1"), session.unmapped.count("none")) == (3, 2, 0)


def test_the_items_of_a_shape_come_oldest_first_and_as_many_as_asked(store: Store) -> None:
    with store.write(DEMO) as session:
        session.unmapped.add([make_item(n, at=minutes(-n)) for n in range(1, 6)])
    with store.read(DEMO) as session:
        assert [one.id for one in session.unmapped.items("SHP-1", 3)] == ["UNM-5", "UNM-4", "UNM-3"]
        assert session.unmapped.items("SHP-1", 0) == []


def test_removed_items_are_gone_and_the_shape_stays(store: Store) -> None:
    with store.write(DEMO) as session:
        session.unmapped.put_shape(make_shape())
        session.unmapped.add([make_item(1), make_item(2)])
        assert session.unmapped.remove(["UNM-1", "UNM-1", "UNM-9"]) == 1
        assert session.unmapped.remove([]) == 0
    with store.read(DEMO) as session:
        assert [one.id for one in session.unmapped.items("SHP-1", 10)] == ["UNM-2"]
        assert session.unmapped.shape("SHP-1") == make_shape()


def test_a_shape_is_replaced_by_id_and_the_latest_comes_first(store: Store) -> None:
    mapping = FieldMapping(signal_type=SignalType.LOG, fields={"message": "a"})
    mapped = make_shape(1, count=5, last_at=minutes(3), mapping=mapping, mapped_by="person:olga", mapped_at=NOW)
    with store.write(DEMO) as session:
        for shape in (make_shape(1), make_shape(2, last_at=minutes(2)), make_shape(3, last_at=minutes(2)), mapped):
            session.unmapped.put_shape(shape)
    with store.read(DEMO) as session:
        assert [one.id for one in session.unmapped.shapes()] == ["SHP-1", "SHP-2", "SHP-3"]
        assert session.unmapped.shape("SHP-1") == mapped
        assert session.unmapped.shape("SHP-9") is None
