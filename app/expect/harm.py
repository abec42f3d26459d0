"""Whether somebody is hurt: by visitors who met a failure and did not come through, or by an outcome that departs in
its scope. Loud and harmless is no incident, and neither is a crowd that buys no more than usual.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.expect.descriptions import Bools
from app.expect.evidence import Floats, weigh_departure
from app.expect.expected import Stream
from app.expect.families import OUTCOMES, Family
from app.expect.gone_elsewhere import is_elsewhere, place_of
from app.expect.panel import Panel
from app.expect.scan import Departure
from app.expect.windows import WINDOWS, window_reaching

CAME_THROUGH: Final = 0.9
"""How many who met a harmless failure come through all the same, before anything is known of a platform."""
CAME_THROUGH_IF_HARMED: Final = 1 / 3
"""That share of them where it does harm."""
KNOWN_FROM: Final = 10.0
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
LEAST_ELSEWHERE: Final = 0.5


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
    panel: Panel, departure: Departure, streams: Iterable[Stream], since: int, now: int
) -> Harm:  # fmt: skip
    """What the visitors of a departure did, and which outcomes of its merchants depart since it began."""
    members = departure.members
    if departure.family.name in OUTCOMES:
        crowd = panel.crowd(members, max(since, now - departure.window), now)
        less = SURELY_LESS if departure.score >= SURE_OF_IT else PLAINLY_LESS
        least_left = {"call": SILENCE, "done": less}.get(departure.family.name, SAME_BUSINESS)
        known = list(streams)
        spared = _is_demand(departure.family, departure.seen, _usual_now(departure, known), crowd, least_left)
        spared = spared or _is_made_elsewhere(known, departure.stream, members, WINDOWS.index(departure.window))
        return Harm(0.0, 0.0, () if spared else (departure.stream,), crowd)
    visitors, met = _visitors(panel, departure.stream, members, since, now)
    passed = _passages(panel, departure.stream, members, since, now)
    visitors += passed if met else max(passed, 0.0)
    age = now - since
    crowd = panel.crowd(members, now - min(max(age, 1), WINDOWS[-1]), now)
    return Harm(visitors, met, _outcomes(streams, members, departure, age, crowd), crowd)


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


def _is_made_elsewhere(streams: Iterable[Stream], name: str, members: Bools, window: int) -> bool:
    """Whether these merchants call other places instead."""
    places = place_of(name)
    if not places:
        return False
    among = [one for one in streams if one.name.startswith(places)]
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
    return float((usual * KNOWN_FROM + min(well, met)) / (KNOWN_FROM + met))


def _passages(panel: Panel, stream: str, members: Bools, since: int, now: int) -> float:
    """For harm by what goes well at the place that fails: as often as ever, or hardly any more. Where no visitor is
    named it only speaks for harm: machines try again.
    """
    family, kind, route = (*stream.split("|"), "", "")[:3]
    if (family, kind) != ("errors", "call"):
        return 0.0
    usual = panel.usual(f"call|{route}", members, since, now)
    seen = float(panel.total(f"call|{route}", members, since, now)[0])
    return min(FELL * usual + seen * math.log(1 - FELL), 6.0) if usual > FEWEST_PASSAGES else 0.0


def _usual_now(departure: Departure, streams: Iterable[Stream]) -> float:
    """What was to be expected of what departs by itself, seeing what became of the others."""
    stream = next((one for one in streams if one.name == departure.stream), None)
    if stream is None or departure.family.rises:
        return departure.expected
    return departure.expected * _elsewhere(stream, departure.members, WINDOWS.index(departure.window))


def _elsewhere(stream: Stream, members: Bools, window: int) -> float:
    """How much of what was expected others had, within bounds: what fell everywhere was not its doing."""
    seen, expected = stream.count[~members, window].sum(), stream.expected[~members, window].sum()
    if expected < KNOWN_FROM:
        return 1.0
    return float(min(max((seen + KNOWN_FROM) / (expected + KNOWN_FROM), LEAST_ELSEWHERE), 1 / LEAST_ELSEWHERE))


def _outcomes(
    streams: Iterable[Stream], members: Bools, departure: Departure, age: int, crowd: float | None
) -> tuple[str, ...]:
    """Outcomes that depart in this scope by more than chance, over the time since it began."""
    window, every = window_reaching(age), list(streams)
    asked = [one for one in every if one.family.name in OUTCOMES and one.name != departure.stream]
    if not asked:
        return ()
    seen, expected, score = _weigh_scope(asked, members, window)
    found = []
    for place in np.flatnonzero(score > OUTCOME).tolist():
        stream = asked[place]
        least_left = SILENCE if stream.family.name == "call" else SAME_BUSINESS
        if _is_demand(stream.family, float(seen[place]), float(expected[place]), crowd, least_left):
            continue
        if not _is_made_elsewhere(every, stream.name, members, window):
            found.append(stream.name)
    return tuple(found)


def _weigh_scope(streams: Sequence[Stream], members: Bools, window: int) -> tuple[Floats, Floats, Floats]:
    """What these merchants had of each stream and what was to be expected, seeing what became of the others; and how
    strongly that departs.
    """
    count, expected = (np.stack([getattr(one, name)[:, window] for one in streams]) for name in ("count", "expected"))
    known = np.stack([one.known[members, window].sum() for one in streams])
    seen, usual, total, total_usual = (
        part.sum(axis=1) for part in (count[:, members], expected[:, members], count, expected)
    )
    others, others_usual = count[:, ~members].sum(axis=1), expected[:, ~members].sum(axis=1)
    share = np.clip((others + KNOWN_FROM) / (others_usual + KNOWN_FROM), LEAST_ELSEWHERE, 1 / LEAST_ELSEWHERE)
    usual = usual * np.where(others_usual < KNOWN_FROM, 1.0, share)
    past, dispersion, rises = (
        np.array(values)
        for values in zip(*((one.past[window], one.dispersion, one.family.rises) for one in streams), strict=True)
    )
    return seen, usual, weigh_departure(seen, usual, known, total, total_usual, past, dispersion, rises)
