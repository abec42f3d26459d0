"""The one door through which tools reach the world outside.

A name is resolved once, every address it stands for is checked, and the connection goes to one of those, whatever the
name means a moment later. Nothing is followed, remembered or taken from the surroundings: no redirects, cookies,
proxies, netrc or compressed answers. What is read has an end in bytes and in time.
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Thread
from typing import Any, Final, NoReturn, Protocol, TypeVar

import httpcore

from app.connectors.addresses import Address, NotAllowed, is_public, read_address, read_url
from app.domain.errors import Temporary

MOST_BYTES: Final = 1_000_000
LONGEST_SECONDS: Final = 20.0
CHUNK: Final = 65_536
T = TypeVar("T")
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a name, as text."""
Connect = Callable[[str, int, float], httpcore.NetworkStream]
"""A connection to an address and a port, within so many seconds."""


class Unreachable(Temporary):
    """Nothing arrived on the other side: it was certainly not done."""


class NoAnswer(Temporary):
    """It was sent, and no answer came that can be read: it may have been done."""


@dataclass(frozen=True)
class WireRequest:
    """What is sent, byte for byte. Its text is never shown: secrets are filled in already."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    seconds: float = 8.0


@dataclass(frozen=True)
class WireAnswer:
    """What came back, as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


class OutsideDoor(Protocol):
    """What connectors send through."""

    def exchange(self, outgoing: WireRequest, allowed: Collection[str]) -> WireAnswer:
        """Send once to an allowed origin. NotAllowed or Unreachable: nothing arrived. NoAnswer: nobody knows."""
        ...

    def dial(self, place: Address, allowed: Collection[str], seconds: float) -> socket.socket:
        """A connection to an allowed origin, pinned to a checked address, for what speaks no HTTP."""
        ...


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Ask the system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def connect_address(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    """Dial a number; no name is asked for any more."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


@dataclass(frozen=True)
class Deadline:
    """A moment that does not move, however often something is heard."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """So many seconds from now, within what is allowed."""
        return cls(time.monotonic() + min(max(seconds, 0.05), LONGEST_SECONDS))

    def left(self) -> float:
        """The seconds until then; TimeoutError when there are none."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Who may vouch for a host: the list that comes with the client, never one that the surroundings name."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True)
class Egress:
    """Implements OutsideDoor. `standins` are origins on this machine that an administrator allows by their exact number
    and port; everything else is HTTPS to a public address.
    """

    standins: Collection[str] = ()
    resolve: Resolve = resolve_name
    connect: Connect = connect_address
    trust: Callable[[], ssl.SSLContext] = trusted_authorities
    most_bytes: int = MOST_BYTES

    def exchange(self, outgoing: WireRequest, allowed: Collection[str]) -> WireAnswer:
        """Send once to an allowed origin. NotAllowed or Unreachable: nothing arrived. NoAnswer: nobody knows."""
        place, deadline = read_url(outgoing.url), Deadline.after(outgoing.seconds)
        pinned = self._pinned(place, allowed, deadline)
        try:
            with httpcore.ConnectionPool(
                ssl_context=self.trust() if place.scheme == "https" else None,
                max_connections=1,
                max_keepalive_connections=0,
                network_backend=PinnedNetwork(place, pinned, deadline, self.connect),
            ) as pool:
                request = httpcore.Request(
                    outgoing.method,
                    httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target),
                    headers=_header_lines(place, outgoing),
                    content=outgoing.body,
                )
                answer = pool.handle_request(request)
                try:
                    return self._read(answer, deadline)
                finally:
                    answer.close()
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
            raise Unreachable(f"{place.host} cannot be reached: {_name_of(failure)}") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError) as failure:
            raise NoAnswer(f"{place.host} gave no answer that can be read: {_name_of(failure)}") from None

    def dial(self, place: Address, allowed: Collection[str], seconds: float) -> socket.socket:
        """A connection to an allowed origin, pinned to a checked address, for what speaks no HTTP."""
        deadline = Deadline.after(seconds)
        pinned = self._pinned(place, allowed, deadline)
        try:
            return socket.create_connection((pinned, place.port), timeout=deadline.left())
        except OSError as failure:
            raise Unreachable(f"{place.host} cannot be reached: {_name_of(failure)}") from None

    def _pinned(self, place: Address, allowed: Collection[str], deadline: Deadline) -> str:
        """The one address that is dialled; NotAllowed unless the origin is listed and every address of it is public."""
        if place.origin not in allowed:
            raise NotAllowed(f"{place.origin} is not among the addresses of this tool")
        if place.origin in self.standins:
            return place.host
        if place.scheme not in {"https", "smtps"}:
            raise NotAllowed(f"{place.origin} is not encrypted")
        found = self._asked(place, deadline)
        addresses = [read_address(text) for text in found]
        if not all(is_public(address) for address in addresses):
            raise NotAllowed(f"{place.host} stands for an address that is not public")
        return str(addresses[0])

    def _asked(self, place: Address, deadline: Deadline) -> Sequence[str]:
        """What the name stands for, asked once; a resolver that does not answer is not waited for."""
        found: list[Sequence[str]] = []

        def ask() -> None:
            try:
                found.append(self.resolve(place.host, place.port))
            except OSError:
                found.append(())

        asking = Thread(target=ask, name="resolve", daemon=True)
        asking.start()
        asking.join(deadline.left())
        if not found or not found[0]:
            raise Unreachable(f"{place.host} cannot be found: no address is known for it")
        return found[0]

    def _read(self, answer: httpcore.Response, deadline: Deadline) -> WireAnswer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        body, whole = bytearray(), headers.get("content-encoding", "identity") in {"", "identity"}
        try:
            for chunk in answer.iter_stream() if whole else ():
                body += chunk
                deadline.left()
                if len(body) > self.most_bytes:
                    whole = False
                    break
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError):
            whole = False
        return WireAnswer(answer.status, headers, bytes(body[: self.most_bytes]), whole)


class PinnedNetwork(httpcore.NetworkBackend):
    """Connects to the checked address and to nothing else; the name stays in the handshake and in the Host header."""

    def __init__(self, place: Address, pinned: str, deadline: Deadline, connect: Connect) -> None:
        self._place, self._pinned, self._deadline, self._connect = place, pinned, deadline, connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Dial the pinned address."""
        if (host, port) != (self._place.host, self._place.port):
            raise httpcore.ConnectError("another host was asked for than the one that was checked")
        stream = _in_time(
            httpcore.ConnectTimeout,
            lambda left: self._connect(self._pinned, port, left),
            self._deadline,
        )
        return TimedStream(stream, self._deadline)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> NoReturn:
        """Never."""
        raise httpcore.ConnectError("a socket of this machine is no place outside")


class TimedStream(httpcore.NetworkStream):
    """A connection whose every word must come before one moment, so that a trickle does not go on for ever."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, in time."""
        return _in_time(httpcore.ReadTimeout, lambda left: self._inner.read(max_bytes, timeout=left), self._deadline)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All bytes, in time."""
        _in_time(httpcore.WriteTimeout, lambda left: self._inner.write(buffer, timeout=left), self._deadline)

    def close(self) -> None:
        """Let go."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same, encrypted, with whoever can prove the name."""
        stream = _in_time(
            httpcore.ConnectTimeout,
            lambda left: self._inner.start_tls(ssl_context, server_hostname, timeout=left),
            self._deadline,
        )
        return TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._inner.get_extra_info(info)


def _in_time(late: type[Exception], act: Callable[[float], T], deadline: Deadline) -> T:
    try:
        left = deadline.left()
    except TimeoutError:
        raise late from None
    return act(left)


def _header_lines(place: Address, outgoing: WireRequest) -> list[tuple[bytes, bytes]]:
    """Every header that is sent; one with a line end in it would be two."""
    port = "" if place.port in {80, 443} else f":{place.port}"
    lines = {
        **outgoing.headers,
        "Host": f"{place.host}{port}",
        "User-Agent": "causeway",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Length": str(len(outgoing.body)),
    }
    for name, value in lines.items():
        if not name.isascii() or any(mark < " " or mark > "~" for mark in name + value):
            raise NotAllowed(f"the header {name[:40]!r} holds what no header may hold")
    return [(name.encode(), value.encode()) for name, value in lines.items()]


def _name_of(failure: Exception) -> str:
    """What kind of failure, without anything that somebody else wrote."""
    return type(failure).__name__
