"""A store that goes with its folder is the same store: other connections see what was committed, views stand still, and
two of them know nothing of each other.
"""

from pathlib import Path

from app.store.sql.passing import open_passing_store
from tests.builders import make_scope, make_tenant

DEMO = make_scope("demo")


def test_what_is_committed_is_there_for_whoever_opens_the_folder_next(tmp_path: Path) -> None:
    first = open_passing_store(tmp_path)
    first.put_tenant(make_tenant("demo"))
    with first.write(DEMO) as session:
        session.notes.put("a", {"b": 1})
    first.close()
    second = open_passing_store(tmp_path)
    with second.read(DEMO) as session:
        assert session.notes.get("a") == {"b": 1}
    second.close()


def test_a_view_stands_still_while_another_transaction_writes(tmp_path: Path) -> None:
    store = open_passing_store(tmp_path)
    store.put_tenant(make_tenant("demo"))
    with store.read(DEMO) as view:
        assert view.notes.get("a") is None
        with store.write(DEMO) as session:
            session.notes.put("a", {"b": 1})
        assert view.notes.get("a") is None
    with store.read(DEMO) as view:
        assert view.notes.get("a") == {"b": 1}
    store.close()


def test_two_folders_are_two_stores_though_their_statements_are_spelled_once(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = open_passing_store(tmp_path / "one"), open_passing_store(tmp_path / "two")
    for store in (one, two):
        store.put_tenant(make_tenant("demo"))
    with one.write(DEMO) as session:
        session.notes.put("a", {"b": 1})
    with two.read(DEMO) as session:
        assert session.notes.get("a") is None
    assert (one.health()["reachable"], one.health()["journal_mode"]) == (True, "wal")
    one.close()
    two.close()
