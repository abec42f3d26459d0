"""The product looked after: its state, its configuration, its data."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.domain.base import JsonObject
from app.domain.events import ChainCheck, Event
from app.domain.knowledge import KnowledgeDocument
from app.domain.signals import BIGGEST
from app.domain.tenants import KillSwitch
from app.domain.work import ConfigVersion
from app.schemas.base import Incoming, Lag, Outgoing


class PruneRequest(Incoming):
    """The body of POST /prune."""

    older_than_days: Annotated[int, Field(ge=1, le=36_500)]
    dry_run: bool = False


class SimulationRequest(Incoming):
    """The body of POST /simulations/run: a shipped scenario, and how fast its time passes."""

    scenario: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z][a-z0-9_]*$")]
    tenant: (
        Annotated[
            str,
            Field(
                max_length=60,
                pattern=r"^trial-[a-z0-9][a-z0-9_-]*$",
                description="where it runs; a name is found for it when left out",
            ),
        ]
        | None
    ) = None
    seed: Annotated[int, Field(ge=0, le=BIGGEST, description="another than the scenario's")] | None = None
    speed: Annotated[float, Field(gt=0, le=60, description="simulated minutes per second")] = 1.0


class AgentState(Outgoing):
    """How the agent is doing, for the console's header and GET /agent/state."""

    tenant: str
    tenants: list[str]
    may: list[str] = Field(default=[], description="what whoever asks may do here, by the names of app.access")
    now: datetime
    simulated_clock: bool
    tool_mode: str
    live_tools: list[str] = Field(default=[], description="tools that act for real here, whatever is usual")
    autonomy: str
    wording: str = Field(description="rules, or the model that may word answers where somebody wants it")
    retrieval: str = Field(description="lexical, semantic, or multilingual")
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
    breakers: dict[str, str] = Field(
        default_factory=dict, description="tools that were used for real, and whether their breaker is open"
    )
    troubles: list[str] = Field(
        default=[], description="what is not well in the server or in this tenant, a sentence each"
    )


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
    in_force: str | None = Field(
        description="what actions must have been ruled by to be sent; another one when a newer server has started"
    )
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


class PruneAnswer(Outgoing):
    """How many of each were thrown away, or would be."""

    tenant: str
    older_than: datetime
    dry_run: bool
    checkpoints: int = Field(default=0, description="bookmarks of incidents that ended")
    signals: int = Field(default=0, description="signals that joined no incident")
    incident_signals: int = Field(
        default=0, description="signals of incidents that are over, which nothing cites; by itself only"
    )
    patterns: int = Field(default=0, description="patterns no open incident refers to")
    replies: int = Field(default=0, description="answers kept by Idempotency-Key, older than a day")
    outbox: int = Field(default=0, description="sends that ended, and not in doubt")
    rollups: int = Field(default=0, description="slots of what came in, added up; by itself only")
    awaited: int = Field(default=0, description="payments whose orders came, or never will; by itself only")

    @property
    def counts(self) -> dict[str, int]:
        """What went, by kind."""
        return {
            name: getattr(self, name)
            for name in (
                "checkpoints",
                "signals",
                "incident_signals",
                "patterns",
                "replies",
                "outbox",
                "rollups",
                "awaited",
            )
        }


class TenantUpkeep(Outgoing):
    """How one tenant's data stand."""

    tenant: str
    chain: ChainCheck
    dead_letters: int
    in_doubt: int
    leases: list[str]
    kept: dict[str, str] = Field(
        description="how long each class is kept, as config/retention.yaml says for this tenant"
    )
    discarded: dict[str, int] = Field(description="what upkeep has thrown away so far, by kind")
    discarded_at: datetime | None = Field(description="when it last threw something away, by the tenant's clock")


class UpkeepAnswer(Outgoing):
    """How the data stand: what a doctor asks for."""

    store: JsonObject
    faults: list[str] = Field(description="what the database finds wrong with its own file")
    free_bytes: int
    files: dict[str, int] = Field(description="the bytes of each file and folder of the data folder")
    tenants: list[TenantUpkeep]


class AgentStatus(Outgoing):
    """What the agent is doing, in one word and one sentence."""

    status: str = Field(description="halted, waiting, behind or watching")
    detail: str
    tenant: str
    now: datetime
    pending_actions: int
    lag: Lag
    troubles: list[str] = Field(description="what is not well in the server or in this tenant, a sentence each")


class ModelStatus(Outgoing):
    """Whether a language model can be asked, and what this tenant used of it today (UTC)."""

    name: str = Field(description="provider:model, or empty")
    standing: str = Field(description="none, starting or ready")
    reason: str = Field(description="why it cannot be asked, in a sentence")
    day: str
    calls: int
    tokens: int = Field(description="read and written")
    daily_tokens: int = Field(description="the most of a day")
    usd: float = Field(description="what it cost, where prices are set")
    daily_usd: float = Field(description="the most of a day")
    per_minute: int = Field(description="the most calls of a minute")
    mean_milliseconds: int | None = Field(description="of the answers that came; null where none did")
    worded: int = Field(description="lines of its wording that were let through")
    dropped: int = Field(description="lines that were not, because no fact says them")
    fallbacks: dict[str, int] = Field(description="how often the answer of the rules stood, and why")
    prompts: list[str] = Field(description="the versions of its instructions")


class FixtureFile(Outgoing):
    """One file of example signals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    items: int


class ScenarioLine(Outgoing):
    """One scenario that can be run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    title: str
    hours: float
    merchants: int
    domain: str


class FixturesAnswer(Outgoing):
    """Where the example signals are, and how many of them were new."""

    tenant: str
    added: int
    signals: int = Field(description="how many signals the tenant holds now")
    merchants: int
    until: datetime = Field(description="the time at which the examples end")
    note: str


class RejectedFile(Outgoing):
    """A file of an upload that was not kept, and why."""

    filename: str
    error: str
    detail: str


class UploadAnswer(Outgoing):
    """What became of the files of an upload."""

    documents: list[KnowledgeDocument]
    rejected: list[RejectedFile]


class ClearAnswer(Outgoing):
    """How many uploaded runbooks were removed."""

    removed: int


class RemovalAnswer(Outgoing):
    """Which runbook was removed."""

    removed: str


class VerifiedEvents(Outgoing):
    """Events of the record, and the walk along its chain."""

    chain: ChainCheck
    events: list[Event]


class DatabaseAnswer(Outgoing):
    """How the store is."""

    dialect: str
    reachable: bool
    revision: str | None
    version: str | None
    journal_mode: str | None = Field(default=None, description="of SQLite only")
    role: str | None = Field(default=None, description="the role the server acts under; of PostgreSQL only")
    error: str | None = Field(default=None, description="why it is not reachable")
    troubles: list[str] = Field(description="what is not well about it, a sentence each")
