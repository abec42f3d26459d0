"""The shapes that cross HTTP: strict coming in, plain going out. Domain values go out as they are."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.actions import Action
from app.domain.base import Severity, Stage
from app.domain.events import ChainCheck
from app.domain.evidence import Evidence
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import Incident
from app.domain.knowledge import Passage
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant, Plain
from app.domain.patterns import Pattern
from app.domain.questions import AnswerText
from app.domain.receipts import Receipt
from app.domain.signals import BIGGEST, SignalAside, SignalType
from app.domain.tenants import KillSwitch
from app.domain.work import ConfigVersion
from app.vitals import VitalSign

MOST_SIGNALS = 5_000
Short = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
Long = Annotated[str, Field(max_length=20_000)]
Whole = Annotated[int, Field(ge=0, le=BIGGEST)]
Attributes = Annotated[dict[Annotated[str, Field(max_length=100)], Plain], Field(max_length=100)]


def _with_offset(moment: datetime) -> datetime:
    """In UTC; a time without an offset, or so near the end of the calendar that no clock shows it in UTC, is refused."""
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, such as 2026-03-02T09:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time lies outside the calendar") from None


EdgeMoment = Annotated[datetime, AfterValidator(_with_offset)]


class Incoming(BaseModel):
    """What a client sends: strict types, no unknown fields, finite numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class AcceptRequest(Incoming):
    """A person's word that the audit record is right as it stands, although the anchor cannot vouch for it."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000, description="what happened, and why you vouch for it")]


class IncomingSignal(Incoming):
    """One signal as a sender writes it; fields that do not belong to its type are refused."""

    signal_type: SignalType
    source: Annotated[str, Field(min_length=1, max_length=120)]
    severity: Severity = Severity.INFO
    event_id: Short | None = Field(default=None, description="the sender's own id; the same id is the same signal")
    merchant_id: Id | None = None
    stage: Stage | None = None
    occurred_at: EdgeMoment | None = None
    attributes: Attributes = Field(default_factory=dict)
    error_code: Short | None = None
    endpoint: Annotated[str, Field(max_length=500)] | None = None
    status: Annotated[int, Field(ge=0, le=999)] | Annotated[str, Field(max_length=40)] | None = None
    error_message: Long | None = None
    latency_ms: Annotated[float, Field(ge=0, le=1e12)] | None = None
    topic: Short | None = None
    attempt: Whole | None = None
    payment_id: Short | None = None
    order_id: Short | None = None
    amount: Annotated[int, Field(ge=-BIGGEST, le=BIGGEST)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    level: Annotated[str, Field(max_length=40)] | None = None
    message: Long | None = None
    name: Short | None = None
    value: Annotated[float, Field(ge=-1e15, le=1e15)] | None = None
    trials: Whole | None = None
    window_s: Whole | None = None
    ticket_id: Short | None = None
    customer_id: Short | None = None
    channel: Annotated[str, Field(max_length=80)] | None = None
    subject: Long | None = None
    body: Long | None = None
    wave: Whole | None = None
    cutover_at: EdgeMoment | None = None
    health: Annotated[float, Field(ge=0, le=1)] | None = None


class SignalBatch(Incoming):
    """The body of POST /signals/ingest."""

    signals: Annotated[list[IncomingSignal], Field(min_length=1, max_length=MOST_SIGNALS)]


class IncomingMerchant(Incoming):
    """One merchant of an import."""

    id: Id
    name: Short = ""
    plan: Short = ""
    region: Short = ""
    gateway: Short = ""
    theme: Short = ""
    plugins: Annotated[list[Short], Field(max_length=100)] = Field(default_factory=list)
    api_version: Short = ""
    webhook_version: Short = ""
    wave: Whole | None = None
    stage: Stage = Stage.PRE
    cutover_date: date | None = None
    health: Annotated[float, Field(ge=0, le=1)] | None = None
    issues: Whole = 0
    average_order_value: Whole = 0
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    attributes: Attributes = Field(default_factory=dict)


class MerchantBatch(Incoming):
    """The body of POST /merchants/import."""

    merchants: Annotated[list[IncomingMerchant], Field(min_length=1, max_length=MOST_SIGNALS)]


class ApproveRequest(Incoming):
    """The body of POST /actions/approve. Without a digest it binds to the version that is current when it arrives."""

    action_id: Id
    approved: bool
    reviewer: Short = ""
    feedback: Annotated[str, Field(max_length=2_000)] = ""
    cause_is_wrong: Annotated[bool, Field(description="a rejection is about the proposal; true says that its cause is wrong, too")] = False
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class EditRequest(Incoming):
    """The body of POST /actions/{id}/edit: new arguments for the version that was seen."""

    arguments: dict[str, Any]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reviewer: Short = ""


class EditAnswer(Action):
    """The action after an edit, and whether the edit changed anything."""

    changed_by_edit: bool = Field(default=True, description="false when the arguments were these already: version and digest stay")
    note: str = Field(default="", description="what became of the edit, in one sentence")


class ExecuteRequest(Incoming):
    """The body of POST /execute_action."""

    action_id: Id


class ManageRequest(Incoming):
    """The body of POST /incidents/{id}/assign and its neighbours: who, the note, the other incident, the reason, or `off`."""

    value: Annotated[str, Field(max_length=2_000)] = ""


class KillSwitchRequest(Incoming):
    """The body of POST /kill-switch."""

    on: bool
    reason: Annotated[str, Field(max_length=2_000, description="why; needed to turn it on")] = ""
    everywhere: Annotated[bool, Field(description="every tenant instead of this one; for administrators")] = False


class SettleRequest(Incoming):
    """The body of POST /actions/{id}/settle: whether it was done, and how you know."""

    happened: bool
    feedback: Annotated[str, Field(min_length=1, max_length=2_000, description="where you looked, and what you saw")]


class ObserveRequest(Incoming):
    """The body of POST /observe; the window is in minutes."""

    window: Annotated[int, Field(ge=1, le=10_080)] | None = None


class AskRequest(Incoming):
    """The body of POST /ask."""

    question: Annotated[str, Field(min_length=1, max_length=2_000)]
    about: Id | None = None
    conversation_id: Id | None = None


class PruneRequest(Incoming):
    """The body of POST /prune."""

    older_than_days: Annotated[int, Field(ge=1, le=36_500)]
    dry_run: bool = False


class SimulationRequest(Incoming):
    """The body of POST /simulations/run: a shipped scenario, and how fast its time passes."""

    scenario: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z][a-z0-9_]*$")]
    tenant: (
        Annotated[
            str, Field(max_length=60, pattern=r"^trial-[a-z0-9][a-z0-9_-]*$", description="where it runs; a name is found for it when left out")
        ]
        | None
    ) = None
    seed: Annotated[int, Field(ge=0, le=BIGGEST, description="another than the scenario's")] | None = None
    speed: Annotated[float, Field(gt=0, le=60, description="simulated minutes per second")] = 1.0


class Outgoing(BaseModel):
    """What the API answers with."""

    model_config = ConfigDict(frozen=True)


class ContentConflict(Outgoing):
    """An item whose id came before with other content; what came first stays."""

    index: int = Field(description="its place in the batch, from 0")
    event_id: str
    signal_id: str
    fields: list[str] = Field(description="where the two differ")
    detail: str


class IngestAnswer(Outgoing):
    """How a batch was taken: `accepted` are new, `duplicates` were known already."""

    accepted: int
    duplicates: int
    signal_ids: list[str]
    conflicts: list[ContentConflict] = Field(default_factory=list, description="duplicates whose content is not that of the first")
    rejected: list[dict[str, Any]] = Field(default_factory=list, description="only with ?partial=true: index, field and problem of each bad item")
    notes: list[str] = Field(default_factory=list, description="such as: item 3 has neither an id nor a time; each POST of it is a new signal")


class ObserveAnswer(Outgoing):
    """What a look at the window found."""

    window_minutes: int
    since: datetime
    until: datetime
    signals: int
    patterns: list[Pattern]
    opened: list[str] = Field(default_factory=list, description="ids of new incidents")
    fed: list[str] = Field(default_factory=list, description="ids of incidents that got new signals")
    recovered: list[str] = Field(default_factory=list, description="ids of incidents whose trouble ended by itself")


class CycleAnswer(Outgoing):
    """What one cycle did: sweep, advance, and the incidents that are open now."""

    observed: ObserveAnswer
    advanced: list[str]
    incidents: list[Incident]
    pending_actions: list[str]


class IncidentDetail(Outgoing):
    """Everything about one incident."""

    incident: Incident
    patterns: list[Pattern]
    dossier: Dossier | None
    assessment: Assessment | None
    actions: list[Action]
    receipts: list[Receipt]
    evidence: list[Evidence]
    rag_context: list[Passage]
    lessons: list[Lesson]
    steps: list[dict[str, Any]] = Field(default_factory=list, description="{seq, step, output, at} of each node of the loop that ran")


class RiskReport(Outgoing):
    """What it costs, in numbers and in words."""

    incident_id: str
    severity: str
    headline: str
    sentences: list[str]
    lost_orders: dict[str, float]
    lost_revenue: list[dict[str, Any]] = Field(description="one per currency: {currency, low, middle, high} in minor units")
    per_hour: list[dict[str, Any]]
    per_day: list[dict[str, Any]]
    paid_without_order: list[dict[str, Any]]
    paid_without_order_count: int
    merchants: list[str]
    at_risk: list[str]
    stages: dict[str, int]
    series: list[dict[str, Any]] = Field(description="errors per bucket for a chart: {at, errors, merchant_id}")


class AskAnswer(Outgoing):
    """An answer in a conversation, with the passages and evidence its sentences cite."""

    conversation_id: str
    answer: AnswerText
    evidence: list[Evidence]
    passages: list[Passage]


class Lag(Outgoing):
    """How far the sweeps of a tenant are behind."""

    waiting: int = Field(default=0, description="signals that no sweep has looked at")
    waited_seconds: float = Field(default=0.0, description="since the first of them came in, by the world's clock")
    behind_seconds: float = Field(default=0.0, description="since the first of them occurred, by the tenant's clock")
    set_aside: int = Field(default=0, description="signals that no sweep looks at until a person brings them back")
    live: bool = Field(default=True, description="whether what comes in is looked at without delay")


class AgentState(Outgoing):
    """How the agent is doing, for the console's header and GET /agent/state."""

    tenant: str
    tenants: list[str]
    now: datetime
    simulated_clock: bool
    tool_mode: str
    autonomy: str
    wording: str = Field(description="rules, or the model that words answers")
    retrieval: str = Field(description="semantic or lexical")
    kill_switch: bool
    switch: KillSwitch = Field(default=KillSwitch(), description="what holds every action, by whom and why")
    signals: int
    signals_pending: int
    lag: Lag = Field(default=Lag(), description="how far the sweeps are behind")
    incidents_by_status: dict[str, int]
    actions_by_status: dict[str, int]
    pending_actions: int
    lessons: int
    last_sweep_at: datetime | None
    discarded: dict[str, int] = Field(default_factory=dict, description="what upkeep has thrown away so far, by kind")
    policy_version: str
    troubles: list[str] = Field(default=[], description="what is not well in the server or in this tenant, a sentence each")


class Doubt(Outgoing):
    """An action nobody knows the ending of, with everything that is known about it."""

    action: Action
    incident: Incident
    tool: str
    repeat: str = Field(description="idempotent, reconcilable or neither")
    repeat_means: str
    can_be_asked: bool = Field(description="whether the tool can be asked what became of it")
    request: dict[str, Any]
    idempotency_key: str
    claimed_at: datetime | None
    attempts: int
    tried_at: datetime | None
    in_doubt_since: datetime | None
    error: str
    undo: str = Field(description="how it could be taken back, if it was done; empty when it cannot")


class SetAside(Outgoing):
    """An incident that could not be advanced and waits for a person."""

    incident: Incident
    reason: str
    failures: int
    since: datetime
    was: str = Field(description="the status it had, and gets again when it is retried")


class BringBackRequest(Incoming):
    """The body of POST /signals/aside/retry."""

    signal_ids: Annotated[list[Id], Field(max_length=MOST_SIGNALS, description="which; every one that is set aside when there are none")] = Field(
        default_factory=list
    )


class BringBackAnswer(Outgoing):
    """Which signals the next sweep looks at again."""

    signal_ids: list[str]


class HandedOver(Outgoing):
    """An incident that people were called to and that nobody has taken yet."""

    incident: Incident
    cause: str
    cause_title: str
    why: str = Field(description="why it was handed over")
    since: datetime
    lost_orders: float = Field(description="so far, when it was last counted")
    per_hour: list[dict[str, Any]] = Field(description="what an hour of waiting costs: one {minor, currency} per currency")


class Desk(Outgoing):
    """What waits for a person, besides the questions of /actions/pending."""

    kill_switch: KillSwitch
    questions: int
    held: list[Action] = Field(description="approved actions that the kill switch holds")
    in_doubt: list[Doubt]
    set_aside: list[SetAside]
    handed_over: list[HandedOver] = Field(
        default_factory=list, description="escalated incidents that nobody has acknowledged, been assigned, muted or closed; the dearest first"
    )
    signals_set_aside: list[SignalAside] = Field(default_factory=list, description="the latest signals that no sweep looks at, with the reason")


class ReconcileAnswer(Outgoing):
    """Whether the tool could tell what became of an action, and what it said."""

    settled: bool
    why: str
    action: Action


class VersionLine(Outgoing):
    """A version of a part of the configuration, without its content."""

    kind: str
    name: str
    version: str
    loaded_at: datetime
    removed: bool = False


class PoliciesAnswer(Outgoing):
    """Which configuration is in force, and every version that ever was."""

    policy_version: str = Field(description="what this server rules by")
    in_force: str | None = Field(description="what actions must have been ruled by to be sent; another one when a newer server has started")
    active: list[ConfigVersion]
    history: list[VersionLine]


class SimulationAnswer(Outgoing):
    """A trial that runs in a tenant of its own, at its own pace."""

    tenant: str
    scenario: str
    seed: int
    began: datetime
    ends: datetime = Field(description="until when the scenario says what happens; time goes on after it")
    now: datetime
    merchants: int
    speed: float = Field(description="simulated minutes per second")
    note: str


class KnowledgeStats(Outgoing):
    """What the index holds."""

    documents: int
    chunks: int
    embedder: str
    dimensions: int
    sequence: int


class MigrationRow(Outgoing):
    """Where one merchant stands in the migration."""

    merchant: Merchant
    open_incidents: list[str]
    errors_last_hour: int


class PruneAnswer(Outgoing):
    """How many of each were thrown away, or would be."""

    tenant: str
    older_than: datetime
    dry_run: bool
    checkpoints: int = Field(default=0, description="bookmarks of incidents that ended")
    signals: int = Field(default=0, description="signals that joined no incident")
    incident_signals: int = Field(default=0, description="signals of incidents that are over, which nothing cites; by itself only")
    patterns: int = Field(default=0, description="patterns no open incident refers to")
    replies: int = Field(default=0, description="answers kept by Idempotency-Key, older than a day")
    outbox: int = Field(default=0, description="sends that ended, and not in doubt")

    @property
    def counts(self) -> dict[str, int]:
        """What went, by kind."""
        return {name: getattr(self, name) for name in ("checkpoints", "signals", "incident_signals", "patterns", "replies", "outbox")}


class TenantUpkeep(Outgoing):
    """How one tenant's data stand."""

    tenant: str
    chain: ChainCheck
    dead_letters: int
    in_doubt: int
    leases: list[str]
    kept: dict[str, str] = Field(description="how long each class is kept, as config/retention.yaml says for this tenant")
    discarded: dict[str, int] = Field(description="what upkeep has thrown away so far, by kind")
    discarded_at: datetime | None = Field(description="when it last threw something away, by the tenant's clock")


class WorkerHealth(Outgoing):
    """How the worker is."""

    beats: int
    last_error: str = Field(description="what went wrong in its last beat; empty when nothing did")


class HealthAnswer(Outgoing):
    """How the server is: ok, or what is not and what to do about it."""

    name: str = "causeway"
    status: str = Field(description="ok or degraded")
    troubles: list[str] = Field(description="what is not well, a sentence each")
    signs: list[VitalSign] = Field(description="every part: when it last did its work, how long ago, and what keeps it from it")
    worker: WorkerHealth
    lag: dict[str, Lag] = Field(default_factory=dict, description="how far each tenant's sweeps are behind")


class UpkeepAnswer(Outgoing):
    """How the data stand: what a doctor asks for."""

    store: dict[str, Any]
    faults: list[str] = Field(description="what the database finds wrong with its own file")
    free_bytes: int
    files: dict[str, int] = Field(description="the bytes of each file and folder of the data folder")
    tenants: list[TenantUpkeep]
