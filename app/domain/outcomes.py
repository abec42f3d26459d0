"""What became of one cohort's request, and what somebody said later of one whose ending nobody knew."""

from pydantic import Field

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.base import JsonObject, Moment, Value
from app.domain.decisions import Request

SETTLED = "settled"
"""Under this name the word that settled a doubt stands in the response, beside what the tool answered."""


class Resolution(Value):
    """Who settled a doubt, on what grounds, and what the doubt was."""

    by: str
    source: str = Field(description="person, or the tool that was asked")
    happened: bool
    reason: str
    at: Moment
    doubt: str = Field(description="the error that left it in doubt")


class Outcome(Value):
    """What `act` did with one cohort: a value for every ending, also for a tool that blew up."""

    action_id: str
    row_id: str
    step: RowKind = RowKind.FIRST
    cohort: int = 0
    status: ActionStatus
    merchants: tuple[str, ...] = ()
    at: Moment
    due_at: Moment | None = Field(default=None, description="when the receipt can be written")
    reference: str = ""
    request: Request
    response: JsonObject = Field(default_factory=dict)
    error: str = ""

    @property
    def resolution(self) -> Resolution | None:
        """The word that settled it; None when it was never in doubt, or still is."""
        word = self.response.get(SETTLED)
        return Resolution.model_validate(word) if word else None
