"""Whatever is sent, the answer is a 4xx with a sentence, and nothing of a refused batch is kept."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

GOOD: dict[str, Any] = {"signal_type": "log", "source": "test", "level": "error", "message": "boom"}
POSTS = [
    "/signals/ingest",
    "/merchants/import",
    "/observe",
    "/actions/approve",
    "/approve_action",
    "/actions/ACT-1/edit",
    "/execute_action",
    "/ask",
    "/incidents/INC-1/note",
]
UNREADABLE = [
    (b'{"signals": [NaN]}', 400),
    (b'{"signals": [1e999]}', 400),
    (b'{"signals": [Infinity]}', 400),
    (b'{"signals": 9223372036854775808}', 400),
    (b'{"signals": 100000000000000000000}', 400),
    (b'{"signals": "\\ud800"}', 400),
    (b'{"a":' * 500 + b"1" + b"}" * 500, 400),
    (b"[" * 100_000, 400),
    (b'{"signals": [], "signals": []}', 400),
    (b"{", 400),
    (b"\xff\xfe{}", 400),
    ('{"signals": []}'.encode("utf-16"), 400),
    (b"hello", 400),
]
MISSHAPEN = [b"[]", b"null", b'"x"', b"1", b"true", b'{"nonsense": 1}']


def held(client: TestClient) -> int:
    return int(client.get("/agent/state").json()["signals"])


def entry(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(("raw", "status"), UNREADABLE)
def test_a_body_that_does_not_parse_is_refused_with_line_and_column(
    client: TestClient, path: str, raw: bytes, status: int
) -> None:
    reply = client.post(path, content=raw)
    assert reply.status_code == status, reply.text
    assert {"error", "detail", "line", "column"} <= set(reply.json())


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("raw", MISSHAPEN)
def test_a_body_of_the_wrong_shape_is_refused_with_a_sentence(client: TestClient, path: str, raw: bytes) -> None:
    reply = client.post(path, content=raw)
    assert reply.status_code == 422, reply.text
    assert reply.json()["error"] == "BadInput"
    assert reply.json()["problems"]


BAD_ITEMS = [
    (entry(nonsense=1), "nonsense", "attributes"),
    (entry(tenant_id="demo"), "tenant_id", "attributes"),
    (entry(severity="terrible"), "severity", "info"),
    (entry(severity=3), "severity", ""),
    (entry(signal_type="gossip"), "signal_type", "ticket"),
    ({"source": "test"}, "signal_type", "missing"),
    (entry(source=""), "source", ""),
    (entry(source="x" * 121), "source", ""),
    (entry(attempt=-1), "attempt", ""),
    (entry(attempt=2**53 + 1), "attempt", ""),
    (entry(attempt=True), "attempt", ""),
    (entry(attempt="1"), "attempt", ""),
    (entry(occurred_at="2026-03-02T09:00:00"), "occurred_at", "offset"),
    (entry(occurred_at="0001-01-01T00:00:00+14:00"), "occurred_at", "calendar"),
    (entry(occurred_at="9999-12-31T23:59:59-14:00"), "occurred_at", "calendar"),
    (entry(occurred_at="yesterday"), "occurred_at", ""),
    (entry(occurred_at=1e300), "occurred_at", ""),
    (entry(merchant_id="../../etc"), "merchant_id", ""),
    (entry(attributes={"deep": {"er": 1}}), "attributes", ""),
    (entry(currency="euro"), "currency", ""),
    (entry(endpoint="/x"), "endpoint", "attributes"),
    (7, "", ""),
    (None, "", ""),
]


@pytest.mark.parametrize(("item", "field", "word"), BAD_ITEMS, ids=range(len(BAD_ITEMS)))
def test_a_bad_item_is_named_by_index_and_field_and_nothing_is_stored(
    client: TestClient, item: Any, field: str, word: str
) -> None:
    before = held(client)
    reply = client.post("/signals/ingest", json={"signals": [GOOD, GOOD, item]})
    assert reply.status_code == 422, reply.text
    problem = reply.json()["problems"][0]
    assert (problem["index"], problem["field"]) == (2, field)
    assert word in problem["problem"]
    assert held(client) == before


def test_every_bad_item_of_a_batch_is_listed(client: TestClient) -> None:
    reply = client.post(
        "/signals/ingest", json={"signals": [entry(severity="x"), GOOD, entry(foo=1, bar=2), GOOD, {"source": "t"}]}
    )
    assert [(problem["index"], problem["field"]) for problem in reply.json()["problems"]] == [
        (0, "severity"),
        (2, "foo"),
        (2, "bar"),
        (4, "signal_type"),
    ]


def years(count: float) -> str:
    return (datetime.now(UTC) + timedelta(days=365.25 * count)).isoformat()


MISPLACED = [
    (entry(occurred_at="0001-01-01T00:00:00Z"), "occurred_at", "more than 10 years ago"),
    (entry(occurred_at=years(-10.1)), "occurred_at", "more than 10 years ago"),
    (entry(occurred_at=years(1.1 / 365.25)), "occurred_at", "more than a day ahead"),
    (entry(occurred_at="9999-12-31T23:59:59Z"), "occurred_at", "more than a day ahead"),
    (
        {"signal_type": "migration_update", "source": "t", "cutover_at": "9999-12-31T23:59:59Z"},
        "cutover_at",
        "more than 10 years ahead",
    ),
    (
        {"signal_type": "migration_update", "source": "t", "cutover_at": years(-11)},
        "cutover_at",
        "more than 10 years ago",
    ),
]


@pytest.mark.parametrize(("item", "field", "why"), MISPLACED, ids=range(len(MISPLACED)))
def test_a_time_beyond_reach_is_refused_with_value_and_limit(
    client: TestClient, item: dict[str, Any], field: str, why: str
) -> None:
    before = held(client)
    reply = client.post("/signals/ingest", json={"signals": [GOOD, item]})
    assert reply.status_code == 422, reply.text
    problem = reply.json()["problems"][0]
    assert (problem["index"], problem["field"], problem["path"]) == (1, field, f"signals[1].{field}")
    assert problem["value"][:4] == item[field][:4]
    assert problem["limit"] in problem["problem"]
    assert why in problem["problem"]
    assert held(client) == before


def test_times_within_reach_are_taken(client: TestClient) -> None:
    plan = {"signal_type": "migration_update", "source": "t", "cutover_at": years(9.9)}
    items = [
        entry(occurred_at=years(-9.9)),
        entry(occurred_at=years(0.9 / 365.25)),
        plan,
        {**plan, "cutover_at": years(-9.9)},
    ]
    assert client.post("/signals/ingest", json={"signals": items}).status_code == 202


def test_bad_times_are_listed_beside_everything_else_that_is_wrong(client: TestClient) -> None:
    year_one = entry(occurred_at="0001-01-01T00:00:00Z")
    items = [year_one, entry(severity="x"), GOOD, entry(endpoint="/x"), year_one]
    wrong = [(0, "occurred_at"), (1, "severity"), (3, "endpoint"), (4, "occurred_at")]
    reply = client.post("/signals/ingest", json={"signals": items})
    assert [(one["index"], one["field"]) for one in reply.json()["problems"]] == wrong
    reply = client.post("/signals/ingest?partial=true", json={"signals": items})
    assert reply.status_code == 202
    assert [(one["index"], one["field"]) for one in reply.json()["rejected"]] == wrong
    assert reply.json()["accepted"] == 1


def test_a_merchant_whose_cutover_lies_in_another_age_is_refused(client: TestClient) -> None:
    planned = {"id": "M-1", "cutover_date": years(9)[:10]}
    reply = client.post("/merchants/import", json={"merchants": [planned, {"id": "M-2", "cutover_date": "9999-12-31"}]})
    assert reply.status_code == 422
    problem = reply.json()["problems"][0]
    assert (problem["path"], problem["value"]) == ("merchants[1].cutover_date", "9999-12-31")
    assert client.get("/merchants").json() == []
    assert client.post("/merchants/import", json={"merchants": [planned]}).status_code == 200


def test_a_partial_batch_keeps_the_good_items_and_lists_the_bad_ones_by_index(client: TestClient) -> None:
    before = held(client)
    items = [GOOD, entry(severity="x"), GOOD, entry(endpoint="/x"), 5]
    reply = client.post("/signals/ingest?partial=true", json={"signals": items})
    assert reply.status_code == 202, reply.text
    answer = reply.json()
    assert answer["accepted"] == 2
    assert [(item["index"], item["field"]) for item in answer["rejected"]] == [
        (1, "severity"),
        (3, "endpoint"),
        (4, ""),
    ]
    assert held(client) == before + 2


@pytest.mark.parametrize(
    "raw",
    [b"[]", b"{}", b'{"signals": []}', b'{"signals": {}}', b'{"signals": [1]}', b'{"signals": [{}], "x": 1}', b"3"],
)
def test_a_partial_batch_without_one_good_item_is_refused(client: TestClient, raw: bytes) -> None:
    reply = client.post("/signals/ingest?partial=true", content=raw)
    assert reply.status_code == 422, reply.text
    assert reply.json()["problems"]


def test_too_many_items_are_refused_whole(client: TestClient) -> None:
    reply = client.post("/signals/ingest", json={"signals": [{"signal_type": "log", "source": "t"}] * 5_001})
    assert reply.status_code == 422
    assert len(reply.json()["problems"]) == 1


def test_a_body_that_says_it_is_too_big_is_refused_unread(client: TestClient) -> None:
    reply = client.post("/signals/ingest", content=b"{}", headers={"content-length": str(10**8)})
    assert reply.status_code == 413
    assert reply.json()["limit"] == 1_000_000


@pytest.mark.parametrize("path", ["/signals/ingest", "/ask"])
def test_a_hundred_megabytes_are_refused_long_before_they_are_read(client: TestClient, path: str) -> None:
    """The server's own application is asked directly, so that each chunk it takes is counted."""
    from anyio import run

    taken = 0
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b" " * 100_000, "more_body": taken < 1_000}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000")],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
    }
    run(client.app, scope, receive, send)
    assert answers[0]["status"] == 413
    assert taken <= 12


def test_a_hundred_megabyte_upload_is_refused_while_it_streams(client: TestClient) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n'
        for _ in range(30):
            sent += 100_000
            yield b"a" * 100_000

    reply = client.post("/rag/upload", content=chunks(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert reply.status_code == 413, reply.text


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
def test_a_packed_body_is_not_unpacked(client: TestClient, encoding: str) -> None:
    for path in ("/signals/ingest", "/rag/upload"):
        assert client.post(path, content=b"x", headers={"content-encoding": encoding}).status_code == 415


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded"]
)
def test_json_is_read_whatever_the_content_type_calls_it(client: TestClient, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    assert client.post("/signals/ingest", content=json.dumps({"signals": [GOOD]}), headers=headers).status_code == 202


BAD_QUERIES = [
    "/signals?limit=0",
    "/signals?limit=501",
    "/signals?limit=100000000000000000000",
    "/signals?limit=NaN",
    "/signals?offset=-1",
    "/signals?offset=1000001",
    "/signals?signal_type=gossip",
    "/signals/pending?limit=x",
    "/incidents?status=SAD",
    "/actions?status=SAD",
    "/audit?after=-1",
    "/audit?after=9223372036854775808",
    "/rag/search?q=",
    "/rag/search",
    "/rag/search?q=x&k=0",
    "/rag/search?q=x&k=51",
]


@pytest.mark.parametrize("path", BAD_QUERIES)
def test_a_query_out_of_bounds_is_refused_with_the_name_of_the_field(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 422, reply.text
    assert reply.json()["problems"][0]["field"]


@pytest.mark.parametrize(
    "name", ["nope", "%00", "%ED%A0%80", "..%2F..", "9223372036854775808", "'%20OR%201=1--", "💥", "x" * 200]
)
@pytest.mark.parametrize(
    "path", ["/incidents/{}", "/incidents/{}/risk", "/actions/{}", "/rag/chunks/{}", "/conversations/{}"]
)
def test_an_id_nobody_has_is_not_found(client: TestClient, path: str, name: str) -> None:
    reply = client.get(path.format(name))
    assert reply.status_code in ({200, 404} if path.startswith("/conversations") else {404, 405}), reply.text


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"x", {"content-type": "multipart/form-data"}),
        (b"x", {"content-type": "multipart/form-data; boundary=x"}),
        (b"--x--\r\n", {"content-type": "multipart/form-data; boundary=x"}),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nplain\r\n--x--\r\n',
            {"content-type": "multipart/form-data; boundary=x"},
        ),
    ],
)
def test_a_form_without_a_file_is_refused(client: TestClient, content: bytes, headers: dict[str, str]) -> None:
    reply = client.post("/rag/upload", content=content, headers=headers)
    assert reply.status_code in {400, 422}, reply.text
    assert reply.json()["detail"]


def test_a_form_of_thousands_of_parts_is_refused(client: TestClient) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n# a\r\n'
    reply = client.post(
        "/rag/upload", content=part * 5_000 + b"--x--\r\n", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert reply.status_code == 400


def test_random_values_in_every_field_never_cause_a_server_error(client: TestClient) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    values: list[Any] = [
        None,
        True,
        -1,
        0,
        2**53,
        2**63 - 1,
        1e308,
        -0.0,
        "",
        "x",
        "\x00",
        "é" * 300,
        "0001-01-01T00:00:00Z",
        [],
        {},
        [1],
        {"a": 1},
    ]
    fields = list(client.get("/openapi.json").json()["components"]["schemas"]["IncomingSignal"]["properties"])
    kinds = ["ticket", "api_error", "api_call", "webhook_failure", "payment", "order", "log", "kpi", "migration_update"]
    for _ in range(150):
        item = {"signal_type": chance.choice(kinds), "source": "fuzz"} | {
            chance.choice(fields): chance.choice(values) for _ in range(3)
        }
        reply = client.post("/signals/ingest", json={"signals": [item]})
        assert reply.status_code in {202, 422}, (item, reply.text)
