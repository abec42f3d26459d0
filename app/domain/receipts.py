"""A receipt: the forecast held against what was observed. Executed is not fixed; this says which it was."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from app.domain.base import Moment, Value
from app.domain.impact import Interval


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
    then: NextStep | None = Field(
        default=None,
        description="what follows once what did not help is taken back; else it is not written",
        exclude_if=lambda then: then is None,
    )
    unhelped: tuple[str, ...] = Field(
        default=(),
        description="whom alone it did not help, where it cured the others; else it is not written",
        exclude_if=lambda unhelped: not unhelped,
    )
    due_at: Moment | None = Field(
        default=None,
        description="when it is looked at again, while it is too early to tell; else it is not written",
        exclude_if=lambda due_at: due_at is None,
    )
    weight: float | None = Field(
        default=None,
        description="the log Bayes factor of cured against still broken: cured from 3, not cured from -3",
        exclude_if=lambda weight: weight is None,
    )
    minutes_needed: float | None = Field(
        default=None,
        description="how much longer until it can be told, while it is too early",
        exclude_if=lambda minutes: minutes is None,
    )
    left: Interval | None = Field(
        default=None,
        description="how much is left of the failures, of what would have come without the action, with 95 % bounds",
        exclude_if=lambda left: left is None,
    )
    recovered: bool = Field(
        default=False,
        description="the untreated recovered likewise: it ended on its own, to nobody's credit",
        exclude_if=lambda recovered: not recovered,
    )
    uncontrolled: bool = Field(
        default=False,
        description="nobody untreated had enough of it to compare with: the verdict earns the agent no freedom to act",
        exclude_if=lambda uncontrolled: not uncontrolled,
    )
    in_part: bool = Field(
        default=False,
        description="it helped, though not as promised, so it stays in place; else it is not written",
        exclude_if=lambda in_part: not in_part,
    )
    done: bool | None = Field(
        default=None,
        description="of what was in doubt: whether it was done, as far as anybody knows; else it is not written",
        exclude_if=lambda done: done is None,
    )
    at: Moment

    @property
    def is_waiting(self) -> bool:
        """Whether it will be looked at again."""
        return self.due_at is not None

    @property
    def takes_back_no_help(self) -> bool:
        """Whether it has taken back what did no harm, and did not help either."""
        return self.then is not None

    @property
    def in_words(self) -> str:
        """The verdict in half a sentence, with the minutes still needed while it is too early."""
        if self.done is False:
            return "It was not done; nothing that was seen since is credited to it"
        if self.verdict is not ReceiptVerdict.INCONCLUSIVE:
            return self._word_verdict()
        if self.recovered:
            return "It recovered on its own; the action is not credited with it"
        if not self.is_waiting:
            return "Not testable: too little was to be seen to tell whether it worked"
        if self.minutes_needed is None:
            return "Too early to tell, and not known how long it takes"
        return f"Too early to tell: about {self.minutes_needed:.0f} more minutes are needed"

    def _word_verdict(self) -> str:
        if self.in_part:
            return "It helped in part, not as promised, so it stays in place"
        if not self.takes_back_no_help:
            return _PLAIN[self.verdict]
        whom = f" {', '.join(self.unhelped)}" if self.unhelped else ""
        return f"{_PLAIN[self.verdict]}{whom}, so it is taken back{' there' if whom else ''}"


_PLAIN: Final = {
    ReceiptVerdict.VERIFIED: "Fixed, and proven",
    ReceiptVerdict.INEFFECTIVE: "Executed, but it did not help",
    ReceiptVerdict.HARMED: "It made things worse",
}
