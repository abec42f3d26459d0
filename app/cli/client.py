"""How a command reaches the product: the running server over HTTP, or, when none answers, the same routes in this
process.

Without a server the data folder is opened under its exclusive lock, so that there is never a second writer.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from app.domain.errors import Permanent, Temporary

if TYPE_CHECKING:
    import httpx
    from starlette.types import Message

    from app.bootstrap import Application
    from app.settings import Settings

T = TypeVar("T")
SERVER = "app.api.main:create_app"
"""The server is addressed by the name of its factory, as uvicorn does."""
PATIENCE = 120.0
JOB_PAUSE = 0.5
"""Seconds between two looks at a job."""


class Caller(Protocol):
    """Something that answers the product's HTTP routes."""

    inside: bool
    """Whether the routes run in this process, without a worker beside them."""

    def send(self, method: str, path: str, **request: Any) -> "httpx.Response":
        """One request."""
        ...

    def save(self, path: str, sink: IO[bytes]) -> "httpx.Response":
        """A GET whose content goes into `sink` piece by piece, unless it was refused."""
        ...


class Refused(Permanent):
    """The server said no; its sentence and its facts are kept."""


class OverHttp:
    """A server that runs already."""

    inside = False

    def __init__(self, client: "httpx.Client") -> None:
        self._client = client

    def send(self, method: str, path: str, **request: Any) -> "httpx.Response":
        """Ask the server; Temporary when it stopped answering."""
        import httpx

        from app.client import ask_server

        try:
            return ask_server(self._client, method, path, asker="CLI", **request)
        except httpx.HTTPError as problem:
            raise Temporary(
                f"The server at {self._client.base_url} stopped answering ({type(problem).__name__})."
            ) from None

    def save(self, path: str, sink: IO[bytes]) -> "httpx.Response":
        """A GET whose content goes into `sink`; Temporary when the server stops in the middle of it."""
        import httpx

        try:
            with self._client.stream("GET", path) as reply:
                if reply.is_error:
                    reply.read()
                    return reply
                for piece in reply.iter_raw():
                    sink.write(piece)
                return reply
        except httpx.HTTPError as problem:
            raise Temporary(
                f"The server at {self._client.base_url} stopped answering ({type(problem).__name__})."
            ) from None


class InProcess:
    """The same routes without a server: no socket, no worker."""

    inside = True

    def __init__(self, server: Any, base_url: str, headers: Mapping[str, str]) -> None:
        self._server, self._base_url, self._headers = server, base_url, headers

    def send(self, method: str, path: str, **request: Any) -> "httpx.Response":
        """One request through the routes."""
        return asyncio.run(self._send(method, path, **request))

    async def _send(self, method: str, path: str, **request: Any) -> "httpx.Response":
        import httpx

        transport = httpx.ASGITransport(app=self._server)
        async with httpx.AsyncClient(transport=transport, base_url=self._base_url, headers=self._headers) as client:
            return await client.request(method, path, **request)

    def save(self, path: str, sink: IO[bytes]) -> "httpx.Response":
        """A GET through the routes whose content goes into `sink`."""
        return asyncio.run(self._save(path, sink))

    async def _save(self, path: str, sink: IO[bytes]) -> "httpx.Response":
        """By hand: httpx would keep the whole answer in memory."""
        import httpx

        asked = httpx.AsyncClient(base_url=self._base_url, headers=self._headers).build_request("GET", path)
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": asked.url.path,
            "raw_path": asked.url.raw_path.partition(b"?")[0],
            "query_string": asked.url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in asked.headers.raw],
            "server": (asked.url.host, asked.url.port),
            "client": (asked.url.host, 123),
        }
        began: Message = {"status": 500, "headers": []}
        refusal = b""

        async def receive() -> "Message":
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: "Message") -> None:
            nonlocal refusal
            if message["type"] == "http.response.start":
                began.update(message)
            elif began["status"] < 400:
                sink.write(message.get("body", b""))
            else:
                refusal += message.get("body", b"")

        await self._server(scope, receive, send)
        return httpx.Response(began["status"], headers=began["headers"], content=refusal, request=asked)


def read_answer(reply: "httpx.Response") -> Any:
    """The JSON of an answer; Refused with the server's own sentence when it said no."""
    if not reply.is_error:
        return reply.json() if "json" in reply.headers.get("content-type", "") else reply.text
    try:
        facts = dict(reply.json())
    except ValueError:
        facts = {}
    detail = facts.pop("detail", f"The server answered {reply.status_code}.")
    raise Refused(str(detail), **facts)


def read_as(kind: type[T], answer: object) -> T:
    """An answer in its declared shape; Permanent when the server speaks of something else."""
    from pydantic import ValidationError

    from app.client import parse_answer

    try:
        return parse_answer(kind, answer)
    except ValidationError as strange:
        where = ".".join(str(part) for part in strange.errors()[0]["loc"])
        raise Permanent(
            f"The server answered in a form that this command does not know ({where}: {strange.errors()[0]['msg']})."
            " Are both of the same version?"
        ) from None


class Line:
    """A tenant's line to the product: get and post, with refusals raised."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.inside = caller.inside

    def get(self, path: str, **params: Any) -> Any:
        """What a GET answers; parameters that are None are left out."""
        return read_answer(
            self._caller.send("GET", path, params={name: value for name, value in params.items() if value is not None})
        )

    def read_health(self) -> Any:
        """What /health says, well or not."""
        return self._caller.send("GET", "/health").json()

    def lines(self, path: str) -> list[str]:
        """What a GET answers, line by line, as it was sent."""
        reply = self._caller.send("GET", path)
        if reply.is_error:
            read_answer(reply)
        return reply.text.split("\n")[:-1]

    def save(self, path: str, sink: IO[bytes]) -> None:
        """What a GET answers, into a file."""
        reply = self._caller.save(path, sink)
        if reply.is_error:
            read_answer(reply)

    def post(self, path: str, content: Any = None, *, files: Any = None) -> Any:
        """What a POST answers."""
        return read_answer(self._caller.send("POST", path, json=content, files=files))

    def send_file(self, path: str, raw: bytes, **params: Any) -> Any:
        """What a POST of bytes answers; parameters that are None are left out."""
        told = {name: value for name, value in params.items() if value is not None}
        headers = {"Content-Type": "application/octet-stream"}
        return read_answer(self._caller.send("POST", path, content=raw, params=told, headers=headers))

    def run_cycle(self) -> Any:
        """What a cycle answers, however long it lasts; Refused when it failed."""
        found = self.post("/run_cycle")
        while found.get("state") == "running":
            threading.Event().wait(JOB_PAUSE)
            found = self.get(f"/jobs/{found['id']}")
        if found.get("state") == "failed":
            raise Refused(found["detail"], job=found["id"])
        return found["answer"] if "state" in found else found

    def delete(self, path: str) -> Any:
        """What a DELETE answers."""
        return read_answer(self._caller.send("DELETE", path))


@contextmanager
def open_line(tenant: str, api_port: int | None = None) -> Iterator[Line]:
    """A line to the running server, or to the data folder itself when no server answers."""
    from app.settings import Settings

    settings = Settings() if api_port is None else Settings(api_port=api_port)
    headers = {"X-Tenant": tenant}
    if server_answers(settings.api_url):
        import httpx

        with httpx.Client(base_url=settings.api_url, headers=headers, timeout=PATIENCE, trust_env=False) as client:
            yield Line(OverHttp(client))
        return
    if api_port is not None:
        raise Temporary(f"No server answers at {settings.api_url}.")
    with _open_in_process(settings) as server:
        yield Line(InProcess(server, settings.api_url, headers))


@contextmanager
def _open_in_process(settings: "Settings") -> Iterator[Any]:
    """The server's routes over the data folder, with the folder's lock held."""
    application = build_product(settings.model_copy(update={"log_level": "WARNING"}))
    try:
        yield server_factory()(application)
    finally:
        application.stop()


def build_product(settings: "Settings") -> "Application":
    """The product over its store; a database server that does not answer is named by the setting that leads to it."""
    from app.bootstrap import build_application

    try:
        return build_application(settings)
    except Temporary as silent:
        if not settings.served:
            raise
        where = "CAUSEWAY_DATABASE_URL" if settings.database_url else "DB_HOST"
        raise Temporary(
            f"The database that {where} names cannot be used: {silent.detail}", silent.delay, **silent.facts
        ) from silent


def server_factory() -> Callable[..., Any]:
    """create_app, found by its name."""
    from uvicorn.importer import import_from_string

    factory: Callable[..., Any] = import_from_string(SERVER)
    return factory


def server_answers(url: str, patience: float = 2.0) -> bool:
    """Whether a server of ours answers there."""
    import httpx

    try:
        reply = httpx.get(f"{url}/health", timeout=patience, trust_env=False)
        return bool(reply.json().get("name") == "causeway")
    except (httpx.HTTPError, ValueError, AttributeError):
        return False
