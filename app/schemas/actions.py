"""What a person says about an action, and what waits for people."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.actions import Action
from app.domain.base import JsonObject
from app.domain.decisions import Request
from app.domain.incidents import Incident
from app.domain.signals import SignalAside
from app.domain.tenants import KillSwitch
from app.schemas.base import HandedOver, Id, Incoming, Outgoing, Short


class ApproveRequest(Incoming):
    """The body of POST /actions/approve. Without a digest it binds to the version that is current when it arrives."""

    action_id: Id
    approved: bool
    reviewer: Short = ""
    feedback: Annotated[str, Field(max_length=2_000)] = ""
    cause_is_wrong: Annotated[
        bool, Field(description="a rejection is about the proposal; true says that its cause is wrong, too")
    ] = False
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class EditRequest(Incoming):
    """The body of POST /actions/{id}/edit: new arguments for the version that was seen."""

    arguments: JsonObject
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reviewer: Short = ""


class ExecuteRequest(Incoming):
    """The body of POST /execute_action."""

    action_id: Id


class KillSwitchRequest(Incoming):
    """The body of POST /kill-switch."""

    on: bool
    reason: Annotated[str, Field(max_length=2_000, description="why; needed to turn it on")] = ""
    everywhere: Annotated[bool, Field(description="every tenant instead of this one; for administrators")] = False


class SettleRequest(Incoming):
    """The body of POST /actions/{id}/settle: whether it was done, and how you know."""

    happened: bool
    feedback: Annotated[str, Field(min_length=1, max_length=2_000, description="where you looked, and what you saw")]


class Doubt(Outgoing):
    """An action nobody knows the ending of, with everything that is known about it."""

    action: Action
    incident: Incident
    tool: str
    repeat: str = Field(description="idempotent, reconcilable or neither")
    repeat_means: str
    can_be_asked: bool = Field(description="whether the tool can be asked what became of it")
    request: Request
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


class Desk(Outgoing):
    """What waits for a person, besides the questions of /actions/pending."""

    kill_switch: KillSwitch
    questions: int
    held: list[Action] = Field(description="approved actions that the kill switch holds")
    in_doubt: list[Doubt]
    set_aside: list[SetAside]
    handed_over: list[HandedOver] = Field(
        default_factory=list,
        description=(
            "escalated incidents that nobody has acknowledged, been assigned, muted or closed; the dearest first"
        ),
    )
    signals_set_aside: list[SignalAside] = Field(
        default_factory=list, description="the latest signals that no sweep looks at, with the reason"
    )


class ReconcileAnswer(Outgoing):
    """Whether the tool could tell what became of an action, and what it said."""

    settled: bool
    why: str
    action: Action
