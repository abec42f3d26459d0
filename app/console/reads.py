"""One cached read model: every page reads through it, two seconds old at most; every write clears it. Keyed by tenant, kept per session."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import streamlit as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.console.client import WORK_PATIENCE, Api, ApiProblem, File, Params
from app.domain.actions import Action
from app.domain.events import ChainCheck, Event
from app.domain.incidents import Incident
from app.domain.knowledge import KnowledgeDocument, Passage
from app.domain.patterns import Pattern
from app.domain.questions import Turn
from app.domain.signals import Signal
from app.domain.tenants import KillSwitch
from app.door_key import found_key
from app.settings import Settings
from app.wire import (
    AgentState,
    AskAnswer,
    BringBackAnswer,
    CycleAnswer,
    Desk,
    EditAnswer,
    IncidentDetail,
    KnowledgeStats,
    ObserveAnswer,
    ReconcileAnswer,
    RiskReport,
)

FRESH_SECONDS = 2
MOST_ENTRIES = 200
MOST_SIGNALS = 200
M = TypeVar("M", bound=BaseModel)


@st.cache_resource(show_spinner=False)
def _api(url: str) -> Api:
    return Api(url, key=partial(found_key, Settings().data))


@st.cache_resource(show_spinner=False)
def _url() -> str:
    """The settings are read once; they do not change while a console runs."""
    return Settings().api_url


def api() -> Api:
    """The client of the server that the settings name."""
    return _api(_url())


@st.cache_data(ttl=FRESH_SECONDS, scope="session", max_entries=MOST_ENTRIES, show_spinner=False)
def _read(url: str, tenant: str | None, path: str, params: str) -> Any:
    return _api(url).get(tenant, path, json.loads(params))


def _get(tenant: str | None, path: str, params: Params | None = None) -> Any:
    return _read(_url(), tenant, path, json.dumps(params or {}, sort_keys=True))


def forget() -> None:
    """Read everything afresh: called after each write."""
    _read.clear()


def _one(model: type[M], raw: Any) -> M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise ApiProblem("The server answered in a form this console does not know. Are both of the same version?") from error


def _many(model: type[M], raw: Any) -> list[M]:
    try:
        return TypeAdapter(list[model]).validate_python(raw)  # type: ignore[valid-type]
    except ValidationError as error:
        raise ApiProblem("The server answered in a form this console does not know. Are both of the same version?") from error


def state(tenant: str | None) -> AgentState:
    """How the agent is doing."""
    return _one(AgentState, _get(tenant, "/agent/state"))


def incidents(tenant: str, statuses: Sequence[str] = ()) -> list[Incident]:
    """Incidents, newest first."""
    return _many(Incident, _get(tenant, "/incidents", {"limit": 500, "status": list(statuses)}))


def incident(tenant: str, incident_id: str) -> IncidentDetail:
    """Everything about one incident."""
    return _one(IncidentDetail, _get(tenant, f"/incidents/{incident_id}"))


def risk(tenant: str, incident_id: str) -> RiskReport:
    """What it costs."""
    return _one(RiskReport, _get(tenant, f"/incidents/{incident_id}/risk"))


def timeline(tenant: str, incident_id: str) -> list[Event]:
    """Every event about it, oldest first."""
    return _many(Event, _get(tenant, f"/incidents/{incident_id}/timeline"))


def pending(tenant: str) -> list[Action]:
    """Actions that wait for a person, in the order of the server: the dearest to leave waiting first."""
    return _many(Action, _get(tenant, "/actions/pending"))


def actions(tenant: str, limit: int = 100) -> list[Action]:
    """Actions, newest proposed first."""
    return _many(Action, _get(tenant, "/actions", {"limit": limit}))


def action(tenant: str, action_id: str) -> Action:
    """One action."""
    return _one(Action, _get(tenant, f"/actions/{action_id}"))


def signals(tenant: str, signal_type: str | None = None, merchant_id: str | None = None) -> list[Signal]:
    """The latest signals."""
    chosen = {"signal_type": signal_type, "merchant_id": merchant_id}
    return _many(Signal, _get(tenant, "/signals", {"limit": 500, **{name: value for name, value in chosen.items() if value}}))


def signals_by_id(tenant: str, ids: Sequence[str]) -> list[Signal]:
    """Exactly these signals, those that exist."""
    wanted = list(ids)[:MOST_SIGNALS]
    return _many(Signal, _get(tenant, "/signals", {"id": wanted})) if wanted else []


def signals_waiting(tenant: str) -> list[Signal]:
    """Signals that no sweep has looked at."""
    return _many(Signal, _get(tenant, "/signals/pending", {"limit": 500}))


def bring_back(tenant: str, signal_ids: Sequence[str] = ()) -> BringBackAnswer:
    """Let the next sweep look again at signals that were set aside; at all of them when none is named."""
    return _one(BringBackAnswer, _write(tenant, "/signals/aside/retry", {"signal_ids": list(signal_ids)}))


def patterns(tenant: str) -> list[Pattern]:
    """What the latest sweeps found."""
    return _many(Pattern, _get(tenant, "/patterns", {"limit": 100}))


def documents(tenant: str) -> list[KnowledgeDocument]:
    """Every runbook."""
    return _many(KnowledgeDocument, _get(tenant, "/rag/documents"))


def knowledge_stats(tenant: str) -> KnowledgeStats:
    """What the index holds."""
    return _one(KnowledgeStats, _get(tenant, "/rag/stats"))


def search(tenant: str, query: str, k: int) -> list[Passage]:
    """The best passages for a query."""
    return _many(Passage, _get(tenant, "/rag/search", {"q": query, "k": k}))


def passage(tenant: str, chunk_id: str) -> Passage:
    """One passage."""
    return _one(Passage, _get(tenant, f"/rag/chunks/{chunk_id}"))


def conversation(tenant: str, conversation_id: str) -> list[Turn]:
    """The turns of a conversation, oldest first."""
    return _many(Turn, _get(tenant, f"/conversations/{conversation_id}"))


def events(tenant: str, subject: str = "", limit: int = 500) -> list[Event]:
    """The audit trail, newest first."""
    return _many(Event, _get(tenant, "/audit", {"limit": limit, "newest_first": True, **({"subject": subject} if subject else {})}))


def chain(tenant: str) -> ChainCheck:
    """A walk along the chain of events, now."""
    return _one(ChainCheck, api().get(tenant, "/audit", {"verify": True, "limit": 1})["chain"])


def decide(tenant: str, action_id: str, digest: str, approved: bool, feedback: str = "", cause_is_wrong: bool = False) -> Action:
    """Approve or reject the version that was on the screen."""
    body = {"action_id": action_id, "approved": approved, "digest": digest, "reviewer": "console", "feedback": feedback}
    body |= {"cause_is_wrong": True} if cause_is_wrong else {}
    return _one(Action, _write(tenant, "/actions/approve", body))


def edit(tenant: str, action_id: str, digest: str, arguments: dict[str, Any]) -> EditAnswer:
    """New arguments for the version that was on the screen."""
    return _one(EditAnswer, _write(tenant, f"/actions/{action_id}/edit", {"arguments": arguments, "digest": digest, "reviewer": "console"}))


def desk(tenant: str) -> Desk:
    """What waits for a person besides questions."""
    return _one(Desk, _get(tenant, "/desk"))


def turn_kill_switch(tenant: str, on: bool, reason: str, everywhere: bool) -> KillSwitch:
    """Stop sending, or go on."""
    return _one(KillSwitch, _write(tenant, "/kill-switch", {"on": on, "reason": reason, "everywhere": everywhere}))


def settle(tenant: str, action_id: str, happened: bool, feedback: str) -> Action:
    """Say what became of an action that is in doubt."""
    return _one(Action, _write(tenant, f"/actions/{action_id}/settle", {"happened": happened, "feedback": feedback}))


def reconcile(tenant: str, action_id: str) -> ReconcileAnswer:
    """Ask the tool what became of it."""
    return _one(ReconcileAnswer, _write(tenant, f"/actions/{action_id}/reconcile"))


def retry(tenant: str, incident_id: str) -> Incident:
    """Let an incident go on that was set aside."""
    return _one(Incident, _write(tenant, f"/incidents/{incident_id}/retry"))


def manage(tenant: str, incident_id: str, verb: str, value: str = "") -> Incident:
    """Acknowledge, assign or close an incident."""
    return _one(Incident, _write(tenant, f"/incidents/{incident_id}/{verb}", {"value": value}))


def ask(tenant: str, question: str, about: str | None, conversation_id: str | None) -> AskAnswer:
    """Put a question."""
    body = {"question": question, **({"about": about} if about else {}), **({"conversation_id": conversation_id} if conversation_id else {})}
    return _one(AskAnswer, _write(tenant, "/ask", body, patience=WORK_PATIENCE))


def observe(tenant: str) -> ObserveAnswer:
    """Look at the window now."""
    return _one(ObserveAnswer, _write(tenant, "/observe", patience=WORK_PATIENCE))


def run_cycle(tenant: str) -> CycleAnswer:
    """Sweep and advance now."""
    return _one(CycleAnswer, _write(tenant, "/run_cycle", patience=WORK_PATIENCE))


def load_example() -> dict[str, Any]:
    """Load the example signals into the demo tenant; a second time adds nothing."""
    try:
        return dict(api().get("demo", "/simulations/load"))
    finally:
        forget()


def upload(tenant: str, file: File) -> dict[str, Any]:
    """Send one document; what came of it."""
    try:
        return dict(api().upload(tenant, file))
    finally:
        forget()


def remove_document(tenant: str, document_id: str) -> None:
    """Remove one upload."""
    try:
        api().delete(tenant, f"/rag/documents/{document_id}")
    finally:
        forget()


def trust_document(tenant: str, document_id: str) -> KnowledgeDocument:
    """Let a waiting document be cited."""
    return _one(KnowledgeDocument, _write(tenant, f"/rag/documents/{document_id}/approve"))


def _write(tenant: str, path: str, body: dict[str, Any] | None = None, patience: float = 30.0) -> Any:
    try:
        return api().post(tenant, path, body, patience=patience)
    finally:
        forget()
