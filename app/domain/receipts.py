"""A receipt: the forecast held against what was observed. Executed is not fixed; this says which it was."""

from enum import StrEnum

from pydantic import Field

from app.domain.base import Moment, Value


class ReceiptVerdict(StrEnum):
    """How the forecast was met."""

    VERIFIED = "VERIFIED"
    INEFFECTIVE = "INEFFECTIVE"
    HARMED = "HARMED"
    INCONCLUSIVE = "INCONCLUSIVE"
    """Too little was to be seen to tell; nothing speaks against it."""


class Measure(Value):
    """A count over a window, and the rate it gives."""

    count: int
    minutes: float
    per_hour: float


class NextStep(StrEnum):
    """What the loop does after the receipt."""

    COHORT = "cohort"
    UNDO = "undo"
    RETRY = "retry"
    WAIT = "wait"
    DONE = "done"


class Receipt(Value):
    """What was promised, what was seen for the treated merchants and for the others, and the verdict."""

    action_id: str
    row_id: str
    verdict: ReceiptVerdict
    forecast: str
    treated_before: Measure
    treated_after: Measure
    control_before: Measure
    control_after: Measure
    ratio: float | None = Field(
        default=None, description="treated rate after / before; none when there was nothing before"
    )
    traffic_after: int = Field(
        default=0, description="sound outcomes (signs of life) of the treated merchants after the action"
    )
    statement: str
    evidence_ids: tuple[str, ...] = ()
    next: NextStep = NextStep.DONE
    next_cohort: int = 0
    due_at: Moment | None = Field(
        default=None,
        description="when it is looked at again, while it is too early to tell; else it is not written",
        exclude_if=lambda due_at: due_at is None,
    )
    at: Moment
