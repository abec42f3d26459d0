"""What scanners ask for is no failure of a shop; what a shop's own programs ask for is."""

import pytest

from app.domain.signals import SignalType
from app.observe.groups import is_failure
from app.observe.scanners import is_probe
from tests.builders import make_signal


@pytest.mark.parametrize(
    "endpoint",
    [
        "GET /.env",
        "/.git/config",
        "/shop/wp-login.php",
        "POST /xmlrpc.php",
        "/phpmyadmin/",
        "/actuator/env",
        "/classic/p/../../etc/passwd",
        "/api/v1/users?id=1%27",
        "/.aws/credentials",
    ],
)
@pytest.mark.parametrize("kind", [SignalType.API_CALL, SignalType.API_ERROR])
def test_what_a_scanner_asks_for_and_is_refused_is_no_failure(endpoint: str, kind: SignalType) -> None:
    probe = make_signal(1, signal_type=kind, endpoint=endpoint, status=404)
    assert is_probe(probe)
    assert not is_failure(probe)


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [
        ("/api/v3/carts/{id}", 404),
        ("/api/v3/environments", 404),
        ("/git-webhook", 403),
        ("/wp-content/uploads/a.jpg", 404),
        ("/admin/config", 403),
        ("/.env", 500),
        ("/api/v3/products?name=O%27Neill", 404),
    ],
)
def test_what_a_shop_asks_for_or_what_breaks_is(endpoint: str, status: int) -> None:
    failed = make_signal(1, signal_type=SignalType.API_ERROR, endpoint=endpoint, status=status)
    assert not is_probe(failed)
    assert is_failure(failed)
