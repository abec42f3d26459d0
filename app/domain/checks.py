"""What people said of an incident beyond approving and refusing: whether a sign holds, and which cause it is. Such a
word outlives every look of the agent, which counts it and never replaces it.
"""

from enum import StrEnum

from pydantic import Field

from app.domain.base import Moment, Value

ANSWER, NAMED = "answer", "named"
"""The kinds of evidence that hold such words."""


class CheckWord(StrEnum):
    """What a person can say of a sign."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class CheckAnswer(Value):
    """Somebody's word on one sign of an incident."""

    sign: str = Field(description="the check as it was asked for, cause.sign")
    signs: tuple[str, ...] = Field(description="every sign of the pack with the same test, as cause/sign")
    ask: str = Field(description="what was asked, in the words of the pack")
    answer: CheckWord
    note: str = ""
    by: str
    at: Moment

    @property
    def sentence(self) -> str:
        """The answer for people; what they noted beside it is not repeated."""
        said = "cannot be told" if self.answer is CheckWord.UNKNOWN else self.answer.value
        return f"{self.ask} {said[:1].upper()}{said[1:]}, says {self.by} ({self.at:%Y-%m-%d %H:%M} UTC)."


class NamedCause(Value):
    """Somebody's word on what the cause is."""

    cause: str
    title: str
    note: str = ""
    by: str
    at: Moment

    @property
    def sentence(self) -> str:
        """Who named what, and when."""
        return f"The cause was named by {self.by} ({self.at:%Y-%m-%d %H:%M} UTC): {self.title}."
