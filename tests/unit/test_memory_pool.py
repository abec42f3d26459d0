"""Signals in memory are what a database would give back, nobody can change them, and a pool finds what a plain list
would.
"""

import copy
import pickle
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.domain.signals import Signal, SignalType, Swept
from app.store import codec
from app.store.memory.pool import EMPTY, Pool, as_read_back
from tests.builders import NOW, make_signal, make_ticket

SEED = random.SystemRandom().randrange(2**32)


def read_back(signal: Signal) -> Signal:
    """The long way round, through the text that a database keeps."""
    return codec.read_value(Signal, codec.to_body(codec.to_fields(signal)))


ODD: dict[str, dict[str, Any]] = {
    "plain": {},
    "text that cannot be stored": {"error_message": "a\ud800b\x00c\u0065\u0301", "merchant_id": "M\x00-1"},
    "members in any order": {"attributes": {"b": 1, "a": "x", "c": None, "d": True, "e": 0.1, "f": -0.0}},
    "a member's name": {"attributes": {"e\u0301\x00": "z"}},
    "a huge number": {"attributes": {"n": 10**30}},
    "a time elsewhere": {"occurred_at": datetime(2026, 3, 2, 12, 0, 0, 7, tzinfo=timezone(timedelta(hours=2)))},
    "a word as status": {"status": "422"},
}


@pytest.mark.parametrize("odd", ODD)
def test_a_kept_signal_is_the_one_a_database_gives_back(odd: str) -> None:
    given = make_signal(1, **ODD[odd])
    kept, expected = as_read_back(given), read_back(given)
    assert kept == expected
    assert (kept.model_dump_json(), kept.model_fields_set) == (expected.model_dump_json(), expected.model_fields_set)
    assert list(kept.attributes) == list(expected.attributes)
    assert {name: type(value) for name, value in kept if name != "attributes"} == {
        name: type(value) for name, value in expected if name != "attributes"
    }


def test_a_copy_that_nobody_validated_is_kept_as_it_would_be_read() -> None:
    given = make_signal(1, signal_type=SignalType.KPI, name="conversion", value=0.5, trials=10).model_copy(
        update={"value": 1, "received_at": NOW.astimezone(timezone(timedelta(hours=-5)))}
    )
    kept = as_read_back(given)
    assert (repr(kept.value), kept.received_at.tzinfo) == ("1.0", UTC)
    assert kept == read_back(given)


def test_a_number_that_is_not_finite_is_refused() -> None:
    given = make_signal(1).model_copy(update={"attributes": {"share": float("nan")}})
    with pytest.raises(ValueError, match="not finite"):
        as_read_back(given)


def test_nobody_can_change_a_kept_signal_and_a_copy_belongs_to_its_owner() -> None:
    given = make_signal(1, attributes={"gateway": "stripe"})
    kept = as_read_back(given)
    given.attributes["gateway"] = "other"
    for change in (
        lambda: kept.attributes.update(a=1),
        lambda: kept.attributes.pop("gateway"),
        lambda: kept.attributes.setdefault("a", 1),
    ):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(TypeError):
        kept.attributes["a"] = 1
    assert kept.attributes == {"gateway": "stripe"}
    for own in (copy.deepcopy(kept), pickle.loads(pickle.dumps(kept)), kept.changed(source="x")):
        own.attributes["a"] = 1
    assert kept.attributes == {"gateway": "stripe"}


def test_a_pool_finds_what_a_plain_list_finds() -> None:
    rng = random.Random(SEED)
    pool, rows, joined, swept = EMPTY, dict[str, Signal](), dict[str, str](), set[str]()
    for _ in range(60):
        batch = [_random_signal(rng) for _ in range(rng.randrange(12))]
        pool, flags = pool.with_new(batch)
        for signal, new in zip(batch, flags, strict=True):
            assert new is (signal.id not in rows), f"seed {SEED}"
            rows.setdefault(signal.id, signal)
        noted = {
            name: rng.choice([None, None, "INC-1", "INC-2"]) for name in rng.sample(sorted(rows), min(len(rows), 6))
        }
        pool = pool.with_noted({**noted, "SIG-unknown": "INC-1"})
        swept |= set(noted)
        joined |= {name: to for name, to in noted.items() if to}
        if rng.random() < 0.15:
            moment = NOW + timedelta(minutes=rng.randrange(200))
            old = sorted(
                (one.occurred_at, name) for name, one in rows.items() if one.occurred_at < moment and name in swept
            )
            after = rng.choice([None, Swept(old[0][1], old[0][0], None)]) if old else None
            expected = [(name, at, joined.get(name)) for at, name in (old[1:] if after else old)]
            assert list(pool.swept_before(moment, after)) == expected, f"seed {SEED}"
            named = rng.sample(sorted(rows), min(len(rows), 40))
            gone = set(named) & swept
            before = pool
            pool = pool.without(named)
            assert len(before) - len(pool) == len(gone), f"seed {SEED}"
            rows, swept = {name: one for name, one in rows.items() if name not in gone}, swept - gone
            joined = {name: to for name, to in joined.items() if name not in gone}
        _same(rng, pool, sorted(rows.values(), key=lambda one: (one.occurred_at, one.id)), joined, swept)


def _random_signal(rng: random.Random) -> Signal:
    at = NOW + timedelta(minutes=rng.randrange(200), seconds=rng.choice([0, 0, 30]))
    make = rng.choice([make_signal, make_ticket])
    return make(rng.randrange(400), occurred_at=at, merchant_id=rng.choice(["M-1", "M-2", None]))


def _same(rng: random.Random, pool: Pool, rows: list[Signal], joined: dict[str, str], swept: set[str]) -> None:
    since = NOW + timedelta(minutes=rng.randrange(220))
    until = rng.choice([None, since, since + timedelta(minutes=rng.randrange(90), seconds=rng.randrange(60))])
    inside = [one for one in rows if since <= one.occurred_at and (until is None or one.occurred_at < until)]
    assert pool.between(since, until) == inside, f"seed {SEED}"
    for shops in (None, frozenset({"M-1"})):
        tickets = [
            one
            for one in inside
            if one.signal_type is SignalType.TICKET and (shops is None or one.merchant_id in shops)
        ]
        assert pool.of_type(SignalType.TICKET, since, until, shops) == tickets, f"seed {SEED}"
    assert list(pool.newest_first()) == rows[::-1], f"seed {SEED}"
    assert pool.unswept == {one.id for one in rows} - swept, f"seed {SEED}"
    for incident in ("INC-1", "INC-2"):
        assert [row[2] for row in pool.joined.get(incident, ())] == [
            one for one in rows if joined.get(one.id) == incident
        ], f"seed {SEED}"
