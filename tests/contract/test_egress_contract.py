"""What the one door to the outside lets through: a thousand addresses lead nowhere, and canaries on this machine hear
nothing.
"""

import ipaddress
import random
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import httpcore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.connectors.addresses import NotAllowed, is_public, read_address, read_url
from app.connectors.egress import Egress, NoAnswer, Unreachable, WireRequest, connect_address
from tests.standins.base import Asked, Said, StandIn, served
from tests.waiting import wait_until

GOOD = "https://hooks.example.com"
ALLOWED = frozenset({f"{GOOD}:443"})
PUBLIC = ("93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e")
CLOSED = (
    *("0.0.0.0", "10.0.0.1", "10.255.255.254", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1"),
    *("198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1"),
    *("ff02::1", "3fff::1"),
)
WIDE = "０１２３４５６７８９"
ROUND = "⓪①②③④⑤⑥⑦⑧⑨"


@dataclass
class Canary:
    """Listens on this machine, and counts who comes."""

    sockets: list[socket.socket] = field(default_factory=list)
    heard: list[tuple[str, int]] = field(default_factory=list)

    @property
    def ports(self) -> list[int]:
        return [one.getsockname()[1] for one in self.sockets]

    def listen(self, address: str, family: socket.AddressFamily) -> None:
        ear = socket.socket(family)
        ear.bind((address, 0))
        ear.listen(200)
        self.sockets.append(ear)
        Thread(target=self._hear, args=(ear, address), daemon=True).start()

    def _hear(self, ear: socket.socket, address: str) -> None:
        while True:
            try:
                came, _ = ear.accept()
            except OSError:
                return
            self.heard.append((address, ear.getsockname()[1]))
            came.close()

    def close(self) -> None:
        for ear in self.sockets:
            ear.shutdown(socket.SHUT_RDWR)
            ear.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    one = Canary()
    for address in ("127.0.0.1", "127.0.0.2", "0.0.0.0"):
        one.listen(address, socket.AF_INET)
    if socket.has_ipv6:
        one.listen("::1", socket.AF_INET6)
    yield one
    one.close()


@dataclass
class Network:
    """A resolver that says what it is told, and connections that are noted; only those to this machine are made."""

    answers: list[Sequence[str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0] if self.answers else ()

    def connect(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        self.dialled.append(address)
        if ipaddress.ip_address(address).is_loopback:
            return connect_address(address, port, seconds)
        raise httpcore.ConnectError("the test has no internet")

    def door(self, **more: object) -> Egress:
        return Egress(resolve=self.resolve, connect=self.connect, **more)  # type: ignore[arg-type]


def spellings(address: str) -> list[str]:
    """Every way in which some reader understands a host as this address."""
    number = ipaddress.ip_address(address)
    if isinstance(number, ipaddress.IPv6Address):
        plain = [f"[{number}]", f"[{number.exploded}]", f"[{number}%25lo]", f"[{number}]."]
        return [*plain, f"{str(number).replace(':', '-')}.ipv6-literal.net"]
    parts, whole = [int(part) for part in address.split(".")], int(number)
    last = (parts[1] << 16) + (parts[2] << 8) + parts[3]
    return [
        address,
        f"{address}.",
        str(whole),
        hex(whole),
        f"0{whole:o}",
        str(whole + 2**32),
        ".".join(hex(part) for part in parts),
        ".".join(f"0{part:o}" for part in parts),
        ".".join(f"{part:03d}" for part in parts),
        f"{parts[0]}.{last}",
        f"{parts[0]}.{parts[1]}.{(parts[2] << 8) + parts[3]}",
        "".join(WIDE[int(mark)] if mark.isdigit() else mark for mark in address),
        "".join(ROUND[int(mark)] if mark.isdigit() else mark for mark in address),
        address.replace(".", "。"),
        f"[::ffff:{address}]",
        f"[64:ff9b::{address}]",
        f"{address}.nip.io",
        quote(address, safe="").replace(".", "%2e"),
    ]


def disguises(host: str, port: int) -> list[str]:
    """Addresses that hide a host somewhere, and addresses of odd schemes, ports and signs."""
    return [
        f"http://{host}:{port}/",
        f"https://{host}:{port}/",
        f"https://{host}/",
        f"https://hooks.example.com@{host}:{port}/",
        f"https://hooks.example.com:443@{host}:{port}/x",
        f"https://{host}:{port}#@hooks.example.com/",
        f"https://{host}:{port}\\@hooks.example.com/",
        f"https://hooks.example.com\\@{host}:{port}/",
        f"https://hooks.example.com#@{host}:{port}/",
        f"https://{host}:{port}?hooks.example.com/",
        f"https:\t//{host}:{port}/",
        f"https://hooks.example.com\r\nHost: {host}/",
        f"//{host}:{port}/",
        f"HTTPS://{host}:{port}/",
        f"gopher://{host}:{port}/",
        f"file://{host}/etc/passwd",
    ]


def a_thousand(ports: Sequence[int]) -> list[str]:
    draw = random.Random(7)
    urls = {
        url
        for address in CLOSED
        for host in spellings(address)
        for url in draw.sample(disguises(host, draw.choice(ports)), 3)
    }
    odd = ("https://hooks.example.com.:443/", "https://hooks.example.com:0443/", "https://hooks.example.com:/x")
    other = (
        "https://HOOKS.example.com/",
        "https://hooks.example.com:8443/",
        "https://hooks.example.comet/",
        "https://",
    )
    homoglyphs = ("https://hооks.example.com/", "https://hooks.exаmple.com/", "https://xn--hks-6cd.example.com/")
    return sorted({*urls, *odd, *other, *homoglyphs})


def exchange(door: Egress, url: str, allowed: frozenset[str] = ALLOWED, seconds: float = 2) -> str:
    sent = WireRequest("POST", url, {"Authorization": "Bearer s3cr3t-of-ours"}, b"{}", seconds=seconds)
    try:
        door.exchange(sent, allowed)
    except NotAllowed:
        return "refused"
    except Unreachable:
        return "unreachable"
    except NoAnswer:
        return "no answer"
    return "answered"


def test_a_thousand_addresses_open_no_connection(canary: Canary) -> None:
    urls = a_thousand(canary.ports)
    assert len(urls) >= 1_000
    network = Network(answers=[("127.0.0.1",)])
    ends = {exchange(network.door(), url) for url in urls}
    assert ends == {"refused"}
    assert (network.asked, network.dialled, canary.heard) == ([], [], [])
    for port in canary.ports[:2]:
        socket.create_connection(("127.0.0.1" if port == canary.ports[0] else "127.0.0.2", port)).close()
    wait_until(lambda: len(canary.heard) == 2, 5, "the canaries")


def test_what_an_administrator_listed_by_mistake_is_still_no_public_address(canary: Canary) -> None:
    """Each number in every spelling, listed as it is written, and each as what an allowed name stands for."""
    network = Network()
    for address in CLOSED:
        for host in spellings(address):
            network.answers = [(address,)]
            assert exchange(network.door(), f"https://{host}/", frozenset({f"https://{host}:443"})) == "refused"
        network.answers = [(address,)]
        assert exchange(network.door(), f"{GOOD}/x") == "refused", address
        network.answers = [(PUBLIC[0], address)]
        assert exchange(network.door(), f"{GOOD}/x") == "refused", f"the second of two: {address}"
    assert (network.dialled, canary.heard) == ([], [])


def test_a_name_that_means_something_else_a_moment_later_is_asked_once(canary: Canary) -> None:
    for number in range(500):
        network = Network(answers=[(PUBLIC[number % len(PUBLIC)],), ("127.0.0.1",), ("::1",)])
        assert exchange(network.door(), f"{GOOD}/{number}") == "unreachable"
        assert (network.asked, network.dialled) == (["hooks.example.com"], [PUBLIC[number % len(PUBLIC)]])
    assert canary.heard == []


@dataclass
class Elsewhere(StandIn):
    """Sends whoever comes to another place."""

    places: list[str] = field(default_factory=list)

    def allows(self, asked: Asked) -> bool:
        return True

    def answer(self, asked: Asked) -> Said:
        return Said(int(asked.query["status"]), {"moved": True}, {"Location": self.places[int(asked.query["to"])]})


def test_no_redirect_is_followed(canary: Canary) -> None:
    places = [f"http://127.0.0.1:{canary.ports[0]}/", "//127.0.0.1/", "/elsewhere", f"http://[::1]:{canary.ports[-1]}/"]
    with served(Elsewhere(places=places)) as standin:
        door = Egress(standins={standin.origin})
        for status in (301, 302, 303, 307, 308):
            for to in range(len(places)):
                sent = WireRequest("POST", f"{standin.origin}/a?status={status}&to={to}", {"X-Key": "k"}, b"{}")
                assert door.exchange(sent, {standin.origin}).status == status
        assert len(standin.asked) == 5 * len(places)
    assert canary.heard == []


@dataclass
class Echo(StandIn):
    """Says what it was asked."""

    def allows(self, asked: Asked) -> bool:
        return True

    def answer(self, asked: Asked) -> Said:
        return Said(200, {"path": asked.path, "host": asked.headers["host"], "body": asked.body})


def test_good_addresses_still_work() -> None:
    with served(Echo()) as standin:
        door = Egress(standins={standin.origin})
        for number in range(20):
            sent = WireRequest("PUT", f"{standin.origin}/v{number}/a%2Fb?q={number}", {}, b'{"a": 1}')
            answer = door.exchange(sent, {standin.origin})
            assert (answer.status, answer.whole) == (200, True)
            assert f"/v{number}/".encode() in answer.body
        assert exchange(Egress(), f"{standin.origin}/", frozenset({standin.origin})) == "refused", "nobody allowed it"


def test_surroundings_are_not_asked(monkeypatch: pytest.MonkeyPatch, canary: Canary, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.ports[0]}")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    network = Network(answers=[(PUBLIC[0],)])
    assert exchange(network.door(), f"{GOOD}/") == "unreachable"
    assert network.dialled == [PUBLIC[0]]
    assert canary.heard == []


@pytest.mark.parametrize("header", ["X\r\nHost: evil", "X: y", "Überschrift", "X\x00"])
def test_a_header_cannot_become_two(header: str) -> None:
    with served(Echo()) as standin:
        door = Egress(standins={standin.origin})
        for name, value in ((header, "a"), ("X-A", f"a\r\n{header}: b")):
            if name == "X: y":
                continue
            with pytest.raises(NotAllowed):
                door.exchange(WireRequest("POST", f"{standin.origin}/", {name: value}), {standin.origin})
        assert standin.asked == []


def raw_server(says: bytes, times: int = 1, more: bytes = b"") -> tuple[int, Thread, socket.socket]:
    """A listener that says these bytes, then so many more of the others, and waits to be left."""
    ear = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        try:
            came, _ = ear.accept()
            with came:
                came.settimeout(5)
                came.recv(65_536)
                came.sendall(says)
                for _ in range(times):
                    came.sendall(more)
                came.recv(1)
        except OSError:
            return

    thread = Thread(target=speak, daemon=True)
    thread.start()
    return ear.getsockname()[1], thread, ear


@pytest.mark.parametrize(
    ("name", "says", "times", "more", "whole"),
    [
        ("endless body", b"HTTP/1.1 200 OK\r\n\r\n", 5_000, b"x" * 65_536, False),
        (
            "gzip bomb",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nxxxxxxxxx",
            0,
            b"",
            False,
        ),
        ("cut short", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\nxx", 0, b"", False),
        ("cookies", b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}", 0, b"", True),
    ],
)
def test_an_odd_answer_is_read_to_an_end(name: str, says: bytes, times: int, more: bytes, whole: bool) -> None:
    port, thread, ear = raw_server(says, times, more)
    origin = f"http://127.0.0.1:{port}"
    answer = Egress(standins={origin}).exchange(WireRequest("GET", f"{origin}/", seconds=0.6), {origin})
    assert (answer.status, answer.whole) == (200, whole)
    assert len(answer.body) <= 1_000_000
    thread.join(6)
    ear.close()


@pytest.mark.parametrize(
    ("name", "says", "times", "more"),
    [
        ("nothing", b"", 0, b""),
        ("no HTTP", b"220 mail.example.com ESMTP\r\n", 0, b""),
        ("endless headers", b"HTTP/1.1 200 OK\r\n", 20_000, b"X-A: " + b"y" * 4_000 + b"\r\n"),
        ("half a line", b"HTTP/1.1 2", 0, b""),
    ],
)
def test_an_answer_that_is_none_leaves_open_what_was_done(name: str, says: bytes, times: int, more: bytes) -> None:
    port, thread, ear = raw_server(says, times, more)
    origin = f"http://127.0.0.1:{port}"
    with pytest.raises(NoAnswer):
        Egress(standins={origin}).exchange(WireRequest("POST", f"{origin}/", seconds=0.4), {origin})
    thread.join(6)
    ear.close()


def test_nothing_arrived_where_nobody_listens_or_no_name_is_known() -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{closed.getsockname()[1]}"
    closed.close()
    assert exchange(Egress(standins={origin}), f"{origin}/", frozenset({origin})) == "unreachable"
    assert exchange(Network(answers=[()]).door(), f"{GOOD}/") == "unreachable"


def test_a_resolver_that_never_answers_is_not_waited_for() -> None:
    with ThreadPoolExecutor(1) as pool:
        from threading import Event

        held = Event()

        def never(host: str, port: int) -> Sequence[str]:
            held.wait(10)
            return ()

        sent = WireRequest("POST", f"{GOOD}/", seconds=0.1)
        found = pool.submit(lambda: Egress(resolve=never).exchange(sent, ALLOWED))
        with pytest.raises(Unreachable):
            found.result(5)
        held.set()


def test_whoever_cannot_prove_the_name_is_not_spoken_to() -> None:
    """A listener behind an allowed name that speaks no TLS, or proves another name, gets no byte of the request."""
    port, thread, ear = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def connect(address: str, _: int, seconds: float) -> httpcore.NetworkStream:
        return connect_address("127.0.0.1", port, seconds)

    door = Egress(resolve=lambda *_: [PUBLIC[0]], connect=connect, trust=ssl.create_default_context)
    assert exchange(door, f"{GOOD}/") == "unreachable"
    thread.join(6)
    ear.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of hooks.example.com that vouches for itself, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    about = ["-subj", "/CN=hooks.example.com", "-addext", "subjectAltName=DNS:hooks.example.com", "-days", "2"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path, "-out", path]
    subprocess.run([openssl, "req", "-x509", *made, *about], check=True, capture_output=True)
    return path


@pytest.mark.parametrize(("host", "end"), [("hooks.example.com", "answered"), ("other.example.com", "unreachable")])
def test_only_who_proves_the_name_is_told_anything(certificate: Path, host: str, end: str) -> None:
    """The connection goes to the checked number; the handshake and the Host header carry the name."""
    names: list[str | None] = []
    said: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)  # type: ignore[assignment]
    ear = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        came, _ = ear.accept()
        came.settimeout(5)
        try:
            with context.wrap_socket(came, server_side=True) as secured:
                heard = b""
                while not heard.endswith(b"{}"):
                    heard += secured.recv(65_536)
                said.append(heard)
                secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except OSError:
            came.close()

    thread = Thread(target=speak, daemon=True)
    thread.start()
    dialled: list[str] = []

    def connect(address: str, _: int, seconds: float) -> httpcore.NetworkStream:
        dialled.append(address)
        return connect_address("127.0.0.1", ear.getsockname()[1], seconds)

    trust = ssl.create_default_context(cafile=str(certificate))
    door = Egress(resolve=lambda *_: [PUBLIC[0]], connect=connect, trust=lambda: trust)
    came_to = exchange(door, f"https://{host}/x", frozenset({f"https://{host}:443"}), seconds=10)
    thread.join(12)
    ear.close()
    assert came_to == end
    assert (dialled, names) == ([PUBLIC[0]], [host])
    assert [b"Host: hooks.example.com\r\n" in one for one in said if one] == ([True] if end == "answered" else [])


def test_public_addresses_are_told_from_all_others() -> None:
    assert [address for address in CLOSED if is_public(read_address(address))] == []
    assert [address for address in PUBLIC if not is_public(read_address(address))] == []
    draw = random.Random(11)
    for _ in range(20_000):
        inner = draw.getrandbits(32)
        for wrapped in (0x64FF9B << 96 | inner, 0x2002 << 112 | inner << 80, 0xFFFF << 32 | inner, inner):
            assert not is_public(ipaddress.IPv6Address(wrapped % 2**128))


HOSTS = st.from_regex(r"[a-zA-Z0-9.:\[\]@#\\/%?*-]{1,30}", fullmatch=True) | st.from_regex(
    r"[a-z0-9-]{1,9}(\.[a-z0-9-]{1,9}){1,3}(:[0-9]{1,5})?(/[a-z0-9@:%.?&=-]{0,9}){0,2}", fullmatch=True
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTS, st.sampled_from(["https://", "http://", "https:/", "https:\\\\"]), st.text(max_size=12))
def test_what_is_checked_is_what_is_dialled(host: str, scheme: str, tail: str) -> None:
    """Whatever is read as an address is read alike by the client that would dial it."""
    url = f"{scheme}{host}{tail}"
    try:
        place = read_url(url)
    except NotAllowed:
        return
    other = httpcore.URL(url)
    assert (other.host.decode(), other.scheme.decode()) == (place.host, place.scheme)
    assert (other.port or {"https": 443, "http": 80}[place.scheme]) == place.port
    assert other.target.decode() == place.target
