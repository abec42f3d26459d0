"""What a kind of fault is, and of something harmless, with the shorthands in which the catalogue describes them.

A kind says what a fault does to the traffic and what ends it, in the platform's own words. How anybody could recognise
it is not said here.
"""

from typing import Any

from pydantic import Field

from app.domain.base import Value
from simulations.scenario import EffectSpec, ErrorSpec, Remedy, Scope, TicketSpec

STEP_MISSED, SETTING_WRONG, RELEASE_BROKE = "migration_step", "merchant_configuration", "platform_regression"
Remedies = tuple[Remedy, ...]


class FaultKind(Value):
    """A mechanism: whom it naturally reaches, what it does, what ends it, what makes it worse, and what it is mistaken
    for.
    """

    id: str
    category: str = ""
    scope: Scope = Field(default_factory=dict)
    effects: EffectSpec
    cured_by: Remedies = ()
    harmed_by: Remedies = ()
    mistaken_for: tuple[str, ...] = ()


class DecoyKind(Value):
    """Something harmless, and the causes it tempts one to name."""

    id: str
    effects: EffectSpec
    tempts: tuple[str, ...] = ()
    scope: Scope = Field(default_factory=dict)


def tickets_about(symptom: str, rate: float) -> TicketSpec:
    """People write of it so often."""
    return TicketSpec(symptom=symptom, rate=rate)


def fails_at(step: str, share: float, code: str, status: int | None, *messages: str, **more: Any) -> ErrorSpec:
    """Such a share of the tries fails at a step, under this code."""
    return ErrorSpec(step=step, share=share, code=code, status=status, messages=messages, **more)


def fails_quietly(step: str, share: float, **more: Any) -> ErrorSpec:
    """Something happens, and nothing reports it."""
    return ErrorSpec(step=step, share=share, signal="none", **more)


def people_after(minutes: float) -> Remedies:
    """Only people mend it, so long after they were called."""
    return (Remedy(tool="escalate", after_minutes=minutes),)


def by_tool(tool: str, minutes: float = 2.0, factor: float = 2.0, **arguments: Any) -> Remedy:
    """What calling a tool does to it, so many minutes later."""
    return Remedy(tool=tool, arguments=arguments, after_minutes=minutes, factor=factor)
