"""Whatever is sent to any operation of the OpenAPI document, the answer is none of the server's failures, and its
status and shape are documented. Requests are drawn from the document itself: right ones, nearly right ones, wild ones.

    CAUSEWAY_FUZZ=200000 FUZZ_SEED=7 pytest tests/web/test_api_fuzz.py -m long     more of them, or the same again
"""

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from httpx import Response
from structlog.testing import capture_logs

from app.api.main import create_app
from app.bootstrap import Application
from app.domain.errors import CausewayError, NotFound
from app.services.actions import rows
from app.services.operations import agent_status, maintenance
from tests.api_record import BASE, Contract, told_contract

REQUESTS = int(os.environ.get("CAUSEWAY_FUZZ", "3000"))
WILD: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, 10**20, -(2**63), 0.5, 1e308, -0.0),
    *(
        "",
        " ",
        "x",
        "x" * 5_000,
        "\x00",
        "\u202e",
        "a\u0301",
        "../../etc/passwd",
        "%00",
        "' OR '1'='1",
        "{{7*7}}",
        "NaN",
    ),
    *("2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+25:00", "INC-NONE"),
    *([], {}, [[]], [None], {"a": {"b": {"c": []}}}, {"signals": None}),
)
RAW = (b"", b"{", b"[" * 600, b'{"a": NaN}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b"\xff\xfe{}", b'"\\ud800"', b"null")
HEADERS: Sequence[Mapping[str, str]] = (
    *(
        {},
        {},
        {},
        {},
        {"X-Tenant": "nobody"},
        {"X-Tenant": ""},
        {"Idempotency-Key": "k" * 256},
        {"Idempotency-Key": ""},
    ),
    *({"Content-Encoding": "gzip"}, {"Content-Type": "text/plain"}, {"Accept": "text/html"}, {"X-API-Key": "sk_none"}),
)
SIGNAL = {
    "signal_type": "api_error",
    "source": "fuzz",
    "severity": "high",
    "error_code": "PAYMENT_CALLBACK_INVALID",
    "endpoint": "/api/v3/checkout/complete",
    "merchant_id": "MERCH-A1B2C3",
}


class Drawn:
    """Requests drawn from the document, with ids that exist among those that do not."""

    def __init__(
        self, document: dict[str, Any], seed: int, known: Sequence[str], operations: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.document = document
        self.random = random.Random(seed)
        self.known = known
        self.operations = operations or [(path, method) for path, by in document["paths"].items() for method in by]

    def value(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """A value a schema describes, mostly; else one it does not."""
        if depth > 5 or self.random.random() < 0.08:
            return self.random.choice(WILD)
        if "$ref" in schema:
            return self.value(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], depth + 1)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self.value(self.random.choice(schema[several]), depth + 1)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        return self._typed(schema, depth)

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            wanted = schema.get("required", [])
            names = [name for name in schema.get("properties", {}) if name in wanted or self.random.random() < 0.4]
            made = {name: self.value(schema["properties"][name], depth + 1) for name in names}
            return made | ({"surplus": 1} if self.random.random() < 0.05 else {})
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.random.randint(0, 3))]
        if kind == "integer":
            return self.random.choice([schema.get("minimum", 0), schema.get("maximum", 7), 1, 5, -3])
        if kind == "number":
            return self.random.choice([0, 0.5, 1, 3.25])
        if kind == "boolean":
            return self.random.random() < 0.5
        if schema.get("format") == "date-time":
            return "2026-11-28T12:00:00Z"
        return self.random.choice([*self.known, "demo", "word", "x" * 40, "30d", "ACT-12345678"])

    def request(self) -> tuple[str, str, str, dict[str, Any]]:
        """An operation, its path filled in, and what is sent."""
        template, method = self.random.choice(self.operations)
        operation = self.document["paths"][template][method]
        path, query = template, {}
        for one in operation.get("parameters", []):
            said = self.value(one.get("schema", {}))
            text = said if isinstance(said, str) else json.dumps(said)
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", quote(text[:300], safe="") or "x")
            elif one["in"] == "query" and (one.get("required") or self.random.random() < 0.4):
                query[one["name"]] = text[:2_500]
        sent: dict[str, Any] = {"params": query, "headers": dict(self.random.choice(HEADERS))}
        content = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            sent["files"] = {
                self.random.choice(["file", "other"]): (self.random.choice(["a.md", "b.exe", "c.pdf"]), b"# A\n\nB.\n")
            }
        elif content and self.random.random() < 0.1:
            sent["content"] = self.random.choice(RAW)
        elif content:
            body = json.dumps(self.value(next(iter(content.values())).get("schema", {})))
            sent["content"] = body.encode()
            sent["headers"] = {"Content-Type": "application/json", **sent["headers"]}
        return template, method, path, sent


def what_is_wrong(contract: Contract, reply: Response) -> str:
    """Why an answer should not have come; empty when it may."""
    if reply.status_code >= 500:
        return f"server failure {reply.status_code}: {reply.text[:300]}"
    return contract.fault_of(reply)


@pytest.fixture(scope="module")
def unheld(application: Application) -> Iterator[TestClient]:
    """A caller whose answers are held to nothing by themselves: here they are counted."""
    with TestClient(create_app(application), base_url=BASE) as caller:
        yield caller


@pytest.mark.ci
@pytest.mark.long
def test_no_request_of_a_fixed_draw_meets_a_failure_or_an_answer_that_nobody_documented(unheld: TestClient) -> None:
    assert_nothing_wrong(unheld, seed=20_261_128, count=250)


@pytest.mark.long
def test_no_request_of_a_fresh_draw_meets_a_failure_or_an_answer_that_nobody_documented(unheld: TestClient) -> None:
    seed = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(2**32)))
    assert_nothing_wrong(unheld, seed=seed, count=REQUESTS)


def test_a_failure_an_unknown_status_and_a_wrong_shape_are_found(
    unheld: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted in three use cases, each where only some requests come."""

    class Teapot(CausewayError):
        """What nobody documented."""

        status = 418

    def fail_at_most(*_: Any, limit: int, **__: Any) -> list[Any]:
        return [] if limit < 500 else [1 // 0]

    def refuse_when_dry(*_: Any, dry_run: bool) -> Any:
        raise Teapot("short and stout") if dry_run else NotFound("nothing old")

    monkeypatch.setattr(rows, "list_questions", fail_at_most)
    monkeypatch.setattr(maintenance, "prune_data", refuse_when_dry)
    monkeypatch.setattr(agent_status, "read_agent_state", lambda *_: JSONResponse({"tenant": 7}))
    planted = [("/actions/pending", "get"), ("/prune", "post"), ("/agent/state", "get")]
    with capture_logs():
        found = send_drawn(unheld, seed=20_261_129, count=60, operations=planted)
    assert [told.partition(":")[0] for told in found["/actions/pending"]] == ["server failure 500"]
    assert [told.partition(" after")[0] for told in found["/prune"]] == ["undocumented status 418"]
    assert any("undocumented shape of 200" in told for told in found["/agent/state"])


def assert_nothing_wrong(client: TestClient, seed: int, count: int) -> None:
    client.post("/signals/ingest", json={"signals": [{**SIGNAL, "merchant_id": f"MERCH-{n}"} for n in range(5)]})
    client.post("/run_cycle")
    known = [row["id"] for path in ("/incidents", "/actions", "/signals") for row in client.get(path).json()]
    assert send_drawn(client, seed, count, known or ["INC-NONE"]) == {}


def send_drawn(
    client: TestClient,
    seed: int,
    count: int,
    known: Sequence[str] = ("INC-NONE",),
    operations: Sequence[tuple[str, str]] = (),
) -> dict[str, list[str]]:
    """What was wrong with the answers to so many drawn requests, by path; one fault of a kind is enough."""
    print(f"FUZZ_SEED={seed}, {count} requests")
    contract = told_contract()
    drawn, statuses, wrong = Drawn(contract.document, seed, known, operations), Counter[int](), {}
    for _ in range(count):
        template, method, path, sent = drawn.request()
        reply = client.request(method, path, follow_redirects=False, **sent)
        statuses[reply.status_code] += 1
        fault = what_is_wrong(contract, reply)
        if fault:
            wrong.setdefault((template, method, fault[:40]), f"{fault} after {method} {path} {sent}"[:700])
    print(dict(sorted(statuses.items())), f"{len(drawn.operations)} operations")
    found = defaultdict(list)
    for (template, _, _), told in wrong.items():
        found[template].append(told)
    return dict(found)
