"""What was really so about one planted fault or decoy, read from what the world wrote down while it ran, and how
plainly it showed.

How plainly is asked of an oracle: somebody who knows whom it reaches, in which stream and since when, and has only to
decide whether that is more than chance. What not even the oracle sees, nobody can be asked to find.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from simulations.scenario import UNKNOWN, NoiseSpec, Scenario
from simulations.world.merchant_slot import Lost, Tally, Touched
from simulations.world.planted_faults import NEVER, Course, Trouble, cures_of, shows_its_cause
from simulations.world.population import DAY_MS, HOUR_MS, moment_of
from simulations.world.tool_effects import SETTING_OF
from simulations.world.truth import DecoyTruth, FaultTruth

STRAY_STREAMS: Final = 9
"""Among how many streams the stray errors of a platform are spread, at least."""
USUAL_SHARE: Final[Mapping[str, float]] = {"absences": 0.015, "slowness": 0.05}
"""Of the passages, how many lack what should follow, or are slow, on a good day."""


class Written(NamedTuple):
    """What was written down about one fault up to a moment."""

    touched: Sequence[Touched]
    lost: Sequence[Lost]
    wrote: Sequence[Touched]
    tried: int
    traces: Mapping[str, int]


def read_tallies(tallies: Sequence[Tally], number: int, until: int) -> Written:
    """What the tallies hold about one fault."""
    traces: Counter[str] = Counter()
    for tally in tallies:
        for (fault, stream), count in tally.traces.items():
            traces[stream] += count if fault == number else 0
    return Written(
        touched=sorted(one for tally in tallies for one in tally.touched if one.number == number and one.ms < until),
        lost=[one for tally in tallies for one in tally.lost if one.number == number and one.ms < until],
        wrote=[one for tally in tallies for one in tally.wrote if one.number == number and one.ms < until],
        tried=sum(tally.tried.get(number, 0) for tally in tallies),
        traces=traces,
    )


def tell_decoy(trouble: Trouble, merchants: Sequence[str]) -> DecoyTruth:
    """A decoy as it was laid down before the run."""
    return DecoyTruth(
        kind=trouble.kind,
        rule=trouble.scope,
        began=moment_of(trouble.onset_ms),
        ended=None if trouble.ends_ms >= NEVER else moment_of(trouble.ends_ms),
        merchants=tuple(sorted(merchants)),
    )


def tell_fault(
    trouble: Trouble,
    written: Written,
    courses: Mapping[str, Course],
    scenario: Scenario,
    until: int,
    *,
    pays: bool,
) -> FaultTruth:
    """Everything that is true of a fault up to a moment."""
    touched, wrote = written.touched, {one.merchant_id for one in written.wrote}
    hurt = sorted({one.merchant_id for one in touched})
    ill = sorted(key for key, course in courses.items() if course.begins < until)
    exposed = sorted(key for key, course in courses.items() if course.begins < NEVER)
    cures = cures_of(trouble, scenario)
    days = _sum_sick_days([courses[key] for key in ill], until)
    stream, nats = find_plainest_stream(written, days, scenario.noise)
    lasted = max((min(course.over, until) for course in courses.values()), default=0) - trouble.onset_ms
    return FaultTruth(
        number=trouble.number,
        cause=trouble.cause if shows_its_cause(trouble.effects) else UNKNOWN,
        category=trouble.category,
        began=moment_of(touched[0].ms) if touched else None,
        fifth_event=moment_of(touched[4].ms) if len(touched) > 4 else None,
        ended=_recovered_at([courses[key] for key in ill], until),
        ill=tuple(ill),
        hurt=tuple(hurt),
        hurt_at={one.merchant_id: moment_of(one.ms) for one in reversed(touched)},
        silent=tuple(key for key in hurt if key not in wrote),
        rule=trouble.scope,
        exposed=tuple(exposed),
        since={key: moment_of(courses[key].begins) for key in exposed},
        ahead={key: moment_of(courses[key].begins) for key in exposed if courses[key].begins >= until},
        affected_events=len(touched),
        events_per_hour=round(len(touched) * HOUR_MS / max(lasted, HOUR_MS), 3),
        lost_orders=len(written.lost),
        lost_revenue=sum_losses(written.lost) if pays else {},
        cures=cures,
        needs_people=not any(tool in SETTING_OF for tool in cures),
        stream=stream,
        oracle=round(nats, 3),
    )


def sum_losses(lost: Sequence[Lost]) -> dict[str, int]:
    """Lost money by currency."""
    money = Counter[str]()
    for one in lost:
        money[one.currency] += one.amount
    return dict(sorted(money.items()))


def find_plainest_stream(written: Written, days: float, noise: NoiseSpec) -> tuple[str, float]:
    """The stream in which a fault shows best, and how much more likely it makes what was seen than chance does, as a
    logarithm.
    """
    usual = {
        "errors": noise.hiccups_per_day * days / STRAY_STREAMS,
        **{stream: share * written.tried for stream, share in USUAL_SHARE.items()},
    }
    shown = {stream: _excess_nats(written.traces.get(stream, 0), mean) for stream, mean in usual.items()}
    shown["tickets"] = _excess_nats(len(written.wrote), noise.tickets_per_day * days)
    shown["falls"] = _fall_nats(written.tried - len(written.lost), written.tried)
    return max(shown.items(), key=lambda one: one[1])


def _excess_nats(count: int, mean: float) -> float:
    """How much so many are beyond a mean; what never happens otherwise still happens a little."""
    mean = max(mean, 0.5)
    return count * math.log(count / mean) - (count - mean) if count > mean else 0.0


def _fall_nats(count: int, mean: int) -> float:
    if count >= mean:
        return 0.0
    return (count * math.log(count / mean) if count > 0 else 0.0) + mean - max(count, 0)


def _sum_sick_days(courses: Sequence[Course], until: int) -> float:
    return math.fsum((min(course.over, until) - course.begins) / DAY_MS for course in courses)


def _recovered_at(courses: Sequence[Course], until: int) -> datetime | None:
    """When the last merchant was well again; None while somebody is ill or will be."""
    if not courses or any(course.over > until for course in courses):
        return None
    return moment_of(max(course.over for course in courses))
