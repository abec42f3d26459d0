"""How far a time that somebody sends may lie from now: whatever lies farther is no news, and arithmetic with it leaves
the calendar.
"""

from datetime import UTC, date, datetime, timedelta

from app.domain.base import Value

LONGEST_AGO = timedelta(days=3_653)
FARTHEST_AHEAD = timedelta(days=1)
FARTHEST_PLAN = timedelta(days=3_653)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Misplaced(Value):
    """A time that lies beyond what is accepted, with the limit it breaks."""

    field: str
    value: str
    limit: str
    why: str

    @property
    def sentence(self) -> str:
        """What is wrong and what is accepted."""
        return f"{self.field} is {self.value}, {self.why}; the limit is {self.limit}"

    def problem(self) -> dict[str, str]:
        """The same for a machine, beside the sentence."""
        return {"field": self.field, "problem": f"{self.sentence}.", "value": self.value, "limit": self.limit}


class Reach(Value):
    """From when to when a signal may have occurred, and a plan may lie."""

    earliest: datetime
    latest: datetime
    plan_from: datetime
    plan_until: datetime

    def event(self, field: str, moment: datetime) -> Misplaced | None:
        """What is wrong with the time of something that happened."""
        if moment < self.earliest:
            return _misplaced(field, moment, self.earliest, f"more than {LONGEST_AGO.days // 365} years ago")
        if moment > self.latest:
            return _misplaced(field, moment, self.latest, "more than a day ahead")
        return None

    def plan(self, field: str, moment: datetime | date) -> Misplaced | None:
        """What is wrong with the time of something that is planned, or was."""
        first, last = (
            (self.plan_from, self.plan_until)
            if isinstance(moment, datetime)
            else (self.plan_from.date(), self.plan_until.date())
        )
        years = FARTHEST_PLAN.days // 365
        if moment < first:
            return _misplaced(field, moment, first, f"more than {years} years ago")
        if moment > last:
            return _misplaced(field, moment, last, f"more than {years} years ahead")
        return None


def reach_of(*clocks: datetime) -> Reach:
    """What is accepted when these clocks show now.

    Where a tenant's time is simulated, its own platform reports by that time and people by the world's: both are now
    there.
    """
    first, last = min(clocks), max(clocks)
    return Reach(
        earliest=shifted(first, -LONGEST_AGO),
        latest=shifted(last, FARTHEST_AHEAD),
        plan_from=shifted(first, -FARTHEST_PLAN),
        plan_until=shifted(last, FARTHEST_PLAN),
    )


def shifted(moment: datetime, by: timedelta) -> datetime:
    """The moment so much later; at the ends of the calendar it stays there."""
    try:
        return moment + by
    except OverflowError:
        return LAST if by > timedelta() else FIRST


def _misplaced(field: str, value: datetime | date, limit: datetime | date, why: str) -> Misplaced:
    return Misplaced(field=field, value=_spelled(value), limit=_spelled(limit), why=why)


def _spelled(moment: datetime | date) -> str:
    return (
        moment.isoformat(timespec="seconds").replace("+00:00", "Z")
        if isinstance(moment, datetime)
        else moment.isoformat()
    )
