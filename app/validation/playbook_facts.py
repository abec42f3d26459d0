"""The typed facts by which a playbook is chosen for an incident: counted and declared values, never free text."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from app.domain.base import Severity, Stage, Value
from app.domain.decisions import Effect
from app.validation.fact_book import FactBook, describe_facts


class PlaybookFacts(Value):
    """What a playbook's `when` may speak about."""

    cause: str = Field(default="", description="the cause that is acted upon, or unknown")
    category: str = Field(default="", description="its category in the domain pack; empty when it is unknown")
    tool: str = Field(default="", description="the tool of the treatment that is proposed")
    effect: Effect | Literal[""] = Field(default="", description="its class of change")
    severity: Severity = Field(default=Severity.INFO, description="severity of the incident")
    stage: Stage | Literal[""] = Field(default="", description="the stage in which most of the affected merchants are")
    merchants: int = Field(default=0, ge=0, description="how many merchants are hit")
    exposed: int = Field(default=0, ge=0, description="how many more the fault covers, or share what the broken have")
    wave_ahead: bool = Field(default=False, description="some wave is still to be cut over")
    confidence: float = Field(default=0.0, ge=0, le=1, description="confidence of the cause")
    minutes_open: int = Field(default=0, ge=0, description="how long it lasted when it was looked at")
    sla_minutes: int = Field(default=0, ge=0, description="thresholds.yaml: sla_minutes of this severity")
    sla_minutes_left: int = Field(default=0, description="what is left of them; negative when they are over")
    tags: list[str] = Field(
        default_factory=list,
        description="symptoms that are seen, the category of the cause, and the ids of the policy rules that ruled",
    )


def playbook_book(causes: Mapping[str, str], tools: Iterable[str]) -> FactBook:
    """What a playbook of one domain may name: causes with their categories, and the tools there are."""
    words = {
        "cause": frozenset({*causes, "unknown", ""}),
        "category": frozenset({*causes.values(), "unknown", ""}),
        "tool": frozenset({*tools, ""}),
    }
    return describe_facts(PlaybookFacts(), words)
