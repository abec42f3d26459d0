"""Merchants whom a scenario names live exactly as it says; those of the demo fall ill in their minutes, and its tools
mend them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.schemas.signals import IncomingSignal
from simulations.fixtures import WINDOW, demo_world
from simulations.world.world import World
from tests.worlds import bytes_of, errors, lived, retold, world

FOLDER = Path(__file__).resolve().parents[2] / "simulations"
END = datetime(2026, 3, 2, 15, 4, tzinfo=UTC)
BEGAN = END - WINDOW
MOLE = {
    "id": "MERCH-MOLE",
    "name": "Mole & Daughter",
    "wave": 7,
    "stage": "in_progress",
    "cutover_in_days": 0.1,
    "attributes": {"region": "uk", "callback_scheme": "http", "sync_rate_per_minute": 180},
    "plugins": ["gift-cards"],
    "average_order_value": 4_000,
    "currency": "GBP",
    "language": "de",
    "products": ["spade"],
    "journeys_per_day": 300,
}
DEMO_FAULTS = [
    (
        "MERCH-E5F6A7",
        "RATE_LIMIT_EXCEEDED",
        100,
        "adjust_rate_limit",
        {"requests_per_minute": 60},
        "sync_limit_per_minute",
    ),
    (
        "MERCH-C3D4E5",
        "WEBHOOK_ENDPOINT_NOT_FOUND",
        110,
        "resubscribe_webhook",
        {"topic": "t", "webhook_version": "v3"},
        "webhook_version",
    ),
    (
        "MERCH-A1B2C3",
        "PAYMENT_CALLBACK_INVALID",
        120,
        "update_callback_url",
        {"callback_scheme": "https"},
        "callback_scheme",
    ),
    (
        "MERCH-B2C3D4",
        "PAYMENT_CALLBACK_INVALID",
        120,
        "update_callback_url",
        {"callback_scheme": "https"},
        "callback_scheme",
    ),
    ("MERCH-B2C3D4", "PRICE_VERSION_STALE", 125, "purge_cache", {"area": "catalog"}, "cache_generation"),
    ("MERCH-D4E5F6", "AUTH_TOKEN_VERSION_MISMATCH", 130, "rotate_token", {"token_version": "v3"}, "token_version"),
]
DEMO = pytest.mark.parametrize(("who", "code", "minute", "tool", "arguments", "setting"), DEMO_FAULTS)


def at(minute: float) -> datetime:
    return BEGAN + timedelta(minutes=minute)


def told(one: World, since: float, until: float) -> list[IncomingSignal]:
    return one.arrivals(at(since), at(until))


@cache
def afternoon() -> tuple[IncomingSignal, ...]:
    """Ten hours of the demo in which nobody mends anything."""
    return tuple(told(demo_world(FOLDER, END), 0, 600))


def seen(signals: Iterable[IncomingSignal], code: str, who: str, since: float, until: float) -> int:
    return errors((s for s in signals if s.occurred_at and at(since) <= s.occurred_at < at(until)), code, [who])


# --- who is named
# --------------------------------------------------------------------------------------------------------


def test_a_resident_is_listed_as_the_scenario_says_and_the_others_are_drawn_around_them():
    one = world(merchants=5, platform={"residents": [MOLE]})
    (mole,) = [row for row in one.merchants() if row.id == "MERCH-MOLE"]
    assert len(one.merchants()) == 5
    assert (mole.name, mole.wave, mole.stage.value, mole.region, mole.currency) == (
        "Mole & Daughter",
        7,
        "in_progress",
        "uk",
        "GBP",
    )
    assert mole.plugins == ("gift-cards",)
    assert mole.attributes == {"callback_scheme": "http", "sync_rate_per_minute": 180}
    assert "MERCH-MOLE" not in {row.id for row in world(merchants=5).merchants()}


def test_a_resident_lives_as_often_and_buys_what_the_scenario_says():
    signals = lived(world(merchants=1, platform={"residents": [MOLE], "rhythm": "even"}, noise={"tickets_per_day": 60}))
    paid = [s for s in signals if s.payment_id and s.status == "captured"]
    assert 100 < len(paid) < 200
    assert {s.currency for s in paid} == {"GBP"}
    assert any("spade" in f"{s.subject} {s.body}" for s in signals if s.ticket_id)
    moves = [s for s in signals if s.signal_type.value == "migration_update"]
    assert {s.stage.value for s in moves if s.stage} == {"post_migration"}


def test_a_scope_reaches_residents_by_what_is_said_of_them_and_spares_those_of_whom_it_is_not_said():
    plugin, host = (
        {"mode": "callback_not_https", "onset": 0, "scope": scope}
        for scope in ({"plugin_gift_cards": True}, {"callback_host": "hosted"})
    )
    assert [one.id for one in world(merchants=1, platform={"residents": [MOLE]}, faults=[plugin])._reached[0]] == [
        "MERCH-MOLE"
    ]
    assert world(merchants=1, platform={"residents": [MOLE]}, faults=[host])._reached[0] == ()


def test_jobs_can_be_more_than_everybodys():
    usual, busy = (
        lived(world(merchants=1, platform={"residents": [{**MOLE, **more}]})) for more in ({}, {"jobs_per_day": 2_000})
    )
    assert (
        sum("inventory" in (s.endpoint or "") for s in busy)
        > 10 * sum("inventory" in (s.endpoint or "") for s in usual)
        > 0
    )


def test_where_every_hour_is_alike_the_day_does_not_matter():
    shape = {"residents": [MOLE], "rhythm": "even"}
    here, later = (
        World(world(merchants=1, platform=shape).scenario, began=BEGAN + timedelta(hours=hours)) for hours in (0, 31)
    )
    ids = [[s.event_id for s in one.arrivals(one.began, one.began + timedelta(hours=6))] for one in (here, later)]
    assert ids[0] == ids[1]


# --- the demo
# ------------------------------------------------------------------------------------------------------------


@DEMO
def test_before_its_minute_every_fault_of_the_demo_was_sound(
    who: str, code: str, minute: int, tool: str, arguments: Any, setting: str
):
    assert errors(afternoon(), code, [who]) == seen(afternoon(), code, who, minute, 600) + strays(code, who, minute)
    assert seen(afternoon(), code, who, minute, 180) >= 4


def strays(code: str, who: str, minute: int) -> int:
    """Reports of the same code that are of an ordinary day."""
    return sum(
        s.error_code == code and s.merchant_id == who and s.error_message == "one burst trimmed"
        for s in afternoon()
        if s.occurred_at < at(minute)
    )


@DEMO
def test_the_right_tool_ends_it_at_once_and_its_undo_brings_it_back(
    who: str, code: str, minute: int, tool: str, arguments: Any, setting: str
):
    one = demo_world(FOLDER, END)
    answer = one.apply(tool, {"merchant_ids": [who], **arguments}, key="cure", at=at(200))
    assert (answer["http_status"], answer["body"]["setting"], set(answer["body"]["after"])) == (200, setting, {who})
    mended = told(one, 0, 600)
    assert seen(mended, code, who, 0, 200) == seen(afternoon(), code, who, 0, 200) > 0
    assert seen(mended, code, who, 201, 600) <= 1 < 10 <= seen(afternoon(), code, who, 201, 600)
    assert (
        one.apply("restore_setting", {"merchant_ids": [who], "setting": setting}, key="undo", at=at(300))["http_status"]
        == 200
    )
    assert seen(told(one, 300, 600), code, who, 300, 600) >= 6
    one.apply("restore_setting", {"merchant_ids": [who], "setting": setting}, key="again", at=at(400))
    assert seen(told(one, 400, 600), code, who, 402, 600) <= 1


def test_the_wrong_tool_and_the_wrong_merchant_mend_nothing():
    one = demo_world(FOLDER, END)
    one.apply(
        "update_callback_url", {"merchant_ids": ["MERCH-C3D4E5"], "callback_scheme": "https"}, key="a", at=at(200)
    )
    one.apply("adjust_rate_limit", {"merchant_ids": ["MERCH-A1B2C3"], "requests_per_minute": 60}, key="b", at=at(200))
    assert [bytes_of([s]) for s in told(one, 0, 600)] == [bytes_of([s]) for s in afternoon()]


def test_a_rate_that_was_agreed_upon_is_kept_to_until_the_agreement_is_taken_back():
    one = demo_world(FOLDER, END)
    who = {"merchant_ids": ["MERCH-E5F6A7"]}

    def rates() -> tuple[Any, Any]:
        known = one.listed("MERCH-E5F6A7").attributes
        return known["sync_rate_per_minute"], known["sync_limit_per_minute"]

    assert rates() == (180, 60)
    one.apply("adjust_rate_limit", {**who, "requests_per_minute": 90}, key="a", at=at(200))
    assert rates() == (90, 90)
    one.apply("restore_setting", {**who, "setting": "sync_limit_per_minute"}, key="b", at=at(201))
    assert rates() == (180, 60)


def test_the_silent_merchant_of_the_demo_writes_about_nothing_that_hurts_and_the_others_do():
    truth = demo_world(FOLDER, END).truth(at(600))
    silent = {merchant for fault in truth.faults for merchant in fault.silent}
    assert "MERCH-D4E5F6" in silent
    assert "MERCH-A1B2C3" not in silent
    assert {fault.cause for fault in truth.faults} == {fault.mode for fault in demo_world(FOLDER, END).scenario.faults}


def test_a_world_can_be_retold_without_what_a_tool_did():
    one = demo_world(FOLDER, END)
    one.apply(
        "update_callback_url", {"merchant_ids": ["MERCH-A1B2C3"], "callback_scheme": "https"}, key="a", at=at(200)
    )
    assert [bytes_of([s]) for s in told(retold(one, without=["update_callback_url"]), 0, 600)] == [
        bytes_of([s]) for s in afternoon()
    ]
