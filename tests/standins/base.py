"""What all stand-ins share: a server on a free port that keeps what it was asked, and misbehaves when it is told to."""

import json
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from threading import Event, Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

TROUBLES = ("throttled", "error_before", "error_after", "silent_before", "silent_after", "nonsense", "nonsense_after")
"""429 with Retry-After; 500 without and after having done it; no answer likewise; an answer nobody can read."""
DOES_IT = frozenset({"error_after", "silent_after", "nonsense_after"})


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: bytes


class Said(NamedTuple):
    """One answer."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}


@dataclass
class StandIn:
    """A vendor of our own. `effects` is what it has: one entry each; `troubles` is how it meets the next writes."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    troubles: deque[str] = field(default_factory=deque)
    numbers: int = 1000
    lock: Lock = field(default_factory=Lock)
    closing: Event = field(default_factory=Event)
    secret: str = "sEcReT-of-the-stand-in-8842"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def writes(self, asked: Asked) -> bool:
        """Whether a request changes something: only then it misbehaves."""
        return asked.method != "GET"

    def allows(self, asked: Asked) -> bool:
        """Whether the credential is ours."""
        return self.secret in asked.headers.get("authorization", "")

    def refuse(self) -> Said:
        return Said(401, {"error": f"bad credential, not {self.secret}"})

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def effects(self) -> list[Any]:
        """What it has, one entry for each thing that was done and not taken away."""
        raise NotImplementedError

    def echo(self, asked: Asked) -> Any:
        """Everything it heard, and the secret in every spelling it can think of."""
        secret = self.secret.encode()
        spelled = [
            self.secret,
            b64encode(secret).decode(),
            quote(self.secret, safe=""),
            secret.hex(),
            self.secret[::-1],
        ]
        told = {"headers": asked.headers, "body": asked.raw.decode("utf-8", "replace"), self.secret: spelled}
        return {"errors": [told, {"message": f"not with {self.secret}, not with {spelled}"}]}

    def throttled(self) -> Said:
        return Said(429, {"errors": "slow down"}, {"Retry-After": "2.0"})


@contextmanager
def running(server: BaseServer, standin: StandIn) -> Iterator[None]:
    """The server of a stand-in, in a thread of its own, until nobody needs it any more."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        standin.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def served(standin: StandIn) -> Iterator[StandIn]:
    """The stand-in on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Tests speak for themselves."""

        def _any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                body = raw.decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body, raw)
            with standin.lock:
                standin.asked.append(asked)
                trouble = standin.troubles.popleft() if standin.troubles and standin.writes(asked) else ""
                said = standin.refuse() if not standin.allows(asked) else Said(500, {"errors": "broken"})
                if standin.allows(asked) and (not trouble or trouble in DOES_IT):
                    said = standin.answer(asked)
            if trouble.startswith("silent"):
                standin.closing.wait(20)
                self.close_connection = True
                return
            if trouble == "throttled":
                said = standin.throttled()
            if trouble == "echoes":
                said = Said(422, standin.echo(asked))
            if trouble.startswith("error"):
                said = Said(500, {"errors": "Internal Server Error"})
            self._say(said, b"<html>\x00\xff never mind" if trouble.startswith("nonsense") else None)

        def _say(self, said: Said, raw: bytes | None) -> None:
            content = raw if raw is not None else b"" if said.body is None else json.dumps(said.body).encode()
            try:
                self.send_response(said.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    server = ThreadingHTTPServer(("127.0.0.1", standin.port), Handler)
    server.daemon_threads = True
    standin.port = server.server_address[1]
    with running(server, standin):
        yield standin
