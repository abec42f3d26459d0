"""How many merchants are treated within an hour: what counts, what waits and until when."""

from datetime import datetime, timedelta

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import Effect
from app.domain.hourly_cap import find_cap_hold
from app.domain.tenants import ToolMode
from tests.builders import NOW, make_action, make_decision, make_request


def row(name: str, *merchants: str, minutes_ago: float | None = None, **changes: object) -> Action:
    said = {key: changes.pop(key) for key in ("mode", "effect") if key in changes}
    decision = make_decision(
        arguments={"merchant_ids": list(merchants)},
        requests=(make_request(merchants),),
        scope=merchants,
        **{"mode": ToolMode.SIMULATED, "effect": Effect.MERCHANT_SETTING, **said},
    )
    at = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    status = ActionStatus.APPROVED if at is None else ActionStatus.EXECUTED
    given = {"id": name, "decision": decision, "status": status, "executed_at": at, **changes}
    return make_action(**given)


def until(waiting: Action, sent: list[Action], most: int | None) -> datetime | None:
    hold = find_cap_hold(waiting, sent, most, NOW)
    return hold and hold.until


def test_what_fits_goes_and_what_does_not_waits_until_as_many_as_needed_are_an_hour_ago() -> None:
    sent = [row("A", "M1", "M2", minutes_ago=50), row("B", "M3", minutes_ago=20)]
    assert until(row("C", "M4"), sent, 4) is None
    assert until(row("C", "M4"), sent, 3) == NOW + timedelta(minutes=10)
    assert until(row("C", "M4", "M5", "M6"), sent, 3) == NOW + timedelta(minutes=40)
    hold = find_cap_hold(row("C", "M4"), sent, 3, NOW)
    assert hold is not None and hold.sentence == (
        "held back by the cap of 3 merchants an hour: 3 were treated within the last hour, so its 1 follow by"
        f" themselves at {NOW + timedelta(minutes=10):%H:%M} UTC"
    )


def test_a_merchant_that_is_treated_twice_counts_once() -> None:
    sent = [row("A", "M1", minutes_ago=50), row("B", "M1", minutes_ago=20)]
    assert until(row("C", "M1"), sent, 1) is None
    assert until(row("C", "M2"), sent, 1) == NOW + timedelta(minutes=40)


def test_more_than_an_hour_has_room_for_goes_out_alone_and_is_not_held_for_ever() -> None:
    large = row("C", "M1", "M2", "M3")
    assert until(large, [], 2) is None
    assert until(large, [row("A", "M1", minutes_ago=20)], 2) == NOW + timedelta(minutes=40)


@pytest.mark.parametrize(
    "sent",
    [
        row("A", "M1", minutes_ago=60),
        row("A", "M1", minutes_ago=5, status=ActionStatus.FAILED),
        row("A", "M1", minutes_ago=5, step=RowKind.UNDO),
        row("A", "M1", minutes_ago=5, mode=ToolMode.DRY_RUN),
        row("A", "M1", minutes_ago=5, effect=Effect.EXTERNAL_ESCALATION),
    ],
    ids=["an hour ago", "failed", "taken back", "only shown", "only told"],
)
def test_what_treated_nobody_within_the_hour_does_not_count(sent: Action) -> None:
    assert until(row("C", "M2"), [sent], 1) is None


def test_what_is_being_sent_or_in_doubt_counts_and_what_takes_back_is_never_held() -> None:
    sending = row("A", "M1", status=ActionStatus.SENDING)
    doubtful = row("A", "M1", minutes_ago=5, status=ActionStatus.IN_DOUBT)
    for one in (sending, doubtful):
        assert until(row("C", "M2"), [one], 1) is not None
    assert until(row("C-U0", "M2", step=RowKind.UNDO), [doubtful], 1) is None
    assert until(row("C", "M2"), [doubtful], None) is None, "without a cap nothing is held"
