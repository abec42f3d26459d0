"""The outermost layer: refuses strangers before a byte of the body is read, times every answer, and marks it for browsers."""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.auth import refuse_strangers
from app.api.errors import LastHandler, rendered
from app.api.meters import Meters
from app.domain.errors import Forbidden

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Edge:
    """ASGI middleware around the whole server."""

    def __init__(self, app: ASGIApp, meters: Meters, fresh_id: Callable[[], str]) -> None:
        self.app, self.meters = LastHandler(app, meters, fresh_id), meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.meters.latency.time() as timer:
            await self._serve(scope, receive, send)
            timer.labels(scope["method"] if scope["method"] in _METHODS else "other", _template(scope))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(ALWAYS)
            await send(message)

        try:
            refuse_strangers(scope["path"], Headers(scope=scope), (scope.get("server") or (None,))[0], scope["scheme"])
        except Forbidden as stranger:
            self.meters.errors.labels("Forbidden").inc()
            await rendered(stranger)(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _template(scope: Scope) -> str:
    """The route's path with its placeholders, so that ids never become labels."""
    return str(getattr(scope.get("route"), "path", "other"))
