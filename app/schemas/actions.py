"""What a person says about an action, and what waits for people."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.base import JsonObject
from app.domain.decisions import Request
from app.domain.incidents import Incident
from app.domain.signals import SignalAside
from app.domain.tenants import KillSwitch
from app.schemas.base import EdgeMoment, HandedOver, Id, Incoming, Outgoing, Short

MOST_MINUTES: Final = 60 * 24 * 30
MOST_MERCHANTS: Final = 10_000
MOST_AT_ONCE: Final = 100
"""So many decisions are taken at once."""


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


class SeenRequest(ApproveRequest):
    """One decision of several: it binds to the version that was seen, whose digest it names."""

    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class BatchRequest(Incoming):
    """The body of POST /actions/approve/batch: one by one what was seen, and what is said of it."""

    decisions: Annotated[list[SeenRequest], Field(min_length=1, max_length=MOST_AT_ONCE)]


class BatchOutcome(Outgoing):
    """What became of one decision of several."""

    action_id: str
    status: ActionStatus | None = Field(default=None, description="what the action is now; none where it was refused")
    refused: str = Field(default="", description="why nothing was decided, in a sentence")
    note: str = Field(default="", description="who else must approve it, where one approval is not enough")
    http_status: int = Field(description="what it would have been answered by itself")


class BatchAnswer(Outgoing):
    """What became of each decision, in the order in which they were sent."""

    outcomes: list[BatchOutcome]
    decided: int
    refused: int
    waiting: int = Field(default=0, description="approved by one person, and waiting for another")


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


class SnoozeRequest(Incoming):
    """The body of POST /actions/{id}/snooze: when it is asked again, or after how many minutes; 0 is at once."""

    again_at: EdgeMoment | None = None
    minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)] | None = None
    reason: Annotated[str, Field(max_length=2_000)] = ""


class SnoozeAnswer(Outgoing):
    """The question as it stands, and when it is asked again."""

    action: Action
    note: str = Field(description="when it is asked again, and what may come before, by which rule")


class UndoRequest(Incoming):
    """The body of POST /actions/{id}/undo."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000, description="why; it is kept and handed to people")]
    merchants: Annotated[
        list[Id] | None,
        Field(min_length=1, max_length=MOST_MERCHANTS, description="for whom alone; for everybody when it is left out"),
    ] = None


class UndoAnswer(Outgoing):
    """What is taken back, and the rows that do it."""

    action: Action
    undo_rows: list[Action] = Field(description="one for each cohort that was treated, in the order in which they go")
    note: str


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
    snoozed: list[Action] = Field(
        default_factory=list,
        description="questions that were put off or are held back, the next to be asked again first",
    )
    held: list[Action] = Field(description="approved actions that the kill switch holds")
    in_doubt: list[Doubt]
    set_aside: list[SetAside]
    undo_gave_up: list[Action] = Field(
        default_factory=list, description="undos that failed as often as they are tried: what was done stands"
    )
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
