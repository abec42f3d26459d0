"""A route is called the same whatever was asked for there, and keeps the words and versions that make it a route."""

import pytest

from app.observe.routes import endpoint_of
from app.observe.streams import plain_route


@pytest.mark.parametrize(
    ("endpoint", "route"),
    [
        ("https://shop.example/API/v3/orders/123456/?x=1", "/api/v3/orders/{id}"),
        ("POST /v3/orders", "/v3/orders"),
        ("/orders/ord_9f8a7b6c/items", "/orders/{id}/items"),
        ("/pay/sessions/ps_dxgpmsazdjqg/confirm", "/pay/sessions/{id}/confirm"),
        ("/media/fd4b4ed6b1.jpg", "/media/{id}.jpg"),
        ("/backup-14.zip", "/backup-{id}.zip"),
        ("/hooks/out/gen3/tn-sn111 -> https://shop.example/in", "/hooks/out/gen3/{id}"),
        ("/carts/3f2504e0-4f89-11d3-9a0c-0305e82c3301/lines", "/carts/{id}/lines"),
        ("/q/dz1bfqbp", "/q/{id}"),
    ],
)
def test_what_is_one_of_many_is_masked(endpoint: str, route: str) -> None:
    assert endpoint_of(endpoint) == route


@pytest.mark.parametrize(
    "route",
    [
        "/api/v3/checkout/complete",
        "/webhooks/v2/orders",
        "/admin/api/2024-01/orders.json",
        "/checkout/step-2",
        "/oauth2/token",
        "/b2b/catalog",
        "/merchant-api/r5/stock-levels:batchput",
        "/orders:batchcreate",
        "/wp-login.php",
        "/graphql",
    ],
)
def test_words_versions_and_single_steps_are_no_ids(route: str) -> None:
    assert endpoint_of(route) == route


def test_a_thousand_ids_are_one_route() -> None:
    assert len({endpoint_of(f"/baskets/bk_{number:06x}f/lines") for number in range(1_000)}) == 1


@pytest.mark.parametrize("version", ["v3", "v2.1", "2026-07", "2024-10-01"])
def test_a_version_is_no_part_of_a_route_however_it_is_spelt(version: str) -> None:
    assert plain_route(f"/hx/{version}/baskets") == "/hx/*/baskets"
    assert plain_route(f"/hx/{version}-beta/baskets") != "/hx/*/baskets"
