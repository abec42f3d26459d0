"""Which fault would produce a departure: its own streams, what becomes of its merchants, and what fails in the same way
at the same time.
"""

from typing import Final

from app.expect.families import OUTCOMES, is_outcome
from app.expect.faults import Fault, FaultState
from app.expect.hurt import hurt_by
from app.expect.look import Look
from app.expect.membership import describe_scope
from app.expect.scan import Departure
from app.expect.windows import WINDOWS

SAME_TIME: Final = 6
"""Slots between the onsets of two streams of one fault, at most."""
INSIDE: Final = 0.6
COVERS: Final = 0.3
MANY_WAYS: Final = 3
UNHEARD_OF: Final = 20.0
"""So many times more than usual."""


def would_produce(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether a fault would show in this departure."""
    if departure.stream in fault.streams:
        return True
    if departure.family.name in OUTCOMES:
        return fault.state is FaultState.OPEN and _is_its_outcome(look, fault, departure, since)
    return abs(since - fault.since) <= SAME_TIME and _is_its_mechanism(look, fault, departure, since)


def is_trying(look: Look, departure: Departure, since: int) -> bool:
    """Whether it is one of several ways in which a single merchant began to fail at about the same time: whoever tries
    things out fails in many ways at once, a fault in one.
    """
    theirs = hurt_by(look, departure, since)
    if len(theirs) != 1:
        return False
    beside = [
        one
        for one in look.faults
        if one.state is FaultState.WATCHED
        and one.scope <= theirs <= one.hurt
        and abs(one.since - since) <= 2 * SAME_TIME
    ]
    ways = {_place_and_code(name)[1] for one in beside for name in one.streams if not is_outcome(name)}
    return len(ways - {_place_and_code(departure.stream)[1]}) >= MANY_WAYS


def _is_its_outcome(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether most of what is amiss is so among its merchants, or whom it has hit are the same."""
    scope, members = look.panel.flags(fault.scope | fault.hurt), departure.members
    if departure.excess[members & scope].sum() >= INSIDE * departure.excess[members].sum():
        return True
    if is_outcome(fault.streams[0]):
        return bool((members & scope).sum() >= INSIDE * min(members.sum(), scope.sum()))
    theirs = hurt_by(look, departure, since)
    fewer = max(min(len(theirs), len(fault.hurt)), 1)
    return abs(since - fault.since) <= SAME_TIME and len(theirs & fault.hurt) >= INSIDE * fewer


def _is_its_mechanism(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether it fails in the same way among its merchants. What is known by its outcome alone is led by what hits most
    of those who show it, though others may be hit who do not tell.
    """
    mechanisms = [one for one in fault.streams if not is_outcome(one)]
    if mechanisms and not any(_are_alike(departure.stream, known) for known in mechanisms):
        return False
    theirs = hurt_by(look, departure, since)
    code = _place_and_code(departure.stream)[1]
    if any(code == _place_and_code(known)[1] for known in mechanisms):
        if len(theirs & (fault.hurt | fault.scope)) >= INSIDE * max(len(theirs), 1):
            return True
        is_news = not code.isdigit() and is_unheard_of(departure) and is_unheard_of(fault)
        return is_news and _have_one_rule(look, fault, departure)
    both = len(theirs & fault.hurt)
    of_theirs, of_ours = (INSIDE, COVERS) if mechanisms else (COVERS, INSIDE)
    return both > 0 and both >= of_theirs * len(theirs) and both >= of_ours * len(fault.hurt)


def is_unheard_of(one: Fault | Departure) -> bool:
    """Whether it is so much more than usual that it was as good as never seen: what one name is given to for the first
    time, at two places at once, is one thing where one description tells whom it concerns.
    """
    return one.seen >= UNHEARD_OF * one.expected


def _have_one_rule(look: Look, fault: Fault, departure: Departure) -> bool:
    """Whether one description tells whom both concern: a setting that some use at one place and some at another."""
    ours, theirs = look.stream(fault.streams[0]), look.stream(departure.stream)
    if ours is None or theirs is None:
        return False
    window = WINDOWS.index(departure.window)
    told = describe_scope(
        (ours.count + theirs.count)[:, window],
        (ours.expected + theirs.expected)[:, window],
        look.columns_of(fault),
        max(ours.dispersion, theirs.dispersion),
        rises=True,
    )
    within = [told.covered & one for one in (departure.members, look.panel.flags(fault.reach))]
    return bool(told.rule) and all(both.any() for both in within)


def _are_alike(stream: str, other: str) -> bool:
    """Whether two streams may be one mechanism by their names: the same code wherever it is met, or the same place
    where one of them names no code.
    """
    (place, how), (other_place, other_how) = _place_and_code(stream), _place_and_code(other)
    if how == other_how and how and not how.isdigit():
        return True
    return place == other_place and any(not one or one.isdigit() for one in (how, other_how))


def _place_and_code(stream: str) -> tuple[str, str]:
    """Where something fails, and how; slow calls name no code."""
    family, _, rest = stream.partition("|")
    if family == "slow":
        return rest, ""
    place, _, how = rest.rpartition("|")
    return place.rpartition("|")[2], how
