"""How a failure leaves the server: one shape for every error, a sentence in it, and never a traceback."""

import traceback
from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.bodies import problem_of
from app.api.meters import Meters
from app.domain.errors import BadConfig, BadInput, CausewayError, Temporary

log = structlog.get_logger("causeway.api")
NAMES = {400: "BadRequest", 404: "NotFound", 405: "MethodNotAllowed", 413: "TooLarge"}
SENTENCES = {
    404: "There is nothing at this path; /docs lists what there is.",
    405: "This path does not answer to that method; /docs lists what does.",
}


def render_error(error: CausewayError) -> JSONResponse:
    """The answer for an error of ours: its status, its name, its sentence and its facts."""
    facts = dict(error.facts)
    if isinstance(error, BadInput | BadConfig) and error.problems:
        facts["problems"] = [one if isinstance(one, str) else dict(one) for one in error.problems]
    headers = {"Retry-After": str(max(1, round(error.delay)))} if isinstance(error, Temporary) else {}
    content = {**facts, "error": type(error).__name__, "detail": error.detail}
    return JSONResponse(jsonable_encoder(content), status_code=error.status, headers=headers)


class LastHandler:
    """ASGI middleware that answers for whatever nobody else caught."""

    def __init__(self, app: ASGIApp, meters: Meters, fresh_id: Callable[[], str]) -> None:
        self.app, self.meters, self.fresh_id = app, meters, fresh_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; after an answer has begun a failure is only logged."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            self.meters.errors.labels("ClientDisconnect").inc()
        except Exception as problem:  # noqa: BLE001 (the API's last handler)
            self.meters.errors.labels("InternalError").inc()
            answer = render_unexpected(problem, self.fresh_id())
            if not started:
                await answer(scope, receive, watched)


def render_unexpected(problem: Exception, error_id: str) -> JSONResponse:
    """The last answer: an id to look up in the log, and nothing of what went wrong inside."""
    log.error("request failed", error_id=error_id, traceback="".join(traceback.format_exception(problem)))
    detail = (
        f"Something went wrong on our side and was logged as {error_id}. Trying again may help; if not, send us"
        " this id."
    )
    return JSONResponse({"error": "InternalError", "detail": detail, "error_id": error_id}, status_code=500)


def install_handlers(server: FastAPI) -> None:
    """Register the handlers; everything they do not know ends at the edge's last handler."""
    server.add_exception_handler(CausewayError, _handle_ours)
    server.add_exception_handler(RequestValidationError, _handle_shape)
    server.add_exception_handler(HTTPException, _handle_framework)


def _handle_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CausewayError)
    request.app.state.meters.errors.labels(type(error).__name__).inc()
    return render_error(error)


def _handle_shape(request: Request, error: Exception) -> JSONResponse:
    """Query, path and form values; bodies are refused by app.api.bodies in the same words."""
    assert isinstance(error, RequestValidationError)
    problems = [problem_of({**item, "loc": item["loc"][1:2] or item["loc"]}) for item in error.errors()]
    first = problems[0]
    return _handle_ours(request, BadInput(f"{first['path']}: {first['problem']}", problems=problems))


def _handle_framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    name = NAMES.get(error.status_code, "HttpError")
    request.app.state.meters.errors.labels(name).inc()
    detail = SENTENCES.get(error.status_code, f"{error.detail}")
    return JSONResponse(
        {"error": name, "detail": detail}, status_code=error.status_code, headers=dict(error.headers or {})
    )
