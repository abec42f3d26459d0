"""What keeps the agent quiet for a while: a maintenance window, in which it does nothing by itself either, or a mute.
Both hold back what is proposed and said, never what is recorded.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from pydantic import Field

from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import Moment, Value
from app.domain.incidents import Incident

DAY = timedelta(days=1)


class QuietKind(StrEnum):
    """What sort of quiet it is."""

    WINDOW = "window"
    MUTE = "mute"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Weekly(Value):
    """Some hours of some days, in UTC; an end that is not after the begin is on the next day."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    begins: time
    ends: time

    def end_of(self, now: datetime) -> datetime | None:
        """When the hours that it is in now are over; None outside of them."""
        for day in (now.date(), (now - DAY).date()):
            begin = datetime.combine(day, self.begins, UTC)
            end = datetime.combine(day, self.ends, UTC) + (DAY if self.ends <= self.begins else timedelta())
            if list(Weekday)[day.weekday()] in self.days and begin <= now < end:
                return end
        return None


class QuietRule(Value):
    """One window or mute of a tenant: when, about what, by whom and why."""

    id: str
    kind: QuietKind
    name: str
    reason: str
    by: str
    at: Moment
    since: Moment
    until: Moment | None = Field(default=None, description="for good, where it is weekly and says no end")
    weekly: Weekly | None = None
    merchants: tuple[str, ...] = Field(default=(), description="an incident counts when all of its merchants are named")
    waves: tuple[int, ...] = ()
    keys: tuple[str, ...] = Field(default=(), description="patterns of incident keys, such as api_error|*")
    causes: tuple[str, ...] = ()
    routes: tuple[str, ...] = Field(default=(), description="patterns of the routes that fail, such as /api/v3/*")
    ended_at: Moment | None = None
    ended_by: str = ""

    def end_of(self, now: datetime) -> datetime | None:
        """Until when it holds, where it holds at that moment."""
        over = self.ended_at is not None and now >= self.ended_at
        if over or now < self.since or (self.until is not None and now >= self.until):
            return None
        if self.weekly is None:
            return self.until
        hours = self.weekly.end_of(now)
        return hours if hours is None or self.until is None else min(hours, self.until)

    def is_about(self, incident: Incident, waves: Mapping[str, int | None]) -> bool:
        """Whether all that it names fits; what it does not name, everything fits."""
        whom = not (self.merchants or self.waves) or (
            bool(incident.merchants)
            and all(one in self.merchants or waves.get(one) in self.waves for one in incident.merchants)
        )
        cause = incident.named.cause if incident.named else incident.metrics_snapshot.get("cause")
        shown = [str(part) for key in incident.pattern_keys for part in key.values()]
        return (
            whom
            and (not self.keys or any(fnmatchcase(incident.key, one) for one in self.keys))
            and (not self.causes or cause in self.causes)
            and (not self.routes or any(fnmatchcase(part, one) for part in shown for one in self.routes))
        )


class HeldBack(Value):
    """That something is held back: by which rule, until when, and why."""

    rule_id: str
    kind: QuietKind
    name: str
    until: Moment
    reason: str
    by: str

    @property
    def sentence(self) -> str:
        """The same for people."""
        return f"held back by the {self.kind.value} {self.name} until {self.until:%Y-%m-%d %H:%M} UTC, says {self.by}"


class Quiet(NamedTuple):
    """The rules of a tenant at one moment, and which wave each merchant belongs to."""

    rules: Sequence[QuietRule]
    waves: Mapping[str, int | None]
    now: datetime

    def find_holds(self, incident: Incident, at: datetime | None = None) -> list[HeldBack]:
        """What holds an incident back, at a moment or now; what lasts longest first."""
        found = [
            HeldBack(rule_id=one.id, kind=one.kind, name=one.name, until=end, reason=one.reason, by=one.by)
            for one in self.rules
            if (end := one.end_of(at or self.now)) is not None and one.is_about(incident, self.waves)
        ]
        return sorted(found, key=lambda one: one.until, reverse=True)

    def find_send_hold(self, row: Action, incident: Incident, at: datetime | None = None) -> HeldBack | None:
        """The window in which this may not be sent by itself; an undo, and what a person granted, may."""
        alone = (row.decided_by or "").startswith(("policy:", "approval:"))
        if row.step is RowKind.UNDO or not alone:
            return None
        return next((one for one in self.find_holds(incident, at) if one.kind is QuietKind.WINDOW), None)

    def has_lapsed(self, row: Action, incident: Incident) -> bool:
        """Whether a rule granted it within a window that is over: what was seen in there is looked at anew."""
        if row.step is not RowKind.FIRST or row.decided_at is None or not (row.decided_by or "").startswith("policy:"):
            return False
        held_then = self.find_send_hold(row, incident, row.decided_at)
        return held_then is not None and self.find_send_hold(row, incident) is None
