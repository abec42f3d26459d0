"""The outermost layer: the guard, before a byte of the body is read, and a clock around every answer."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import LastHandler, render_error
from app.api.meters import Meters
from app.domain.errors import Forbidden
from app.guard import MARKS, Door, Guard

ALWAYS = {**MARKS, "Cache-Control": "no-store"}


class Edge:
    """ASGI middleware around the whole server."""

    def __init__(self, app: ASGIApp, meters: Meters, fresh_id: Callable[[], str], door: Door) -> None:
        self.app, self.meters = Guard(LastHandler(app, meters, fresh_id), door, self._refused, ALWAYS), meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and time it; what is not HTTP is only guarded."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.meters.latency.time() as timer:
            await self.app(scope, receive, send)
            timer.labels(scope["method"] if scope["method"] in _METHODS else "other", _route_template(scope))

    def _refused(self, stranger: Forbidden) -> Response:
        self.meters.errors.labels("Forbidden").inc()
        return render_error(stranger)


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _route_template(scope: Scope) -> str:
    """The route's path with its placeholders, so that ids never become labels."""
    return str(getattr(scope.get("route"), "path", "other"))
