"""Which causes are known to be right: a person named them, or a treatment of them was verified."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from app.domain.decisions import AttemptEnd
from app.domain.hypotheses import UNKNOWN
from app.domain.lessons import Lesson, list_standing

BY_PERSON: Final = "a person"
BY_TREATMENT: Final = "a verified treatment"


class KnownCause(NamedTuple):
    """The cause of one incident, and what makes us know it."""

    cause: str
    by: str
    at: datetime


def list_known_causes(lessons: Iterable[Lesson]) -> dict[str, KnownCause]:
    """The cause of each incident of which it is known. A person's last word counts before a cure; a cure beside nobody
    untreated, or one that was taken back, proves nothing.
    """
    standing = sorted(list_standing(lessons), key=lambda one: (one.at, one.id))
    cured = {one.incident_id: KnownCause(one.cause, BY_TREATMENT, one.at) for one in standing if _proves(one)}
    named = {
        one.incident_id: KnownCause(one.cause, BY_PERSON, one.at) for one in standing if one.outcome is AttemptEnd.NAMED
    }
    return cured | named


def _proves(lesson: Lesson) -> bool:
    return lesson.outcome is AttemptEnd.VERIFIED and lesson.cause != UNKNOWN and not lesson.uncontrolled
