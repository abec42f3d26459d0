"""Idempotency-Key on every request that changes something: the same key and content get the first answer again, and
nothing is done twice.

The header is optional; without it a request passes through untouched. A key belongs to one tenant, one principal, one
method and one path. Its content is the query and the body. JSON is compared by what it says, not by its bytes: a client
that writes the request anew for its second try may order the members differently and still means the same. A form is
compared by its parts, since its boundary is drawn anew each time.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from app.api.bodies import read_bounded
from app.api.context import acting_scope, application_of, house_of
from app.api.errors import LastHandler, render_error
from app.api.meters import Meters
from app.domain.base import canonical_json, digest_of
from app.domain.errors import BadInput, CausewayError, Temporary
from app.domain.tenants import Scope
from app.services.operations import stored_responses
from app.services.operations.stored_responses import KeptAnswer, Question, StillAnswering
from app.validation.strict_json import Unreadable, strict_json

log = structlog.get_logger("causeway.api")
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST_KEY = 255
LASTING_HEADERS = frozenset({"content-type", "content-disposition", "location"})
"""Headers that belong to an answer; a cookie, a date or a length belongs to one delivery of it."""
FORM = b"multipart/form-data"
ABOUT = (
    "A key of your own, new for each new request. The same request again under its key, within a day, gets the first"
    " answer and does nothing."
)
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": ABOUT,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}


class Idempotency:
    """ASGI middleware inside the edge and around the routes; what fails unexpectedly in them is an answer too, and
    kept.
    """

    def __init__(self, app: ASGIApp, meters: Meters, fresh_id: Callable[[], str]) -> None:
        self.app, self.meters, self.routes = app, meters, LastHandler(app, meters, fresh_id)
        self._working: set[tuple[str, str, str]] = set()

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one request; without the header it passes through."""
        if scope["type"] != "http" or scope["method"] not in CHANGING or HEADER not in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            caller, question, body = await _read_question(request)
            mark = (caller.tenant_id, question.route, question.key)
            kept = await run_in_threadpool(
                stored_responses.begin_answer, house_of(request), caller, question, working=mark in self._working
            )
        except CausewayError as refusal:
            await self._refused(refusal)(scope, receive, send)
            return
        if kept is not None:
            await _answer_again(kept)(scope, receive, send)
            return
        self._working.add(mark)
        try:
            await self._answer(request, caller, question, body, send)
        finally:
            self._working.discard(mark)

    async def _answer(self, request: Request, caller: Scope, question: Question, body: bytes, send: Send) -> None:
        """Let the routes answer, keep it, and only then give it: whoever has seen an answer gets the same again."""
        said: list[Message] = []

        async def listen(message: Message) -> None:
            said.append(message)

        await self.routes(request.scope, _replay_body(body, request.receive), listen)
        answer = _answer_in(said)
        if answer is not None:
            await _keep_answer(request, caller, question, answer)
        for message in said:
            await send(message)

    def _refused(self, refusal: CausewayError) -> Response:
        self.meters.errors.labels(type(refusal).__name__).inc()
        answer = render_error(refusal)
        if isinstance(refusal, StillAnswering):
            answer.headers["Retry-After"] = "1"
        return answer


async def _read_question(request: Request) -> tuple[Scope, Question, bytes]:
    """Who asks, what, and the bytes of it; no more of them than the routes would read themselves."""
    key = _key_of(request.headers)
    caller = await run_in_threadpool(acting_scope, request)
    settings = application_of(request).settings
    body = await read_bounded(
        request, settings.max_upload_bytes if _form_boundary(request.headers) else settings.max_body_bytes
    )
    fingerprint = await run_in_threadpool(_fingerprint_of, request, body)
    return (
        caller,
        Question(key, stored_responses.route_of(caller, request.method, request.scope["path"]), fingerprint),
        body,
    )


def _key_of(headers: Headers) -> str:
    """The key of a request; BadInput when it is none."""
    key, *more = headers.getlist(HEADER)
    if more:
        raise BadInput(f"{HEADER} was sent {1 + len(more)} times; a request has one key.")
    if not 1 <= len(key) <= LONGEST_KEY or not all("!" <= mark <= "~" for mark in key):
        raise BadInput(f"{HEADER} has 1 to {LONGEST_KEY} visible ASCII characters without spaces, such as a UUID.")
    return key


def _fingerprint_of(request: Request, body: bytes) -> str:
    """The digest of what is asked: the exact path, the query, and the content of the body."""
    boundary = _form_boundary(request.headers)
    content = _form_parts(body, boundary) if boundary else _json_content(body)
    return digest_of([request.scope["path"], request.scope["query_string"].decode("latin-1"), *content])


def _form_boundary(headers: Headers) -> bytes | None:
    """What separates the parts of a form; None for any other body."""
    kind, options = parse_options_header(headers.get("content-type"))
    return (options.get(b"boundary") or None) if kind == FORM else None


def _form_parts(body: bytes, boundary: bytes) -> Sequence[str]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    return ["form", *(hashlib.sha256(piece).hexdigest() for piece in pieces)]


def _json_content(body: bytes) -> Sequence[str]:
    """What JSON says; the bytes of anything else (the route will have its own word about them)."""
    try:
        return ["json", hashlib.sha256(canonical_json(strict_json(body))).hexdigest()]
    except Unreadable:
        return ["bytes", hashlib.sha256(body).hexdigest()]


def _replay_body(body: bytes, rest: Receive) -> Receive:
    """The body once more for the routes, then whatever the connection says."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else await rest()

    return receive


def _answer_in(said: Sequence[Message]) -> KeptAnswer | None:
    """The answer in what the routes said; None when they said nothing, since nobody was there any more."""
    start = next((message for message in said if message["type"] == "http.response.start"), None)
    if start is None:
        return None
    headers = {name: value for name, value in Headers(raw=start.get("headers", [])).items() if name in LASTING_HEADERS}
    body = b"".join(message.get("body", b"") for message in said if message["type"] == "http.response.body")
    return KeptAnswer(start["status"], headers, body)


async def _keep_answer(request: Request, caller: Scope, question: Question, answer: KeptAnswer) -> None:
    """Keep the answer; when the store cannot, the answer is given all the same: what it tells has happened."""
    try:
        await run_in_threadpool(stored_responses.finish_answer, house_of(request), caller, question, answer)
    except Temporary as problem:
        log.warning("reply.not_kept", tenant=caller.tenant_id, route=question.route, why=problem.detail)


def _answer_again(kept: KeptAnswer) -> Response:
    """A kept answer, marked as such."""
    return Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"})


def document_keys(document: dict[str, Any]) -> None:
    """Say in the OpenAPI document that every request that changes something takes a key."""
    for path in document["paths"].values():
        for method, operation in path.items():
            if method.upper() in CHANGING:
                others = [one for one in operation.get("parameters", ()) if one["name"].lower() != HEADER.lower()]
                operation["parameters"] = [*others, PARAMETER]
