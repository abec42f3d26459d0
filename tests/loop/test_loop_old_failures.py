"""What older systems of this kind were asked to find, told to the whole agent as it comes in: each ends in its cause or
in an honest unknown, with the loss where orders are lost, and in the tool that is meant for it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.hypotheses import UNKNOWN
from app.domain.signals import SignalType
from tests.loop.conftest import Past, open_agency
from tests.loop.shop import FINISH, HURT, Found, Shop, Trouble
from tests.told import HOOK, failure

LATER = 1_000_000
"""Numbers from here on were not used in the quiet hours."""
NEW_TOKENS = "rotate_token"
FULL = {"token_version": "v3", "token_scopes": "full"}
PAID_AND_NOTHING = ["Customers paid but no order was made"]

SLOW = Trouble(
    slow=12,
    lost=0.5,
    said=["The checkout takes forever, customers give up and leave", "Checkout pages are very slow since the move"],
    broken={"theme_build": "17"},
    sound={"theme_build": "16"},
)
CART = Trouble(
    [failure("/api/v3/carts/current", 404, "Cart not found", "CART_NOT_FOUND")],
    lost=0.5,
    said=["The cart is empty when customers get to the checkout"],
    broken={"session_store": "local"},
    sound={"session_store": "shared"},
)
OLD_TOKENS = Trouble(
    [failure("/api/v3/orders", 401, "Token version not accepted"), failure("/api/v3/orders", 403, "Old token refused")],
    lost=0.3,
    broken={**FULL, "token_version": "v2"},
    sound=FULL,
)
FEW_SCOPES = Trouble(
    [failure("/api/v3/orders", 403, "Forbidden: missing scope write_orders")],
    lost=0.3,
    broken={**FULL, "token_scopes": "read_only"},
    sound=FULL,
)
HOOKS_REFUSED = Trouble(
    [failure("/hooks/shop", 403, "Forbidden", topic="orders/paid", **HOOK)], unpaid_for=0.6, said=PAID_AND_NOTHING
)
HOOKS_BREAK = Trouble(
    [failure("/hooks/shop", 500, "Internal server error", topic="orders/paid", **HOOK)],
    unpaid_for=0.6,
    said=PAID_AND_NOTHING,
)
NO_ORDERS = Trouble(unpaid_for=0.6, said=PAID_AND_NOTHING)
FEWER_BUY = Trouble(lost=0.6, broken={"theme_build": "17"}, sound={"theme_build": "16"})
SYNC = Trouble(
    [failure("/api/v3/inventory/sync", 429, "Too many requests", "RATE_LIMIT_EXCEEDED")],
    said=["Stock is wrong, we oversell"],
    broken={"sync_rate_per_minute": 200, "sync_limit_per_minute": 60},
    sound={"sync_rate_per_minute": 20, "sync_limit_per_minute": 60},
)
CACHE = Trouble(
    [failure("/api/v3/catalog/prices", 409, "Stale price list", "PRICE_VERSION_STALE")],
    said=["Customers see old prices"],
    broken={"cache_generation": "stale"},
    sound={"cache_generation": "current"},
)
TWICE = Trouble(doubled=0.3)
NOT_HTTPS = Trouble(
    [failure(FINISH, 422, "Callback must use https", "PAYMENT_CALLBACK_INVALID")],
    lost=0.8,
    broken={"callback_scheme": "http"},
    sound={"callback_scheme": "https"},
)


def refused_with(status: int, phrase: str) -> Trouble:
    """Calls that are refused, by shops whose tokens are of the right version and may do everything."""
    return Trouble([failure("/api/v3/orders", status, phrase)], lost=0.3, broken=FULL, sound=FULL)


@pytest.fixture(scope="module")
def quiet_hours(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Hours in which twelve shops sell and nothing is wrong."""
    agency = open_agency(tmp_path_factory.mktemp("quiet_hours"), fresh=False)
    Shop(agency, Trouble()).sell()
    past = Past.of(agency)
    agency.application.stop()
    return past


@pytest.fixture
def troubled(request: pytest.FixtureRequest, tmp_path: Path, quiet_hours: Past) -> Iterator[Shop]:
    """The same shops after an hour of a trouble."""
    agency = open_agency(tmp_path, fresh=False, past=quiet_hours)
    with agency.ctx.store.read(agency.scope) as session:
        latest = session.signals.recent(limit=1)[0].received_at
    agency.ctx.clock(agency.scope).advance_to(latest)
    yield Shop(agency, request.param, number=LATER).get_into_trouble()
    agency.application.stop()


def said(found: Found) -> list[tuple[str, float]]:
    return [(one.cause, round(one.confidence, 2)) for one in found.assessment.hypotheses[:3]]


@pytest.mark.parametrize(
    ("troubled", "cause", "tool"),
    [
        pytest.param(CART, "cart_session_lost", "escalate", id="the cart is empty on the backend"),
        pytest.param(OLD_TOKENS, "token_version_mismatch", "rotate_token", id="401 and 403 by version"),
        pytest.param(FEW_SCOPES, "token_scope_missing", "escalate", id="403 by scope"),
        pytest.param(SYNC, "inventory_sync_over_limit", "adjust_rate_limit", id="the sync is over its limit"),
        pytest.param(CACHE, "cache_not_invalidated", "purge_cache", id="the cache is stale"),
        pytest.param(NOT_HTTPS, "callback_not_https", "update_callback_url", id="the callback is not HTTPS"),
    ],
    indirect=["troubled"],
)
def test_a_failure_with_a_name_ends_in_its_cause_and_the_tool_for_it(troubled: Shop, cause: str, tool: str) -> None:
    found = troubled.found()
    assert found.assessment.best.cause == cause, said(found)
    assert (found.decision.cause, found.decision.tool) == (cause, tool)
    assert set(found.incident.merchants) == set(HURT)


@pytest.mark.parametrize(
    "troubled",
    [
        pytest.param(refused_with(401, "Unauthorized"), id="401"),
        pytest.param(refused_with(403, "Forbidden"), id="403"),
    ],
    indirect=True,
)
def test_refused_by_neither_version_nor_scope_is_left_open_and_gets_no_new_tokens(troubled: Shop) -> None:
    found = troubled.found()
    assert found.assessment.best.cause == UNKNOWN, said(found)
    assert found.decision.tool == "escalate" and found.decision.cause == UNKNOWN
    assert NEW_TOKENS not in {row.decision.tool for row in troubled.agency.rows()}


@pytest.mark.parametrize(
    ("troubled", "causes"),
    [
        pytest.param(HOOKS_REFUSED, {"webhook_secret_mismatch", UNKNOWN}, id="webhook 403"),
        pytest.param(HOOKS_BREAK, {"webhook_schema_change", "order_service_drops_events", UNKNOWN}, id="webhook 500"),
        pytest.param(NO_ORDERS, {"order_service_drops_events"}, id="no webhook fails"),
    ],
    indirect=["troubled"],
)
def test_paid_but_no_order_is_counted_to_the_payment_whatever_its_webhooks_answer(
    troubled: Shop, causes: set[str]
) -> None:
    found, bill = troubled.found(), troubled.bill()
    assert found.assessment.best.cause in causes, said(found)
    assert found.decision.tool == "escalate"
    assert bill.lost_orders["low"] <= troubled.paid_without_order <= bill.lost_orders["high"]
    grace = 10 / 60
    assert (1 - 2 * grace) * troubled.paid_without_order <= bill.paid_without_order_count <= troubled.paid_without_order


@pytest.mark.parametrize(
    "troubled",
    [pytest.param(SLOW, id="slow and abandoned"), pytest.param(FEWER_BUY, id="fewer buy")],
    indirect=True,
)
def test_what_only_fewer_orders_show_is_an_honest_unknown_with_its_loss(troubled: Shop) -> None:
    found, bill = troubled.found(), troubled.bill()
    assert found.assessment.best.cause == UNKNOWN, said(found)
    assert found.decision.tool == "escalate"
    assert bill.lost_orders["low"] > 0 and bill.lost_revenue[0].currency == "EUR"
    assert bill.lost_orders["low"] <= troubled.lost_orders <= bill.lost_orders["high"]


@pytest.mark.parametrize("troubled", [pytest.param(TWICE, id="one payment, two orders")], indirect=True)
def test_payments_that_make_a_second_order_are_an_incident_that_shows_those_orders(troubled: Shop) -> None:
    found = troubled.found()
    assert found.incident.title == "More payments with several orders than usual"
    assert set(found.incident.merchants) == set(HURT)
    assert found.assessment.best.cause == UNKNOWN, said(found)
    with troubled.agency.ctx.store.read(troubled.agency.scope) as session:
        shown = session.signals.of_incident(found.incident.id)
    assert shown and {one.signal_type for one in shown} == {SignalType.ORDER}
