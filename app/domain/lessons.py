"""A lesson: what one finished incident teaches the next one like it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import Field

from app.domain.base import JsonObject, Moment, Value
from app.domain.decisions import AttemptEnd, Tried

_Attempt = tuple[str, str, str | None]


class Lesson(Value):
    """How an attempt on a cause ended, kept as memory; it moves a recorded number of the next equal incident."""

    id: str
    incident_id: str
    type: str
    cause: str
    tool: str | None = None
    action: str = ""
    outcome: AttemptEnd
    summary: str
    feedback: str = ""
    metrics_before: JsonObject = Field(default_factory=dict)
    metrics_after: JsonObject = Field(default_factory=dict)
    mttr: float | None = None
    at: Moment
    uncontrolled: bool = Field(
        default=False,
        description="it worked, but beside nobody untreated: it frees the agent from no question",
        exclude_if=lambda uncontrolled: not uncontrolled,
    )
    earlier: tuple[Tried, ...] = Field(
        default=(), description="what was refused or tried in vain before it on the same incident"
    )


def list_standing(lessons: Iterable[Lesson]) -> list[Lesson]:
    """The lessons but for successes that a person had taken back later: these teach nobody that it works."""
    known = list(lessons)
    ended = sorted((one for one in known if one.outcome is AttemptEnd.TAKEN_BACK), key=lambda one: one.at)
    taken_back = {_attempt_of(one): one.at for one in ended}
    return [one for one in known if not (one.outcome is AttemptEnd.VERIFIED and _is_before(one, taken_back))]


def _is_before(lesson: Lesson, moments: Mapping[_Attempt, datetime]) -> bool:
    moment = moments.get(_attempt_of(lesson))
    return moment is not None and lesson.at <= moment


def _attempt_of(lesson: Lesson) -> _Attempt:
    return lesson.incident_id, lesson.cause, lesson.tool
