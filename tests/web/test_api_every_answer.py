"""Each answer that the OpenAPI document tells of really comes, and no other: every operation succeeds once, and is
refused once in each way that is documented for it. What a server of this mode never answers (429) is in no
operation's list.
"""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.api.main import create_app
from app.bootstrap import Application, Seams, build_application
from app.domain.errors import Unavailable
from app.domain.notices import Notice
from app.domain.tenants import LOCAL_ADMIN, Scope, ToolMode
from app.ports.store import Store
from app.process.vital_signs import Part, Trouble
from app.services.agent.jobs import CycleJobs
from app.services.watch.sweep import SWEEP
from app.settings import Settings
from tests.api_record import BASE, PARAMETER, Answer, Contract, Record, be_patient, told_contract
from tests.builders import NOW, PACK_CAUSE, make_notice
from tests.troubles import put_carried_out, put_doubt, put_held_wave, put_plan, put_set_aside

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
MOST_BYTES = 10_000
CODES = ("PAYMENT_CALLBACK_INVALID", "WEBHOOK_ENDPOINT_NOT_FOUND", "AUTH_TOKEN_VERSION_MISMATCH")
SIGNALS = [
    {
        "signal_type": "api_error",
        "source": "datadog",
        "severity": "high",
        "error_code": code,
        "endpoint": f"/api/v3/{code.lower()}",
        "merchant_id": f"MERCH-{number}",
    }
    for number, code in enumerate(CODES)
]
LATELY = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
"""On the machine's clock nothing may be older than what is kept."""
ALERT = {
    "version": "4",
    "groupKey": "all",
    "status": "firing",
    "alerts": [{"status": "firing", "labels": {"alertname": "X"}, "startsAt": LATELY, "fingerprint": "f"}],
}
UNKNOWN = {"parcel": "lost"}
RUNBOOK = ("zebra.md", b"# Zebra gateway\n\nTurn the zebra valve to the left when the zebra gateway complains.\n")
QUIET = {"name": "the move", "reason": "databases move", "until": "2099-01-01T00:00:00Z"}
VERDICT = {"approved": True, "feedback": "looked at"}
PACK = {"files": {"causes/wheel_fell_off.yaml": "{pack_cause}"}, "note": "ours"}
WORD = {"happened": True, "feedback": "their panel shows https"}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/signals/ingest", {"json": {"signals": SIGNALS}}),
    ("get", "/signals", {}),
    ("get", "/signals/pending", {}),
    ("get", "/signals/aside", {}),
    ("post", "/signals/aside/retry", {}),
    ("get", "/patterns", {}),
    ("get", "/departures", {}),
    ("get", "/departures/hours", {}),
    ("get", "/departures/false-alarms", {}),
    ("get", "/webhooks", {}),
    ("post", "/webhooks/auto", {"json": ALERT}),
    ("post", "/webhooks/auto", {"json": ALERT}),
    ("post", "/v1/logs", {"json": {"resourceLogs": []}}),
    ("get", "/signals/unmapped", {}),
    ("get", "/signals/unmapped/{shape}", {}),
    ("post", "/signals/unmapped/{shape}/mapping", {"json": {"ignore": True}}),
    ("post", "/signals/file", {"content": b"signal_type\nlog\n"}),
    (
        "post",
        "/merchants/import",
        {"json": {"merchants": [{"id": "MERCH-0", "wave": 7}, {"id": "MERCH-9", "wave": 8}]}},
    ),
    ("get", "/merchants", {}),
    ("get", "/migrations", {}),
    ("get", "/migrations/waves", {}),
    ("get", "/migrations/errors", {}),
    ("post", "/migrations/waves/{wave}/hold", {"json": {"reason": "nobody is there that day"}}),
    ("post", "/migrations/waves/{held_wave}/release", {"json": {"reason": "somebody is"}}),
    ("post", "/observe", {"json": {"window": 5}}),
    ("post", "/run_cycle", {}),
    ("get", "/jobs/{job}", {}),
    ("get", "/agent/state", {}),
    ("get", "/agent/status", {}),
    ("get", "/incidents", {}),
    ("get", "/incidents/{incident}", {}),
    ("get", "/incidents/{incident}/timeline", {}),
    ("get", "/incidents/{incident}/dossier", {}),
    ("get", "/incidents/risk", {}),
    ("get", "/incidents/{incident}/risk", {}),
    ("get", "/incidents/{incident}/report", {}),
    ("post", "/incidents/{set_aside}/retry", {}),
    ("post", "/incidents/{incident}/note", {"json": {"value": "called them"}}),
    ("get", "/actions", {}),
    ("get", "/actions/pending", {}),
    ("get", "/actions/{edited}", {}),
    ("post", "/actions/{edited}/edit", {"json": {"arguments": "{arguments}", "digest": "{digest}"}}),
    ("post", "/actions/{edited}/answer?digest=" + "0" * 64, {"json": [{"type": "response", "args": "why this?"}]}),
    ("post", "/actions/{approved}/snooze", {"json": {"minutes": 5}}),
    ("post", "/actions/approve", {"json": {"action_id": "{approved}", **VERDICT}}),
    ("post", "/approve_action", {"json": {"action_id": "{approved_too}", **VERDICT}}),
    (
        "post",
        "/actions/approve/batch",
        {"json": {"decisions": [{"action_id": "ACT-NONE", "digest": "0" * 64, **VERDICT}]}},
    ),
    ("post", "/execute_action", {"json": {"action_id": "{approved}"}}),
    ("get", "/playbooks", {}),
    ("get", "/playbooks/people_take_over", {}),
    ("get", "/playbooks/incidents/{planned}", {}),
    ("get", "/playbooks/incidents/{planned}/status", {}),
    ("post", "/playbooks/incidents/{planned}/steps/tell/complete", {}),
    ("post", "/playbooks/incidents/{planned_too}/recalculate", {}),
    ("post", "/playbooks/incidents/{planned_too}/stop", {"json": {"reason": "the vendor mends it"}}),
    ("get", "/tools", {}),
    ("get", "/tools/catalogue", {}),
    ("get", "/tools/executions", {}),
    ("get", "/tools/executions/{approved}", {}),
    ("get", "/tools/escalate", {}),
    ("post", "/tools/escalate/setting", {"json": {"on": True, "reason": "it is"}}),
    ("post", "/tools/escalate/test", {}),
    ("get", "/packs", {}),
    ("post", "/packs", {"json": PACK}),
    ("get", "/packs/calibration", {}),
    ("get", "/packs/1", {}),
    ("post", "/packs/1/try", {}),
    ("post", "/packs/1/activate", {"json": {"reason": "it was tried"}}),
    ("post", "/packs/back", {"json": {"reason": "it was worse"}}),
    ("get", "/notices", {}),
    ("post", "/notices/targets/by-telegram/test", {}),
    ("post", "/notices/{given_up}/resend", {}),
    ("post", "/tools/release_cutover_wave/try", {"json": {"arguments": {"wave": 7}}}),
    ("post", "/actions/{settled}/settle", {"json": WORD}),
    ("post", "/actions/{reconciled}/reconcile", {}),
    ("post", "/actions/{regretted}/undo", {"json": {"reason": "it was the wrong shop"}}),
    ("post", "/incidents/{incident}/checks/callback_not_https.callback_scheme_http", {"json": {"answer": "no"}}),
    ("post", "/incidents/{incident}/cause", {"json": {"cause": "unknown"}}),
    ("post", "/incidents/{incident}/words", {"json": {"language": "de"}}),
    ("post", "/ask", {"json": {"question": "what is going on?"}}),
    ("post", "/ask/stream", {"json": {"question": "what is going on?"}}),
    ("get", "/conversations/{conversation}", {}),
    ("get", "/llm/status", {}),
    ("post", "/rag/upload", {"files": {"file": RUNBOOK}}),
    ("get", "/rag/stats", {}),
    ("get", "/rag/search", {"params": {"q": "zebra valve"}}),
    ("get", "/rag/documents", {}),
    ("get", "/rag/chunks/{chunk}", {}),
    ("post", "/rag/documents/{document}/approve", {}),
    ("delete", "/rag/documents/{document}", {}),
    ("post", "/rag/clear", {}),
    ("get", "/simulations", {}),
    ("get", "/simulations/load", {"headers": {"X-Tenant": "default"}}),
    ("post", "/simulations/run", {"json": {"scenario": "{scenario}"}}),
    ("get", "/quiet", {}),
    ("post", "/quiet/windows", {"json": {**QUIET, "waves": [99]}}),
    ("post", "/quiet/mutes", {"json": {**QUIET, "causes": ["no_such_cause"]}}),
    ("post", "/quiet/{quiet}/end", {}),
    ("get", "/kill-switch", {}),
    ("post", "/kill-switch", {"json": {"on": False}}),
    ("get", "/desk", {}),
    ("get", "/policies", {}),
    ("get", "/audit", {}),
    ("get", "/audit/verify", {}),
    ("get", "/audit/export", {}),
    ("post", "/prune", {"json": {"older_than_days": 30}}),
    ("get", "/upkeep", {}),
    ("get", "/backup", {}),
    ("get", "/health", {}),
    ("get", "/api/health", {}),
    ("get", "/health/db", {}),
    ("get", "/metrics", {}),
]
"""One request for each operation that succeeds, in an order in which all of them do."""
WRONG_QUERY = {"/rag/search": {}, "/policies": {"kind": "x" * 33}, "/migrations/errors": {"days": 0}}
"""What is refused where it is not `limit=0`."""
READING = frozenset({"403", "404", "422", "500", "503"})
CHANGING = READING | {"409", "413", "415"}
SLOW = frozenset({"/simulations"})
"""Reads every scenario each time, so it is asked only for what it must answer."""
SICK = Trouble(cause="its disk is full", remedy="make room")


class Weather:
    """A store that can be told not to answer, or not to keep how a request with a key was answered."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.down = self.forgetful = False

    def __getattr__(self, name: str) -> Any:
        if self.down and name != "health":
            raise Unavailable("the store cannot be read now", "disk I/O error")
        return getattr(self.store, name)

    @contextmanager
    def write(self, scope: Scope) -> Iterator[Any]:
        """A transaction of the store behind it."""
        if self.down:
            raise Unavailable("the store cannot write now", "disk I/O error")
        with self.store.write(scope) as session:
            yield Forgetful(session) if self.forgetful else session


class Forgetful:
    """A session in which no answer is kept."""

    def __init__(self, session: Any) -> None:
        self.session = self.rows = session

    def __getattr__(self, name: str) -> Any:
        if name == "replies":
            return Forgetful(self.session.replies)
        if name in {"finish", "forget"}:
            raise Unavailable("the store cannot write now", "disk I/O error")
        return getattr(self.session, name)


class Wreck:
    """What is left of an application when something broke that nobody thought of."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(f"{name} is broken")


class Caller:
    """Whoever asks the server, and has each answer recorded."""

    def __init__(self, server: FastAPI, record: Record) -> None:
        self.server, self.record = server, record
        transport = httpx.ASGITransport(app=server, client=("127.0.0.1", 50_000))
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE)

    async def request(self, method: str, path: str, **sent: Any) -> Any:
        """What an answer says, when it is JSON."""
        response = await self.client.request(method, path, **sent)
        self.record(response)
        return response.json() if response.headers["content-type"] == "application/json" else None


@dataclass(frozen=True)
class Stage:
    """A server without its worker, so that nothing moves but what is asked for, and what can be done to it."""

    application: Application
    client: Caller
    record: Record

    @property
    def weather(self) -> Weather:
        """Its store."""
        store = self.application.store
        assert isinstance(store, Weather)
        return store

    @contextmanager
    def wrecked(self) -> Iterator[None]:
        """Everything fails."""
        server = self.client.server
        server.state.application = Wreck()
        yield
        server.state.application = self.application

    @contextmanager
    def down(self) -> Iterator[None]:
        """The store does not answer."""
        self.weather.down = True
        yield
        self.weather.down = False

    @contextmanager
    def forgetful(self) -> Iterator[None]:
        """The process ends, as it were, before it has kept its answer."""
        self.weather.forgetful = True
        yield
        self.weather.forgetful = False

    @contextmanager
    def sick(self) -> Iterator[None]:
        """A part is not well."""
        self.application.ctx.vitals.ill(Part.READ, SICK)
        yield
        self.application.ctx.vitals.well(Part.READ)

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Cycles wait for their turn, and nobody waits for a cycle."""
        server = self.client.server
        jobs = CycleJobs(self.application.ctx, patience=0.01)
        server.state.application = replace(self.application, jobs=jobs)
        with self.application.ctx.turn(SCOPE, SWEEP):
            yield
        server.state.application = self.application
        jobs.stop()


def config_with_target(config: Path) -> Path:
    """The shipped configuration with somebody who is told, over an account whose secret is not there."""
    shutil.copytree(CONFIG, config)
    account = {"name": "telegram", "secrets": {"token": {"env": "NO_SUCH_TOKEN"}}, "values": {"chat": "-1"}}
    (config / "connections.yaml").write_text(json.dumps({"connections": [account]}))
    target = {"name": "by-telegram", "over": "telegram", "tells": ["harm"]}
    (config / "notices.yaml").write_text(json.dumps({"targets": [target]}))
    return config


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("data")
    config = config_with_target(tmp_path_factory.mktemp("told") / "config")
    settings = Settings(data=folder, config=config, lite=True, demo=False, max_body_bytes=MOST_BYTES, log_level="ERROR")
    application = be_patient(build_application(settings, seams=Seams(store=Weather)))
    record = Record(told_contract())
    yield Stage(application, Caller(create_app(application), record), record)
    application.stop()


async def prepare(stage: Stage) -> dict[str, Any]:
    """What the requests are about: three questions, two doubts, an incident set aside, a job, a runbook."""
    ask, store = stage.client.request, stage.application.store
    await ask("POST", "/signals/ingest", json={"signals": SIGNALS})
    with stage.impatient():
        job = await ask("POST", "/run_cycle")
    await ask("POST", "/run_cycle")
    approved, approved_too, edited = await ask("GET", "/actions/pending")
    await ask("POST", "/rag/upload", files={"file": RUNBOOK})
    (passage, *_) = await ask("GET", "/rag/search", params={"q": "zebra valve"})
    asked = await ask("POST", "/ask", json={"question": "what is going on?"})
    await ask("POST", "/webhooks/other", json=UNKNOWN)
    (shape,) = await ask("GET", "/signals/unmapped")
    quiet = await ask("POST", "/quiet/windows", json={**QUIET, "merchants": ["MERCH-NOBODY"]})
    return {
        "job": job["id"],
        "approved": approved["id"],
        "approved_too": approved_too["id"],
        "edited": edited["id"],
        "digest": edited["digest"],
        "arguments": edited["decision"]["arguments"],
        "incident": approved["incident_id"],
        "settled": put_doubt(store, SCOPE, 1).id,
        "reconciled": put_doubt(store, SCOPE, 2).id,
        "regretted": put_carried_out(store, SCOPE, 4, mode=ToolMode.DRY_RUN).id,
        "set_aside": put_set_aside(store, SCOPE).id,
        "given_up": put_given_up(store).id,
        "conversation": asked["conversation_id"],
        "document": passage["document_id"],
        "chunk": passage["chunk_id"],
        "scenario": "thin_tuesday",
        "shape": shape["id"],
        "quiet": quiet["rule"]["id"],
        "planned": put_plan(store, SCOPE, 5, begun=True).incident_id,
        "planned_too": put_plan(store, SCOPE, 6).incident_id,
        "wave": 7,
        "pack_cause": PACK_CAUSE,
        "held_wave": put_held_wave(store, SCOPE, 8, 3).decision.arguments["wave"],
    }


def put_given_up(store: Store) -> Notice:
    """A message about a harm that did not arrive."""
    notice = make_notice(9, target="by-telegram", kind="harm", state="GAVE_UP", ended_at=NOW)
    with store.write(SCOPE) as session:
        session.notices.add(notice)
    return notice


def filled(value: Any, made: dict[str, Any]) -> Any:
    """A request with the ids of what was prepared."""
    if isinstance(value, dict):
        return {name: filled(part, made) for name, part in value.items()}
    if not isinstance(value, str):
        return value
    return made[value[1:-1]] if value[:1] == "{" else value.format_map(made)


def refusals_to_try(contract: Contract) -> set[Answer]:
    """Every refusal that is told, and those that another operation would give in the same way."""
    operations = {(method, path) for method, path, _ in contract.told if path not in SLOW}
    others = {
        (method, path, status) for method, path in operations for status in (READING if method == "get" else CHANGING)
    }
    return others | {answer for answer in contract.told if answer[2] >= "3"}


async def refuse(stage: Stage, answer: Answer, made: dict[str, Any]) -> None:
    """Ask so that this answer must come."""
    method, template, status = answer
    path = PARAMETER.sub(
        lambda found: {"{verb}": "note", "{source}": "other", "{wave}": "7"}.get(found[0], "X-1"), template
    )
    keyed = {"Idempotency-Key": f"{method} {template} {status}".replace(" ", "-")} if method != "get" else {}
    around: AbstractContextManager[None] = nullcontext()
    sent: dict[str, Any] = {"headers": keyed}
    match status:
        case "400":
            kind = "multipart/form-data" if template == "/rag/upload" else "application/json"
            sent = {"content": b"{", "headers": {"Content-Type": kind}}
        case "401":
            sent["headers"] = {"X-Forwarded-For": "203.0.113.9"}
        case "403":
            sent["headers"] = {"Host": "evil.example"}
        case "404":
            sent["headers"] = {**keyed, "X-Tenant": "nobody"}
        case "409" if method == "get":
            path = template.format(incident_id=made["set_aside"])
        case "409":
            around = stage.forgetful()
        case "413":
            sent["content"] = b" " * (MOST_BYTES + 1)
        case "415":
            sent = {"content": b"x", "headers": {**keyed, "Content-Encoding": "gzip"}}
        case "422" if method != "get":
            sent["headers"] = {"Idempotency-Key": "k" * 256}
        case "422" if "{" in template:
            path = PARAMETER.sub("x" * 201, template)
        case "422":
            sent["params"] = WRONG_QUERY.get(template, {"limit": 0})
        case "500":
            around = stage.wrecked()
        case "503":
            around = stage.sick() if "health" in template else stage.down()
    with around:
        await stage.client.request(method, path, **sent)
    if status == "409" and method != "get":
        await stage.client.request(method, path, **sent)


async def produce(stage: Stage) -> None:
    """Everything that is documented, and more."""
    made = await prepare(stage)
    with capture_logs():
        for answer in sorted(refusals_to_try(stage.record.contract)):
            await refuse(stage, answer, made)
    for method, path, sent in REQUESTS:
        await stage.client.request(method, filled(path, made), **filled(sent, made))
    stage.application.settings.anchor_file.unlink()
    await stage.client.request("POST", "/audit/accept", json={"reason": "the disk of the anchor is gone"})


@pytest.fixture(scope="module")
def record(stage: Stage) -> Record:
    """What came of everything."""
    asyncio.run(produce(stage))
    return stage.record


def test_each_documented_answer_comes(record: Record) -> None:
    assert len(record.contract.told) > 400
    assert sorted(record.contract.told - record.came) == []


def test_no_other_answer_comes(record: Record) -> None:
    assert record.faults == []
