"""The shapes of config/: policies, thresholds, risk, tools and domain packs, loaded into frozen typed objects.

Behaviour is data. A wrong file refuses to start, and every problem is named at once with its file, line and key.
"""

from pydantic import Field

from app.domain.base import Value
from app.domain.decisions import Verdict
from app.ports import ToolSpec


class PolicyRule(Value):
    """One rule: when the CEL condition holds over the facts, this verdict is demanded."""

    id: str = Field(pattern=r"^[a-z0-9_.-]+$")
    when: str
    verdict: Verdict
    because: str
    rows: tuple[str, ...] = ()


class Policies(Value):
    """config/agent_policies.yaml: what the agent can and cannot do, and the rules that hold it to that."""

    can: tuple[str, ...]
    cannot: tuple[str, ...]
    rules: tuple[PolicyRule, ...]
    expires_after_minutes: int = Field(ge=1)
    max_attempts: int = Field(ge=1, le=10)
    max_actions_per_hour: int = Field(ge=1)


class Thresholds(Value):
    """config/thresholds.yaml: the numbers observers, reasoner and policy compare with."""

    auto_confidence: float = Field(ge=0, le=1)
    escalate_confidence: float = Field(ge=0, le=1)
    window_minutes: int = Field(ge=1)
    baseline_minutes: int = Field(ge=1)
    bucket_minutes: int = Field(ge=1)
    spike_score: float = Field(ge=0, le=1)
    group_min_count: int = Field(ge=1)
    single_signal_severities: tuple[str, ...]
    cluster_eps: float = Field(gt=0, le=2)
    cluster_min_samples: int = Field(ge=2)
    ticket_link_overlap: float = Field(ge=0, le=1)
    order_grace_minutes: int = Field(ge=0)
    verify_minutes: int = Field(ge=1)
    verify_target_ratio: float = Field(ge=0, le=1)
    canary_above_merchants: int = Field(ge=1, description="a rollout starts with one merchant when the scope is larger than this")
    retrieval_floor: float = Field(ge=0, le=1)
    checkout_conversion: float = Field(ge=0, le=1, description="share of failed checkouts that would have become an order")


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
    test: dict[str, object] = Field(description="one of: code, endpoint, status, text, topic, stage, attribute, symptom, signal_type")
    weight: float = Field(ge=0, description="log-odds for the cause when the sign is fully present")
    absent: float = Field(default=0.0, ge=0, description="log-odds against it when the sign is absent")
    says: str = Field(description="the sentence when present; {share}, {count}, {merchants} and {value} are filled in")


class TreatmentSpec(Value):
    """An action that treats a cause."""

    tool: str
    arguments: dict[str, object] = Field(default_factory=dict)
    title: str
    promise: str
    within_minutes: int = Field(default=10, ge=1)
    target_ratio: float = Field(default=0.2, ge=0, le=1)


class CauseSpec(Value):
    """One mechanism the agent knows: how to recognise it and what treats it."""

    id: str
    category: str
    title: str
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
    fallback: TreatmentSpec = Field(description="what is proposed for an unknown cause, or on thin evidence")

    def cause(self, cause_id: str) -> CauseSpec | None:
        """One cause by id."""
        return next((cause for cause in self.causes if cause.id == cause_id), None)


class Config(Value):
    """All of config/, and the version its content hashes to."""

    policies: Policies
    thresholds: Thresholds
    risk: RiskMatrix
    tools: tuple[ToolSpec, ...]
    packs: dict[str, DomainPack]
    policy_version: str = Field(description="sha256 over policies, thresholds and risk matrix as loaded")
