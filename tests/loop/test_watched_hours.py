"""What people see of the judging: each watched stream by the hour, and the false alarms beside their budget."""

from datetime import timedelta

import pytest

from app.domain.incidents import Closing, IncidentStatus, Snapshot
from app.domain.rollups import SLOTS_AN_HOUR, Cell, slot_of
from app.expect.course import Told, course_of
from app.expect.families import HITS, MISSES, family_of
from app.services.watch.alarm_budget import WEEK, count_false_alarms, move_bar_weekly, read_bar
from app.services.watch.course import list_courses
from tests.builders import make_incident
from tests.loop.conftest import Agency

HOURS = 6


def test_an_hour_is_held_against_what_came_before_and_who_came() -> None:
    orders = family_of("done|order")
    assert orders is not None
    past = {hour: Told(50.0, 0.0, 500.0) for hour in range(0, 48)}
    shown = {hour: Told(10.0, 0.0, 250.0) for hour in range(48, 48 + HOURS)}
    _, course = course_of(orders, past, shown, range(48, 48 + HOURS))
    assert [one.seen for one in course] == [10.0] * HOURS
    assert all(one.expected == pytest.approx(25.0, rel=0.02) for one in course)


def test_a_metric_where_most_goes_well_is_told_by_what_went_wrong() -> None:
    past = {hour: Told(980.0, 1_000.0, 0.0) for hour in range(48)}
    family, course = course_of(HITS, past, {48: Told(900.0, 1_000.0, 0.0)}, range(48, 49))
    assert family is MISSES and course[0].seen == 100.0
    assert course[0].expected == pytest.approx(20.0, rel=0.1)


def test_the_streams_of_what_departs_come_first_with_all_that_was_counted_in_the_day(asking: Agency) -> None:
    found = list_courses(asking.ctx, asking.scope)
    assert found and found[0].state == "open" and "usual" in {one.state for one in found}
    assert all(len(one.hours) == 24 for one in found)
    orders = next(one for one in found if one.about == "orders")
    with asking.ctx.store.read(asking.scope) as session:
        last = slot_of(asking.ctx.clock(asking.scope).now())
        kept = [one for one in session.rollups.between(0, last) if one.stream == "done|order"]
    assert sum(one.seen for one in orders.hours) == sum(one.count for one in kept)


def test_false_alarms_are_not_known_before_there_is_anything_to_tell(asking: Agency) -> None:
    found = count_false_alarms(asking.ctx, asking.scope)
    assert found.met_per_week is None and found.budget_per_week == 0.5


def test_false_alarms_are_those_that_people_called_so_and_those_that_ended_at_no_cost(asking: Agency) -> None:
    ctx, scope = asking.ctx, asking.scope
    now = ctx.clock(scope).now()
    closings = ["a false alarm, thanks", "Fehlalarm", "the merchant fixed it"]
    with ctx.store.write(scope) as session:
        weeks_ago = slot_of(now - timedelta(days=14)) // SLOTS_AN_HOUR * SLOTS_AN_HOUR
        session.rollups.add([Cell(weeks_ago, "M", "done|order", 1.0, 0.0, 0.0)])
        for number, why in enumerate(closings, 900):
            closing = Closing(by="ada", reason=why, at=now)
            session.incidents.add(make_incident(number, detected_at=now, key=f"k{number}", closing=closing))
        for number, lost in ((910, 0.0), (911, 4.0)):
            known = Snapshot(ended_itself=True, lost_orders=lost)
            session.incidents.add(make_incident(number, detected_at=now, key=f"k{number}", metrics_snapshot=known))
        ids = [one.id for one in session.incidents.page() if one.key.startswith("k9")]
        for name in ids:
            session.incidents.move(name, IncidentStatus.RESOLVED, at=now, reason="over")
        merchants = len(session.merchants.all())
    found = count_false_alarms(ctx, scope)
    assert found.ended == 5 and len(found.false) == 3
    assert found.met_per_week == pytest.approx(3 / found.weeks * 200 / merchants, rel=0.01)


def test_once_a_week_the_bar_is_moved_by_the_false_alarms_there_were(asking: Agency) -> None:
    ctx, scope = asking.ctx, asking.scope
    now = ctx.clock(scope).now()
    shipped = ctx.config.thresholds.surprise

    def pass_time(days: int, *, false: int) -> float:
        nonlocal now
        now += timedelta(days=days)
        with ctx.store.write(scope) as session:
            for number in range(false):
                closing = Closing(by="ada", reason="a false alarm", at=now)
                one = make_incident(700 + number + now.day * 20, detected_at=now, key=f"{now}{number}", closing=closing)
                session.incidents.add(one)
                session.incidents.move(one.id, IncidentStatus.RESOLVED, at=now, reason="over")
            move_bar_weekly(ctx, scope, session, now)
            return read_bar(session, ctx.config.thresholds)

    assert pass_time(1, false=0) == shipped
    assert pass_time(3, false=2) == shipped, "not before a week has passed"
    raised = pass_time(5, false=1)
    assert raised > shipped
    assert pass_time(WEEK.days, false=0) < raised, "what was counted once is not counted again"
    told = count_false_alarms(ctx, scope)
    assert told.shipped_surprise == shipped and told.surprise == pytest.approx(pass_time(0, false=0))
    other = ctx.config.thresholds.changed(surprise=shipped + 1)
    with ctx.store.read(scope) as session:
        assert read_bar(session, other) == shipped + 1, "what was learnt belongs to what was configured then"
