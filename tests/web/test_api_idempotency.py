"""The same request under the same Idempotency-Key is answered the same and done once; the operations come from the
OpenAPI document itself.
"""

import asyncio
import re
import socket
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.main import create_app
from app.bootstrap import Application, build_application
from app.cli.client import OverHttp
from app.client import KEY, ask_server
from app.console.client import Api, File
from app.domain.errors import Temporary
from app.domain.tenants import LOCAL_ADMIN, Principal, Role, Tenant
from app.domain.tenants import Scope as Acting
from app.services.operations import stored_responses
from app.services.operations.stored_responses import KeptAnswer, Question, StillAnswering
from app.settings import Settings
from app.system import SteppedClock
from tests.api_record import BASE, be_patient
from tests.builders import NOW, PACK_CAUSE

CHANGING = ("post", "put", "patch", "delete")
AT_ONCE, MORE_AT_ONCE = 6, 50
BODY_CAP, UPLOAD_CAP = 100_000, 200_000
T = TypeVar("T")
CALL = {
    "signal_type": "api_error",
    "source": "datadog",
    "severity": "high",
    "error_code": "PAYMENT_CALLBACK_INVALID",
    "merchant_id": "MERCH-A1B2C3",
}

# --- a server that counts what reaches its routes
# ------------------------------------------------------------------------


class Counting:
    """ASGI middleware right around the routes: every request that reaches them is written down."""

    def __init__(self, app: ASGIApp, reached: list[str]) -> None:
        self.app, self.reached = app, reached

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.reached.append(f"{scope['method']} {scope['path']}")
        await self.app(scope, receive, send)


@dataclass
class Desk:
    """A server without its worker, whose time stands still until it is moved."""

    application: Application
    clock: SteppedClock
    server: FastAPI
    reached: list[str] = field(default_factory=list)

    def ask(self, *calls: "Call", key: str | None = None, tenant: str = "default") -> list[httpx.Response]:
        """The answers to calls that are all made at the same moment."""
        return run(self._all(calls, key, tenant))

    def one(self, call: "Call", *, key: str | None = None, tenant: str = "default") -> httpx.Response:
        """The answer to one call."""
        return self.ask(call, key=key, tenant=tenant)[0]

    def client(self) -> httpx.AsyncClient:
        """A caller on this machine."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.server, client=("127.0.0.1", 50_000)), base_url=BASE
        )

    async def _all(self, calls: "tuple[Call, ...]", key: str | None, tenant: str) -> list[httpx.Response]:
        async with self.client() as caller:
            return await asyncio.gather(*(one.sent_by(caller, key, tenant) for one in calls))


@dataclass(frozen=True)
class Call:
    """A request that can be made again and again."""

    method: str
    path: str
    body: Any = None
    files: dict[str, tuple[str, bytes]] | None = None

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    async def sent_by(self, caller: httpx.AsyncClient, key: str | None, tenant: str) -> httpx.Response:
        headers = {"X-Tenant": tenant, **({} if key is None else {"Idempotency-Key": key})}
        what = {"files": self.files} if self.files else {} if self.body is None else {"json": self.body}
        return await caller.request(self.method, self.path, headers=headers, **what)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@contextmanager
def desk_at(folder: Path, clock: SteppedClock | None = None) -> Iterator[Desk]:
    """A server over a data folder, which a second call opens again."""
    clock = clock or SteppedClock(NOW)
    settings = Settings(
        data=folder, lite=True, demo=False, sweep_seconds=3600, max_body_bytes=BODY_CAP, max_upload_bytes=UPLOAD_CAP
    )
    application = be_patient(build_application(settings, clock=clock))
    application.store.put_tenant(Tenant(id="demo", title="Another tenant"))
    found = Desk(application, clock, create_app(application))
    found.server.user_middleware.append(Middleware(Counting, reached=found.reached))
    yield found
    application.stop()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for what needs no restart."""
    with opened_desk(tmp_path_factory.mktemp("keys")) as found:
        yield found


@contextmanager
def opened_desk(folder: Path) -> Iterator[Desk]:
    """A server with an incident, a waiting action and an uploaded runbook."""
    with desk_at(folder / "data") as found:
        again = [{**CALL, "merchant_id": f"MERCH-{number}", "event_id": f"first-{number}"} for number in range(3)]
        assert found.one(Call("post", "/signals/ingest", {"signals": again})).status_code == 202
        assert found.one(Call("post", "/run_cycle")).status_code == 200
        assert (
            found.one(
                Call("post", "/rag/upload", files={"file": ("own.md", b"# Own words\n\nAn own runbook.\n")})
            ).status_code
            == 201
        )
        yield found


# --- requests from the OpenAPI document
# ----------------------------------------------------------------------------------


def known_values(desk: Desk) -> dict[str, Any]:
    """Values by the name of the field or of the part of a path: ids of what exists, and words that fit."""
    incident = desk.one(Call("get", "/incidents")).json()[0]
    action = desk.one(Call("get", "/actions/pending")).json()[0]
    uploaded = [
        document for document in desk.one(Call("get", "/rag/documents")).json() if document["title"] == "Own words"
    ]
    return {
        "ignore": True,
        "incident_id": incident["id"],
        "action_id": action["id"],
        "document_id": uploaded[0]["id"],
        "digest": action["digest"],
        "arguments": {**action["decision"]["arguments"], "title": "Look at this now"},
        "signals": [CALL],
        "feedback": "because it says so",
        "reason": "because it says so",
        "value": "somebody",
        "sign": "callback_not_https.callback_scheme_http",
        "cause": "unknown",
        "minutes": 5,
        "until": "2099-01-01T00:00:00Z",
        "keys": ["nothing like it"],
        "causes": ["nothing_like_it"],
        "files": {"causes/wheel_fell_off.yaml": PACK_CAUSE},
    }


def operations(desk: Desk) -> list[Call]:
    """A call of every operation of the server that changes something, with a body that it accepts."""
    document = desk.server.openapi()
    values = known_values(desk)
    return [
        one
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in CHANGING
        for one in _calls(method, path, operation, document["components"]["schemas"], values)
    ]


def _calls(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any], values: dict[str, Any]
) -> Iterator[Call]:
    """One call, or one for each value of a part of the path that has few; none where a file is sent as it is."""
    choices = {
        one["name"]: one["schema"].get("enum") or [values.get(one["name"], example(one["schema"], schemas, values))]
        for one in operation.get("parameters", ())
        if one["in"] == "path"
    }
    asked = {
        one["name"]: values.get(one["name"], example(one["schema"], schemas, values))
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one["required"]
    }
    content = operation.get("requestBody", {}).get("content", {})
    if content and content.keys().isdisjoint({"application/json", "multipart/form-data"}):
        return
    body = example(content["application/json"]["schema"], schemas, values) if "application/json" in content else None
    files = (
        {"file": ("another.md", b"# More words\n\nAnother runbook.\n")} if "multipart/form-data" in content else None
    )
    for chosen in product(*choices.values()):
        filled = path.format(**dict(zip(choices, chosen, strict=True)))
        yield Call(method, f"{filled}?{urlencode(asked)}" if asked else filled, body, files)


def example(schema: dict[str, Any], schemas: dict[str, Any], values: dict[str, Any]) -> Any:
    """A value of a schema: what is known by name, else the smallest that fits."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, values)
    for several in schema.keys() & {"anyOf", "oneOf"}:
        return example(schema[several][0], schemas, values)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        members = schema.get("properties", {})
        needed = set(schema.get("required", ()))
        return {
            name: values.get(name, example(of, schemas, values))
            for name, of in members.items()
            if name in needed | values.keys()
        }
    if kind == "array":
        return [example(schema["items"], schemas, values)] * schema.get("minItems", 0)
    return {
        "string": _text(schema),
        "boolean": True,
        "integer": int(schema.get("minimum", 1)),
        "number": schema.get("minimum", 1.0),
    }[kind]


def _text(schema: dict[str, Any]) -> str:
    candidates = ("x" * max(schema.get("minLength", 3), 3), "0" * 64, "EUR", NOW.isoformat())
    return next(one for one in candidates if re.search(schema.get("pattern", ""), one))


def changed(value: Any) -> Iterator[Any]:
    """The value with each of its fields changed in turn, deep inside too, and with one more."""
    if isinstance(value, dict):
        yield {**value, "one_more": 1}
        for name, member in value.items():
            yield {other: content for other, content in value.items() if other != name}
            yield from ({**value, name: other} for other in changed(member))
    elif isinstance(value, list):
        yield [*value, *value]
        for place, member in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in changed(member))
    elif isinstance(value, bool):
        yield not value
    else:
        yield value + 1 if isinstance(value, int | float) else f"{value}x"


def neighbours(call: Call) -> Iterator[Call]:
    """Calls of the same route that ask for something else."""
    yield replace(call, path=f"{call.path}{'&' if '?' in call.path else '?'}one=more")
    if call.files:
        name, content = call.files["file"]
        yield replace(call, files={"file": (f"x{name}", content)})
        yield replace(call, files={"file": (name, content + b"x")})
        yield replace(call, files={"files": (name, content)})
    elif call.body is None:
        yield replace(call, body={})
    else:
        yield from (replace(call, body=body) for body in changed(call.body) if body != call.body)


@dataclass(frozen=True)
class Answered:
    """An operation that was asked many times at once, and what came of it."""

    call: Call
    key: str
    given: list[httpx.Response]
    reached: int


@pytest.fixture(scope="module")
def answered(desk: Desk) -> list[Answered]:
    """Every operation, asked six times at once."""
    return asked_at_once(desk, AT_ONCE)


def asked_at_once(desk: Desk, times: int) -> list[Answered]:
    """Every operation, asked so many times at once under a key of its own."""
    found = []
    for number, call in enumerate(operations(desk)):
        desk.reached.clear()
        key = f"key-{number}"
        given = desk.ask(*[call] * times, key=key)
        found.append(Answered(call, key, given, len(desk.reached)))
    return found


def in_flight(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and "retry-after" in answer.headers and "StillAnswering" in answer.text


def replayed(answer: httpx.Response) -> bool:
    return "idempotent-replayed" in answer.headers


# --- once, and the same again
# --------------------------------------------------------------------------------------------


def test_six_equal_requests_at_once_are_done_once_on_every_route_that_changes_something(
    desk: Desk, answered: list[Answered]
) -> None:
    assert_done_once(desk, answered)


@pytest.mark.long
def test_fifty_equal_requests_at_once_are_done_once_on_every_route_that_changes_something(tmp_path: Path) -> None:
    with opened_desk(tmp_path) as desk:
        assert_done_once(desk, asked_at_once(desk, MORE_AT_ONCE))


def assert_done_once(desk: Desk, answered: list[Answered]) -> None:
    assert len(answered) >= 15
    for one in answered:
        final = [answer for answer in one.given if not in_flight(answer)]
        again = desk.one(one.call, key=one.key)
        assert stored_responses.is_kept(again.status_code), (
            f"teach this test a request that {one.call.name} accepts; it said {again.text}"
        )
        assert one.reached == 1, f"{one.call.name} was done {one.reached} times"
        assert replayed(again) and sum(not replayed(answer) for answer in final) == 1, one.call.name
        assert {(answer.status_code, answer.content) for answer in [*final, again]} == {
            (again.status_code, again.content)
        }, one.call.name
        assert {answer.headers["content-type"] for answer in [*final, again]} == {again.headers["content-type"]}
        assert again.headers["idempotent-replayed"] == "true"


def test_most_routes_had_an_effect_in_that_test(answered: list[Answered]) -> None:
    done = [one.call.name for one in answered if any(answer.is_success for answer in one.given)]
    assert len(done) >= 10, done


def test_the_same_key_with_any_field_changed_is_refused_and_nothing_is_done(
    desk: Desk, answered: list[Answered]
) -> None:
    desk.reached.clear()
    for one in answered:
        others = list(neighbours(one.call))
        assert others
        for answer in desk.ask(*others, key=one.key):
            assert (answer.status_code, answer.json()["error"]) == (422, "KeyReused"), (
                f"{one.call.name}: {answer.request.content!r}"
            )
            assert "another content" in answer.json()["detail"]
    assert desk.reached == []


def test_json_is_compared_by_what_it_says(desk: Desk) -> None:
    first = {"signals": [{**CALL, "attributes": {"a": 1, "b": 2}}]}
    turned = {"signals": [dict(reversed([*CALL.items(), ("attributes", {"b": 2, "a": 1})]))]}
    assert desk.one(Call("post", "/signals/ingest", first), key="by-content").status_code == 202
    assert replayed(desk.one(Call("post", "/signals/ingest", turned), key="by-content"))


def test_every_operation_that_changes_something_documents_the_key(desk: Desk) -> None:
    for path, methods in desk.server.openapi()["paths"].items():
        for method, operation in methods.items():
            named = [one["name"] for one in operation.get("parameters", ()) if one["name"].lower() == "idempotency-key"]
            assert named == (["Idempotency-Key"] if method in CHANGING else []), f"{method} {path}"


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "caf\u00e9", "tab\there"])
def test_a_key_that_is_none_is_refused(desk: Desk, key: str) -> None:
    async def asked() -> httpx.Response:
        async with desk.client() as caller:
            return await caller.post("/run_cycle", headers=[(b"idempotency-key", key.encode("latin-1"))])

    desk.reached.clear()
    answer = run(asked())
    assert (answer.status_code, answer.json()["error"]) == (422, "BadInput") and "1 to 255" in answer.json()["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff" and desk.reached == []


def test_two_keys_in_one_request_are_refused(desk: Desk) -> None:
    async def asked() -> httpx.Response:
        async with desk.client() as caller:
            return await caller.post("/run_cycle", headers=[("Idempotency-Key", "one"), ("Idempotency-Key", "two")])

    assert run(asked()).status_code == 422


def test_the_longest_key_works_everywhere(desk: Desk) -> None:
    call = Call("post", "/signals/ingest", {"signals": [{**CALL, "event_id": "long-key"}]})
    assert desk.one(call, key="x" * 255).status_code == 202
    assert replayed(desk.one(call, key="x" * 255))


def test_a_route_longer_than_the_column_has_its_keys_too(desk: Desk) -> None:
    call = Call("post", f"/incidents/{'y' * 200}/acknowledge")
    other = Call("post", f"/incidents/{'y' * 199}z/acknowledge")
    assert desk.one(call, key="far").status_code == 404 and replayed(desk.one(call, key="far"))
    assert not replayed(desk.one(other, key="far"))


# --- failures
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def troubles(desk: Desk) -> dict[str, Any]:
    """Routes that fail as routes may fail."""
    state: dict[str, Any] = {"busy": True, "entered": threading.Event(), "go_on": threading.Event()}

    def broken() -> None:
        raise RuntimeError("a part of it broke")

    def busy() -> dict[str, str]:
        if state["busy"]:
            raise Temporary("not now", delay=3)
        return {"done": "yes"}

    def slow() -> dict[str, str]:
        state["entered"].set()
        assert state["go_on"].wait(30)
        return {"done": "yes"}

    for path, route in (("/trouble/broken", broken), ("/trouble/busy", busy), ("/trouble/slow", slow)):
        desk.server.add_api_route(path, route, methods=["POST"], include_in_schema=False)
    return state


def test_a_failure_nobody_expected_is_an_answer_too_and_stays_the_same(desk: Desk, troubles: dict[str, Any]) -> None:
    first, second = (desk.one(Call("post", "/trouble/broken"), key="broken") for _ in range(2))
    assert (
        first.status_code == 500
        and first.json()["error"] == "InternalError"
        and first.json()["error_id"] in first.json()["detail"]
    )
    assert replayed(second) and second.content == first.content


def ask_something_new(desk: Desk) -> str:
    """The id of a question that nobody has answered."""
    new = {**CALL, "error_code": "AUTH_TOKEN_VERSION_MISMATCH", "endpoint": "/api/v3/auth/token", "event_id": "new"}
    assert desk.one(Call("post", "/signals/ingest", {"signals": [new]})).status_code == 202
    assert desk.one(Call("post", "/run_cycle")).status_code == 200
    return str(desk.one(Call("get", "/actions?status=PENDING")).json()[0]["id"])


@pytest.mark.parametrize(("path", "status"), [("/incidents/INC-NONE/close", 404), ("/execute_action", 409)])
def test_a_refusal_that_stands_is_told_again(desk: Desk, answered: list[Answered], path: str, status: int) -> None:
    call = Call("post", path, {"action_id": ask_something_new(desk)} if path == "/execute_action" else None)
    first, second = (desk.one(call, key="refused") for _ in range(2))
    assert (
        (first.status_code, replayed(first)) == (status, False) and replayed(second) and second.content == first.content
    )


def test_a_server_that_is_busy_has_not_answered(desk: Desk, troubles: dict[str, Any]) -> None:
    assert desk.one(Call("post", "/trouble/busy"), key="busy").status_code == 503
    troubles["busy"] = False
    second, third = (desk.one(Call("post", "/trouble/busy"), key="busy") for _ in range(2))
    assert (second.status_code, replayed(second)) == (200, False) and replayed(third)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"signals": []}, 422),
        ({"signals": [{**CALL, "status": "x" * BODY_CAP}]}, 413),
        ({"signals": [CALL], "more": 10**30}, 400),
    ],
)
def test_a_corrected_request_may_use_its_key_again(desk: Desk, wrong: Any, status: int) -> None:
    key = f"corrected-{status}"
    assert desk.one(Call("post", "/signals/ingest", wrong), key=key).status_code == status
    right = desk.one(Call("post", "/signals/ingest", {"signals": [{**CALL, "event_id": key}]}), key=key)
    assert (right.status_code, replayed(right)) == (202, False)


@pytest.mark.parametrize(
    ("kind", "cap"), [("application/json", BODY_CAP), ("multipart/form-data; boundary=b", UPLOAD_CAP)]
)
def test_no_more_of_a_body_is_read_than_the_cap_allows(desk: Desk, kind: str, cap: int) -> None:
    piece, taken = b"x" * 10_000, []

    async def endless() -> Any:
        for _ in range(1_000):
            taken.append(len(piece))
            yield piece

    async def asked() -> httpx.Response:
        async with desk.client() as caller:
            headers = {"Content-Type": kind, "Idempotency-Key": "endless"}
            return await caller.post("/rag/upload", content=endless(), headers=headers)

    desk.reached.clear()
    answer = run(asked())
    assert (answer.status_code, answer.json()["error"]) == (413, "TooLarge")
    assert sum(taken) <= cap + 2 * len(piece) and desk.reached == []


def test_a_tenant_that_does_not_exist_keeps_nothing(desk: Desk) -> None:
    for _ in range(2):
        answer = desk.one(Call("post", "/run_cycle"), key="nobody", tenant="nobody")
        assert answer.status_code == 404 and not replayed(answer)


def test_a_request_that_is_still_worked_on_is_never_done_beside_itself(desk: Desk, troubles: dict[str, Any]) -> None:
    call = Call("post", "/trouble/slow")
    desk.reached.clear()

    async def meanwhile() -> list[httpx.Response]:
        async with desk.client() as caller:
            first = asyncio.create_task(call.sent_by(caller, "slow", "default"))
            await asyncio.to_thread(troubles["entered"].wait, 30)
            desk.clock.advance_to(desk.clock.now() + timedelta(minutes=5))
            second = await call.sent_by(caller, "slow", "default")
            other = await replace(call, body={}).sent_by(caller, "slow", "default")
            troubles["go_on"].set()
            return [await first, second, other, await call.sent_by(caller, "slow", "default")]

    first, second, other, last = run(meanwhile())
    assert in_flight(second) and second.headers["retry-after"] == "1" and other.status_code == 422
    assert (first.status_code, replayed(first), replayed(last)) == (200, False, True)
    assert desk.reached == ["POST /trouble/slow"]


def test_our_clients_wait_for_an_answer_that_is_on_its_way(desk: Desk, troubles: dict[str, Any]) -> None:
    desk.reached.clear()
    for event in ("entered", "go_on"):
        troubles[event].clear()
    caller, waits = TestClient(desk.server, base_url=BASE, client=("127.0.0.1", 50_000)), []

    def wait_for_the_first(seconds: float) -> None:
        waits.append(seconds)
        troubles["go_on"].set()
        first.result(30)

    named = {"headers": {KEY: "on-its-way", "X-Tenant": "default"}}
    ask = partial(ask_server, caller, "POST", "/trouble/slow", asker="TEST", pause=wait_for_the_first, **named)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(ask)
        assert troubles["entered"].wait(30)
        second = ask()
    assert (first.result().status_code, second.status_code, replayed(second), waits) == (200, 200, True, [1.0])
    assert desk.reached == ["POST /trouble/slow"]


def test_a_request_whose_process_died_is_done_again_after_a_minute(desk: Desk) -> None:
    ctx, scope = desk.application.ctx, Acting(tenant_id="default", principal=LOCAL_ADMIN)
    question = Question("died", stored_responses.route_of(scope, "POST", "/run_cycle"), "a" * 64)
    assert stored_responses.begin_answer(ctx, scope, question) is None
    with pytest.raises(StillAnswering):
        stored_responses.begin_answer(ctx, scope, question)
    desk.clock.advance_to(desk.clock.now() + timedelta(seconds=61))
    assert stored_responses.begin_answer(ctx, scope, question) is None
    stored_responses.finish_answer(ctx, scope, question, KeptAnswer(200, {}, b"done"))
    assert stored_responses.begin_answer(ctx, scope, question) == KeptAnswer(200, {}, b"done")


# --- whose key it is, and for how long
# -----------------------------------------------------------------------------------


def test_one_key_serves_two_tenants_two_routes_and_two_methods(desk: Desk) -> None:
    call = Call("post", "/signals/ingest", {"signals": [CALL]})
    calls = [
        (call, "default"),
        (call, "demo"),
        (Call("post", "/merchants/import", {"merchants": [{"id": "M-1"}]}), "default"),
    ]
    calls += [
        (Call("post", "/rag/documents/DOC-NONE"), "default"),
        (Call("delete", "/rag/documents/DOC-NONE"), "default"),
    ]
    assert [replayed(desk.one(one, key="shared", tenant=tenant)) for one, tenant in calls] == [False] * 5
    accepted = [desk.one(call, key="shared", tenant=tenant).json()["accepted"] for tenant in ("default", "demo")]
    assert accepted == [1, 1]


def test_one_key_serves_two_principals(desk: Desk) -> None:
    for name in ("person:ada", "person:bob"):
        scope = Acting(tenant_id="default", principal=Principal(id=name, role=Role.OPERATOR))
        question = Question("theirs", stored_responses.route_of(scope, "POST", "/ask"), digest_like(name))
        assert stored_responses.begin_answer(desk.application.ctx, scope, question) is None


def digest_like(text: str) -> str:
    return text.encode().hex().ljust(64, "0")[:64]


def test_after_a_restart_the_answer_is_the_same_and_after_a_day_nature_decides(tmp_path: Path) -> None:
    clock = SteppedClock(NOW)
    call = Call("post", "/signals/ingest", {"signals": [{**CALL, "event_id": "natural"}, {**CALL, "source": "keyed"}]})
    with desk_at(tmp_path / "data", clock) as first:
        told = first.one(call, key="kept")
        assert told.json()["accepted"] == 2
    with desk_at(tmp_path / "data", clock) as second:
        clock.advance_to(NOW + timedelta(hours=23))
        again = second.one(call, key="kept")
        assert replayed(again) and again.content == told.content and second.reached == []
        clock.advance_to(NOW + timedelta(hours=25))
        later = second.one(call, key="kept")
        assert not replayed(later) and (later.json()["accepted"], later.json()["duplicates"]) == (0, 2)
        other = Call("post", "/signals/ingest", {"signals": [{**CALL, "source": "another day"}]})
        clock.advance_to(NOW + timedelta(hours=50))
        assert second.one(other, key="kept").json()["accepted"] == 1
        assert len(second.one(Call("get", "/signals")).json()) == 3


def test_a_delivery_that_comes_five_times_with_new_times_is_one_signal(desk: Desk) -> None:
    def delivery(turn: int) -> Call:
        moment = (NOW + timedelta(minutes=turn)).isoformat()
        return Call(
            "post",
            "/signals/ingest",
            {"signals": [{**CALL, "event_id": "evt_1", "source": "stripe", "occurred_at": moment}]},
        )

    counts = [
        desk.one(delivery(turn), key=None if turn % 2 else f"delivery-{turn}").json()["accepted"] for turn in range(5)
    ]
    assert counts == [1, 0, 0, 0, 0]
    assert sum(signal["source"] == "stripe" for signal in desk.one(Call("get", "/signals")).json()) == 1


# --- admission, and connections that break
# -------------------------------------------------------------------------------


def test_a_signal_is_committed_before_its_sender_is_told_so(desk: Desk) -> None:
    """Another process looks into the database at the very moment the answer begins."""
    file = desk.application.settings.data / "causeway.sqlite"
    seen: list[int] = []

    class Looking:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def look(message: Message) -> None:
                if message["type"] == "http.response.start":
                    assert message["status"] == 202
                    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as other:
                        seen.extend(
                            other.execute("SELECT count(*) FROM signals WHERE body LIKE '%admitted%'").fetchone()
                        )
                    other.close()
                await send(message)

            await self.app(scope, receive, look)

    async def asked(key: str | None) -> None:
        transport = httpx.ASGITransport(app=Looking(desk.server), client=("127.0.0.1", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as caller:
            await Call("post", "/signals/ingest", {"signals": [{**CALL, "source": f"admitted {key}"}]}).sent_by(
                caller, key, "default"
            )

    run(asked(None))
    run(asked("admission"))
    assert seen == [1, 2]


class Cutting:
    """A way to a server on which the first answer to each new caller is lost after the server has given it."""

    def __init__(self, port: int) -> None:
        self._port, self.lost = port, 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            with caller, socket.create_connection(("127.0.0.1", self._port), timeout=30) as server:
                asked = _until_closed(caller, whole=_is_whole_request)
                server.sendall(re.sub(rb"(?i)\r\nhost: [^\r]+", b"\r\nHost: 127.0.0.1:%d" % self._port, asked, count=1))
                answer = _until_closed(server, whole=None)
                if self.lost:
                    caller.sendall(answer)
                else:
                    self.lost += 1


def _until_closed(end: socket.socket, whole: Callable[[bytes], bool] | None) -> bytes:
    """What comes until it is whole; the other side is asked to close after its answer."""
    read = b""
    while not (whole and whole(read)):
        piece = end.recv(65_536)
        if not piece:
            break
        read += piece
    return re.sub(rb"(?i)\r\nconnection: keep-alive", b"\r\nconnection: close", read)


def _is_whole_request(read: bytes) -> bool:
    head, found, body = read.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(found) and len(body) >= int(length[1] if length else 0)


@pytest.fixture(scope="module")
def port(desk: Desk) -> Iterator[int]:
    """The same server on a socket, still without its worker."""
    import uvicorn

    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(desk.server, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    yield int(door.getsockname()[1])
    server.should_exit = True
    thread.join(30)
    door.close()


@pytest.fixture
def cutting(port: int) -> Iterator[Cutting]:
    way = Cutting(port)
    yield way
    way.close()


def test_the_command_line_asks_again_when_an_answer_is_lost_and_nothing_is_done_twice(
    desk: Desk, cutting: Cutting
) -> None:
    desk.reached.clear()
    with httpx.Client(base_url=cutting.url, trust_env=False) as client:
        answer = OverHttp(client).send(
            "POST", "/signals/ingest", json={"signals": [{**CALL, "source": "command line"}]}
        )
    assert cutting.lost == 1 and replayed(answer)
    assert answer.json()["accepted"] == 1 and desk.reached == ["POST /signals/ingest"]


def test_an_upload_from_the_console_whose_answer_is_lost_is_done_once(desk: Desk, cutting: Cutting) -> None:
    desk.reached.clear()
    api = Api(cutting.url)
    told = api.upload("default", File("console.md", b"# Console words\n\nSent once.\n"))
    api.close()
    assert cutting.lost == 1 and [one["title"] for one in told["documents"]] == ["Console words"]
    assert desk.reached == ["POST /rag/upload"]
