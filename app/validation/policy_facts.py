"""The typed facts a policy condition may speak about: counted and declared values, never free text."""

from functools import cache
from typing import Literal

from pydantic import Field

from app.domain.base import Severity, Value
from app.domain.decisions import Effect
from app.domain.tenants import ToolMode
from app.validation.fact_book import FactBook, describe_facts

Level = Literal["low", "medium", "high", "critical"]
EFFECT_UNKNOWN: Literal[""] = ""


class PolicyFacts(Value):
    """Everything policy may know about one proposal. Flat, so that a condition reads like a sentence."""

    effect: Effect | Literal[""] = Field(default="", description="class of change; empty when the tool is unknown")
    tool_known: bool = Field(default=False, description="the registry has a tool of that name")
    tool_enabled: bool = Field(default=False, description="and it is switched on")
    external: bool = Field(default=True, description="it reaches a system outside the platform")
    reversible: bool = Field(default=False, description="the tool's change can be taken back")
    has_undo: bool = Field(default=False, description="this proposal carries the way back")
    touches_payment: bool = Field(default=False, description="it reads or changes payment information")
    contacts_merchant: bool = Field(default=False, description="it writes to a merchant")
    changes_production_data: bool = Field(
        default=False, description="it changes orders, products, customers or other data"
    )
    risk_level: Level = Field(default="critical", description="level of the risk score")
    risk_score: float = Field(default=1.0, ge=0, le=1, description="the risk score")
    severity: Severity = Field(default=Severity.CRITICAL, description="severity of the incident")
    merchants: int = Field(default=0, ge=0, description="how many merchants the proposal reaches")
    confidence: float = Field(default=0.0, ge=0, le=1, description="confidence of the cause")
    confidence_lower: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="what the agent may act alone on: without what it learnt from cures beside nobody untreated",
    )
    cause_known: bool = Field(default=False, description="the cause is in the domain pack")
    single_signal: bool = Field(default=False, description="the incident rests on one signal")
    signals: int = Field(default=0, ge=0, description="how many signals the incident has")
    attempts: int = Field(default=1, ge=0, description="which attempt on this incident it would be; 1 is the first")
    human_refused: bool = Field(default=False, description="a person refused the same proposal with the same evidence")
    actions_last_hour: int = Field(default=0, ge=0, description="actions the tenant has taken in the last hour")
    cooling_down: bool = Field(
        default=False, description="the same tool was used on one of these merchants within the cool-down"
    )
    undone_before: int = Field(
        default=0,
        ge=0,
        description="how often this, on one of these merchants, did harm or was undone within the last day",
    )
    kill_switch: bool = Field(default=False, description="the tenant's kill switch is on")
    mode: ToolMode = Field(default=ToolMode.DRY_RUN, description="how far the tool may reach")
    auto_confidence: float = Field(default=1.0, ge=0, le=1, description="thresholds.yaml: auto_confidence")
    escalate_confidence: float = Field(default=1.0, ge=0, le=1, description="thresholds.yaml: escalate_confidence")
    max_attempts: int = Field(default=1, ge=1, description="agent_policies.yaml: max_attempts")
    max_actions_per_hour: int = Field(default=1, ge=1, description="agent_policies.yaml: max_actions_per_hour")


@cache
def policy_book() -> FactBook:
    """What a condition of a policy may name."""
    return describe_facts(PolicyFacts())
