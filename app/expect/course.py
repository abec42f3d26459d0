"""What a stream showed hour by hour, beside what it would have shown had it gone on as before: the whole platform's
rate of what came before, times who came. For people to look at; a sweep judges merchant by merchant.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.expect.families import CALLS, MISSES, Against, Family
from app.expect.normal import is_mostly_hit, rate_of_platform


class Told(NamedTuple):
    """What was counted in one hour: of the stream, of its own tries, and of visitors."""

    seen: float = 0.0
    tries: float = 0.0
    visits: float = 0.0


class CourseHour(NamedTuple):
    """One hour: what was seen, and what would have been normal."""

    seen: float
    expected: float


NOTHING: Final = Told()


def course_of(
    family: Family, past: Mapping[int, Told], shown: Mapping[int, Told], hours: range
) -> tuple[Family, list[CourseHour]]:
    """Seen and expected in each of these hours, and as what it was read: `past` is what came before, with what a fault
    did left out. A metric is read as misses or as hits, whichever is rarer.
    """
    every = [*past.values(), *shown.values()]
    if is_mostly_hit(family, sum(one.seen for one in every), sum(one.tries for one in every)):
        past, shown = _missed(past), _missed(shown)
        family = MISSES
    before = _exposures(family, past, max(len(past), 1))
    now = _exposures(family, {hour: shown.get(hour, NOTHING) for hour in hours}, len(hours))
    count = sum(one.seen for one in past.values())
    rate = rate_of_platform(family, float(count), float(sum(before.values())))
    return family, [CourseHour(shown.get(hour, NOTHING).seen, rate * now[hour]) for hour in hours]


def _missed(told: Mapping[int, Told]) -> dict[int, Told]:
    return {hour: one._replace(seen=max(one.tries - one.seen, 0.0)) for hour, one in told.items()}


def _exposures(family: Family, told: Mapping[int, Told], span: int) -> dict[int, float]:
    """How much there was to see in each hour: its own tries, or visitors; half of them spread evenly for what does not
    only come with visitors, and for machines no more than evenly.
    """
    if family.against is Against.ITS_OWN:
        return {hour: one.tries for hour, one in told.items()}
    mean = sum(one.visits for one in told.values()) / span
    if family is CALLS:
        return {hour: min(one.visits, mean) for hour, one in told.items()}
    if family.rises:
        return {hour: (one.visits + mean) / 2 for hour, one in told.items()}
    return {hour: one.visits for hour, one in told.items()}
