"""Whether somebody is hurt: by visitors who met a failure and did not come through, or by an outcome that departs in
its scope. Loud and harmless is no incident, and neither is a crowd that buys no more than usual.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.expect.descriptions import Bools
from app.expect.families import DECLINED, OUTCOMES, Family
from app.expect.gone_elsewhere import is_elsewhere, place_of
from app.expect.outcomes import KNOWN_FROM, Outcomes
from app.expect.panel import Panel
from app.expect.scan import Departure
from app.expect.visitors import SILENCED
from app.expect.windows import DAY, WINDOWS, window_reaching

CAME_THROUGH: Final = 0.9
"""How many who met a harmless failure come through all the same, before anything is known of a platform."""
CAME_THROUGH_IF_HARMED: Final = 1 / 3
"""That share of them where it does harm."""
DRAWN: Final = 3.0
"""How many who met it what is believed of a failure is worth."""
LEAST_USUAL: Final = 0.15
"""Where hardly anybody comes through anyway, that nobody did says nothing."""
MOST_USUAL: Final = 0.98
ENOUGH: Final = 4.0
OUTCOME: Final = 6.0
FELL: Final = 0.7
"""By so much a place that fails people is passed less often."""
FEWEST_PASSAGES: Final = 3.0
STILL_MISSING: Final = 3.0
"""A fall must also show against what is sold at such hours."""
SAME_BUSINESS: Final = 0.85
PLAINLY_LESS: Final = 0.6
"""What is done by itself, of those who come, differs by so much from place to place with the local hour."""
SURELY_LESS: Final = 0.75
SURE_OF_IT: Final = 14.0
"""Beyond a departure of such a score a smaller fall will do."""
SILENCE: Final = 0.5
"""Calls are not made for their own sake: what is left of them must be less than this before their fall is any harm."""
MOST_TRIES: Final = 3.0
"""So often shoppers may try to pay again."""
PAID: Final = "done|payment"
BOUGHT: Final = frozenset({PAID, "done|order"})
MOST_BLAMED: Final = 4.0
"""So many orders at most go missing for each failure that is told."""
OF_THE_DAY: Final = 0.5
SEVERAL: Final = 3
"""Where nobody comes to fewer than so many any more, they may have closed."""
MOST_SURE: Final = 99.0
WEEK: Final = 7 * DAY
MAY_BE_THE_DAY: Final = DAY // 4
"""What began so long ago may be what the day of the week is like."""
HARDLY_ANY: Final = 0.4
"""Before a week is known: some trades sell half as much on some days."""


@dataclass(frozen=True)
class Harm:
    """What is known of the harm of a departure: logarithms of odds, and which outcomes depart with it."""

    visitors: float
    """For harm by its own visitors; 0 where none was named."""
    met: float
    outcomes: tuple[str, ...]
    crowd: float | None

    @property
    def done(self) -> bool:
        """Whether somebody is hurt."""
        return self.visitors > ENOUGH or bool(self.outcomes)

    @property
    def refuted(self) -> bool:
        """Whether its visitors are known to come through."""
        return self.visitors < -ENOUGH


def harm_of(
    panel: Panel, departure: Departure, outcomes: Outcomes, since: int, now: int
) -> Harm:  # fmt: skip
    """What the visitors of a departure did, and which outcomes of its merchants depart since it began."""
    members = departure.members
    if departure.family.name in OUTCOMES:
        crowd = panel.crowd(members, max(since, now - departure.window), now)
        spared = _is_spared(panel, departure, outcomes, since, now, crowd)
        return Harm(0.0, 0.0, () if spared else (departure.stream,), crowd)
    age = now - since
    window = window_reaching(age)
    visitors, met = _visitors(panel, departure.stream, members, since, now)
    passed = _passages(outcomes, departure.stream, members, window)
    visitors += passed if met else max(passed, 0.0)
    crowd = panel.crowd(members, now - min(max(age, 1), WINDOWS[-1]), now)
    most_blamed = MOST_BLAMED * max(float(panel.total(departure.stream, members, since, now)[0]), 1.0)
    found = _departing(outcomes, members, departure.stream, window, crowd, most_blamed)
    if DECLINED.name in found and _is_tried_by_machines(panel, outcomes, members, window, now):
        return Harm(-MOST_SURE, met, (), crowd)
    return Harm(visitors, met, found, crowd)


def _is_spared(
    panel: Panel, departure: Departure, outcomes: Outcomes, since: int, now: int, crowd: float | None
) -> bool:  # fmt: skip
    """Whether what departs by itself is nobody's harm."""
    members, window = departure.members, WINDOWS.index(departure.window)
    usual, least_left = _usual_now(departure, outcomes), _least_left(panel, departure, since, now)
    if _is_demand(departure.family, departure.seen, usual, crowd, least_left):
        return True
    if _is_made_elsewhere(outcomes, departure.stream, members, window):
        return True
    if departure.family is DECLINED and _is_tried_by_machines(panel, outcomes, members, window, now):
        return True
    if crowd is not None and crowd < SILENCED and members.sum() < SEVERAL:
        return True
    return now - panel.first >= 2 * DAY and _is_an_hour_of_the_day(outcomes, departure)


def _least_left(panel: Panel, departure: Departure, since: int, now: int) -> float:
    """How much of what was usual may be left at most, for a fall to be harm."""
    less = SURELY_LESS if departure.score >= SURE_OF_IT else PLAINLY_LESS
    if now - panel.first < WEEK and now - since >= MAY_BE_THE_DAY:
        less = HARDLY_ANY
    return {"call": SILENCE, "done": less}.get(departure.family.name, SAME_BUSINESS)


def _is_demand(family: Family, seen: float, expected: float, crowd: float | None, least_left: float) -> bool:
    """More visitors, the same business: a share that fell only because more came to look. A fall that is too small to
    matter is none either.
    """
    if family.rises or expected <= 0:
        return False
    if seen > least_left * expected:
        return True
    if crowd is None or crowd <= 1:
        return False
    usual = expected / crowd
    missing = (seen * math.log(max(seen, 1e-9) / usual) - (seen - usual)) / family.dispersion
    return seen >= usual or missing < STILL_MISSING


def _is_an_hour_of_the_day(outcomes: Outcomes, departure: Departure) -> bool:
    """Whether what is missing lately is hardly missing of the whole day: elsewhere the night falls at another hour."""
    stream = outcomes.find(departure.stream)
    if stream is None or stream.family.rises:
        return False
    missing = [
        float((stream.expected - stream.count)[departure.members, window].sum())
        for window in (WINDOWS.index(departure.window), -1)
    ]
    return missing[1] < OF_THE_DAY * missing[0]


def _is_tried_by_machines(panel: Panel, outcomes: Outcomes, members: Bools, window: int, now: int) -> bool:
    """Whether far more is tried than shoppers would try again, while as much is paid as ever: somebody tests cards."""
    paid = outcomes.find(PAID)
    if paid is None:
        return False
    seen, usual = (float(each[members, window].sum()) for each in (paid.count, paid.expected))
    tried = float(panel.total(DECLINED.name, members, now - WINDOWS[window], now)[1])
    return tried > MOST_TRIES * (usual + 1) and seen > SAME_BUSINESS * usual - math.sqrt(usual)


def _is_made_elsewhere(outcomes: Outcomes, name: str, members: Bools, window: int) -> bool:
    """Whether these merchants call other places instead."""
    places = place_of(name)
    if not places:
        return False
    among = [one for one in outcomes.streams if one.name.startswith(places)]
    return is_elsewhere([one.beyond(members, window) for one in among])


def _visitors(panel: Panel, stream: str, members: Bools, since: int, now: int) -> tuple[float, float]:
    """For harm by what became of those who met it, against what becomes of whoever comes to that place; with how many
    those are. Nothing where hardly anybody comes through in any case.
    """
    usual = _usual_passage(panel, stream)
    if usual < LEAST_USUAL:
        return 0.0, 0.0
    harmed = usual * CAME_THROUGH_IF_HARMED
    met = panel.total(stream, members, since, now - 1)[2]
    well = min(panel.total(f"well|{stream}", members, since, now)[0], met)
    odds = well * math.log(harmed / usual) + (met - well) * math.log((1 - harmed) / (1 - usual))
    return float(odds), float(met)


def _usual_passage(panel: Panel, stream: str) -> float:
    """Which share of those who meet it come through when it does no harm: by what is known of it, else of the place
    where it happens, else of all failures.
    """
    kind, _, route = stream.partition("|")[2].partition("|")
    calls = panel.past(f"call|{route.rpartition('|')[0]}")[0] if kind == "call" else 0.0
    if calls >= KNOWN_FROM:
        usual = min(panel.past("done|order")[0] / calls, CAME_THROUGH)
    else:
        usual = _drawn_to_known(panel, "errors|", CAME_THROUGH)
    return min(_drawn_to_known(panel, stream, usual), MOST_USUAL)


def _drawn_to_known(panel: Panel, stream: str, usual: float) -> float:
    """A share of those who come through, drawn towards what is known of those who met this."""
    met, well = panel.past(stream)[2], panel.past(f"well|{stream}")[0]
    return float((usual * DRAWN + min(well, met)) / (DRAWN + met))


def _passages(outcomes: Outcomes, stream: str, members: Bools, window: int) -> float:
    """For harm by what goes well at the place that fails: as often as ever, or hardly any more, though it is not done
    elsewhere instead. Where no visitor is named it only speaks for harm: machines try again.
    """
    family, kind, route = (*stream.split("|"), "", "")[:3]
    calls = outcomes.find(f"call|{route}") if (family, kind) == ("errors", "call") else None
    if calls is None or _is_made_elsewhere(outcomes, calls.name, members, window):
        return 0.0
    seen, usual = (float(each[members, window].sum()) for each in (calls.count, calls.expected))
    return min(FELL * usual + seen * math.log(1 - FELL), 6.0) if usual > FEWEST_PASSAGES else 0.0


def _usual_now(departure: Departure, outcomes: Outcomes) -> float:
    """What was to be expected of what departs by itself, seeing what became of the others."""
    if departure.family.rises:
        return departure.expected
    window = WINDOWS.index(departure.window)
    return departure.expected * outcomes.factor_elsewhere(departure.stream, departure.members, window)


def _departing(
    outcomes: Outcomes, members: Bools, itself: str, window: int, crowd: float | None, most_blamed: float
) -> tuple[str, ...]:
    """Outcomes that depart in this scope by more than chance, over the time since it began. What is much rarer than
    what is missing is not why that is missing.
    """
    told = outcomes.among(members, window)
    found = []
    for place in np.flatnonzero(told.score > OUTCOME):
        stream, seen, expected = outcomes.streams[int(place)], float(told.seen[place]), float(told.expected[place])
        least_left = SILENCE if stream.family.name == "call" else SAME_BUSINESS
        if stream.name == itself or _is_demand(stream.family, seen, expected, crowd, least_left):
            continue
        if stream.name in BOUGHT and expected - seen > most_blamed:
            continue
        if not _is_made_elsewhere(outcomes, stream.name, members, window):
            found.append(stream.name)
    return tuple(found)
