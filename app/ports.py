"""The roles of the workers, as protocols: neighbours on the floor of workers are strangers and meet here only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from app.domain.actions import Action, ActionStatus, Outcome
from app.domain.base import Untrusted, Value
from app.domain.decisions import Effect, Request
from app.domain.events import AnchorReading, ChainCheck, Event
from app.domain.evidence import Evidence
from app.domain.incidents import Incident, IncidentStatus
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.questions import Turn
from app.domain.replay import Standing, Told
from app.domain.signals import Backlog, Signal, SignalAside, SignalType, Swept
from app.domain.tenants import Fence, KillSwitch, Scope, Tenant, ToolMode
from app.domain.work import ConfigVersion, Intent, Lease, Reply, Setback


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
    """The signals of one tenant. Those that were set aside are found by id and by `recent` and `aside` only: nothing is computed of them."""

    def add(self, signals: Sequence[Signal]) -> list[bool]:
        """Keep each signal once, by id; True where it was new."""
        ...

    def get(self, ids: Sequence[str]) -> list[Signal]:
        """Those that exist, in the order asked for."""
        ...

    def window(
        self,
        since: datetime,
        until: datetime | None = None,
        *,
        types: Iterable[SignalType] | None = None,
        merchants: Iterable[str] | None = None,
        newest: int | None = None,
    ) -> list[Signal]:
        """Signals with since <= occurred_at < until, by (occurred_at, id); with `newest` no more than the last so many."""
        ...

    def span(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """When the first and the last signal with since <= occurred_at < until occurred; None when there is none."""
        ...

    def recent(self, *, limit: int = 100, offset: int = 0, signal_type: SignalType | None = None, merchant_id: str | None = None) -> list[Signal]:
        """Newest first, for people."""
        ...

    def count(self, *, signal_type: SignalType | None = None, merchant_id: str | None = None, unswept: bool = False) -> int:
        """How many there are."""
        ...

    def backlog(self) -> Backlog:
        """How much no sweep has looked at, and how long it has waited."""
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

    def incidents_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The incident that each of these joined, for those that joined one."""
        ...

    def set_aside(self, reasons: Mapping[str, str], *, at: datetime) -> int:
        """Keep these out of every sweep and every computation, each for its reason; how many were not aside before."""
        ...

    def bring_back(self, ids: Sequence[str]) -> list[str]:
        """Let the next sweep look at these again, as if they had just come in; the ids of those that were aside."""
        ...

    def aside(self, limit: int = 500) -> list[SignalAside]:
        """Those that are set aside, the latest first."""
        ...

    def count_of_incident(self, incident_id: str) -> int:
        """How many signals joined it."""
        ...

    def swept_before(self, moment: datetime, *, after: Swept | None = None, limit: int) -> list[Swept]:
        """Signals from before a moment that a sweep has seen, but for those set aside, by (occurred_at, id), from behind one of them on."""
        ...

    def discard(self, ids: Sequence[str], *, of: str | None) -> int:
        """Delete those of these that a sweep has seen, that are not set aside, and that are of this incident, or of none; how many went."""
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

    def standing(self) -> dict[str, str]:
        """The status of every incident, by id."""
        ...

    def put_patterns(self, patterns: Sequence[Pattern]) -> None:
        """Insert or replace patterns by id."""
        ...

    def patterns(self, ids: Sequence[str] | None = None, *, limit: int = 200) -> list[Pattern]:
        """The asked ones, or the latest, most important first."""
        ...

    def discard_patterns(self, moment: datetime, *, keep: Iterable[str]) -> int:
        """Delete patterns last seen before a moment, but for those to keep by id; how many went."""
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

    def last_step(self, incident_id: str) -> int:
        """The seq of the newest recorded step; 0 before the first."""
        ...

    def last_steps(self) -> dict[str, int]:
        """The same of every incident that has one, by id."""
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

    def standing(self) -> dict[str, Standing]:
        """Where every action stands, by id."""
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
        """The one statement: UPDATE ... WHERE id, tenant, status, version, digest (and for SENDING: no kill switch is on, here or everywhere,
        and the policies it was ruled by are the ones in force; the undo of a harm is held by the switch alone).

        `changes` may set decided_by, decided_at, label, feedback, cause_is_wrong, executed_at, result, receipt, idempotency_key and
        request_digest. The event
        action.<to lower case> is written in the same transaction. Whoever changes no row gets Conflict with facts
        {status, version, digest, decided_by, label, decided_at} of the row as it stands, and {held} or {outdated} when the switch or the
        policies forbade it.
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

    def retold(self, kinds: Iterable[str]) -> Iterator[Told]:
        """What every event of these kinds tells, oldest first; read within the session's block."""
        ...

    def verify(self, heads: Mapping[int, str] | None = None) -> ChainCheck:
        """Walk the chain and name the first broken link; with the anchored heads, also the first link that is not what was anchored."""
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
    """Small named JSON values of a tenant: the simulated world, the simulated clock, the sweep's cursor."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        ...

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Insert or replace."""
        ...


class Leases(Protocol):
    """Who is at what, in one tenant; by the database's clock, which all workers share."""

    def take(self, name: str, holder: str, *, seconds: float) -> Fence | None:
        """Take a lease, under a token that has grown; None while somebody else holds it.

        A holder is one process for as long as it lives: what it still holds under its own name it failed to let go, and takes anew.
        """
        ...

    def renew(self, fence: Fence, *, seconds: float) -> bool:
        """Hold it for so long from now; False when it was taken over."""
        ...

    def release(self, fence: Fence) -> None:
        """Let it go at once, if it is still ours."""
        ...

    def page(self) -> list[Lease]:
        """Leases that are held now, by name."""
        ...


class Outbox(Protocol):
    """What is to be sent, committed before it is sent."""

    def put(self, intent: Intent) -> bool:
        """Keep an intent once, by its key; False when it was there."""
        ...

    def get(self, key: str) -> Intent | None:
        """One intent."""
        ...

    def attempt(self, key: str, *, at: datetime) -> Intent:
        """Count one more attempt, before it is made; from the second on with the event action.sent_again. NotFound for an unknown key."""
        ...

    def end(self, key: str, *, ending: str, error: str, at: datetime) -> None:
        """Close it."""
        ...

    def page(self, *, action_id: str | None = None, open_only: bool = False, limit: int = 200) -> list[Intent]:
        """Newest first."""
        ...

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment, but for what ended in doubt, which a person may still settle; how many went."""
        ...


class Setbacks(Protocol):
    """Incidents that could not go on: when they may be tried again, and those set aside for people."""

    def get(self, incident_id: str) -> Setback | None:
        """What is known about one incident; None when nothing went wrong."""
        ...

    def put(self, setback: Setback) -> None:
        """Insert or replace."""
        ...

    def clear(self, incident_id: str) -> None:
        """It goes on again."""
        ...

    def page(self, *, dead: bool | None = None) -> list[Setback]:
        """Newest first."""
        ...


class Replies(Protocol):
    """Answers kept by Idempotency-Key."""

    def begin(self, reply: Reply, *, abandoned_before: datetime) -> Reply | None:
        """Keep the question; None when it is ours to answer (also when its first asker went away before that moment), else what is kept."""
        ...

    def finish(self, key: str, route: str, *, status: int, headers: Mapping[str, str], body: str) -> None:
        """Keep the answer."""
        ...

    def forget(self, key: str, route: str) -> None:
        """Drop the question: it may be asked again as if for the first time."""
        ...

    def discard_before(self, moment: datetime) -> int:
        """Delete older ones; how many went."""
        ...


class Controls(Protocol):
    """What people can stop in one tenant."""

    def kill_switch(self) -> KillSwitch:
        """What holds this tenant's actions: its own switch, or the one for everything."""
        ...

    def switch(self, on: bool, *, reason: str, at: datetime) -> None:
        """Turn the tenant's own switch, with the event kill_switch.on or kill_switch.off by the scope's principal."""
        ...


class Anchor(Protocol):
    """The signed head of each chain, kept outside the database: what makes a shortened or rewritten chain visible."""

    def open(self) -> str:
        """Make it where there is none; the fingerprint of the key it signs with."""
        ...

    def append(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link that was just committed."""
        ...

    def accept(self, tenant_id: str, seq: int, link_hash: str, at: datetime) -> None:
        """Vouch for a link anew, by a person's word: what was vouched for in this tenant before no longer counts."""
        ...

    def reading(self, tenant_id: str) -> AnchorReading:
        """Everything vouched for in one tenant."""
        ...

    def readings(self, tenant_ids: Sequence[str]) -> dict[str, AnchorReading]:
        """The same for many tenants at once, by one look at the anchor."""
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
    leases: Leases
    outbox: Outbox
    setbacks: Setbacks
    replies: Replies
    controls: Controls


class Store(Protocol):
    """Where the truth lives. `write` commits when the block ends and rolls back when it raises."""

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction, one at a time in a tenant (BEGIN IMMEDIATE on SQLite, a lock of the tenant on PostgreSQL).

        LeaseLost before anything is written when the scope carries a fence whose lease was taken over.
        """
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

    def kill_switch(self) -> KillSwitch:
        """The switch for every tenant."""
        ...

    def set_kill_switch(self, switch: KillSwitch) -> None:
        """Turn the switch for every tenant; from this commit on no action of any tenant is sent, or they are again."""
        ...

    def config_versions(self) -> list[ConfigVersion]:
        """Every version that was ever loaded, oldest first."""
        ...

    def policies_in_force(self) -> str | None:
        """The version of the newest policies that were loaded; None before the first."""
        ...

    def record_config(self, loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
        """Keep those that differ from the newest of their kind and name; from now on they are in force. Those that were new."""
        ...

    def health(self) -> dict[str, Any]:
        """What /health/db shows: dialect, version, reachable, migration revision."""
        ...

    def tidy(self) -> None:
        """A small piece of work on its files, that nobody waits for: the log is folded in, some free pages are given back."""
        ...

    def probe(self) -> None:
        """See that what was committed is still there and that something can be written; Unavailable, with what to do, when not."""
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
    unknown: bool = Field(default=False, description="nobody knows whether it was done: it was sent, and no answer can be relied on")


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

    def look(self, scope: Scope, name: str, *, idempotency_key: str) -> ToolResult | None:
        """What became of an earlier send under this key, asked of the other side; None when it never arrived. Temporary when nobody can tell."""
        ...

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a tool recorded under this reference can be read back."""
        ...


class Effects(Protocol):
    """What a tool call does to the simulated platform."""

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """Change the shop once per key; the answer has http_status, reference and body. The same key answers the same again."""
        ...

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        """The answer an earlier call under this key was given; None when there was no such call."""
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

    def ready(self, scope: Scope, incident_id: str) -> bool:
        """Whether a step could run now, or the loop has ended and its incident should have. Reads only."""
        ...

    def bookmarked(self, scope: Scope, incident_id: str) -> bool:
        """Whether a bookmark of it is kept."""
        ...

    def forget(self, scope: Scope, incident_id: str) -> None:
        """Drop the bookmark of an incident that has ended; it is redrawn from the recorded steps should it be needed again."""
        ...

    def thin(self, scope: Scope, incident_id: str) -> None:
        """Drop what the bookmark no longer needs to go on from where it stands."""
        ...

    def tidy(self) -> None:
        """A small piece of work on the file of the bookmarks, that nobody waits for."""
        ...

    def step(self, scope: Scope, incident_id: str) -> str:
        """Run the incident's thread as far as it can go now; says where it stands: waiting, due, finished, or moved."""
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

    def claim(self, scope: Scope, row_id: str, *, digest: str, version: int) -> tuple[Action, Intent]:
        """APPROVED -> SENDING with the intent, its key and an attempt committed; Conflict when it was not ours to send.

        No attempt is counted where the same was perhaps sent before this store was restored from a backup: see Intent.perhaps_sent.
        """
        ...

    def intent(self, scope: Scope, row: Action) -> Intent:
        """The intent of a row found in SENDING."""
        ...

    def again(self, scope: Scope, row: Action) -> Intent:
        """One more attempt at a row found in SENDING, committed before it is made."""
        ...

    def settle(self, scope: Scope, row: Action, outcome: Outcome) -> None:
        """SENDING -> EXECUTED, NOT_APPLIED, FAILED or IN_DOUBT."""
        ...


class Parser(Protocol):
    """Turns an uploaded file into text, in a box with limits."""

    def text(self, filename: str, content: bytes) -> list[tuple[str, Untrusted]]:
        """(location, text) parts; BadInput when it is not what it says it is, or too big to read."""
        ...
