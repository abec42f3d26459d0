"""What to do about it: one action with its scope, forecast, undo and ruling, all bound by one digest."""

from enum import StrEnum

from pydantic import Field

from app.domain.base import JsonObject, Moment, Money, Value, digest_of, shown_id
from app.domain.dossier_facts import Selector
from app.domain.playbooks import PartOfPlan, Plan
from app.domain.recalibration import Recalibrated
from app.domain.tenants import ToolMode


class Effect(StrEnum):
    """What class of change a tool makes; policy decides by this, never by a tool's name."""

    READ = "read"
    INTERNAL_NOTE = "internal_note"
    EXTERNAL_ESCALATION = "external_escalation"
    MERCHANT_SETTING = "merchant_setting"
    PLATFORM_SETTING = "platform_setting"
    MERCHANT_CONTACT = "merchant_contact"
    PAYMENT_DATA = "payment_data"
    PRODUCTION_DATA = "production_data"


class Verdict(StrEnum):
    """What policy says."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Forecast(Value):
    """A promise a machine can check: this metric, for these merchants, falls to this share of before, by then."""

    metric: str = Field(description="error_rate, or reference_exists for tools that only record something")
    selector: Selector = Selector()
    merchants: tuple[str, ...] = ()
    direction: str = "down"
    target_ratio: float = Field(default=0.2, ge=0, le=10)
    within_minutes: int = Field(default=10, ge=1)
    statement: str = ""

    @property
    def only_recorded(self) -> bool:
        """Whether it is kept when something that was written down can be found again."""
        return self.metric == "reference_exists"


class Undo(Value):
    """How to take it back."""

    tool: str
    arguments: JsonObject
    statement: str = ""


class RiskScore(Value):
    """How much could go wrong, and what made it so."""

    level: str = Field(pattern="^(low|medium|high|critical)$")
    score: float = Field(ge=0, le=1)
    factors: tuple[str, ...] = ()


class Ruling(Value):
    """What policy decided, by which rules, on which version of the files."""

    verdict: Verdict
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    policy_version: str


class Alternative(Value):
    """What was considered and not chosen, and why."""

    cause: str
    tool: str | None = None
    why_not: str


class Pivot(Value):
    """What a decision hangs on: without these facts it would be another one, and with any of them it stands."""

    evidence_ids: tuple[str, ...]
    cause: str = Field(description="which cause would then be acted on; the likeliest, where people would be called")
    tool: str | None = Field(description="what would then be proposed; nothing where people would be called")
    confidence: float = Field(ge=0, le=1, description="what that cause would then have")
    smallest: bool = Field(
        description="whether every smaller set of facts was tried; else only that none of these can be left out"
    )


class AttemptEnd(StrEnum):
    """How an attempt on a cause ended, in one word; stored lessons and decisions hold these words."""

    VERIFIED = "VERIFIED"
    ESCALATED = "ESCALATED"
    RECOVERED = "RECOVERED"
    INEFFECTIVE = "INEFFECTIVE"
    INCONCLUSIVE = "INCONCLUSIVE"
    HARMED = "HARMED"
    UNDONE = "UNDONE"
    TAKEN_BACK = "TAKEN_BACK"
    REJECTED = "REJECTED"
    REFUTED = "REFUTED"
    NAMED = "NAMED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    DENIED = "DENIED"
    NOTHING_TO_PROPOSE = "NOTHING_TO_PROPOSE"
    EXECUTED = "EXECUTED"
    NOT_APPLIED = "NOT_APPLIED"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"


class Tried(Value):
    """What was already tried or refused on this incident."""

    action_id: str
    cause: str
    tool: str
    ended: AttemptEnd
    evidence_version: int
    reason: str = ""
    request: str = Field(default="", description="digest of the tool with its arguments")
    cause_is_wrong: bool = Field(
        default=False, description="a person said so of the cause; a refusal alone is about the proposal"
    )


class WireCall(Value):
    """One call to a system outside, byte for byte; what is secret is named in it and filled in when it is sent."""

    merchant: str = ""
    method: str
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""


class Request(Value):
    """The exact request one cohort will send."""

    merchants: tuple[str, ...]
    method: str
    url: str
    body: JsonObject = Field(description="what the tool is asked for")
    calls: tuple[WireCall, ...] = Field(
        default=(),
        exclude_if=lambda calls: not calls,
        description="what goes out for that, where there is a connection; left out where there is none",
    )
    digest: str


def fingerprint_request(tool: str, arguments: JsonObject) -> str:
    """What is the same request, whatever cause it is meant against."""
    return digest_of([tool, arguments])


class Decision(Value):
    """One proposal. Without a tool it says why people are needed instead."""

    incident_id: str
    action_id: str = ""
    version: int = Field(default=1, ge=1)
    attempt: int = Field(default=1, ge=1)
    round: int = Field(
        default=1,
        ge=1,
        description="which decision on its incident it is: what was taken back is never asked under its old id",
    )
    cause: str
    confidence: float = Field(ge=0, le=1)
    tool: str | None = None
    title: str
    mode: ToolMode = ToolMode.DRY_RUN
    effect: Effect | None = None
    arguments: JsonObject = Field(default_factory=dict)
    scope: tuple[str, ...] = ()
    rollout: tuple[tuple[str, ...], ...] = ()
    requests: tuple[Request, ...] = ()
    undo_requests: tuple[Request, ...] = ()
    risk: RiskScore
    forecast: Forecast | None = None
    undo: Undo | None = None
    ruling: Ruling
    evidence: dict[str, str] = Field(default_factory=dict, description="evidence id to content hash")
    evidence_version: int = 1
    citations: tuple[str, ...] = Field(default=(), description="chunk ids of the passages it rests on")
    alternatives: tuple[Alternative, ...] = ()
    tried: tuple[Tried, ...] = ()
    pivot: Pivot | None = Field(
        default=None,
        description="what would change the decision, as far as any of its evidence would",
        exclude_if=lambda pivot: pivot is None,
    )
    at_stake: Money | None = Field(
        default=None,
        description="what its incident has cost or costs an hour, the larger, where that is above the tenant's line",
        exclude_if=lambda money: money is None,
    )
    approvers: int = Field(
        default=1,
        ge=1,
        le=2,
        description="how many different people must approve it",
        exclude_if=lambda count: count == 1,
    )
    recalibrated: Recalibrated | None = Field(
        default=None,
        description="what policy read in place of the confidence, by what became of earlier ones",
        exclude_if=lambda found: found is None,
    )
    pack: str = Field(
        default="", description="the domain pack that its cause is of", exclude_if=lambda label: not label
    )
    plan: Plan | None = Field(
        default=None,
        description="the whole plan that it is the treatment of, where a playbook fits",
        exclude_if=lambda plan: plan is None,
    )
    part_of: PartOfPlan | None = Field(
        default=None,
        description="the step of another incident's plan that it carries out",
        exclude_if=lambda part: part is None,
    )
    expires_at: Moment | None = None
    digest: str = ""

    def computed_digest(self, tenant_id: str) -> str:
        """The digest an approval binds to: everything that determines what will be done, and on what grounds."""
        later: JsonObject = {"round": self.round} if self.round > 1 else {}
        later |= {"approvers": self.approvers} if self.approvers > 1 else {}
        later |= {"pack": self.pack} if self.pack else {}
        later |= {"plan": self.plan.digest} if self.plan else {}
        later |= {"part_of": self.part_of.plain()} if self.part_of else {}
        return digest_of(
            later
            | {
                "tenant": tenant_id,
                "incident": self.incident_id,
                "tool": self.tool,
                "mode": self.mode.value,
                "arguments": self.arguments,
                "scope": list(self.scope),
                "rollout": [list(cohort) for cohort in self.rollout],
                "undo": self.undo.plain() if self.undo else None,
                "forecast": self.forecast.plain() if self.forecast else None,
                "evidence": self.evidence,
                "policy_version": self.ruling.policy_version,
                "request_digests": [request.digest for request in (*self.requests, *self.undo_requests)],
                "version": self.version,
                "attempt": self.attempt,
                "evidence_version": self.evidence_version,
            }
        )

    def sealed(self, tenant_id: str, action_id: str | None = None) -> "Decision":
        """The decision with its digest and its action id (kept when an edit makes a new version)."""
        digest = self.computed_digest(tenant_id)
        return self.changed(
            digest=digest, action_id=action_id or shown_id("ACT", digest_of([tenant_id, "action", digest]))
        )
