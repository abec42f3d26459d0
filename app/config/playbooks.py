"""The shapes of config/playbooks/*.yaml: what is done about an incident in several steps."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from app.domain.base import JsonObject, Value
from app.domain.playbooks import StepKind, WaitedFor
from app.domain.spoken import Translated, Translations

NAME = r"^[a-z][a-z0-9_]{0,62}$"


class ToolCall(Value):
    """call_tool: the treatment that is proposed for the incident, or a tool with arguments of the playbook's own."""

    tool: str | None = Field(default=None, description="any treatment when it is left out")
    arguments: JsonObject | None = Field(default=None, description="left out for the treatment, which brings its own")


class Message(Value):
    """notify: what people are told."""

    says: str = Field(min_length=1, max_length=1_000)


class OwnerNamed(Value):
    """assign_owner: who has it from now on."""

    owner: str = Field(min_length=1, max_length=200)


class StatusSet(Value):
    """set_status: somebody has it, or it is closed."""

    status: Literal["acknowledged", "closed"]


class Comment(Value):
    """add_comment: what the agent notes, or what a person is asked to do and to note."""

    says: str = Field(default="", max_length=2_000)
    asks: str = Field(default="", max_length=2_000)


class MerchantAsked(Value):
    """ask_merchant: a draft that a person sends."""

    draft: str = Field(min_length=1, max_length=4_000)


class WaveHeld(Value):
    """hold_wave: the next wave is held, or a hold of this playbook is let go."""

    releases: str = Field(default="", description="the step whose hold is let go; the next wave is held without one")


class Wait(Value):
    """wait_for: a receipt that proves it, the end of the incident, or some minutes."""

    what: WaitedFor
    minutes: int | None = Field(default=None, ge=1, le=10_080)


class StepSpec(Value):
    """One step: its id, what it is called, after which steps it comes, and exactly one thing it does."""

    id: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=200)
    translated: Translated = Field(default=Translations(), description="the title in other languages")
    after: tuple[str, ...] | None = Field(default=None, description="the step before it when it is left out")
    call_tool: ToolCall | None = None
    notify: Message | None = None
    assign_owner: OwnerNamed | None = None
    set_status: StatusSet | None = None
    add_comment: Comment | None = None
    ask_merchant: MerchantAsked | None = None
    hold_wave: WaveHeld | None = None
    wait_for: Wait | None = None

    @property
    def kinds(self) -> tuple[StepKind, ...]:
        """What it does; one thing, where the file was checked."""
        return tuple(kind for kind in StepKind if getattr(self, kind.value) is not None)

    @property
    def is_treatment(self) -> bool:
        """Whether it is the action that the incident's own question asks for."""
        return self.call_tool is not None and self.call_tool.arguments is None


class PlaybookSpec(Value):
    """What is done about some incidents of one domain, step by step."""

    id: str = Field(pattern=NAME)
    title: str = Field(min_length=1, max_length=200)
    translated: Translated = Field(default=Translations(), description="the title in other languages")
    domain: str = Field(description="the domain pack of whose incidents it is")
    when: str = Field(description="a CEL condition over the facts of app/validation/playbook_facts.py")
    priority: int = Field(default=0, description="of several that fit, the highest; among equals the first by name")
    steps: tuple[StepSpec, ...] = Field(min_length=1, max_length=50)

    def after_of(self, place: int) -> tuple[str, ...]:
        """After which steps one comes."""
        said = self.steps[place].after
        return said if said is not None else tuple(one.id for one in self.steps[max(place - 1, 0) : place])

    @property
    def treatment(self) -> StepSpec:
        """The step that is the treatment."""
        return next(one for one in self.steps if one.is_treatment)


STEP_SHAPES = (
    StepSpec,
    ToolCall,
    Message,
    OwnerNamed,
    StatusSet,
    Comment,
    MerchantAsked,
    WaveHeld,
    Wait,
)
"""What a file may hold below its own keys."""


def order_playbooks(specs: Sequence[PlaybookSpec]) -> tuple[PlaybookSpec, ...]:
    """In the order in which they are tried."""
    return tuple(sorted(specs, key=lambda one: (-one.priority, one.id)))
