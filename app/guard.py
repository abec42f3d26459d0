"""Who may speak to a server of ours through a browser. The API and the console stand behind this one guard.

In local mode whoever sits at this machine is the administrator, and so would be every page that their browser has open:
a name rebound to 127.0.0.1, a frame, a form, a socket, a page that another program serves on the next port. So nothing
is answered before it is known that a page of the server itself asks, or no page at all.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import compare_digest

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Forbidden

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
KEY_HEADER = "X-Console-Key"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
MARKS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer tells the browser: nobody frames it, guesses its type, or loads it into another page."""


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine, and nothing else can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Door:
    """What one server lets pages of others do, which is little."""

    opens: Callable[[str], bool]
    """Whether a link from anywhere may lead to this path: a page that changes nothing by being opened."""
    acts: frozenset[str] = frozenset()
    """The paths that change something although they answer to GET."""
    key: str | None = field(default=None, repr=False)
    """What only the console has beside this server."""


def refuse_strangers(scope: Scope, door: Door) -> None:
    """Forbidden unless the call came over loopback, was meant for this server, and no page but its own made it."""
    address, port = scope.get("server") or (None, None)
    if address is None or not is_loopback(address):
        raise Forbidden("Local mode answers on this machine's own address only.")
    headers = Headers(scope=scope)
    scheme = "https" if scope["scheme"] in {"https", "wss"} else "http"
    host = ",".join(headers.getlist("host")).lower()
    if host not in _own_hosts(address, port, scheme):
        raise Forbidden(
            f"This server answers to localhost:{port}, 127.0.0.1:{port} and [::1]:{port} only; the Host header names"
            " something else."
        )
    origin = ",".join(headers.getlist("origin")).lower()
    if origin and origin != f"{scheme}://{host}":
        raise Forbidden("A page of another origin may not call this server.")
    if origin or _has_key(headers, door):
        return
    if scope["type"] == "websocket":
        raise Forbidden("A web socket is opened by a page of this server only, and none is named.")
    _refuse_borrowed_browser(scope, headers, door)


def _own_hosts(address: str, port: int | None, scheme: str) -> set[str]:
    """The Host headers that mean this server: its names with its port, which browsers leave out where it is the
    scheme's own.
    """
    names = LOCAL_NAMES | {f"[{address}]" if ":" in address else address}
    bare = names if port == {"http": 80, "https": 443}[scheme] else set()
    return {f"{name}:{port}" for name in names} | bare


def _has_key(headers: Headers, door: Door) -> bool:
    return door.key is not None and compare_digest(headers.get(KEY_HEADER, "").encode(), door.key.encode())


def _refuse_borrowed_browser(scope: Scope, headers: Headers, door: Door) -> None:
    """Forbidden when a browser calls on behalf of a page that is not ours, or of nobody we can tell. Programs carry
    none of its marks.
    """
    reads = scope["method"] in READS and scope["path"] not in door.acts
    site = headers.get("sec-fetch-site")
    if site == "same-origin":
        return
    if site in {None, "none"}:
        if reads or not _from_browser(headers):
            return
        raise Forbidden(
            "This changes something, and a browser may do that from a page of this server only: use /docs, curl or the"
            " command line."
        )
    navigates = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"
    if not (reads and navigates and door.opens(scope["path"])):
        raise Forbidden("A page of another site may not call this server.")


def _from_browser(headers: Headers) -> bool:
    """Whether a browser says so itself: old ones by their name only."""
    return headers.get("user-agent", "").startswith("Mozilla/") or any(
        name == "referer" or name.startswith("sec-") for name in headers
    )


class Guard:
    """ASGI middleware that asks before anything else does, for pages and web sockets alike, and marks every answer for
    browsers.
    """

    def __init__(
        self, app: ASGIApp, door: Door, refuse: Callable[[Forbidden], Response], marks: Mapping[str, str] = MARKS
    ) -> None:
        self.app, self.door, self.refuse, self.marks = app, door, refuse, marks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one call in, or answer it with the refusal's sentence."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                MutableHeaders(scope=message).update(self.marks)
            await send(message)

        try:
            refuse_strangers(scope, self.door)
        except Forbidden as stranger:
            if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            else:
                await self.refuse(stranger)(scope, receive, marked)
            return
        await self.app(scope, receive, marked)
