"""The roles of the workers, as protocols: neighbours on the floor of workers are strangers and meet here only."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from app.domain.actions import Action, ActionStatus, Outcome
from app.domain.base import Untrusted, Value
from app.domain.decisions import Effect, Request
from app.domain.events import ChainCheck, Event
from app.domain.evidence import Evidence
from app.domain.incidents import Incident, IncidentStatus
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.questions import Turn
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope, Tenant, ToolMode


class Clock(Protocol):
    """The only way to know the time."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...


class Ids(Protocol):
    """Ids that need not be derived from content (conversations, requests without a key)."""

    def fresh(self, prefix: str) -> str:
        """A new id that nobody else has."""
        ...


class Random(Protocol):
    """Seeded chance."""

    def random(self) -> float:
        """A number in [0, 1)."""
        ...


# --- the store ---------------------------------------------------------------------------------------------------


class Signals(Protocol):
    """The signals of one tenant."""

    def add(self, signals: Sequence[Signal]) -> list[bool]:
        """Keep each signal once, by id; True where it was new."""
        ...

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        ...

    def window(
        self, since: datetime, until: datetime | None = None, *, types: Iterable[SignalType] | None = None, merchants: Iterable[str] | None = None
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id)."""
        ...

    def recent(self, *, limit: int = 100, offset: int = 0, signal_type: SignalType | None = None, merchant_id: str | None = None) -> list[Signal]:
        """Newest first, for people."""
        ...

    def count(self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False) -> int:
        """How many there are."""
        ...

    def unswept(self, limit: int = 20_000) -> list[Signal]:
        """Signals no sweep has looked at, by (occurred_at, id)."""
        ...

    def mark_swept(self, assigned: Mapping[str, str | None]) -> None:
        """Note for each signal id the incident it joined, or None when it joined none."""
        ...

    def of_incident(self, incident_id: str, *, limit: int | None = None) -> list[Signal]:
        """The signals that joined an incident, by (occurred_at, id)."""
        ...

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        ...

    def discard_before(self, moment: datetime) -> int:
        """Delete older signals that joined no incident; how many went."""
        ...


class Merchants(Protocol):
    """The merchants of one tenant."""

    def put(self, merchants: Sequence[Merchant]) -> None:
        """Insert or replace by id."""
        ...

    def get(self, merchant_id: str) -> Merchant | None:
        """One merchant, or None."""
        ...

    def all(self) -> list[Merchant]:
        """Every merchant, by id."""
        ...


class Incidents(Protocol):
    """The incidents of one tenant, their patterns, evidence and recorded steps."""

    def add(self, incident: Incident) -> None:
        """Keep a new incident and write the event incident.opened; Conflict when the id exists."""
        ...

    def get(self, incident_id: str) -> Incident:
        """One incident; NotFound otherwise."""
        ...

    def find_open(self, key: str) -> Incident | None:
        """The feedable incident with this correlation key, if any."""
        ...

    def latest(self, key: str) -> Incident | None:
        """The newest incident with this key in any state, for linking a recurrence."""
        ...

    def page(self, *, statuses: Iterable[IncidentStatus] | None = None, limit: int = 200, offset: int = 0) -> list[Incident]:
        """Newest detected first."""
        ...

    def save(self, incident: Incident) -> None:
        """Replace every field but the status."""
        ...

    def move(self, incident_id: str, to: IncidentStatus, *, at: datetime, reason: str, allowed_from: Iterable[IncidentStatus] | None = None) -> bool:
        """Change the status by one guarded statement along INCIDENT_MOVES, with its event incident.moved; False when it stood elsewhere.

        A move to RESOLVED also sets resolved_at and mttr_seconds.
        """
        ...

    def put_patterns(self, patterns: Sequence[Pattern]) -> None:
        """Insert or replace patterns by id."""
        ...

    def patterns(self, ids: Sequence[str] | None = None, *, limit: int = 200) -> list[Pattern]:
        """The asked ones, or the latest, most important first."""
        ...

    def put_evidence(self, evidence: Sequence[Evidence]) -> None:
        """Insert or replace by id."""
        ...

    def evidence(self, incident_id: str) -> dict[str, Evidence]:
        """All evidence rows of an incident, by id."""
        ...

    def put_step(self, incident_id: str, step: str, output: Mapping[str, Any], *, at: datetime, seq: int) -> None:
        """Record what a node returned (seq counts the incident's steps), with the event step.<name>; idempotent by (incident, seq)."""
        ...

    def steps(self, incident_id: str) -> list[dict[str, Any]]:
        """Recorded steps, oldest first, as {seq, step, output, at}."""
        ...


class Actions(Protocol):
    """The ledger of actions of one tenant."""

    def add(self, action: Action) -> bool:
        """Keep a new row with its event action.proposed; False when the id exists already (a repeat changes nothing)."""
        ...

    def get(self, action_id: str) -> Action:
        """One row; NotFound otherwise."""
        ...

    def page(
        self, *, statuses: Iterable[ActionStatus] | None = None, incident_id: str | None = None, limit: int = 200, offset: int = 0
    ) -> list[Action]:
        """Newest proposed first."""
        ...

    def move(
        self,
        action_id: str,
        *,
        from_: ActionStatus,
        to: ActionStatus,
        version: int,
        digest: str,
        at: datetime,
        by: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Action:
        """The one statement: UPDATE ... WHERE id, tenant, status, version, digest (and for SENDING: the kill switch is off).

        `changes` may set decided_by, decided_at, label, feedback, executed_at, result, receipt, idempotency_key, request_digest. The event
        action.<to lower case> is written in the same transaction. Whoever changes no row gets Conflict with facts
        {status, version, digest, decided_by, label, decided_at} of the row as it stands.
        """
        ...

    def replace_pending(self, action: Action, *, version: int, digest: str, at: datetime, by: str) -> Action:
        """An edit: a PENDING row of that version and digest gets a new decision, version and digest; event action.edited. Conflict otherwise."""
        ...


class Events(Protocol):
    """The append-only, hash-chained record of one tenant."""

    def append(self, kind: str, subject: str, payload: Mapping[str, Any], *, at: datetime) -> Event:
        """Add a link in the running transaction; the principal is the scope's."""
        ...

    def page(self, *, subject: str | None = None, after: int = 0, limit: int = 200, newest_first: bool = False) -> list[Event]:
        """Links, oldest first unless asked otherwise."""
        ...

    def verify(self) -> ChainCheck:
        """Walk the chain and name the first broken link."""
        ...


class KnowledgeRows(Protocol):
    """The truth about documents and chunks; any index is rebuilt from it. Shipped documents are rows of every tenant."""

    def put(self, document: KnowledgeDocument, chunks: Sequence[Chunk]) -> None:
        """Insert or replace a document with its chunks; grows the change sequence and writes knowledge.added."""
        ...

    def remove(self, document_id: str, *, at: datetime) -> None:
        """Delete a document and its chunks; NotFound otherwise; writes knowledge.removed."""
        ...

    def documents(self) -> list[KnowledgeDocument]:
        """Every document, by title."""
        ...

    def chunks(self, ids: Sequence[str] | None = None) -> list[tuple[KnowledgeDocument, Chunk]]:
        """The asked chunks (all when None) of trusted documents only, in the order asked for."""
        ...

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one document, trusted or not, in order."""
        ...

    def sequence(self) -> int:
        """A number that grows with every change."""
        ...


class Lessons(Protocol):
    """What finished incidents taught."""

    def add(self, lesson: Lesson) -> bool:
        """Keep a lesson once, by id; writes lesson.learned; False when it was there."""
        ...

    def page(self, *, cause: str | None = None, limit: int = 100) -> list[Lesson]:
        """Newest first."""
        ...


class Conversations(Protocol):
    """Questions that were asked and what was answered."""

    def append(self, conversation_id: str, turn: Turn) -> None:
        """Add a turn."""
        ...

    def turns(self, conversation_id: str) -> list[Turn]:
        """All turns, oldest first; empty when unknown."""
        ...


class Notes(Protocol):
    """Small named JSON values of a tenant: the simulated shop, the simulated clock, the sweep's cursor."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        ...

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Insert or replace."""
        ...


class Session(Protocol):
    """One transaction in one tenant."""

    scope: Scope
    signals: Signals
    merchants: Merchants
    incidents: Incidents
    actions: Actions
    events: Events
    knowledge: KnowledgeRows
    lessons: Lessons
    conversations: Conversations
    notes: Notes


class Store(Protocol):
    """Where the truth lives. `write` commits when the block ends and rolls back when it raises."""

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction (BEGIN IMMEDIATE on SQLite)."""
        ...

    def read(self, scope: Scope) -> AbstractContextManager[Session]:
        """A reading transaction: one consistent view."""
        ...

    def tenants(self) -> list[Tenant]:
        """Every tenant, by id."""
        ...

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        ...

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        ...

    def health(self) -> dict[str, Any]:
        """What /health/db shows: dialect, version, reachable, migration revision."""
        ...

    def close(self) -> None:
        """Release connections and locks."""
        ...


# --- tools ---------------------------------------------------------------------------------------------------------


class ToolSpec(Value):
    """One entry of config/tools.yaml: what a tool does, what it takes, and what class of effect it has."""

    name: str
    title: str
    description: str
    kind: str
    effect: Effect
    external: bool = False
    reversible: bool = True
    repeat: str = "idempotent"
    risk: str = "low"
    enabled: bool = True
    method: str = "POST"
    path: str
    arguments: dict[str, Any]
    undo: dict[str, Any] | None = None
    diff: str = ""


class ToolResult(Value):
    """What a tool answered, as a value, whatever happened."""

    status: ActionStatus
    reference: str = ""
    response: dict[str, Any] = Field(default_factory=dict)
    error: str = ""


class Tools(Protocol):
    """The registry: the only door to the world outside."""

    def specs(self) -> Mapping[str, ToolSpec]:
        """Every enabled tool by name."""
        ...

    def check(self, name: str, arguments: Mapping[str, Any]) -> None:
        """BadInput with every problem when the arguments do not fit the tool's JSON Schema; NotFound for an unknown tool."""
        ...

    def request(self, name: str, arguments: Mapping[str, Any], merchants: Sequence[str]) -> Request:
        """The exact request for one cohort, with the digest of its canonical bytes. Pure."""
        ...

    def send(self, scope: Scope, name: str, request: Request, *, mode: ToolMode, idempotency_key: str, expected_digest: str) -> ToolResult:
        """Recompute the digest from the bytes to be sent, refuse a mismatch, then send (or show, in dry_run). Never raises."""
        ...

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a tool recorded under this reference can be read back."""
        ...


class Effects(Protocol):
    """What a tool call does to the simulated platform."""

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """Change the shop once per key; the answer has http_status, reference and body. The same key answers the same again."""
        ...

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a call answered with this reference is still there."""
        ...


class Librarian(Protocol):
    """Finds passages of runbooks."""

    def stats(self, scope: Scope) -> dict[str, Any]:
        """documents, chunks, embedder, dimensions, sequence."""
        ...

    def search(self, scope: Scope, query: str, *, k: int = 5) -> list[Passage]:
        """The best passages, re-read from the truth; empty when nothing covers the question."""
        ...


class Loop(Protocol):
    """The compiled loop, as the use cases drive it."""

    def step(self, scope: Scope, incident_id: str) -> str:
        """Run the incident's thread as far as it can go now; says where it stands: waiting, due, finished, or idle."""
        ...


class Journal(Protocol):
    """Writes what a node returned into the store; the only effect between the nodes."""

    def record(self, scope: Scope, incident_id: str, step: str, output: Mapping[str, Any], *, seq: int) -> None:
        """Keep the step and move incident and action rows accordingly; repeating it changes nothing."""
        ...


class Ledger(Protocol):
    """What the loop needs of the action table."""

    def row(self, scope: Scope, row_id: str) -> Action:
        """The row as it stands; NotFound otherwise."""
        ...

    def claim(self, scope: Scope, row_id: str, *, digest: str, version: int, key: str) -> Action:
        """APPROVED -> SENDING with the intent and its key committed; Conflict when it was not ours to send."""
        ...

    def settle(self, scope: Scope, row: Action, outcome: Outcome) -> None:
        """SENDING -> EXECUTED, NOT_APPLIED, FAILED or IN_DOUBT."""
        ...


class Parser(Protocol):
    """Turns an uploaded file into text, in a box with limits."""

    def text(self, filename: str, content: bytes) -> list[tuple[str, Untrusted]]:
        """(location, text) parts; BadInput when it is not what it says it is, or too big to read."""
        ...
