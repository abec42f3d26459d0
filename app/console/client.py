"""The console's only way to the product: HTTP, as the operator, for one tenant. Every failure becomes one sentence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.client import KEY, ask_server, is_still_answering
from app.domain.base import JsonMapping
from app.guard import KEY_HEADER

READ_PATIENCE = 10.0
WORK_PATIENCE = 90.0
DOWN = (
    "The agent's server does not answer. Nothing was changed here; what it was doing is kept and goes on when it is"
    " back."
)
SLOW = "The agent's server is taking too long to answer. It may still finish what was asked; look again in a moment."
BROKEN = "The agent's server failed while answering"

Params = Mapping[str, str | int | bool | Sequence[str]]


class ApiProblem(Exception):
    """A request that did not work: the sentence to show, the status, and the facts the API sent along."""

    def __init__(self, sentence: str, status: int = 0, facts: JsonMapping | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.facts = dict(facts or {})

    @property
    def is_conflict(self) -> bool:
        """Whether somebody was first, or the thing has moved on."""
        return self.status == httpx.codes.CONFLICT


@dataclass(frozen=True)
class File:
    """A file to upload."""

    name: str
    content: bytes = field(repr=False)


class Api:
    """Speaks to one server; made once per address. Each call carries the key that only this server's console has, where
    it is known.
    """

    def __init__(
        self, base_url: str, patience: float = READ_PATIENCE, *, key: Callable[[], str | None] = lambda: None
    ) -> None:
        self.base_url = base_url
        self._key = key
        self._http = httpx.Client(base_url=base_url, timeout=httpx.Timeout(patience, connect=2.0), trust_env=False)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def get(self, tenant: str | None, path: str, params: Params | None = None) -> Any:
        """The parsed JSON answer of a read."""
        return self._answer("GET", tenant, path, params=dict(params or {}))

    def fetch(self, tenant: str, path: str, params: Params | None = None) -> bytes:
        """What a read answers that is no JSON, byte by byte."""
        patience = httpx.Timeout(WORK_PATIENCE, connect=2.0)
        answer = self._ask("GET", tenant, path, params=dict(params or {}), timeout=patience)
        if not answer.is_success:
            _read_body(answer)
        return answer.content

    def post(
        self,
        tenant: str,
        path: str,
        body: JsonMapping | None = None,
        *,
        patience: float = READ_PATIENCE,
        once: str | None = None,
    ) -> Any:
        """The parsed JSON answer of a write; under a key of its own, or under `once`, whose first answer is given
        again.
        """
        own = {"headers": {KEY: once}} if once else {}
        return self._answer(
            "POST", tenant, path, json=dict(body or {}), timeout=httpx.Timeout(patience, connect=2.0), **own
        )

    def stream(self, tenant: str, path: str, body: JsonMapping) -> Iterator[str]:
        """The lines of an answer as they come. Without a key of its own: an answer under one is given at once."""
        headers = {"X-Tenant": tenant} | ({KEY_HEADER: key} if (key := self._key()) else {})
        patience = httpx.Timeout(WORK_PATIENCE, connect=2.0)
        try:
            with self._http.stream("POST", path, json=dict(body), headers=headers, timeout=patience) as answer:
                if not answer.is_success:
                    answer.read()
                    _read_body(answer)
                yield from answer.iter_lines()
        except httpx.TimeoutException as error:
            raise ApiProblem(SLOW) from error
        except httpx.HTTPError as error:
            raise ApiProblem(DOWN) from error

    def delete(self, tenant: str, path: str) -> Any:
        """The parsed JSON answer of a removal."""
        return self._answer("DELETE", tenant, path)

    def upload(self, tenant: str, file: File) -> Any:
        """Send one document."""
        parts = {"file": (file.name, file.content, "application/octet-stream")}
        return self._answer(
            "POST", tenant, "/rag/upload", files=parts, timeout=httpx.Timeout(WORK_PATIENCE, connect=2.0)
        )

    def send_bytes(self, tenant: str, path: str, content: bytes, params: Params) -> Any:
        """Send the bytes of a file as they are."""
        patience = httpx.Timeout(WORK_PATIENCE, connect=2.0)
        return self._answer("POST", tenant, path, content=content, params=dict(params), timeout=patience)

    def _answer(self, method: str, tenant: str | None, path: str, **what: Any) -> Any:
        return _read_body(self._ask(method, tenant, path, **what))

    def _ask(self, method: str, tenant: str | None, path: str, **what: Any) -> httpx.Response:
        """Each click has a key, so that nothing is done twice."""
        headers = what.pop("headers", {}) | ({"X-Tenant": tenant} if tenant else {})
        if key := self._key():
            headers[KEY_HEADER] = key
        try:
            answer = ask_server(self._http, method, path, asker="CONSOLE", headers=headers, **what)
        except httpx.TimeoutException as error:
            raise ApiProblem(SLOW) from error
        except httpx.HTTPError as error:
            raise ApiProblem(DOWN) from error
        if is_still_answering(answer):
            raise ApiProblem(SLOW)
        return answer


def _read_body(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError as error:
        raise ApiProblem(f"{BROKEN} (status {answer.status_code}).", answer.status_code) from error
    if answer.is_success:
        return body
    facts = body if isinstance(body, dict) else {}
    raise ApiProblem(str(facts.get("detail") or f"{BROKEN} (status {answer.status_code})."), answer.status_code, facts)
