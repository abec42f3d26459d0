"""What the agent said of an incident when it counted: half an hour after opening it, and when it first proposed
something. The worse of the two is judged; what it says at the end stands beside it and earns nothing.
"""

from collections.abc import Iterable
from typing import Final

from simulations.scenario import UNKNOWN
from simulations.world.truth import Glimpse, IncidentSeen

CLAIM: Final = 0.5
"""A cause named with more confidence than this is claimed; below it, the agent has left it open."""


def list_glimpses(incident: IncidentSeen) -> tuple[Glimpse, ...]:
    """What was said when it counted; where nothing was noted then, its first assessment with what was said at the
    end.
    """
    noted = tuple(one for one in (incident.half_hour, incident.proposal) if one is not None)
    return noted or (last_glimpse(incident).changed(suspects=incident.suspects),)


def last_glimpse(incident: IncidentSeen) -> Glimpse:
    """What is said at the end."""
    return Glimpse(
        at=incident.detected_at,
        merchants=incident.merchants,
        exposed=incident.exposed,
        suspects=incident.last_suspects or incident.suspects,
        lost_revenue=incident.lost_revenue,
    )


def names_cause(incident: IncidentSeen, cause: str, places: int = 1) -> bool:
    """Whether the cause is among the first that it ranked, whenever that counted."""
    return all(_ranks(glimpse, cause, places) for glimpse in list_glimpses(incident))


def names_cause_ever(incident: IncidentSeen, cause: str) -> bool:
    """Whether the cause was ranked first at any time, such as after a person had answered what was asked."""
    first = last_glimpse(incident).changed(suspects=incident.suspects)
    return any(_ranks(glimpse, cause, 1) for glimpse in (first, *list_glimpses(incident), last_glimpse(incident)))


def ranks_at_the_end(incident: IncidentSeen, cause: str) -> bool:
    """Whether the cause is the first that is ranked in its latest assessment."""
    return _ranks(last_glimpse(incident), cause, 1)


def is_abstention(incident: IncidentSeen) -> bool:
    """It was assessed, and whenever it counted either unknown is ranked first or no cause is claimed. No assessment is
    no abstention.
    """
    return all(map(_leaves_open, list_glimpses(incident)))


def may_have_abstained(incident: IncidentSeen) -> bool:
    """Whether it was left open at one of the moments that count."""
    return any(map(_leaves_open, list_glimpses(incident)))


def firsts_of(incident: IncidentSeen) -> list[tuple[str, float]]:
    """The causes ranked first, with their confidence, at the moments that count."""
    return [(one.suspects[0].cause, one.suspects[0].confidence) for one in list_glimpses(incident) if one.suspects]


def firsts_of_all(incidents: Iterable[IncidentSeen]) -> list[tuple[str, float]]:
    """The same of several incidents."""
    return [first for one in incidents for first in firsts_of(one)]


def _ranks(glimpse: Glimpse, cause: str, places: int) -> bool:
    return any(one.cause == cause for one in glimpse.suspects[:places])


def _leaves_open(glimpse: Glimpse) -> bool:
    ranked = glimpse.suspects
    return bool(ranked) and (
        ranked[0].cause == UNKNOWN or not any(one.confidence > CLAIM for one in ranked if one.cause != UNKNOWN)
    )
