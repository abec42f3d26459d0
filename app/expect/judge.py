"""What a look comes to: departures that are watched, faults that hurt somebody, and what belongs to which.

A departure first asks whether a fault that is known would produce it. What is left is watched until somebody is hurt.
A fault grows, is described anew as it ages, and takes its cells out of what is looked at and out of what is usual.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.domain.rollups import SLOTS_AN_HOUR
from app.expect.belonging import leads_better, would_produce
from app.expect.descriptions import Columns
from app.expect.families import OUTCOMES, is_outcome
from app.expect.faults import Fault, FaultState
from app.expect.harm import Harm
from app.expect.harmful import does_harm, find_harm, goes_on
from app.expect.hurt import hurt_by, newly_hurt, onset_of
from app.expect.look import Look
from app.expect.panel import Panel
from app.expect.scan import Departure, describe_departure, find_departures
from app.expect.windows import DAY, FOREVER, WINDOWS, window_reaching

SERIOUS: Final = 0.5
"""What it says for harm that senders call it serious."""
KNOWN: Final = 1.5
"""What it says that the pack knows it for harmful."""
FADES: Final = 3.0
OLDER: Final = 1.4
"""How much older a fault is when it is described anew."""
FORGOTTEN: Final = 2 * DAY


def judge_streams(
    panel: Panel,
    columns: Columns,
    faults: Sequence[Fault],
    now: int,
    *,
    threshold: float,
    prior: Callable[[str], float] = lambda stream: SERIOUS,
    may_merge: Callable[[str], bool] = lambda incident: True,
) -> tuple[Fault, ...]:
    """The faults, after a look at everything up to slot `now` (not included). `prior` says of a stream what speaks for
    harm before any is seen, as the logarithm of odds: that its senders call it serious, or that the pack knows it for
    harmful. It decides alone only where nothing else could tell. `may_merge` says whether an incident may still become
    part of another: whether nobody has decided anything about it.
    """
    if not panel.streams or not panel.merchants:
        return tuple(faults)
    look = Look(panel, columns, now, prior, threshold)
    kept = [one for one in faults if one.until == FOREVER or one.until > now - FORGOTTEN]
    look.explain(kept)
    kept = _without_doubles(look, kept, may_merge)
    kept = [one for one in (_look_again(look, known) for known in kept) if not _has_faded(look, one)]
    look.explain(kept)
    found = find_departures(look.streams(), columns, least=threshold - FADES)
    for departure in sorted(found, key=lambda one: one.family.name in OUTCOMES):
        if departure.score >= threshold or _came_back(kept, departure):
            _place(look, kept, departure, threshold)
    return tuple(kept)


def _place(look: Look, faults: list[Fault], departure: Departure, threshold: float) -> None:
    """Let a departure join the fault that would produce it, or make it one of its own. What only shows in some window
    and not since it is said to have begun is none. What is back keeps the description of what is new of it: before,
    much of it was usual.
    """
    since = onset_of(look.panel, departure, look.now)
    for place, fault in enumerate(faults):
        if fault.state is not FaultState.ENDED and would_produce(look, fault, departure, since):
            faults[place] = _join(look, fault, departure, since)
            return
    harm = find_harm(look, departure, since)
    by_itself = departure.family.name in OUTCOMES
    if by_itself and not harm.done:
        return
    before = _earlier_episode(faults, departure, since)
    found = _fault_of(look, departure, since, harm)
    found = replace(found, id=before.id) if before else _describe(look, found)
    if by_itself and found.score < threshold:
        return
    hurts = _came_back(faults, departure) or does_harm(look, departure, harm, since, found.score)
    is_open = hurts and found.score >= threshold - FADES
    faults.append(replace(found, state=FaultState.OPEN if is_open else FaultState.WATCHED))


def _without_doubles(look: Look, faults: Sequence[Fault], may_merge: Callable[[str], bool]) -> list[Fault]:
    """The same faults, where what has turned out to be another's doing, by those it has hit since, is part of that: one
    thing that begins at several places is seen at each of them first. Of two that people know of, the older one stays.
    """
    kept: list[Fault] = []
    for fault in sorted(faults, key=lambda one: (_is_mechanism_watched(one), one.found)):
        place = _find_double(look, kept, fault) if fault.state is not FaultState.ENDED else None
        if place is None or (fault.id and not may_merge(fault.id)):
            kept.append(fault)
        else:
            kept[place] = _take_in(look, kept[place], fault)
    return kept


def _is_mechanism_watched(fault: Fault) -> bool:
    return fault.state is FaultState.WATCHED and not is_outcome(fault.streams[0])


def _find_double(look: Look, kept: Sequence[Fault], fault: Fault) -> int | None:
    """Where what would produce this is; what is open is never another's that is only watched."""
    if is_outcome(fault.streams[0]):
        return None
    state = fault.state
    others = [
        place
        for place, one in enumerate(kept)
        if one.state in {FaultState.OPEN, state} and not is_outcome(one.streams[0])
    ]
    departure = _whole_departure(look, fault) if others else None
    if departure is None:
        return None
    return next((place for place in others if would_produce(look, kept[place], departure, fault.since)), None)


def _take_in(look: Look, fault: Fault, double: Fault) -> Fault:
    known = (double.id,) if double.id else ()
    took = tuple(dict.fromkeys((*fault.took, *known, *double.took)))
    outcomes = tuple(dict.fromkeys((*fault.outcomes, *double.outcomes)))
    return _widen(look, replace(fault, took=took, outcomes=outcomes), double.streams, double.since, double.hurt)


def _fault_of(look: Look, departure: Departure, since: int, harm: Harm) -> Fault:
    return Fault(
        id="",
        state=FaultState.WATCHED,
        streams=(departure.stream,),
        outcomes=harm.outcomes,
        rule=departure.rule,
        listed=departure.listed,
        scope=look.named(departure.members),
        hurt=hurt_by(look, departure, since),
        since=since,
        found=look.now,
        described=look.now,
        score=departure.score,
        seen=departure.seen,
        expected=departure.expected,
    )


def _earlier_episode(faults: Sequence[Fault], departure: Departure, since: int) -> Fault | None:
    """What ended lately and is back with this."""
    ended = [one for one in faults if one.state is FaultState.ENDED and departure.stream in one.streams]
    return max((one for one in ended if since < one.until + DAY), key=lambda one: one.until, default=None)


def _came_back(faults: Sequence[Fault], departure: Departure) -> bool:
    """Whether it is what did harm lately."""
    return any(one.state is FaultState.ENDED and departure.stream in one.streams for one in faults)


def _join(look: Look, fault: Fault, departure: Departure, since: int) -> Fault:
    if leads_better(fault, departure):
        return _led_by(look, fault, departure, since)
    if departure.family.name in OUTCOMES and departure.stream not in fault.streams:
        missed = hurt_by(look, departure, since) if departure.family.name == "absent" else frozenset()
        return replace(fault, outcomes=_with(fault.outcomes, departure.stream), hurt=fault.hurt | missed)
    hit = hurt_by(look, departure, min(fault.since, since))
    return _widen(look, fault, (departure.stream,), since, hit)


def _widen(look: Look, fault: Fault, streams: Sequence[str], since: int, hit: frozenset[str]) -> Fault:
    """A fault that is about these streams as well, described anew."""
    joined = replace(
        fault,
        streams=tuple(dict.fromkeys((*fault.streams, *streams))),
        since=min(fault.since, since),
        hurt=fault.hurt | hit,
    )
    return _describe(look, joined)


def _led_by(look: Look, fault: Fault, departure: Departure, since: int) -> Fault:
    """What was known by what became of it is from now on about what failed: that tells better whom it concerns."""
    return replace(
        fault,
        streams=(departure.stream,),
        outcomes=tuple(dict.fromkeys((*fault.streams, *fault.outcomes))),
        rule=departure.rule,
        listed=departure.listed,
        scope=look.named(departure.members),
        hurt=hurt_by(look, departure, since),
        since=min(fault.since, since),
        score=departure.score,
        seen=departure.seen,
        expected=departure.expected,
    )


def _with(known: tuple[str, ...], one: str) -> tuple[str, ...]:
    return known if one in known else (*known, one)


def _look_again(look: Look, fault: Fault) -> Fault:
    """A fault that goes on: who else is hurt, how it is best described at its age, and whether a watched one hurts."""
    if fault.state is FaultState.ENDED:
        return fault
    if look.now - fault.found >= OLDER * (fault.described - fault.found) and look.now > fault.described:
        fault = _describe(look, fault)
    elif fault.state is FaultState.OPEN:
        fault = _look_for_hurt(look, fault)
    if fault.state is FaultState.WATCHED:
        departure = _whole_departure(look, fault)
        strong = departure is not None and departure.score >= look.threshold - FADES
        if departure is not None and strong and _departs_still(look, fault, departure):
            harm = find_harm(look, departure, fault.since)
            if does_harm(look, departure, harm, fault.since, departure.score):
                fault = replace(fault, state=FaultState.OPEN, outcomes=harm.outcomes, found=look.now)
    return fault


def _look_for_hurt(look: Look, fault: Fault) -> Fault:
    """Whom it has hit meanwhile: of what fails, whoever its rule covers; of what falls, whom it covers alone, since
    somebody always happens to sell least.
    """
    if is_outcome(fault.streams[0]):
        return replace(fault, hurt=fault.hurt | newly_hurt(look, fault))
    known = _whole_departure(look, fault)
    if known is None:
        return fault
    return replace(fault, hurt=fault.hurt | hurt_by(look, known, fault.since, fault.streams))


def _describe(look: Look, fault: Fault) -> Fault:
    """The rule that fits best by now, from its onset on, by the directory as it stood. An open one that has become
    fainter keeps what it had.
    """
    stream = look.combined(fault.streams)
    if stream is None:
        return fault
    known = _whole_departure(look, fault)
    if known is None or known.score < FADES or (fault.state is FaultState.OPEN and known.score < fault.score):
        return fault
    found = describe_departure(known, stream, look.columns_of(fault))
    return replace(
        fault,
        rule=found.rule,
        listed=found.listed,
        scope=look.named(found.members),
        hurt=hurt_by(look, found, fault.since, fault.streams),
        described=look.now,
        score=found.score,
        seen=found.seen,
        expected=found.expected,
    )


def _whole_departure(look: Look, fault: Fault) -> Departure | None:
    """A fault as a departure in its own scope, as it stands now."""
    stream = look.combined(fault.streams)
    if stream is None:
        return None
    members = look.panel.flags(fault.reach)
    window = window_reaching(look.now - fault.since)
    seen, expected = float(stream.count[members, window].sum()), float(stream.expected[members, window].sum())
    score = float(
        stream.weigh(np.asarray(seen), np.asarray(expected), np.asarray(stream.known[members, window].sum()), window)
    )
    return Departure(
        stream.name,
        stream.family,
        fault.rule,
        fault.listed,
        members,
        WINDOWS[window],
        score,
        seen,
        expected,
        stream.excess(window),
    )


def _departs_still(look: Look, fault: Fault, departure: Departure) -> bool:
    """Whether it was out of the ordinary in the last hour too, and came lately: what is over is no reason for what goes
    wrong now.
    """
    if departure.family.rises and not goes_on(look, fault.streams, departure, fault.since):
        return False
    lately = _whole_departure(look, replace(fault, since=max(fault.since, look.now - SLOTS_AN_HOUR)))
    return lately is not None and lately.score >= FADES


def _has_faded(look: Look, fault: Fault) -> bool:
    """Whether what was watched is nothing out of the ordinary any more."""
    if fault.state is not FaultState.WATCHED:
        return False
    departure = _whole_departure(look, fault)
    return departure is None or departure.score < FADES
