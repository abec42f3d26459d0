"""Local mode answers this machine and nobody who borrows its browser."""

import pytest

from app.api.auth import is_loopback, refuse_public_bind, refuse_strangers
from app.domain.errors import BadConfig, Forbidden

HERE = "127.0.0.1"
NAVIGATION = {"host": "localhost:8000", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
WELCOME = [
    ("/signals", {"host": "localhost:8000"}),
    ("/signals", {"host": "127.0.0.1"}),
    ("/signals", {"host": "[::1]:9"}),
    ("/signals", {"host": "LOCALHOST:8000", "origin": "http://localhost:8000"}),
    ("/signals", {"host": "localhost:8000", "sec-fetch-site": "none"}),
    ("/signals", {"host": "localhost:8000", "origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}),
    ("/docs", NAVIGATION),
]
STRANGERS = [
    ("/signals", {}),
    ("/signals", {"host": "evil.example"}),
    ("/signals", {"host": "localhost.evil.example:8000"}),
    ("/signals", {"host": "127.0.0.1.nip.io"}),
    ("/signals", {"host": "localhost:"}),
    ("/signals", {"host": "localhost:80@evil"}),
    ("/signals", {"host": "0.0.0.0:8000"}),
    ("/signals", {"host": "localhost:8000", "origin": "https://evil.example"}),
    ("/signals", {"host": "localhost:8000", "origin": "null"}),
    ("/signals", {"host": "localhost:8000", "origin": "http://localhost:3000"}),
    ("/signals", {"host": "localhost:8000", "origin": "http://127.0.0.1:8000"}),
    ("/signals", {"host": "localhost:8000", "sec-fetch-site": "cross-site"}),
    ("/signals", {"host": "localhost:8000", "sec-fetch-site": "same-site"}),
    ("/simulations/load", NAVIGATION),
    ("/docs", {**NAVIGATION, "sec-fetch-mode": "no-cors"}),
]


@pytest.mark.parametrize(("path", "headers"), WELCOME)
def test_a_call_from_this_machine_is_answered(path: str, headers: dict[str, str]) -> None:
    refuse_strangers(path, headers, HERE)


@pytest.mark.parametrize(("path", "headers"), STRANGERS)
def test_a_call_that_a_foreign_page_could_make_is_refused(path: str, headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        refuse_strangers(path, headers, HERE)


@pytest.mark.parametrize("bound_to", ["192.168.1.5", "0.0.0.0", "::", None, "/run/socket"])
def test_a_call_that_arrived_at_another_address_is_refused(bound_to: str | None) -> None:
    with pytest.raises(Forbidden):
        refuse_strangers("/signals", {"host": "localhost"}, bound_to)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::", "127.0.0.1.example.org", ""])
def test_a_public_address_is_never_bound(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(BadConfig):
        refuse_public_bind(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_a_loopback_address_may_be_bound(host: str) -> None:
    refuse_public_bind(host)
