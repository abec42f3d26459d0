"""What people were told, as people see it: by whom it was asked for, what went out, what failed, what is held back."""

from datetime import datetime

from pydantic import Field

from app.domain.base import JsonObject
from app.domain.notices import NoticeKind, NoticeState
from app.schemas.base import Outgoing


class TargetShown(Outgoing):
    """One target of config/notices.yaml, and how it stands."""

    name: str
    over: str = Field(description="the vendor's name for people")
    mode: str = Field(description="dry_run or live")
    tells: list[NoticeKind]
    least_severity: str
    per_hour: int
    sent_last_hour: int
    waiting: int
    held: int = Field(description="held back, since this hour has no room for more")
    failed: int = Field(description="given up or in doubt within a day")
    silent: bool = Field(description="it did not answer several times, so nothing is sent to it for a while")
    then_target: str = Field(default="", description="whom else to tell when nobody acknowledges")
    then_after_minutes: int = 0


class NoticeShown(Outgoing):
    """One message and what became of it."""

    id: str
    target: str
    kind: NoticeKind
    state: NoticeState
    text: str
    incident_id: str
    action_id: str
    because_of: str = Field(default="", description="the target that was told first, and nobody answered")
    summed_in: str = ""
    attempts: int
    created_at: datetime
    not_before: datetime
    ended_at: datetime | None = None
    reference: str = ""
    error: str = ""
    request: JsonObject | None = Field(default=None, description="in a dry run, every byte that would have gone out")


class ResendAnswer(Outgoing):
    """The message as it stands, and what follows."""

    notice: NoticeShown
    note: str


class NoticeBoard(Outgoing):
    """Who is told in this tenant, and what they were told, the newest first."""

    targets: list[TargetShown]
    notices: list[NoticeShown]


class TargetTestAnswer(Outgoing):
    """What the harmless call of a target's vendor came back with."""

    target: str
    works: bool
    why: str = ""
    call: JsonObject
