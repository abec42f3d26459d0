"""What Prometheus reads: events by whatever door they came, and labels that nobody outside can multiply."""

import re

from fastapi.testclient import TestClient

from app.api.meters import Meters
from app.schemas.operations import AgentState


def events(client: TestClient) -> float:
    """The counter of the default tenant."""
    found = re.search(r'^events_processed_total\{tenant="default"\} (\S+)$', client.get("/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


def test_events_count_whether_they_were_posted_or_loaded(client: TestClient) -> None:
    assert events(client) == 0
    added = client.get("/simulations/load", headers={"X-Tenant": "default"}).json()["added"]
    assert added > 0
    assert events(client) == added
    client.post(
        "/signals/ingest",
        json={"signals": [{"signal_type": "log", "source": "app", "event_id": "l-1", "message": "hello"}] * 2},
    )
    assert events(client) == added + 1
    assert events(client) == added + 1


def test_the_counter_never_falls_when_old_signals_are_discarded(client: TestClient) -> None:
    meters, state = Meters(), AgentState.model_validate(client.get("/agent/state").json())
    pages = [
        meters.page(lambda held=held: [state.model_copy(update={"signals": held})]).decode() for held in (10, 4, 7)
    ]
    shown = [float(page.split('events_processed_total{tenant="default"} ')[1].split("\n")[0]) for page in pages]
    assert shown == [10, 10, 13]


def test_unknown_paths_methods_and_ids_never_become_labels(client: TestClient) -> None:
    for number in range(30):
        client.get(f"/nowhere/{number}")
        client.get(f"/incidents/INC-{number}")
        client.request(f"VERB{number}", "/signals")
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/x", "/docs/oauth2-redirect"):
        client.get(path)
    page = client.get("/metrics").text
    labels = set(re.findall(r'processing_latency_seconds_count\{method="([^"]+)",path="([^"]+)"\}', page))
    known = set(client.get("/openapi.json").json()["paths"]) | {"other", "/docs", "/redoc", "/docs/oauth2-redirect"}
    assert {path for _, path in labels} <= known
    assert {"other", "/incidents/{incident_id}"} <= {path for _, path in labels}
    assert not [method for method, _ in labels if method.startswith("VERB")]


def test_every_operation_has_a_summary_for_people(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    found = [operation for path in document["paths"].values() for operation in path.values()]
    summaries = [operation["summary"] for operation in found]
    assert len(set(summaries)) == len(summaries)
    verbs = {summary.split()[0].rstrip(",") for summary in summaries}
    allowed = (
        "Approve Ask Assign Change Check Get Import List Load Look Map Open Print Put Read Remove Run Say Search Send"
        " Show Stop Take Trust Try Upload"
    )
    assert verbs <= set(re.findall(r"\w+", allowed))
