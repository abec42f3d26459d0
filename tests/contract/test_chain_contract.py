"""What every store promises about its chain: what is anchored, what a walk finds against the anchor, and how fast it
is.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.base import digest_of
from app.domain.events import GENESIS, AnchorReading, Verified, link_hash
from app.ports.store import Store
from app.store.audit import chain
from app.store.sql.engine import open_store, sqlite_url
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
        return AnchorReading(
            present=True, heads={seq: told for tenant, seq, told, _ in self.told if tenant == tenant_id}
        )


def events(store: Store, count: int, scope: Any = DEMO) -> dict[int, str]:
    """So many links in one block; number to hash."""
    with store.write(scope) as session:
        return {
            event.seq: event.hash
            for event in (session.events.append("note", "x", {"n": n}, at=minutes(n)) for n in range(count))
        }


def verify(store: Store, heads: dict[int, str] | None) -> Any:
    with store.read(DEMO) as session:
        return session.events.verify(heads)


# --- against the anchored heads ------------------------------------------------------------------------------------


def test_an_empty_chain_is_whole(store: Store) -> None:
    for heads in (None, {}):
        found = verify(store, heads)
        assert (found.ok, found.verdict, found.checked, found.anchored, found.unanchored) == (
            True,
            Verified.OK,
            0,
            None,
            0,
        )


def test_without_heads_a_whole_chain_is_ok_and_with_its_heads_too(store: Store) -> None:
    heads = events(store, 6)
    alone = verify(store, None)
    assert (alone.ok, alone.verdict, alone.checked, alone.anchored, alone.unanchored) == (True, Verified.OK, 6, None, 0)
    for anchored in (heads, {2: heads[2], 6: heads[6]}):
        found = verify(store, anchored)
        assert (found.ok, found.verdict, found.checked, found.anchored, found.unanchored, found.reason) == (
            True,
            Verified.OK,
            6,
            6,
            0,
            "",
        )


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
        assert (found.ok, found.verdict, found.first_bad, found.checked, found.anchored) == (
            False,
            Verified.BROKEN,
            7,
            6,
            last,
        )
        assert found.reason == f"the chain ends at link 6; link {last} was anchored"


def test_a_chain_of_another_tenant_is_not_what_was_anchored(store: Store) -> None:
    events(store, 3)
    heads = events(store, 3, OTHER)
    assert verify(store, heads).first_bad == 1


@pytest.mark.parametrize(
    ("order", "first_bad", "word"),
    [
        ((1, 2, 3, 4), None, ""),
        ((2, 3, 4), 2, "link 1 is missing"),
        ((1, 3, 2, 4), 3, "link 2 is missing"),
        ((1, 2, 2, 3, 4), 2, "link 2 is there twice"),
        ((1, 2, 4), 4, "link 3 is missing"),
    ],
)
def test_links_that_are_lost_swapped_or_doubled_are_named(
    store: Store, order: tuple[int, ...], first_bad: int | None, word: str
) -> None:
    heads = events(store, 4)
    with store.read(DEMO) as session:
        kept = {event.seq: event for event in session.events.page()}
    for anchored in (None, heads):
        found = chain.check_links("demo", [kept[seq] for seq in order], anchored)
        assert (found.ok, found.first_bad) == (first_bad is None, first_bad)
        assert word in found.reason


# --- how fast ------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_hundred_thousand_links_are_verified_in_two_seconds(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path / "store.db"))
    store.put_tenant(make_tenant("demo"))
    payload = {
        "incident_id": "INC-00000001",
        "from": "APPROVED",
        "to": "SENDING",
        "version": 1,
        "digest": "a" * 64,
        "by": "system:worker",
    }
    with store.write(DEMO) as session:
        heads = {}
        for number in range(100_000):
            event = session.events.append(
                "action.sending", "ACT-00000001", {**payload, "n": number}, at=minutes(number / 60)
            )
            heads[event.seq] = event.hash
    taken = []
    for _ in range(3):
        started = time.process_time()
        assert verify(store, heads).checked == 100_000
        taken.append(time.process_time() - started)
    store.close()
    print(f"100,000 links in {min(taken):.2f} s")
    assert min(taken) < 2.0


def test_verifying_costs_no_more_than_a_few_times_the_bare_hashing(tmp_path: Path) -> None:
    """Measured against work of the same kind in the same process, so that a slow machine is slow on both sides."""
    store = open_store(sqlite_url(tmp_path / "store.db"))
    store.put_tenant(make_tenant("demo"))
    events(store, 2_000)
    with store.read(DEMO) as session:
        plain = [event.plain() for event in session.events.page(limit=2_000)]
    contents = [
        ["demo", *(one[name] for name in ("seq", "at", "kind", "subject", "principal", "payload", "prev_hash"))]
        for one in plain
    ]
    bare = min(spent(lambda: [digest_of(content) for content in contents]) for _ in range(5))
    whole = min(spent(lambda: verify(store, None)) for _ in range(5))
    store.close()
    print(f"verify {whole * 1e6 / 2_000:.1f} us a link, bare hashing {bare * 1e6 / 2_000:.1f} us")
    assert whole < 5 * bare


def spent(work: Callable[[], object]) -> float:
    """The processor's seconds that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


# --- one definition of what is hashed ------------------------------------------------------------------------------


def test_a_link_is_the_digest_of_its_content_whatever_is_in_it(store: Store) -> None:
    seed = 4711
    print(f"seed {seed}")
    chance = random.Random(seed)
    texts = [
        "",
        "a",
        "é",
        "日本",
        "\\",
        '"',
        "\n\r\t",
        "\x7f",
        "\u2028",
        "</script>",
        "\U0001f600",
        "x" * 2_000,
        "e\u0301",
        "\x00",
    ]
    with store.write(DEMO) as session:
        for number in range(60):
            payload = {
                chance.choice(texts): chance.choice(
                    [*texts, 1, -(2**60), 0.1, 1e-7, 1e22, True, None, [texts], {"b": 1, "a": 2}]
                )
                for _ in range(4)
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


@pytest.fixture
def anchored(tmp_path: Path) -> Iterator[tuple[Store, ListAnchor]]:
    anchor = ListAnchor()
    store = open_store(sqlite_url(tmp_path / "store.db"), anchor=anchor)
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
        assert session.incidents.last_steps() == {"INC-1": 3, "INC-2": 9}
