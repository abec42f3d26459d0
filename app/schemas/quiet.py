"""Maintenance windows and mutes, as they are asked for and shown."""

from datetime import datetime, time
from typing import Annotated

from pydantic import Field

from app.domain.quiet import QuietRule, Weekday
from app.schemas.base import EdgeMoment, Id, Incoming, Outgoing, Short, Whole

Pattern = Annotated[str, Field(min_length=1, max_length=200)]
Why = Annotated[str, Field(min_length=1, max_length=2_000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class WeeklyHours(Incoming):
    """Some hours of some days, in UTC; an end that is not after the begin is on the next day."""

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: time
    ends: time


class WindowRequest(Incoming):
    """The body of POST /quiet/windows: from when until when, or weekly; about everything, or only what is named."""

    name: Name
    reason: Why
    since: EdgeMoment | None = None
    until: EdgeMoment | None = None
    weekly: WeeklyHours | None = None
    merchants: Annotated[list[Id], Field(max_length=500)] = Field(default_factory=list)
    waves: Annotated[list[Whole], Field(max_length=100)] = Field(default_factory=list)
    keys: Annotated[list[Pattern], Field(max_length=100)] = Field(default_factory=list)


class MuteRequest(Incoming):
    """The body of POST /quiet/mutes: about which causes, routes or merchants, and until when."""

    name: Name
    reason: Why
    until: EdgeMoment
    causes: Annotated[list[Short], Field(max_length=100)] = Field(default_factory=list)
    routes: Annotated[list[Pattern], Field(max_length=100)] = Field(default_factory=list)
    merchants: Annotated[list[Id], Field(max_length=500)] = Field(default_factory=list)


class QuietShown(Outgoing):
    """A window or mute, and whether it holds back now."""

    rule: QuietRule
    holds_now: bool
    holds_until: datetime | None = Field(default=None, description="where it holds now: until when")
    over: bool = Field(description="whether it never holds back again")
