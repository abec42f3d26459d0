"""How those fare who were cut over: failures of tries, day by day, each merchant against its own days."""

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.context import AppContext
from app.domain.base import Stage
from app.domain.merchants import Merchant
from app.domain.rollups import SLOT_SECONDS, Cell, slot_of
from app.domain.tenants import Scope
from app.schemas.migrations import ErrorCourse, ErrorDay

FAILED: Final = "errors|"
TRIED: Final = (FAILED, "call|", "done|hook|")
"""Calls and deliveries: those that failed, and those that went well."""
HALF: Final = 0.5
"""Half a failure is added to what is usual, so that a store without one is not held to none for ever."""


def list_error_courses(ctx: AppContext, scope: Scope, days: int) -> list[ErrorCourse]:
    """Each merchant that was cut over on a known day, over so many of the last days; who has no known day is left
    out.
    """
    now = ctx.clock(scope).now()
    first = datetime.combine(now.date() - timedelta(days=days - 1), time(), UTC)
    with ctx.store.read(scope) as session:
        over = [one for one in session.merchants.all() if one.stage is Stage.POST and one.cutover_date is not None]
        cells = session.rollups.by_day(slot_of(first), slot_of(now), TRIED) if over else []
    by_merchant: dict[str, list[Cell]] = {}
    for cell in cells:
        by_merchant.setdefault(cell.merchant, []).append(cell)
    return [_course_of(one, one.cutover_date, by_merchant.get(one.id, ())) for one in over if one.cutover_date]


def _course_of(merchant: Merchant, cutover: date, cells: Iterable[Cell]) -> ErrorCourse:
    days: dict[int, list[float]] = {}
    for cell in cells:
        day = (datetime.fromtimestamp(cell.slot * SLOT_SECONDS, UTC).date() - cutover).days
        sums = days.setdefault(day, [0.0, 0.0])
        sums[0] += cell.count if cell.stream == FAILED else 0.0
        sums[1] += cell.count
    found = [
        ErrorDay(day=day, failures=failed, tries=tried, ratio=failed / tried if tried > 0 else 0.0)
        for day, (failed, tried) in sorted(days.items())
    ]
    since = [one for one in found if one.day >= 0 and one.tries > 0]
    last, before = (since[-1] if since else None), since[:-1]
    tries, failures = sum(one.tries for one in before), sum(one.failures for one in before)
    return ErrorCourse(
        merchant_id=merchant.id,
        cutover_date=cutover,
        days=found,
        last=last.ratio if last else None,
        usual=failures / tries if before else None,
        departs=_departure_of(last, (failures + HALF) / (tries + 1)) if last and before else 0.0,
    )


def _departure_of(last: ErrorDay, usual: float) -> float:
    """How far one day lies from what would be usual, in what chance alone would make of it."""
    spread = math.sqrt(max(last.tries * usual * (1 - usual), HALF**2))
    return round((last.failures - last.tries * usual) / spread, 2)
