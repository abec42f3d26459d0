"""What every store promises about its chain: what is anchored, what a walk finds against the anchor, and how fast it is."""

import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.base import digest_of
from app.domain.events import GENESIS, AnchorReading, Verified, link_hash
from app.ports import Store
from app.store.engine import open_store, sqlite_url
from app.store.memory import MemoryStore
from tests.builders import NOW, make_scope, make_tenant, minutes

DEMO, OTHER = make_scope("demo"), make_scope("other", "person:olga")


class ListAnchor:
    """An anchor that keeps what it is told in the order in which it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, str, datetime]] = []
        self.full = False

    def append(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.told.append((tenant_id, seq, link_hash, at))

    def reading(self, tenant_id: str) -> AnchorReading:
        return AnchorReading(present=True, heads={seq: told for tenant, seq, told, _ in self.told if tenant == tenant_id})


def events(store: Store, count: int, scope: Any = DEMO) -> dict[int, str]:
    """So many links in one block; number to hash."""
    with store.write(scope) as session:
        return {event.seq: event.hash for event in (session.events.append("note", "x", {"n": n}, at=minutes(n)) for n in range(count))}


def verify(store: Store, heads: dict[int, str] | None) -> Any:
    with store.read(DEMO) as session:
        return session.events.verify(heads)


# --- against the anchored heads ------------------------------------------------------------------------------------


def test_an_empty_chain_is_whole(store: Store) -> None:
    for heads in (None, {}):
        found = verify(store, heads)
        assert (found.ok, found.verdict, found.checked, found.anchored, found.unanchored) == (True, Verified.OK, 0, None, 0)


def test_without_heads_a_whole_chain_is_ok_and_with_its_heads_too(store: Store) -> None:
    heads = events(store, 6)
    alone = verify(store, None)
    assert (alone.ok, alone.verdict, alone.checked, alone.anchored, alone.unanchored) == (True, Verified.OK, 6, None, 0)
    for anchored in (heads, {2: heads[2], 6: heads[6]}):
        found = verify(store, anchored)
        assert (found.ok, found.verdict, found.checked, found.anchored, found.unanchored, found.reason) == (True, Verified.OK, 6, 6, 0, "")


def test_links_after_the_last_head_are_not_yet_anchored_and_never_ok(store: Store) -> None:
    heads = events(store, 6)
    for last in (0, 1, 5):
        found = verify(store, {seq: told for seq, told in heads.items() if seq <= last})
        assert (found.ok, found.verdict, found.first_bad) == (False, Verified.NOT_YET_ANCHORED, None)
        assert (found.anchored, found.unanchored) == (last or None, 6 - last)
        assert f"link {last + 1}" in found.reason


def test_a_link_that_is_not_the_one_that_was_anchored_is_named(store: Store) -> None:
    heads = events(store, 6)
    for wrong in range(1, 7):
        found = verify(store, {**heads, wrong: "f" * 64})
        assert (found.ok, found.verdict, found.first_bad, found.checked) == (False, Verified.BROKEN, wrong, wrong - 1)
        assert f"link {wrong} is not the one that was anchored" in found.reason


def test_of_several_links_that_are_not_as_anchored_the_first_is_named(store: Store) -> None:
    heads = events(store, 6)
    assert verify(store, {**heads, 5: "f" * 64, 3: "e" * 64, 9: "d" * 64}).first_bad == 3


def test_a_chain_that_ends_before_what_was_anchored_was_cut(store: Store) -> None:
    heads = events(store, 6)
    for last in (7, 20):
        found = verify(store, {**heads, last: "f" * 64})
        assert (found.ok, found.verdict, found.first_bad, found.checked, found.anchored) == (False, Verified.BROKEN, 7, 6, last)
        assert found.reason == f"the chain ends at link 6; link {last} was anchored"


def test_a_chain_of_another_tenant_is_not_what_was_anchored(store: Store) -> None:
    events(store, 3)
    heads = events(store, 3, OTHER)
    assert verify(store, heads).first_bad == 1


# --- one definition of what is hashed ------------------------------------------------------------------------------


def test_a_link_is_the_digest_of_its_content_whatever_is_in_it(store: Store) -> None:
    seed = 4711
    print(f"seed {seed}")
    chance = random.Random(seed)
    texts = ["", "a", "é", "日本", "\\", '"', "\n\r\t", "\x7f", "\u2028", "</script>", "\U0001f600", "x" * 2_000, "e\u0301", "\x00"]
    with store.write(DEMO) as session:
        for number in range(60):
            payload = {
                chance.choice(texts): chance.choice([*texts, 1, -(2**60), 0.1, 1e-7, 1e22, True, None, [texts], {"b": 1, "a": 2}]) for _ in range(4)
            }
            session.events.append(chance.choice(texts)[:100], chance.choice(texts), payload, at=minutes(number / 7))
    with store.read(DEMO) as session:
        assert session.events.verify().ok
        kept = session.events.page()
    before = GENESIS
    for event in kept:
        plain = event.plain()
        content = [plain[name] for name in ("seq", "at", "kind", "subject", "principal", "payload")]
        assert event.hash == digest_of(["demo", *content, before]) == link_hash("demo", *content, before)
        assert json.loads(event.model_dump_json())["payload"] == event.payload
        before = event.hash


# --- the head of a committed block is anchored ---------------------------------------------------------------------


@pytest.fixture(params=["memory", "sqlite"])
def anchored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, ListAnchor]]:
    anchor = ListAnchor()
    store: Store = MemoryStore(anchor=anchor) if request.param == "memory" else open_store(sqlite_url(tmp_path / "store.db"), anchor=anchor)
    store.put_tenant(make_tenant("demo"))
    yield store, anchor
    store.close()


def test_the_head_is_anchored_once_for_each_committed_block(anchored: tuple[Store, ListAnchor]) -> None:
    store, anchor = anchored
    heads = {**events(store, 3), **events(store, 2)}
    with store.write(DEMO) as session:
        session.notes.put("a", {})
    with pytest.raises(ZeroDivisionError), store.write(DEMO) as session:
        session.events.append("note", "x", {}, at=NOW)
        raise ZeroDivisionError
    assert [told[:3] for told in anchor.told] == [("demo", 3, heads[3]), ("demo", 5, heads[5])]
    assert verify(store, dict(anchor.reading("demo").heads)).ok


def test_a_commit_stands_when_its_head_cannot_be_anchored_and_shows_it(anchored: tuple[Store, ListAnchor]) -> None:
    store, anchor = anchored
    events(store, 2)
    anchor.full = True
    events(store, 2)
    found = verify(store, dict(anchor.reading("demo").heads))
    assert (found.verdict, found.anchored, found.unanchored) == (Verified.NOT_YET_ANCHORED, 2, 2)


# --- steps of an incident ------------------------------------------------------------------------------------------


def test_the_last_step_is_the_highest_number_that_was_recorded(store: Store) -> None:
    with store.write(DEMO) as session:
        assert session.incidents.last_step("INC-1") == 0
        for seq in (1, 3, 2):
            session.incidents.put_step("INC-1", "observe", {"n": seq}, at=NOW, seq=seq)
        session.incidents.put_step("INC-2", "observe", {}, at=NOW, seq=9)
        assert session.incidents.last_step("INC-1") == 3
