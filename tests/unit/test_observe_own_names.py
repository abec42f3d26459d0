"""How an address that names its merchant becomes the place that it is for everybody."""

import pytest

from app.domain.merchants import Merchant
from app.observe.own_names import list_own_names, mask_own_name

SHOPS = [
    Merchant(id="t_mazz4cc", name="Bondensglæde", attributes={"slug": "bondensglaede", "hook_host": "koblr.io"}),
    Merchant(id="t_7362660", name="Fodercentret Fyn", attributes={"front_host": "www.fyn-foder.dk"}),
    Merchant(id="7", name="Ox", attributes={"hook_host": "koblr.io", "theme": "orders"}),
]
NAMES = list_own_names(SHOPS)


@pytest.mark.parametrize(
    ("shop", "endpoint", "place"),
    [
        (0, "GET /v3/bondensglaede/p/01JNC42S?n=2", "GET /v3/{shop}/p/01JNC42S?n=2"),
        (0, "https://in.koblr.io/t/mazz4cc/v3", "https://in.koblr.io/t/{shop}/v3"),
        (1, "/k/fodercentret-fyn/vare/68115", "/k/{shop}/vare/68115"),
        (1, "/k/FodercentretFyn/vare", "/k/{shop}/vare"),
        (1, "/s/fyn-foder/basket", "/s/{shop}/basket"),
        (1, "/stores/t_7362660/orders", "/stores/{shop}/orders"),
    ],
)
def test_an_address_is_masked_where_it_names_its_merchant(shop: int, endpoint: str, place: str) -> None:
    assert mask_own_name(endpoint, NAMES[SHOPS[shop].id]) == place


@pytest.mark.parametrize(
    ("shop", "endpoint"),
    [
        (1, "/k/bondensglaede/vare"),
        (0, "/koblr.io/hooks"),
        (2, "/ox/orders/7"),
        (0, "/checkout?shop=bondensglaede"),
    ],
)
def test_what_names_others_what_several_have_and_what_is_too_short_or_asked_for_stays(shop: int, endpoint: str) -> None:
    assert mask_own_name(endpoint, NAMES[SHOPS[shop].id]) is None
