"""Effects: a tool really changes the shop, once per key, and the shop's signals follow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.ambient import SteppedClock
from app.domain.signals import Signal
from app.domain.tenants import Scope, Tenant
from app.store.memory import MemoryStore
from simulations.shop import ShopState, demo_state, reference_exists
from simulations.shop_effects import HANDLERS, ShopEffects, load_shop, save_shop
from simulations.shop_telemetry import signals_between

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCOPE = Scope(tenant_id="demo")
A, C, E = "MERCH-A1B2C3", "MERCH-C3D4E5", "MERCH-E5F6A7"


class House:
    """A store with a shop in it, and the tools' door."""

    def __init__(self, **switches: Any) -> None:
        self.store, self.clock, self.calls = MemoryStore(), SteppedClock(NOON), 0
        self.store.put_tenant(Tenant(id="demo", title="Demo"))
        self.effects = ShopEffects(self.store, self.clock)
        state = demo_state(1).changed(**switches)
        with self.store.write(SCOPE) as session:
            save_shop(session, state)
            session.merchants.put(state.directory())

    def call(self, tool: str, *, key: str = "", **arguments: Any) -> dict[str, Any]:
        self.calls += 1
        return self.effects.apply(SCOPE, tool, arguments, idempotency_key=key or f"key-{self.calls}")

    def state(self) -> ShopState:
        with self.store.read(SCOPE) as session:
            return load_shop(session)

    def errors(self, merchant_id: str, code: str, since: datetime = NOON, hours: int = 3) -> int:
        return sum(signal.error_code == code for signal in self.signals(merchant_id, since, hours))

    def signals(self, merchant_id: str, since: datetime = NOON, hours: int = 3) -> list[Signal]:
        alone = self.state().changed(merchants={merchant_id: self.state().merchants[merchant_id]})
        return signals_between(alone, "demo", since, since + timedelta(hours=hours), 1)


CURES = [
    ("MERCH-A1B2C3", "PAYMENT_CALLBACK_INVALID", "update_callback_url", {"callback_scheme": "https"}, "callback_scheme"),
    ("MERCH-B2C3D4", "PRICE_VERSION_STALE", "purge_cache", {"area": "catalog"}, "cache_generation"),
    ("MERCH-C3D4E5", "WEBHOOK_ENDPOINT_NOT_FOUND", "resubscribe_webhook", {"topic": "orders/created", "webhook_version": "v3"}, "webhook_version"),
    ("MERCH-D4E5F6", "AUTH_TOKEN_VERSION_MISMATCH", "rotate_token", {"token_version": "v3"}, "token_version"),
    ("MERCH-E5F6A7", "RATE_LIMIT_EXCEEDED", "adjust_rate_limit", {"requests_per_minute": 60}, "sync_limit_per_minute"),
    ("MERCH-E5F6A7", "RATE_LIMIT_EXCEEDED", "adjust_rate_limit", {"requests_per_minute": 240}, "sync_limit_per_minute"),
]


@pytest.mark.parametrize(("merchant_id", "code", "tool", "arguments", "setting"), CURES)
def test_the_right_tool_ends_the_errors_and_its_undo_brings_them_back(merchant_id, code, tool, arguments, setting):
    house = House()
    sick = house.errors(merchant_id, code)
    answer = house.call(tool, merchant_ids=[merchant_id], **arguments)
    assert answer["http_status"] == 200
    assert answer["body"]["setting"] == setting
    assert set(answer["body"]["before"]) == set(answer["body"]["after"]) == {merchant_id}
    assert sick > 0 == house.errors(merchant_id, code)
    house.clock.advance_to(NOON + timedelta(minutes=1))
    assert house.call("restore_setting", setting=setting, merchant_ids=[merchant_id])["http_status"] == 200
    assert house.errors(merchant_id, code) > 0
    house.clock.advance_to(NOON + timedelta(minutes=2))
    house.call("restore_setting", setting=setting, merchant_ids=[merchant_id])
    assert house.errors(merchant_id, code, NOON + timedelta(minutes=3)) == 0


def test_the_right_tool_on_the_wrong_merchant_changes_nothing_for_the_broken_one():
    house = House()
    before = house.errors(A, "PAYMENT_CALLBACK_INVALID")
    assert house.call("update_callback_url", merchant_ids=[C], callback_scheme="https")["http_status"] == 200
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID") == before > 0


def test_the_wrong_tool_on_the_right_merchant_cures_nothing():
    house = House()
    before = house.errors(A, "PAYMENT_CALLBACK_INVALID")
    house.call("purge_cache", merchant_ids=[A], area="catalog")
    house.call("rotate_token", merchant_ids=[A], token_version="v3")
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID") == before > 0


def test_emptying_a_cache_without_prices_leaves_old_prices():
    house = House()
    house.call("purge_cache", merchant_ids=["MERCH-B2C3D4"], area="storefront")
    assert house.errors("MERCH-B2C3D4", "PRICE_VERSION_STALE") > 0


def test_what_was_reported_before_the_cure_still_reads_as_it_did():
    house = House()
    earlier = NOON - timedelta(hours=2)
    sick = house.errors(A, "PAYMENT_CALLBACK_INVALID", earlier, 2)
    house.call("update_callback_url", merchant_ids=[A], callback_scheme="https")
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID", earlier, 2) == sick > 0


def test_a_broken_tool_says_200_and_changes_nothing_and_its_undo_is_harmless():
    house = House(broken_tools=("update_callback_url", "create_ticket"))
    before = house.errors(A, "PAYMENT_CALLBACK_INVALID")
    answer = house.call("update_callback_url", merchant_ids=[A], callback_scheme="https")
    assert (answer["http_status"], answer["body"]["after"]) == (200, {A: "https"})
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID") == before > 0
    assert house.call("restore_setting", setting="callback_scheme", merchant_ids=[A])["http_status"] == 200
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID") == before
    reference = house.call("create_ticket", title="x", summary="y", incident_id="INC-00000000")["reference"]
    assert reference and not reference_exists(house.state(), reference)


def test_a_harmful_tool_says_200_doubles_the_errors_and_can_be_taken_back():
    house = House(harmful_tools=("update_callback_url",))
    before = house.errors(A, "PAYMENT_CALLBACK_INVALID")
    assert house.call("update_callback_url", merchant_ids=[A], callback_scheme="https")["http_status"] == 200
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID") >= 2 * before > 0
    house.clock.advance_to(NOON + timedelta(seconds=1))
    house.call("restore_setting", setting="callback_scheme", merchant_ids=[A])
    assert house.state().merchants[A].settings.strain == 1
    assert house.errors(A, "PAYMENT_CALLBACK_INVALID", NOON + timedelta(minutes=1)) <= before


def test_the_same_key_answers_the_same_and_acts_once():
    house = House()
    first = house.call("update_callback_url", key="k", merchant_ids=[A], callback_scheme="https")
    house.clock.advance_to(NOON + timedelta(hours=1))
    again = house.call("update_callback_url", key="k", merchant_ids=[A], callback_scheme="https")
    assert first == again
    assert len(house.state().merchants[A].changes) == 1


def test_a_key_that_was_used_for_another_request_is_refused():
    house = House()
    house.call("update_callback_url", key="k", merchant_ids=[A], callback_scheme="https")
    answer = house.call("update_callback_url", key="k", merchant_ids=[C], callback_scheme="https")
    assert answer["http_status"] == 409
    assert house.state().merchants[C].changes == ()


def test_one_unknown_merchant_among_known_ones_stops_the_whole_call():
    house = House()
    answer = house.call("update_callback_url", merchant_ids=[A, "MERCH-NOBODY"], callback_scheme="https")
    assert answer["http_status"] == 404
    assert "MERCH-NOBODY" in answer["body"]["detail"]
    assert house.state().merchants[A].settings.callback_scheme == "http"


@pytest.mark.parametrize(
    ("tool", "arguments", "status"),
    [
        ("update_callback_url", {"merchant_ids": [A]}, 422),
        ("update_callback_url", {"merchant_ids": [], "callback_scheme": "https"}, 422),
        ("update_callback_url", {"merchant_ids": [A], "callback_scheme": "gopher"}, 422),
        ("adjust_rate_limit", {"merchant_ids": [E], "requests_per_minute": -5}, 422),
        ("adjust_rate_limit", {"merchant_ids": [E], "requests_per_minute": True}, 422),
        ("restore_setting", {"merchant_ids": [A], "setting": "strain"}, 422),
        ("restore_setting", {"merchant_ids": [A], "setting": "callback_scheme"}, 409),
        ("hold_cutover_wave", {"wave": 99, "reason": "x"}, 404),
        ("withdraw_escalation", {"reference": "ESC-NONE"}, 404),
        ("query_logs", {"query": "*", "minutes": "many"}, 422),
        ("launch_rocket", {}, 404),
    ],
)
def test_what_the_platform_cannot_do_it_refuses_and_nothing_changes(tool, arguments, status):
    house = House()
    before = house.state()
    answer = house.call(tool, **arguments)
    assert (answer["http_status"], answer["reference"]) == (status, "")
    assert answer["body"]["detail"]
    assert house.state().changed(applied={}) == before


RECORDS = [
    ("create_ticket", {"title": "t", "summary": "s", "incident_id": "INC-1"}, "close_ticket"),
    ("escalate", {"team": "payments", "title": "t", "summary": "s", "severity": "high", "incident_id": "INC-1"}, "withdraw_escalation"),
    ("propose_doc_update", {"document": "d", "change": "c", "incident_id": "INC-1"}, "withdraw_doc_update"),
]


@pytest.mark.parametrize(("tool", "arguments", "undo"), RECORDS)
def test_what_is_recorded_exists_until_it_is_withdrawn(tool, arguments, undo):
    house = House()
    reference = house.call(tool, **arguments)["reference"]
    assert reference_exists(house.state(), reference)
    assert house.call(undo, reference=reference)["http_status"] == 200
    assert not reference_exists(house.state(), reference)
    assert house.call(undo, reference=reference)["body"]["before"] == "closed"


def test_a_record_is_only_withdrawn_by_its_own_tool():
    house = House()
    reference = house.call("escalate", **RECORDS[1][1])["reference"]
    assert house.call("close_ticket", reference=reference)["http_status"] == 404
    assert reference_exists(house.state(), reference)


def test_recording_works_where_no_shop_was_set_up():
    house, other = House(), Scope(tenant_id="default")
    house.store.put_tenant(Tenant(id="default", title="Default"))
    assert house.effects.apply(other, "escalate", RECORDS[1][1], idempotency_key="k")["http_status"] == 200
    refused = house.effects.apply(other, "update_callback_url", {"merchant_ids": [A], "callback_scheme": "https"}, idempotency_key="k2")
    assert refused["http_status"] == 404
    assert len(house.state().records) == 0


def test_a_wave_is_held_and_released():
    house = House()
    held = house.call("hold_cutover_wave", wave=3, reason="tokens are not ready")
    assert held["body"] == {"wave": 3, "before": "free", "after": "held"}
    assert reference_exists(house.state(), held["reference"])
    assert house.call("release_cutover_wave", wave=3)["body"] == {"wave": 3, "before": "held", "after": "free"}
    assert not reference_exists(house.state(), held["reference"])


def test_a_change_has_a_reference_that_exists():
    house = House()
    reference = house.call("update_callback_url", merchant_ids=[A], callback_scheme="https")["reference"]
    assert reference_exists(house.state(), reference)
    assert house.effects.find(SCOPE, reference)
    assert not house.effects.find(SCOPE, "CHG-NEVER")


def test_logs_can_be_read_by_words_and_merchant():
    house = House()
    reported = [*house.signals(A, NOON - timedelta(hours=1), 1), *house.signals(E, NOON - timedelta(hours=1), 1)]
    with house.store.write(SCOPE) as session:
        session.signals.add(reported)
    everything = house.call("query_logs", query="*", minutes=60, limit=1000)["body"]
    some = house.call("query_logs", query="payment_callback", merchant_ids=[A], minutes=60, limit=3)["body"]
    assert everything["matches"] == len(everything["lines"]) > some["matches"] > 0
    assert len(some["lines"]) <= 3
    assert all(A in line and "PAYMENT_CALLBACK_INVALID" in line for line in some["lines"])


def test_the_directory_follows_the_settings():
    house = House()
    house.call("update_callback_url", merchant_ids=[A], callback_scheme="https")
    house.call("resubscribe_webhook", merchant_ids=[C], topic="orders/created", webhook_version="v3")
    with house.store.read(SCOPE) as session:
        assert session.merchants.get(A).attributes["callback_scheme"] == "https"
        assert session.merchants.get(C).webhook_version == "v3"
        assert session.merchants.get(E).attributes["sync_limit_per_minute"] == 60


def test_every_tool_of_the_platform_is_refused_politely_without_arguments():
    house = House()
    for tool in HANDLERS:
        assert house.call(tool)["http_status"] == 422
