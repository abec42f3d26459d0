"""HEAD, OPTIONS and 405 on every path: what HTTP promises of any resource, so that no route has to think of it."""

from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from app.api.auth import ACTS


class HttpManners:
    """ASGI middleware around the routes: HEAD is GET without its body, OPTIONS names the methods, and so does a 405."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.app, self.routes = app, routes

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked_for = dict(scope)

        def methods() -> list[str]:
            return allowed([*scope["app"].routes, *self.routes], asked_for)

        if scope["method"] == "OPTIONS" and (found := methods()):
            await Response(status_code=204, headers={"Allow": ", ".join(found)})(scope, receive, send)
        elif scope["method"] == "HEAD" and "HEAD" in methods():
            asked = {**scope, "method": "GET"}
            await self.app(asked, receive, _without_body(send))
            scope.update({name: asked[name] for name in ("route",) if name in asked})
        else:
            await self.app(scope, receive, _with_methods(send, methods))


def allowed(routes: Sequence[BaseRoute], scope: Connection) -> list[str]:
    """Every method this path answers to, sorted; none for a path that does not exist. What acts by GET has no harmless
    HEAD.
    """
    found: set[str] = set()
    for route in routes:
        matched, _ = route.matches(scope)
        if matched is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    found.discard("HEAD")
    if "GET" in found and scope["path"] not in ACTS:
        found.add("HEAD")
    return sorted(found | {"OPTIONS"}) if found else []


def _without_body(send: Send) -> Send:
    """The same answer with its headers, among them the length of what GET would send, and nothing after them."""

    async def headers_only(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return headers_only


def _with_methods(send: Send, methods: Callable[[], list[str]]) -> Send:
    """A 405 names all methods of its path: the router knows only those of the first route that it tried. They are
    looked for only then, since that takes longer than many an answer.
    """

    async def naming(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 405 and (found := methods()):
            others = [(name, value) for name, value in message.get("headers", []) if name.lower() != b"allow"]
            message = {**message, "headers": [*others, (b"allow", ", ".join(found).encode())]}
        await send(message)

    return naming
