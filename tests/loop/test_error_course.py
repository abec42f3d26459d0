"""Those who were cut over are held against their own days: failures of tries, counted from the day of the cutover."""

from datetime import timedelta

import pytest

from app.domain.base import Stage
from app.domain.rollups import Cell, slot_of
from app.services.migrations.error_course import list_error_courses
from tests.builders import make_merchant
from tests.loop.conftest import START, Agency

TODAY = START.date()


def put_days(agency: Agency, merchant: str, days: dict[int, tuple[int, int]]) -> None:
    """Failures and successes at noon, by how many days before today."""
    cells = [
        Cell(slot_of(START.replace(hour=6) - timedelta(days=ago)), merchant, stream, float(count), 0.0, 0.0)
        for ago, (failed, well) in days.items()
        for stream, count in (("errors|call|/api/x|500", failed), ("call|/api/x", well - 1), ("done|hook|orders", 1))
    ]
    with agency.ctx.store.write(agency.scope) as session:
        session.rollups.add([*cells, Cell(slot_of(START), merchant, "errand|x", 99.0, 0.0, 0.0)])


def test_each_day_is_counted_from_the_merchants_own_cutover(agency: Agency) -> None:
    with agency.ctx.store.write(agency.scope) as session:
        session.merchants.put(
            [
                make_merchant("M-OVER", stage=Stage.POST, cutover_date=TODAY - timedelta(days=2)),
                make_merchant("M-NO-DATE", stage=Stage.POST, cutover_date=None),
                make_merchant("M-WAITS", stage=Stage.PRE, cutover_date=TODAY + timedelta(days=2)),
            ]
        )
    for merchant in ("M-OVER", "M-NO-DATE", "M-WAITS"):
        put_days(agency, merchant, {20: (7, 7), 3: (1, 99), 1: (30, 70), 0: (0, 10)})
    found = {one.merchant_id: one for one in list_error_courses(agency.ctx, agency.scope, 14)}
    assert "M-NO-DATE" not in found and "M-WAITS" not in found
    days = {one.day: (one.failures, one.tries, one.ratio) for one in found["M-OVER"].days}
    assert days == {-1: (1.0, 100.0, 0.01), 1: (30.0, 100.0, pytest.approx(0.3)), 2: (0.0, 10.0, 0.0)}
    over = found["M-OVER"]
    assert (over.last, over.usual) == (0.0, pytest.approx(0.3)) and over.departs < 0
    today = {one.merchant_id: one for one in list_error_courses(agency.ctx, agency.scope, 1)}
    assert [one.day for one in today["M-OVER"].days] == [2]
    assert today["M-OVER"].usual is None and today["M-OVER"].departs == 0.0


def test_a_day_that_is_worse_than_the_merchants_own_departs_and_a_few_tries_do_not(agency: Agency) -> None:
    since = TODAY - timedelta(days=3)
    shops = [make_merchant(name, stage=Stage.POST, cutover_date=since) for name in ("M-WORSE", "M-BUSY", "M-SMALL")]
    with agency.ctx.store.write(agency.scope) as session:
        session.merchants.put(shops)
    put_days(agency, "M-WORSE", {2: (2, 98), 1: (2, 98), 0: (20, 80)})
    put_days(agency, "M-BUSY", {2: (20, 80), 1: (20, 80), 0: (20, 80)})
    put_days(agency, "M-SMALL", {2: (0, 3), 1: (0, 3), 0: (1, 3)})
    found = {one.merchant_id: one.departs for one in list_error_courses(agency.ctx, agency.scope, 14)}
    assert found["M-WORSE"] > 5 and abs(found["M-BUSY"]) < 1 and found["M-SMALL"] < 2
