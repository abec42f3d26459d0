"""One cached read model: every page reads through it, two seconds old at most; every write clears it. Keyed by tenant,
kept per session.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from app.client import IDS, parse_answer
from app.console.client import WORK_PATIENCE, Api, ApiProblem, File, Params
from app.domain.actions import Action
from app.domain.base import JsonMapping, JsonObject, digest_of
from app.domain.decisions import Request
from app.domain.events import ChainCheck, Event
from app.domain.incidents import Incident
from app.domain.knowledge import KnowledgeDocument, Passage
from app.domain.patterns import Pattern
from app.domain.questions import Turn
from app.domain.signals import Signal
from app.domain.tenants import KillSwitch
from app.process.door_key import found_key
from app.schemas.actions import Desk, ReconcileAnswer, SnoozeAnswer, UndoAnswer
from app.schemas.base import BringBackAnswer, EditAnswer
from app.schemas.incidents import (
    AskAnswer,
    AskProgress,
    CaseWords,
    IncidentDetail,
    RiskReport,
    RiskTotal,
    WordAnswer,
)
from app.schemas.migrations import ErrorCourse, MigrationRow, WaveShown
from app.schemas.notices import NoticeBoard, ResendAnswer
from app.schemas.operations import AgentState, FixturesAnswer, KnowledgeStats, ModelStatus, UploadAnswer
from app.schemas.packs import PackCalibration, PacksAnswer, PackShown, PackTrial
from app.schemas.playbooks import PlanShown
from app.schemas.quiet import QuietShown
from app.schemas.signals import (
    CycleAnswer,
    CycleJob,
    DepartureShown,
    FalseAlarms,
    JobState,
    ObserveAnswer,
    StreamCourse,
)
from app.schemas.sources import FileAnswer, MappingAnswer, ShapeView
from app.schemas.tools import ExecutionShown, ToolShown, ToolTestAnswer
from app.settings import Settings

FRESH_SECONDS = 2
MOST_ENTRIES = 200
MOST_SIGNALS = 200
WINDOW = "window"
JOB_PAUSE = 0.5
"""Seconds between two looks at a job."""
T = TypeVar("T")


@st.cache_resource(show_spinner=False)
def _client_for(url: str) -> Api:
    return Api(url, key=partial(found_key, Settings().data))


@st.cache_resource(show_spinner=False)
def _server_url() -> str:
    """The settings are read once; they do not change while a console runs."""
    return Settings().api_url


def api() -> Api:
    """The client of the server that the settings name."""
    return _client_for(_server_url())


@st.cache_data(ttl=FRESH_SECONDS, scope="session", max_entries=MOST_ENTRIES, show_spinner=False)
def _read_cached(url: str, tenant: str | None, path: str, params: str) -> Any:
    return _client_for(url).get(tenant, path, json.loads(params))


def _get_path(tenant: str | None, path: str, params: Params | None = None) -> Any:
    return _read_cached(_server_url(), tenant, path, json.dumps(params or {}, sort_keys=True))


def forget_reads() -> None:
    """Read everything afresh: called after each write."""
    _read_cached.clear()


def _parse(kind: type[T], raw: object) -> T:
    """An answer in its declared shape, of a newer server too; what is missing is a sentence on the page."""
    try:
        return parse_answer(kind, raw)
    except ValidationError as error:
        raise ApiProblem(
            "The server answered in a form this console does not know. Are both of the same version?"
        ) from error


def read_state(tenant: str | None) -> AgentState:
    """How the agent is doing."""
    return _parse(AgentState, _get_path(tenant, "/agent/state"))


def list_incident_rows(tenant: str, statuses: Sequence[str] = ()) -> list[Incident]:
    """Incidents, newest first."""
    return _parse(list[Incident], _get_path(tenant, "/incidents", {"limit": 500, "status": list(statuses)}))


def read_incident_detail(tenant: str, incident_id: str) -> IncidentDetail:
    """Everything about one incident."""
    return _parse(IncidentDetail, _get_path(tenant, f"/incidents/{incident_id}"))


def read_risk(tenant: str, incident_id: str) -> RiskReport:
    """What it costs."""
    return _parse(RiskReport, _get_path(tenant, f"/incidents/{incident_id}/risk"))


def report_of(tenant: str, incident_id: str, kind: str) -> Callable[[], bytes]:
    """What fetches the report of an incident, once it is asked for: as markdown or as pdf."""
    return partial(api().fetch, tenant, f"/incidents/{incident_id}/report", {"format": kind})


def read_total_risk(tenant: str) -> RiskTotal:
    """What all open incidents cost together."""
    return _parse(RiskTotal, _get_path(tenant, "/incidents/risk"))


def read_timeline(tenant: str, incident_id: str) -> list[Event]:
    """Every event about it, oldest first."""
    return _parse(list[Event], _get_path(tenant, f"/incidents/{incident_id}/timeline"))


def list_pending_actions(tenant: str) -> list[Action]:
    """Actions that wait for a person, in the order of the server: the dearest to leave waiting first."""
    return _parse(list[Action], _get_path(tenant, "/actions/pending"))


def list_action_rows(tenant: str, limit: int = 100) -> list[Action]:
    """Actions, newest proposed first."""
    return _parse(list[Action], _get_path(tenant, "/actions", {"limit": limit}))


def read_action_row(tenant: str, action_id: str) -> Action:
    """One action."""
    return _parse(Action, _get_path(tenant, f"/actions/{action_id}"))


def list_signal_rows(tenant: str, signal_type: str | None = None, merchant_id: str | None = None) -> list[Signal]:
    """The latest signals."""
    chosen = {"signal_type": signal_type, "merchant_id": merchant_id}
    return _parse(
        list[Signal],
        _get_path(tenant, "/signals", {"limit": 500, **{name: value for name, value in chosen.items() if value}}),
    )


def signals_by_id(tenant: str, ids: Sequence[str]) -> list[Signal]:
    """Exactly these signals, those that exist."""
    wanted = list(ids)[:MOST_SIGNALS]
    return _parse(list[Signal], _get_path(tenant, "/signals", {"id": wanted})) if wanted else []


def signals_waiting(tenant: str) -> list[Signal]:
    """Signals that no sweep has looked at."""
    return _parse(list[Signal], _get_path(tenant, "/signals/pending", {"limit": 500}))


def bring_back(tenant: str, signal_ids: Sequence[str] = ()) -> BringBackAnswer:
    """Let the next sweep look again at signals that were set aside; at all of them when none is named."""
    return _parse(BringBackAnswer, _write(tenant, "/signals/aside/retry", {"signal_ids": list(signal_ids)}))


def list_unmapped(tenant: str) -> list[ShapeView]:
    """What nobody could read, by its shape."""
    return _parse(list[ShapeView], _get_path(tenant, "/signals/unmapped"))


def map_unmapped(
    tenant: str, shape_id: str, kind: str | None, fields: Mapping[str, str], *, ignore: bool, dry_run: bool = False
) -> MappingAnswer:
    """Say what the fields of a shape mean, or only see what that makes."""
    body: JsonObject = {"ignore": ignore, "signal_type": kind, "fields": dict(fields)}
    told = "?dry_run=true" if dry_run else ""
    return _parse(MappingAnswer, _write(tenant, f"/signals/unmapped/{shape_id}/mapping{told}", body))


def send_signal_file(
    tenant: str, file: File, kind: str | None, fields: Mapping[str, str], *, partial: bool, dry_run: bool
) -> FileAnswer:
    """Send a file of signals, or only see what it holds."""
    asked: Params = {"name": file.name[:200], "partial": partial, "dry_run": dry_run}
    if kind or fields:
        asked = {**asked, "mapping": json.dumps({"signal_type": kind, "fields": dict(fields)})}
    try:
        return _parse(FileAnswer, api().send_bytes(tenant, "/signals/file", file.content, asked))
    finally:
        forget_reads()


def list_pattern_rows(tenant: str) -> list[Pattern]:
    """What the latest sweeps found."""
    return _parse(list[Pattern], _get_path(tenant, "/patterns", {"limit": 100}))


def list_departure_rows(tenant: str) -> list[DepartureShown]:
    """What departs from what would have been normal, what hurts first."""
    return _parse(list[DepartureShown], _get_path(tenant, "/departures"))


def list_course_rows(tenant: str) -> list[StreamCourse]:
    """The watched streams hour by hour over the last day."""
    return _parse(list[StreamCourse], _get_path(tenant, "/departures/hours"))


def read_false_alarms(tenant: str) -> FalseAlarms:
    """How many incidents were none, beside how many may be."""
    return _parse(FalseAlarms, _get_path(tenant, "/departures/false-alarms"))


def list_wave_rows(tenant: str) -> list[WaveShown]:
    """Each wave with its verdict."""
    return _parse(list[WaveShown], _get_path(tenant, "/migrations/waves"))


def list_migration_rows(tenant: str) -> list[MigrationRow]:
    """Where each merchant stands in the migration."""
    return _parse(list[MigrationRow], _get_path(tenant, "/migrations"))


def list_error_course_rows(tenant: str) -> list[ErrorCourse]:
    """How merchants fare after their own cutover."""
    return _parse(list[ErrorCourse], _get_path(tenant, "/migrations/errors"))


def send_hold(tenant: str, wave: int, verb: str, reason: str) -> Action:
    """Propose to hold a wave, or to release it."""
    return _parse(Action, _write(tenant, f"/migrations/waves/{wave}/{verb}", {"reason": reason}))


def list_document_rows(tenant: str) -> list[KnowledgeDocument]:
    """Every runbook."""
    return _parse(list[KnowledgeDocument], _get_path(tenant, "/rag/documents"))


def knowledge_stats(tenant: str) -> KnowledgeStats:
    """What the index holds."""
    return _parse(KnowledgeStats, _get_path(tenant, "/rag/stats"))


def search_passages(tenant: str, query: str, k: int) -> list[Passage]:
    """The best passages for a query."""
    return _parse(list[Passage], _get_path(tenant, "/rag/search", {"q": query, "k": k}))


def read_passage_row(tenant: str, chunk_id: str) -> Passage:
    """One passage."""
    return _parse(Passage, _get_path(tenant, f"/rag/chunks/{chunk_id}"))


def read_turns(tenant: str, conversation_id: str) -> list[Turn]:
    """The turns of a conversation, oldest first."""
    return _parse(list[Turn], _get_path(tenant, f"/conversations/{conversation_id}"))


def list_event_rows(tenant: str, subject: str = "", limit: int = 500) -> list[Event]:
    """The audit trail, newest first."""
    return _parse(
        list[Event],
        _get_path(
            tenant, "/audit", {"limit": limit, "newest_first": True, **({"subject": subject} if subject else {})}
        ),
    )


def check_chain(tenant: str) -> ChainCheck:
    """A walk along the chain of events, now."""
    return _parse(ChainCheck, api().get(tenant, "/audit", {"verify": True, "limit": 1})["chain"])


def send_decision(
    tenant: str, action_id: str, digest: str, approved: bool, feedback: str = "", cause_is_wrong: bool = False
) -> Action:
    """Approve or reject the version that was on the screen."""
    body: JsonObject = {
        "action_id": action_id,
        "approved": approved,
        "digest": digest,
        "reviewer": "console",
        "feedback": feedback,
    }
    body |= {"cause_is_wrong": True} if cause_is_wrong else {}
    return _parse(Action, _write_once(tenant, "/actions/approve", body))


def send_edit(tenant: str, action_id: str, digest: str, arguments: JsonObject) -> EditAnswer:
    """New arguments for the version that was on the screen."""
    return _parse(
        EditAnswer,
        _write(tenant, f"/actions/{action_id}/edit", {"arguments": arguments, "digest": digest, "reviewer": "console"}),
    )


def send_snooze(tenant: str, action_id: str, minutes: int, reason: str = "") -> SnoozeAnswer:
    """Put a question off; 0 minutes ask it again at once."""
    return _parse(SnoozeAnswer, _write(tenant, f"/actions/{action_id}/snooze", {"minutes": minutes, "reason": reason}))


def send_undo(tenant: str, action_id: str, reason: str, merchants: Sequence[str] = ()) -> UndoAnswer:
    """Have something taken back that was sent: for these merchants, or for everybody."""
    body: JsonObject = {"reason": reason, **({"merchants": [*merchants]} if merchants else {})}
    return _parse(UndoAnswer, _write(tenant, f"/actions/{action_id}/undo", body, patience=WORK_PATIENCE))


def list_quiet_rows(tenant: str) -> list[QuietShown]:
    """The windows and mutes, the newest first."""
    return _parse(list[QuietShown], _get_path(tenant, "/quiet"))


def send_quiet(tenant: str, what: str, wish: JsonObject) -> QuietShown:
    """Open a window (`windows`), or mute something (`mutes`)."""
    return _parse(QuietShown, _write(tenant, f"/quiet/{what}", wish))


def send_quiet_end(tenant: str, rule_id: str) -> QuietShown:
    """End a window or mute."""
    return _parse(QuietShown, _write(tenant, f"/quiet/{rule_id}/end"))


def read_desk(tenant: str) -> Desk:
    """What waits for a person besides questions."""
    return _parse(Desk, _get_path(tenant, "/desk"))


def turn_kill_switch(tenant: str, on: bool, reason: str, everywhere: bool) -> KillSwitch:
    """Stop sending, or go on."""
    return _parse(KillSwitch, _write(tenant, "/kill-switch", {"on": on, "reason": reason, "everywhere": everywhere}))


def send_settlement(tenant: str, action_id: str, happened: bool, feedback: str) -> Action:
    """Say what became of an action that is in doubt."""
    return _parse(Action, _write(tenant, f"/actions/{action_id}/settle", {"happened": happened, "feedback": feedback}))


def send_reconcile(tenant: str, action_id: str) -> ReconcileAnswer:
    """Ask the tool what became of it."""
    return _parse(ReconcileAnswer, _write(tenant, f"/actions/{action_id}/reconcile"))


def send_retry(tenant: str, incident_id: str) -> Incident:
    """Let an incident go on that was set aside."""
    return _parse(Incident, _write(tenant, f"/incidents/{incident_id}/retry"))


def manage(tenant: str, incident_id: str, verb: str, value: str = "") -> Incident:
    """Acknowledge, assign, note, merge, close or mute an incident."""
    return _parse(Incident, _write(tenant, f"/incidents/{incident_id}/{verb}", {"value": value}))


def read_plan(tenant: str, incident_id: str) -> PlanShown | None:
    """The plan of an incident; none where no playbook fits."""
    raw = _get_path(tenant, f"/playbooks/incidents/{incident_id}")
    return None if raw is None else _parse(PlanShown, raw)


def send_step(tenant: str, incident_id: str, step_id: str, done: bool, note: str, plan_digest: str) -> PlanShown:
    """Say that a step of the plan that was seen is done, or cannot be."""
    path = f"/playbooks/incidents/{incident_id}/steps/{step_id}/complete"
    return _parse(PlanShown, _write(tenant, path, {"done": done, "note": note, "plan_digest": plan_digest}))


def send_recalculation(tenant: str, incident_id: str) -> PlanShown:
    """Have a plan made anew."""
    return _parse(PlanShown, _write(tenant, f"/playbooks/incidents/{incident_id}/recalculate"))


def send_plan_stop(tenant: str, incident_id: str, reason: str, plan_digest: str) -> PlanShown:
    """Have the plan that was seen go no further."""
    body = {"reason": reason, "plan_digest": plan_digest}
    return _parse(PlanShown, _write(tenant, f"/playbooks/incidents/{incident_id}/stop", body))


def send_check(tenant: str, incident_id: str, sign: str, answer: str, note: str = "") -> WordAnswer:
    """Say whether a sign of an incident holds."""
    body = {"answer": answer, "note": note}
    return _parse(WordAnswer, _write(tenant, f"/incidents/{incident_id}/checks/{sign}", body, patience=WORK_PATIENCE))


def send_cause(tenant: str, incident_id: str, cause: str, note: str = "") -> WordAnswer:
    """Name the cause of an incident."""
    body = {"cause": cause, "note": note}
    return _parse(WordAnswer, _write(tenant, f"/incidents/{incident_id}/cause", body, patience=WORK_PATIENCE))


def read_notice_board(tenant: str) -> NoticeBoard:
    """Who is told, and what they were told."""
    return _parse(NoticeBoard, _get_path(tenant, "/notices"))


def send_notice_anew(tenant: str, notice_id: str) -> ResendAnswer:
    """Have people told once more what did not reach them."""
    return _parse(ResendAnswer, _write(tenant, f"/notices/{notice_id}/resend", {}, patience=WORK_PATIENCE))


def list_tool_rows(tenant: str) -> list[ToolShown]:
    """The tools of a tenant."""
    return _parse(list[ToolShown], _get_path(tenant, "/tools"))


def list_execution_rows(tenant: str) -> list[ExecutionShown]:
    """What was sent lately, newest first."""
    return _parse(list[ExecutionShown], _get_path(tenant, "/tools/executions"))


def try_tool(tenant: str, name: str, arguments: JsonObject) -> Request:
    """The exact request these arguments would come to."""
    merchants = arguments.get("merchant_ids", [])
    return _parse(Request, _write(tenant, f"/tools/{name}/try", {"arguments": arguments, "merchant_ids": merchants}))


def test_tool(tenant: str, name: str) -> ToolTestAnswer:
    """Make a harmless call over each connection of a tool."""
    return _parse(ToolTestAnswer, _write(tenant, f"/tools/{name}/test", patience=WORK_PATIENCE))


def set_tool(tenant: str, name: str, wanted: JsonObject, reason: str) -> ToolShown:
    """Say how far a tool may reach."""
    return _parse(ToolShown, _write(tenant, f"/tools/{name}/setting", {**wanted, "reason": reason}))


def read_packs(tenant: str) -> PacksAnswer:
    """Which domain pack is in force, and every upload."""
    return _parse(PacksAnswer, _get_path(tenant, "/packs"))


def read_calibration(tenant: str) -> PackCalibration:
    """How right the confidences were."""
    return _parse(PackCalibration, _get_path(tenant, "/packs/calibration"))


def send_pack(tenant: str, wanted: JsonMapping) -> PackShown:
    """Upload a domain pack."""
    return _parse(PackShown, _write(tenant, "/packs", wanted))


def try_pack(tenant: str, number: int) -> PackTrial:
    """Weigh recorded incidents with an upload."""
    return _parse(PackTrial, _write(tenant, f"/packs/{number}/try", {}, patience=WORK_PATIENCE))


def put_pack(tenant: str, number: int | None, reason: str) -> PacksAnswer:
    """Put an upload in force, or, without a number, what was in force before."""
    path = "/packs/back" if number is None else f"/packs/{number}/activate"
    return _parse(PacksAnswer, _write(tenant, path, {"reason": reason}))


def read_model_state(tenant: str) -> ModelStatus:
    """Whether there is a language model, and what was used of it."""
    return _parse(ModelStatus, _get_path(tenant, "/llm/status"))


def send_question(
    tenant: str, question: str, about: str | None, conversation_id: str | None, use: str | None = None
) -> AskAnswer:
    """Put a question; `use` is what the language model may do from now on in this conversation."""
    body = _question_body(question, about, conversation_id, use)
    return _parse(AskAnswer, _write(tenant, "/ask", body, patience=WORK_PATIENCE))


def stream_question(
    tenant: str, question: str, about: str | None, conversation_id: str | None, use: str | None = None
) -> Iterator[AskProgress]:
    """The same, seen as it comes: the answer of the rules first, the kept one last."""
    try:
        for line in api().stream(tenant, "/ask/stream", _question_body(question, about, conversation_id, use)):
            yield _parse(AskProgress, json.loads(line))
    finally:
        forget_reads()


def _question_body(question: str, about: str | None, conversation_id: str | None, use: str | None) -> JsonObject:
    return {
        "question": question,
        **({"model": use} if use else {}),
        **({"about": about} if about else {}),
        **({"conversation_id": conversation_id} if conversation_id else {}),
    }


def send_words(tenant: str, incident_id: str, use: str) -> CaseWords:
    """What is concluded and proposed, in other words."""
    path = f"/incidents/{incident_id}/words"
    return _parse(CaseWords, _write(tenant, path, {"model": use}, patience=WORK_PATIENCE))


def send_observe(tenant: str) -> ObserveAnswer:
    """Look at the window now."""
    return _parse(ObserveAnswer, _write(tenant, "/observe", patience=WORK_PATIENCE))


def run_cycle(tenant: str) -> CycleAnswer:
    """Sweep and advance now, and follow the job when it lasts; ApiProblem when it failed, or lasts longer still."""
    raw = _write(tenant, "/run_cycle", patience=WORK_PATIENCE)
    if "state" not in raw:
        return _parse(CycleAnswer, raw)
    job, until = _parse(CycleJob, raw), time.monotonic() + WORK_PATIENCE
    while job.state is JobState.RUNNING and time.monotonic() < until:
        threading.Event().wait(JOB_PAUSE)
        job = _parse(CycleJob, api().get(tenant, f"/jobs/{job.id}"))
    forget_reads()
    if job.answer is None:
        so_far = f"{len(job.incidents)} incidents are open so far"
        raise ApiProblem(job.detail or f"The cycle goes on, {so_far}; its job {job.id} tells how far it is.")
    return job.answer


def load_example() -> FixturesAnswer:
    """Load the example signals into the demo tenant; a second time adds nothing."""
    try:
        return _parse(FixturesAnswer, api().get("demo", "/simulations/load"))
    finally:
        forget_reads()


def send_upload(tenant: str, file: File) -> UploadAnswer:
    """Send one document; what came of it."""
    try:
        return _parse(UploadAnswer, api().upload(tenant, file))
    finally:
        forget_reads()


def remove_document(tenant: str, document_id: str) -> None:
    """Remove one upload."""
    try:
        api().delete(tenant, f"/rag/documents/{document_id}")
    finally:
        forget_reads()


def trust_document(tenant: str, document_id: str) -> KnowledgeDocument:
    """Let a waiting document be cited."""
    return _parse(KnowledgeDocument, _write(tenant, f"/rag/documents/{document_id}/approve"))


def _write(
    tenant: str, path: str, body: JsonMapping | None = None, patience: float = 30.0, once: str | None = None
) -> Any:
    try:
        return api().post(tenant, path, body, patience=patience, once=once)
    finally:
        forget_reads()


def _write_once(tenant: str, path: str, body: JsonMapping, patience: float = 30.0) -> Any:
    """What a window says once: however often it is pressed, each press is told what the first came to.

    A press ends the work of the one before it wherever that stands, and its answer is lost. Therefore the key is of the
    window and of what is said, not of the press. A refusal that was heard ends it: what is pressed after that is asked
    anew.
    """
    said = digest_of([st.session_state.setdefault(WINDOW, IDS.fresh("WINDOW")), path, body])
    try:
        return _write(tenant, path, body, patience, once=f"CONSOLE-{said}")
    except ApiProblem as refusal:
        if refusal.status:
            del st.session_state[WINDOW]
        raise
