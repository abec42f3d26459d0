"""The shapes of config/: policies, thresholds, risk, tools and domain packs, as frozen typed objects."""

import re
from datetime import timedelta
from functools import cached_property
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field

from app.config.currencies import Currencies
from app.config.parts import ConfigPart, read_parts
from app.config.playbooks import PlaybookSpec
from app.config.vocabulary import Vocabulary
from app.domain.base import JsonObject, Severity, Value
from app.domain.decisions import Effect, Verdict
from app.domain.notices import NoticeTarget
from app.domain.spoken import Translated, Translations
from app.domain.tenants import Tenant, ToolMode
from app.ports.connectors import ToolSpec
from app.ports.live import VENDOR, AnswerSpec, CallSpec, Connection, LiveSpec, SecretReference

HOUR = timedelta(hours=1)
FOR_EVER = "for_ever"
Age = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,4}[hd]|for_ever)$")]


def age_of(said: str) -> timedelta | None:
    """An age such as 36h or 7d; None for ever."""
    return None if said == FOR_EVER else int(said[:-1]) * (HOUR if said.endswith("h") else 24 * HOUR)


class PolicyRule(Value):
    """One rule: when the CEL condition holds over the facts, this verdict is demanded."""

    id: str = Field(pattern=r"^[a-z0-9_.-]+$")
    when: str
    verdict: Verdict
    because: str
    translated: Translated = Translations()


class MoneyLines(Value):
    """Above how much at stake two people must approve, in the currency that the tenant counts in."""

    tenants: dict[str, float] = Field(default_factory=dict, description="the line of single tenants")
    others: float | None = Field(default=None, ge=0, description="the line of all others; none where it is left out")

    def line_of(self, tenant_id: str) -> float | None:
        """The line of a tenant; None where one person is enough whatever is at stake."""
        return self.tenants.get(tenant_id, self.others)


class HourlyCaps(Value):
    """How many merchants may be treated in an hour."""

    tenants: dict[str, int] = Field(default_factory=dict, description="the cap of single tenants")
    others: int | None = Field(default=None, ge=1, description="the cap of all others; none where it is left out")

    def most_in(self, tenant_id: str) -> int | None:
        """The cap of a tenant; None where there is none."""
        return self.tenants.get(tenant_id, self.others)


class Policies(Value):
    """config/agent_policies.yaml: what the agent can and cannot do, and the rules that hold it to that."""

    can: tuple[str, ...]
    cannot: tuple[str, ...]
    rules: tuple[PolicyRule, ...]
    expires_after_minutes: int = Field(ge=1)
    max_attempts: int = Field(ge=1, le=10)
    max_actions_per_hour: int = Field(ge=1)
    merchants_per_hour: HourlyCaps = Field(
        default=HourlyCaps(), description="how many merchants may be treated in an hour; what takes back is not held"
    )
    cooldown_minutes: int = Field(
        ge=0,
        description="how long the same tool is not used again on a merchant without a person; 0 means no such rest",
    )
    two_people_above: MoneyLines = Field(
        default=MoneyLines(),
        description="above how much at stake two different people must approve",
        exclude_if=lambda lines: lines == MoneyLines(),
    )


class Thresholds(Value):
    """config/thresholds.yaml: the numbers observers, reasoner and policy compare with."""

    auto_confidence: float = Field(ge=0, le=1)
    escalate_confidence: float = Field(ge=0, le=1)
    window_minutes: int = Field(ge=1)
    baseline_minutes: int = Field(ge=1)
    bucket_minutes: int = Field(ge=1)
    spike_score: float = Field(ge=0, le=1)
    group_min_count: int = Field(ge=1)
    surprise: float = Field(
        gt=0, description="how much likelier than chance a departure must be, as a logarithm, to be looked into"
    )
    false_alarms_per_week: float = Field(gt=0, description="how many incidents a week may be none, at 200 merchants")
    single_signal_severities: tuple[str, ...]
    cluster_eps: float | None = Field(
        default=None, gt=0, le=2, description="a radius chooses DBSCAN; without one clusters are found without a radius"
    )
    cluster_min_samples: int = Field(ge=2)
    order_grace_minutes: int = Field(ge=0)
    canary_above_merchants: int = Field(
        ge=1, description="a rollout starts with one merchant when the scope is larger than this"
    )
    retrieval_floor: float = Field(ge=0, le=1)
    checkout_conversion: float = Field(
        ge=0, le=1, description="share of failed checkouts that would have become an order"
    )
    sla_minutes: dict[Severity, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="by severity, within how many minutes an incident is to be over"
    )

    @property
    def looked_back(self) -> timedelta:
        """How far before something anybody looks who counts it: a window, what that is compared with, and the grace of
        a payment.
        """
        return timedelta(minutes=self.window_minutes + self.baseline_minutes + self.order_grace_minutes)


class Keeping(Value):
    """How long each class of things is kept; None is for ever."""

    signals: timedelta | None
    view: timedelta | None
    incident_signals: timedelta | None
    patterns: timedelta | None
    replies: timedelta
    outbox: timedelta | None
    bookmarks: timedelta | None
    slots: timedelta | None
    rollups: timedelta | None
    awaited: timedelta | None

    def said(self) -> dict[str, str]:
        """The same in the words of the file."""
        ages = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: FOR_EVER if age is None else f"{age // HOUR}h" for name, age in ages.items()} | {
            "events": FOR_EVER
        }


class KeptClasses(Value):
    """One section of config/retention.yaml, as it is written."""

    signals: Age
    view: Age
    incident_signals: Age
    patterns: Age
    replies: Age
    outbox: Age
    bookmarks: Age
    slots: Age
    rollups: Age
    awaited: Age
    events: Literal["for_ever"] = Field(description="the audit record is append-only")

    def read(self) -> Keeping:
        """What it says, in time."""
        return Keeping.model_validate({name: age_of(getattr(self, name)) for name in Keeping.model_fields})


class Retention(Value):
    """config/retention.yaml: how long things are kept, and how long in tenants whose time is simulated."""

    kept: KeptClasses
    simulated: KeptClasses

    def of(self, tenant: Tenant) -> Keeping:
        """What counts in a tenant."""
        return (self.simulated if tenant.simulated_clock else self.kept).read()


class SourceBinding(Value):
    """Who may write into a tenant by webhook: a sender that knows one of these secrets."""

    source: str
    tenant: str = Field(default="default", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    secrets: tuple[SecretReference, ...] = Field(min_length=1, description="several while one is being replaced")
    signature_header: str | None = Field(default=None, description="where the sender lets people name it")
    timestamp_header: str | None = None
    merchants: dict[str, str] = Field(default_factory=dict, description="the sender's name of a merchant to ours")
    merchant_names: tuple[str, ...] = Field(
        default=(), description="labels or attributes by which the sender says whose trouble it is"
    )


class SourcesFile(Value):
    """config/sources.yaml."""

    sources: tuple[SourceBinding, ...] = ()


class ModeBinding(Value):
    """How far one tool may reach in one tenant, until an administrator says otherwise."""

    tenant: str = Field(default="default", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    tool: str
    mode: ToolMode


class ConnectionsFile(Value):
    """config/connections.yaml: the accounts of ours on other systems, and which tools may use them."""

    connections: tuple[Connection, ...] = ()
    modes: tuple[ModeBinding, ...] = ()


class VendorFile(Value):
    """config/vendors/<name>.yaml: how one vendor's system is spoken to."""

    name: str = Field(pattern=VENDOR)
    title: str
    host: str = Field(default="", description="where it is, when that is the same for everybody")
    hosts: str = Field(default="", description="a pattern of the hosts it may have; any public name when empty")
    secrets: tuple[str, ...] = ()
    values: tuple[str, ...] = Field(default=(), description="what a connection must say besides")
    usual: JsonObject = Field(default_factory=dict, description="values that a connection may leave out")
    test: CallSpec | None = Field(default=None, description="a call that changes nothing and needs the secrets")
    works: AnswerSpec = Field(default=AnswerSpec(status=(200,)), description="what its answer must say")
    live: dict[str, LiveSpec] = Field(description="how tools are carried out, by the tool's name")
    notice: LiveSpec | None = Field(
        default=None, description="how a message to people is sent; none when it brings none"
    )
    secret_in_path: bool = Field(
        default=False, description="it takes its secret in the address only, which is shown without it"
    )
    tools: tuple[ToolSpec, ...] = Field(default=(), description="tools that only this vendor has")


class NoticesFile(Value):
    """config/notices.yaml: whom to tell when something waits for people."""

    targets: tuple[NoticeTarget, ...] = ()


class RiskMatrix(Value):
    """config/risk_matrix.yaml: how effect, reach, severity and reversibility add up."""

    effect: dict[str, float]
    severity: dict[str, float]
    per_extra_merchant: float = Field(ge=0)
    extra_merchants_cap: float = Field(ge=0)
    irreversible: float = Field(ge=0)
    external: float = Field(ge=0)
    levels: dict[str, float] = Field(description="level name to its lower bound")


class SignSpec(Value):
    """Something to look for. It matches when `test` holds on the dossier's facts; absent signs may count against."""

    id: str
    test: JsonObject = Field(description="one kind of app.signs, and what it looks for")
    weight: float = Field(ge=0, description="log-odds for the cause when the sign is fully present")
    absent: float = Field(default=0.0, ge=0, description="log-odds against it when the sign is absent")
    full_at: float | None = Field(
        default=None, gt=0, le=1, description="the share at which it counts as fully present; else that of its kind"
    )
    says: str = Field(description="the sentence when present; {share}, {count}, {merchants} and {value} are filled in")
    asks: str = Field(default="", description="how a person is asked whether it holds, so that yes means it does")
    minutes: float | None = Field(default=None, gt=0, description="how long an answer takes; else that of its kind")


class TreatmentSpec(Value):
    """An action that treats a cause."""

    tool: str
    arguments: JsonObject = Field(default_factory=dict)
    title: str
    translated: Translated = Translations()
    promise: str
    within_minutes: int = Field(default=10, ge=1)
    target_ratio: float = Field(default=0.2, ge=0, le=1)


class CauseSpec(Value):
    """One mechanism the agent knows: how to recognise it and what treats it."""

    id: str
    category: str
    title: str
    translated: Translated = Translations()
    explanation: str
    prior: float = Field(default=-3.0, description="log-odds before any sign")
    signs: tuple[SignSpec, ...]
    contradictions: tuple[SignSpec, ...] = ()
    treatments: tuple[TreatmentSpec, ...] = ()
    runbook_query: str
    questions: tuple[str, ...] = Field(default=(), description="what a person could check next")


class DomainPack(Value):
    """A folder of config/domain_packs: the causes of one domain and the words around them."""

    name: str
    title: str
    unknown_prior: float
    causes: tuple[CauseSpec, ...]
    known_codes: tuple[str, ...] = ()
    unknown_signs: tuple[SignSpec, ...] = Field(default=(), description="what speaks for none of the causes")
    inseparable: tuple[tuple[str, str], ...] = Field(
        default=(), description="pairs of causes that no sign tells apart, said beforehand"
    )
    fallback: TreatmentSpec = Field(description="what is proposed for an unknown cause, or on thin evidence")
    vocabulary: Vocabulary = Field(
        default_factory=Vocabulary, description="words.yaml: how people say it; may be left out"
    )

    def cause(self, cause_id: str) -> CauseSpec | None:
        """One cause by id."""
        return next((cause for cause in self.causes if cause.id == cause_id), None)


class Config(Value):
    """All of config/, and the version its content hashes to."""

    policies: Policies
    thresholds: Thresholds
    retention: Retention
    risk: RiskMatrix
    tools: tuple[ToolSpec, ...]
    packs: dict[str, DomainPack]
    sources: tuple[SourceBinding, ...] = ()
    currencies: Currencies = Currencies()
    vendors: tuple[VendorFile, ...] = ()
    connections: tuple[Connection, ...] = ()
    modes: tuple[ModeBinding, ...] = ()
    notices: tuple[NoticeTarget, ...] = ()
    playbooks: tuple[PlaybookSpec, ...] = Field(default=(), description="in the order in which they are tried")
    policy_version: str = Field(description="sha256 over policies, thresholds, risk matrix and tools as loaded")

    @cached_property
    def parts(self) -> tuple[ConfigPart, ...]:
        """It part by part, each with its digest: worked out once, since nothing in it changes."""
        return tuple(read_parts(self))


TEMPLATE_NAMES = frozenset(
    {
        *("merchant_ids", "incident_id", "title", "summary", "severity", "cause", "cause_title", "stores", "count"),
        *("code", "endpoint", "topic", "stage", "wave", "requests_per_minute"),
    }
)
"""What a treatment's arguments, title and promise may name in braces; app.playbooks fills them from typed facts."""
ATTRIBUTE = "attribute."
"""Arguments and titles may also name {attribute.NAME}: what the directory says of the merchants in scope, when they
agree on it.
"""
ATTRIBUTE_NAME = re.compile(r"attribute\.[A-Za-z_][A-Za-z0-9_-]{0,62}")
REPEATS = ("idempotent", "reconcilable", "neither")
LEVELS = ("low", "medium", "high", "critical")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OUTSIDE = frozenset({Effect.EXTERNAL_ESCALATION, Effect.MERCHANT_CONTACT})


class PackFile(Value):
    """config/domain_packs/<pack>/pack.yaml: a pack without its causes, which have a file each."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    title: str
    unknown_prior: float
    known_codes: tuple[str, ...] = ()
    unknown_signs: tuple[SignSpec, ...] = ()
    inseparable: tuple[tuple[str, str], ...] = Field(default=(), max_length=3)
    fallback: TreatmentSpec


class ToolsFile(Value):
    """config/tools.yaml."""

    tools: tuple[ToolSpec, ...] = Field(min_length=1)


def names_in_template(template: object) -> list[str]:
    """The names in braces of a template; none when it is no text."""
    if not isinstance(template, str):
        return []
    try:
        return [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError:
        return [template]
