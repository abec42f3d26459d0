"""Which fault would produce a departure: its own streams, what becomes of its merchants, and what fails in the same way
at the same time.
"""

from typing import Final

import numpy as np

from app.domain.shares import chance_of_at_least
from app.expect.descriptions import MOVES
from app.expect.families import OUTCOMES, is_outcome
from app.expect.faults import Fault, FaultState
from app.expect.hurt import hurt_by
from app.expect.look import Look
from app.expect.membership import Description, describe_scope
from app.expect.scan import Departure
from app.expect.windows import WINDOWS, window_reaching

AT_ONCE: Final = 3
SAME_TIME: Final = 6
"""Slots between the onsets of two streams of one fault, at most."""
LONG_BEFORE: Final = 36
"""What people write does not begin so many slots before it happens."""
INSIDE: Final = 0.6
COVERS: Final = 0.3
MANY_WAYS: Final = 2
"""So many others beside one."""
MOSTLY: Final = 0.8
ONE_SITTING: Final = 72
"""Who tries things out does so within so many slots."""
TICKETS: Final = "tickets|"
NEARLY_ALL: Final = 0.8
BY_CHANCE: Final = 0.02
SEVERAL: Final = 3
TELLING: Final = 2
"""So few always have something in common with others."""
UNHEARD_OF: Final = 20.0
"""So many times more than usual."""


def would_produce(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether a fault would show in this departure."""
    if departure.stream in fault.streams:
        return True
    if departure.family.name in OUTCOMES:
        return fault.state is FaultState.OPEN and _is_its_outcome(look, fault, departure, since)
    if _has_its_code(fault, departure) and _is_its_doing(look, fault, departure, since):
        return True
    if abs(since - fault.since) <= SAME_TIME and _is_its_mechanism(look, fault, departure, since):
        return True
    return abs(since - fault.since) <= AT_ONCE and _breaks_with_it(look, fault, departure, since)


def leads_better(fault: Fault, departure: Departure) -> bool:
    """Whether a departure tells better what a fault is about than what is known of it: what fails, than what becomes
    of it; and anything, than what people write.
    """
    if departure.family.name not in OUTCOMES:
        return all(is_outcome(one) for one in fault.streams)
    return departure.family.name != "tickets" and all(one.startswith(TICKETS) for one in fault.streams)


def is_trying(look: Look, departure: Departure, since: int) -> bool:
    """Whether it is one of several ways in which as good as a single merchant began to fail at about the same time:
    whoever tries things out fails in many ways at once, a fault in one.
    """
    most = int(np.argmax(departure.excess))
    if departure.excess[most] < MOSTLY * departure.excess.clip(0.0).sum():
        return False
    beside = [
        one
        for one in look.faults
        if one.state is not FaultState.ENDED and look.names[most] in one.hurt and len(one.hurt) <= SEVERAL
        if abs(one.since - since) <= ONE_SITTING
    ]
    ways = {_place_and_code(name)[1] for one in beside for name in one.streams if not is_outcome(name)}
    return len(ways - {_place_and_code(departure.stream)[1]}) >= MANY_WAYS


def _is_its_outcome(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether most of what is amiss is so among its merchants, or whom it has hit are the same."""
    if leads_better(fault, departure) and since - fault.since > LONG_BEFORE:
        return False
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
    both = len(theirs & fault.hurt)
    of_theirs, of_ours = (INSIDE, COVERS) if mechanisms else (COVERS, INSIDE)
    return both > 0 and both >= of_theirs * len(theirs) and both >= of_ours * len(fault.hurt)


def is_unheard_of(one: Fault | Departure) -> bool:
    """Whether it is so much more than usual that it was as good as never seen."""
    return one.seen >= UNHEARD_OF * one.expected


def _has_its_code(fault: Fault, departure: Departure) -> bool:
    """Whether it fails under a name that the fault fails under too."""
    if departure.family.name != "errors":
        return False
    named = {_place_and_code(one)[1] for one in fault.streams if one.startswith("errors|")}
    code = _place_and_code(departure.stream)[1]
    return code in named and bool(code) and not code.isdigit()


def _is_its_doing(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether what fails under a fault's name elsewhere, be it later, does so among its merchants, or one description
    tells whom both concern: what has a setting fails at each place among those who use that place. What one name is
    given to for the first time at two places at once is one thing; else one description must tell more than two.
    """
    theirs, at_once = hurt_by(look, departure, since), abs(since - fault.since) <= SAME_TIME
    is_news = is_unheard_of(departure) and is_unheard_of(fault)
    among = fault.hurt | fault.scope if at_once else fault.hurt
    if (at_once or is_news) and len(theirs & among) >= INSIDE * max(len(theirs), 1):
        return True
    is_new_at_once = at_once and is_news
    if len(theirs) < TELLING and not is_new_at_once:
        return False
    told = _describe_both(look, fault, departure)
    within = [told.covered & one for one in (departure.members, look.panel.flags(fault.reach))]
    if not told.rule or not all(one.any() for one in within):
        return False
    return is_new_at_once or _tells_of_both(look, told, fault.hurt, theirs)


def _breaks_with_it(look: Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether what fails otherwise began at the very moment, partly at the same, among whom one description tells of
    both: a release breaks several things at once. Who moves may well meet several faults then: a move tells nothing.
    """
    if departure.family.name != "errors" or not fault.streams[0].startswith("errors|"):
        return False
    theirs = hurt_by(look, departure, since)
    fewer = min(len(theirs), len(fault.hurt))
    if fewer < SEVERAL or not (is_unheard_of(departure) and is_unheard_of(fault)):
        return False
    if len(theirs & fault.hurt) < COVERS * fewer:
        return False
    told = _describe_both(look, fault, departure)
    if not told.rule or any(part[0].attribute == MOVES for part in told.rule):
        return False
    return _tells_of_both(look, told, fault.hurt, theirs)


def _describe_both(look: Look, fault: Fault, departure: Departure) -> Description:
    """The description that tells best whom both concern, taken for one."""
    window = max(WINDOWS.index(departure.window), window_reaching(look.now - fault.since))
    parts = [one for name in (*fault.streams, departure.stream) if (one := look.stream(name)) is not None]
    return describe_scope(
        np.sum([one.count[:, window] for one in parts], axis=0),
        np.sum([one.expected[:, window] for one in parts], axis=0),
        look.columns_of(fault),
        max(one.dispersion for one in parts),
        rises=True,
    )


def _tells_of_both(look: Look, told: Description, ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether nearly all of both are as described, by one value of each attribute, since what two things concern can
    always be listed; and whether that is no chance: a description that many fit fits soon.
    """
    if any(len(part) > 1 for part in told.rule):
        return False
    fitting, share = look.named(told.covered), float(told.covered.mean())
    nearly = all(len(hit & fitting) >= NEARLY_ALL * len(hit) for hit in (ours, theirs))
    return nearly and chance_of_at_least(len(theirs & fitting), len(theirs), share) <= BY_CHANCE


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
