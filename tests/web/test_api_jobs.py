"""A cycle that lasts longer than a caller waits goes on as a job, and whoever asks after it is told the truth."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application, build_application
from app.cli.client import Line, Refused
from app.console import queries
from app.domain.errors import Conflict
from app.domain.tenants import Scope
from app.services.agent import cycle
from app.services.agent.jobs import INTERRUPTED, JOBS_NOTE, MOST_JOBS, CycleJobs
from app.services.watch.sweep import SWEEP
from app.settings import Settings
from tests.api_record import caller_of
from tests.waiting import wait_until

SCOPE = Scope(tenant_id="default")
SIGNAL = {
    "signal_type": "api_error",
    "source": "datadog",
    "severity": "high",
    "error_code": "PAYMENT_CALLBACK_INVALID",
    "endpoint": "/api/v3/jobs",
    "merchant_id": "MERCH-JOB",
}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A server whose callers wait a twentieth of a second for a cycle; its own worker is never begun."""
    folder: Path = tmp_path_factory.mktemp("data")
    built = build_application(Settings(data=folder, lite=True, demo=False, sweep_seconds=3600))
    yield replace(built, jobs=CycleJobs(built.ctx, patience=0.05))


@pytest.fixture(scope="module")
def client(application: Application) -> Iterator[TestClient]:
    """Its routes, without the worker's life around them."""
    yield caller_of(application)
    application.stop()


def ended(client: TestClient, job_id: str) -> dict[str, Any]:
    """The job once it is over."""

    def look() -> dict[str, Any] | None:
        job: dict[str, Any] = client.get(f"/jobs/{job_id}").json()
        return job if job["state"] != "running" else None

    return wait_until(look, 20, f"the end of {job_id}") or {}


def test_a_long_cycle_is_a_job_that_one_key_begins_once_and_that_ends_with_its_answer(
    application: Application, client: TestClient
) -> None:
    client.post("/signals/ingest", json={"signals": [SIGNAL]})
    with application.ctx.turn(SCOPE, SWEEP):
        begun = client.post("/run_cycle", headers={"Idempotency-Key": "long"})
        assert begun.status_code == 202, begun.text
        job = begun.json()
        assert (job["state"], job["incidents"], job["answer"]) == ("running", [], None)
        assert begun.headers["location"] == f"/jobs/{job['id']}"
        assert client.get(f"/jobs/{job['id']}").json()["state"] == "running"
        assert client.post("/run_cycle").json()["id"] == job["id"], "of a tenant that has a job no second one is begun"
    done = ended(client, job["id"])
    assert done["state"] == "done"
    assert done["incidents"] == done["answer"]["observed"]["opened"] and len(done["incidents"]) == 1
    again = client.post("/run_cycle", headers={"Idempotency-Key": "long"})
    assert (again.status_code, again.json()["id"]) == (202, job["id"])
    assert client.get(f"/jobs/{job['id']}", headers={"X-Tenant": "demo"}).status_code == 404
    with application.ctx.store.read(SCOPE) as session:
        assert all(not lease.fence.name.startswith("job:") for lease in session.leases.page())


def test_a_job_whose_process_is_gone_says_that_it_was_interrupted(application: Application, client: TestClient) -> None:
    left = {"id": "JOB-LEFT", "state": "running", "began": "2026-03-02T09:00:00Z", "incidents": []}
    with application.ctx.store.write(SCOPE) as session:
        session.notes.put(JOBS_NOTE, {"JOB-LEFT": left})
    job = client.get("/jobs/JOB-LEFT").json()
    assert (job["state"], job["detail"]) == ("failed", INTERRUPTED)


def test_a_job_that_the_server_stops_in_the_middle_of_says_so(application: Application, client: TestClient) -> None:
    jobs = CycleJobs(application.ctx, patience=0.0)
    with application.ctx.turn(SCOPE, SWEEP):
        job = jobs.run_cycle(SCOPE)
        jobs._stopping.set()
    jobs.stop()
    found = client.get(f"/jobs/{job.id}").json()  # type: ignore[union-attr]
    assert (found["state"], found["detail"]) == ("failed", INTERRUPTED)


@pytest.mark.parametrize(
    ("error", "words"), [(Conflict("the switch is on"), "the switch is on"), (ValueError("secret"), "logged as JOB-")]
)
def test_a_job_that_fails_says_why_to_the_command_and_the_console_and_never_what_went_wrong_inside(
    application: Application, client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(*_: Any, stopping: Any) -> None:
        with application.ctx.turn(SCOPE, SWEEP):
            raise error

    monkeypatch.setattr(cycle, "run_cycle", fail)
    with application.ctx.turn(SCOPE, SWEEP):
        job_id = client.post("/run_cycle").json()["id"]
    job = ended(client, job_id)
    assert job["state"] == "failed" and words in job["detail"] and "secret" not in job["detail"]

    class Told:
        inside = False

        def send(self, method: str, path: str, **_: Any) -> httpx.Response:
            return httpx.Response(
                202 if method == "POST" else 200, json={**job, "state": "running"} if method == "POST" else job
            )

        def save(self, path: str, sink: Any) -> httpx.Response:
            raise AssertionError(path)

    with pytest.raises(Refused, match=words):
        Line(Told()).run_cycle()


def test_command_and_console_follow_a_job_to_its_answer(
    application: Application, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:

    class Routes:
        inside = True

        def send(self, method: str, path: str, **request: Any) -> httpx.Response:
            return client.request(method, path, **{k: v for k, v in request.items() if v is not None})

        def save(self, path: str, sink: Any) -> httpx.Response:
            raise AssertionError(path)

    class Wire:
        def post(self, tenant: str, path: str, *_: Any, **__: Any) -> Any:
            return client.post(path, headers={"X-Tenant": tenant}).json()

        def get(self, tenant: str, path: str) -> Any:
            return client.get(path, headers={"X-Tenant": tenant}).json()

    monkeypatch.setattr(queries, "api", Wire)
    monkeypatch.setattr(queries, "forget_reads", lambda: None)
    monkeypatch.setattr(application.jobs, "_patience", 0.0)
    client.post("/signals/ingest", json={"signals": [SIGNAL]})
    seen = Line(Routes()).run_cycle()["observed"]["signals"]
    assert seen >= 1
    assert queries.run_cycle("default").observed.signals == seen


def test_only_the_latest_jobs_are_kept_and_running_ones_longest(application: Application) -> None:
    with application.ctx.store.write(SCOPE) as session:
        session.notes.put(
            JOBS_NOTE,
            {
                f"JOB-{n:02}": {
                    "id": f"JOB-{n:02}",
                    "state": "running" if n == 0 else "done",
                    "began": f"2026-03-02T09:{n:02}:00Z",
                    "incidents": [],
                }
                for n in range(MOST_JOBS)
            },
        )
    with application.ctx.turn(SCOPE, SWEEP):
        job = (jobs := CycleJobs(application.ctx, patience=0.0)).run_cycle(SCOPE)
    jobs.stop()
    with application.ctx.store.read(SCOPE) as session:
        kept = session.notes.get(JOBS_NOTE) or {}
    assert len(kept) == MOST_JOBS and "JOB-00" in kept and "JOB-01" not in kept
    assert job.id in kept  # type: ignore[union-attr]
