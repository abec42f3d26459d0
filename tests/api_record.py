"""What the API answers in tests, held to its OpenAPI document while it comes: no status, media type or shape that the
document does not tell of, in whatever test it is produced.
"""

import json
import re
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response
from jsonschema import Draft202012Validator

from app.api.document import describe_server
from app.api.main import create_app
from app.bootstrap import Application
from app.services.agent.jobs import CycleJobs

BASE = "http://127.0.0.1:8000"
NO_OPERATIONS = frozenset({"/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect"})
"""What describes the operations, and is none."""
FILES_OF_PAGES = "/static-offline-docs/"
"""What those pages load."""
OUTSIDE = frozenset({204, 403, 404, 405})
"""What comes where there is no operation: OPTIONS, a stranger, no such path, no such method."""
PARAMETER = re.compile(r"\{\w+\}")
Answer = tuple[str, str, str]
"""Method, path template and status."""


class Contract:
    """An OpenAPI document, as something that answers are held to."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[Answer, Draft202012Validator | None] = {}
        literal_first = sorted(document["paths"], key=lambda path: [part[:1] == "{" for part in path.split("/")])
        self._templates = [(re.compile(PARAMETER.sub("[^/]+", path)), path) for path in literal_first]

    @cached_property
    def told(self) -> set[Answer]:
        """Every answer that the document tells of."""
        return {
            (method, path, status)
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
            for status in operation["responses"]
        }

    def answer_of(self, response: Response) -> Answer | None:
        """Which answer it is of which operation; None when no operation was asked."""
        asked = response.request.url.raw_path.decode("ascii").partition("?")[0]
        path = next((path for pattern, path in self._templates if pattern.fullmatch(asked)), None)
        method = response.request.method.lower().replace("head", "get")
        known = path is not None and method in self.document["paths"][path] and response.status_code != 405
        return (method, path, str(response.status_code)) if known and path is not None else None

    def fault_of(self, response: Response) -> str:
        """Why an answer is not one that the document tells of; empty when it is."""
        answer = self.answer_of(response)
        if answer is None:
            place = response.request.url.path
            page = place in NO_OPERATIONS or place.startswith(FILES_OF_PAGES)
            alone = page or response.status_code in OUTSIDE
            return "" if alone else f"answered {response.status_code}, and the document has no such operation"
        if answer not in self.told:
            return f"undocumented status {answer[2]}"
        return "" if response.request.method == "HEAD" else self._fault_of_body(answer, response)

    def _fault_of_body(self, answer: Answer, response: Response) -> str:
        method, path, status = answer
        content = self.document["paths"][path][method]["responses"][status].get("content", {})
        kind = response.headers.get("content-type", "").partition(";")[0]
        if kind not in content:
            return f"undocumented media type {kind!r} with status {status}; told are {sorted(content)}"
        if kind != "application/json":
            return ""
        if answer not in self._validators:
            schema = {**content[kind]["schema"], "components": self.document["components"]}
            self._validators[answer] = Draft202012Validator(schema)
        fault = next(self._validators[answer].iter_errors(json.loads(response.content)), None)
        return f"undocumented shape of {status}: {fault.json_path}: {fault.message[:300]}" if fault else ""


class Record:
    """What came, and what of it was not told of."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.came: set[Answer] = set()
        self.faults: list[str] = []

    def __call__(self, response: Response) -> None:
        """Note an answer."""
        response.read()
        answer = self.contract.answer_of(response)
        if answer is not None:
            self.came.add(answer)
        fault = self.contract.fault_of(response)
        if fault:
            self.faults.append(f"{response.request.method} {response.request.url}: {fault}: {response.text[:300]}")

    def demand(self, response: Response) -> None:
        """Note an answer; AssertionError for one that was not told of."""
        self(response)
        assert not self.faults, self.faults.pop()


@cache
def told_contract() -> Contract:
    """The document of the product, as its servers tell it."""
    return Contract(describe_server().openapi())


def caller_of(application: Application) -> TestClient:
    """A caller on this machine, each of whose answers is held to the document."""
    caller = TestClient(create_app(application), base_url=BASE)
    caller.event_hooks = {"response": [Record(told_contract()).demand]}
    return caller


def be_patient(application: Application) -> Application:
    """The same, whose callers wait for a cycle as long as it takes: beside other work the first one, which imports a
    lot, may take longer than a caller has to wait.
    """
    return replace(application, jobs=CycleJobs(application.ctx, patience=300))
