"""When a window or a mute holds, and what it is about."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from app.domain.quiet import Quiet, QuietKind, QuietRule, Weekday, Weekly
from tests.builders import make_incident

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(day=day, hour=hour, minute=minute)


def rule(**changes: Any) -> QuietRule:
    usual = {"id": "QUIET-1", "kind": QuietKind.WINDOW, "name": "move", "reason": "we move", "by": "ada", "at": MONDAY}
    return QuietRule.model_validate({**usual, "since": at(2, 8), "until": at(2, 10), **changes})


@pytest.mark.parametrize(
    ("now", "end"), [(at(2, 7, 59), None), (at(2, 8), at(2, 10)), (at(2, 9, 59), at(2, 10)), (at(2, 10), None)]
)
def test_a_window_holds_from_its_begin_until_before_its_end(now: datetime, end: datetime | None) -> None:
    assert rule().end_of(now) == end
    assert rule(ended_at=at(2, 9)).end_of(now) == (end if now < at(2, 9) else None)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (at(2, 21, 59), None),
        (at(2, 22), at(3, 2)),
        (at(3, 1, 59), at(3, 2)),
        (at(3, 2), None),
        (at(3, 22), None),
        (at(9, 23), at(10, 2)),
        (at(16, 23), at(17, 1)),
        (at(17, 1), None),
    ],
)
def test_weekly_hours_may_pass_midnight_and_end_with_the_rule(now: datetime, end: datetime | None) -> None:
    weekly = Weekly(days=(Weekday.MON,), begins=time(22), ends=time(2))
    assert rule(weekly=weekly, since=MONDAY, until=at(17, 1)).end_of(now) == end


@pytest.mark.parametrize(
    ("about", "fits"),
    [
        ({}, True),
        ({"merchants": ("M-1", "M-2")}, True),
        ({"merchants": ("M-1",)}, False),
        ({"merchants": ("M-1",), "waves": (7,)}, True),
        ({"waves": (8,)}, False),
        ({"keys": ("api_error|*",)}, True),
        ({"keys": ("webhook*",)}, False),
        ({"causes": ("callback_not_https",)}, True),
        ({"causes": ("other",)}, False),
        ({"routes": ("/api/v3/*",)}, True),
        ({"routes": ("/api/v3/*",), "causes": ("other",)}, False),
    ],
)
def test_all_that_is_named_must_fit_and_every_merchant_of_the_incident(about: dict[str, Any], fits: bool) -> None:
    incident = make_incident(
        1,
        key="api_error|callback",
        merchants=("M-1", "M-2"),
        pattern_keys=({"endpoint": "/api/v3/checkout", "signal_type": "api_error"},),
        metrics_snapshot={"cause": "callback_not_https"},
    )
    holds = Quiet([rule(**about)], {"M-2": 7}, at(2, 9)).find_holds(incident)
    assert bool(holds) is fits
    assert not fits or holds[0].sentence == "held back by the window move until 2026-03-02 10:00 UTC, says ada"
