"""What a look comes to: departures that are watched, faults that hurt somebody, and what belongs to which.

A departure first asks whether a fault that is known would produce it. What is left is watched until somebody is hurt.
A fault grows, is described anew as it ages, and takes its cells out of what is looked at and out of what is usual.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.domain.rollups import SLOTS_AN_HOUR
from app.expect.descriptions import Bools, Columns
from app.expect.families import OUTCOMES, is_outcome
from app.expect.faults import Fault, FaultState
from app.expect.harm import ENOUGH, Harm, harm_of
from app.expect.panel import DAY, FOREVER, WINDOWS, Panel, window_reaching
from app.expect.scan import Departure, Stream, describe_departure, expect_streams, find_departures

SAME_TIME: Final = 6
"""Slots between the onsets of two streams of one fault, at most."""
INSIDE: Final = 0.6
COVERS: Final = 0.3
LEAST_FACTOR: Final = 1.5
IN_THE_RULE: Final = 0.9
OUTSIDE_IT: Final = 0.02
LONG_ENOUGH: Final = 6
LATELY: Final = 3
UNHEARD_OF: Final = 20.0
"""So many times more than usual."""
SERIOUS: Final = 0.5
"""What it says for harm that senders call it serious."""
KNOWN: Final = 1.5
"""What it says that the pack knows it for harmful."""
PLAIN: Final = 20.0
"""What departs so plainly for so many slots, was hardly known before and is called serious by its senders is taken for
it where nothing else tells of harm.
"""
HARDLY_KNOWN: Final = 10
OFTEN: Final = 0.2
FADES: Final = 3.0
FORGOTTEN: Final = 2 * DAY


@dataclass(frozen=True)
class Judgement:
    """What one look came to."""

    faults: tuple[Fault, ...]
    strongest: float
    """The strongest departure that nothing explains; what the threshold is fitted to."""


class _Look:
    """One look at a panel: everything that its parts need. Local to one call of `judge_streams`."""

    def __init__(
        self, panel: Panel, columns: Columns, now: int, prior: Callable[[str], float], threshold: float
    ) -> None:
        self.panel, self.columns, self.now, self.prior, self.threshold = panel, columns, now, prior, threshold
        self.dispersion = panel.dispersions()
        self._whole: list[Stream] | None = None
        self._left: list[Stream] | None = None
        self.names = np.array(panel.merchants, dtype=object)

    def streams(self) -> list[Stream]:
        """Without what is explained."""
        if self._left is None:
            self._left = expect_streams(self.panel.look(self.now), self.dispersion)
        return self._left

    def explain(self, faults: Sequence[Fault]) -> None:
        """What these faults account for is left out from now on."""
        self.panel.explain([cells for one in faults for cells in one.explains()])
        self._left = None

    def whole(self) -> list[Stream]:
        """With it."""
        if self._whole is None:
            self._whole = expect_streams(self.panel.look(self.now, masked=False), self.dispersion)
        return self._whole

    def named(self, members: Bools) -> frozenset[str]:
        """The merchants of a mask; nobody in particular is none."""
        return frozenset(str(one) for one in self.names[members] if one)


def judge_streams(
    panel: Panel,
    columns: Columns,
    faults: Sequence[Fault],
    now: int,
    *,
    threshold: float,
    prior: Callable[[str], float] = lambda stream: SERIOUS,
) -> Judgement:
    """Look at everything up to slot `now` (not included). `prior` says of a stream what speaks for harm before any is
    seen, as the logarithm of odds: that its senders call it serious, or that the pack knows it for harmful. It decides
    alone only where nothing else could tell.
    """
    if not panel.streams or not panel.merchants:
        return Judgement(tuple(faults), 0.0)
    look = _Look(panel, columns, now, prior, threshold)
    kept = [one for one in faults if one.until == FOREVER or one.until > now - FORGOTTEN]
    look.explain(kept)
    kept = [one for one in (_look_again(look, known) for known in kept) if not _has_faded(look, one)]
    look.explain(kept)
    found = find_departures(look.streams(), columns, least=threshold - FADES)
    strongest = found[0].score if found else 0.0
    for departure in sorted(found, key=lambda one: one.family.name in OUTCOMES):
        if departure.score >= threshold or _came_back(kept, departure):
            _place(look, kept, departure, threshold)
    return Judgement(tuple(kept), strongest)


def _place(look: _Look, faults: list[Fault], departure: Departure, threshold: float) -> None:
    """Let a departure join the fault that would produce it, or make it one of its own. What only shows in some window
    and not since it is said to have begun is none.
    """
    since = onset_of(look.panel, departure, look.now)
    for place, fault in enumerate(faults):
        if fault.state is not FaultState.ENDED and _would_produce(look, fault, departure, since):
            faults[place] = _join(look, fault, departure, since)
            return
    harm = _harm_of(look, departure, since)
    by_itself = departure.family.name in OUTCOMES
    if by_itself and not harm.done:
        return
    before = _earlier_episode(faults, departure, since)
    found = replace(_describe(look, _fault_of(look, departure, since, harm)), id=before.id if before else "")
    if by_itself and found.score < threshold:
        return
    hurts = _came_back(faults, departure) or _hurts(look, departure, harm, since, found.score)
    is_open = hurts and found.score >= threshold - FADES
    faults.append(replace(found, state=FaultState.OPEN if is_open else FaultState.WATCHED))


def _fault_of(look: _Look, departure: Departure, since: int, harm: Harm) -> Fault:
    return Fault(
        id="",
        state=FaultState.WATCHED,
        streams=(departure.stream,),
        outcomes=harm.outcomes,
        rule=departure.rule,
        listed=departure.listed,
        scope=look.named(departure.members),
        hurt=_hurt_by(look, departure, since),
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


def _harm_of(look: _Look, departure: Departure, since: int) -> Harm:
    """What becomes of those who had events of it: what becomes of all whom a description covers may have other
    reasons.
    """
    hit = look.panel.flags(_hurt_by(look, departure, since))
    if departure.family.name not in OUTCOMES and hit.any():
        departure = replace(departure, members=hit)
    return harm_of(look.panel, departure, look.streams(), since, look.now)


def _hurts(look: _Look, departure: Departure, harm: Harm, since: int, score: float) -> bool:
    """Whether somebody is hurt; where nothing could tell of it, whether it is plain and its senders call it serious.
    That everybody sells less is not its doing while those who met it come through.
    """
    prior = look.prior(departure.stream)
    if harm.done and not (harm.refuted and departure.members.all()):
        return True
    if harm.refuted:
        return False
    if harm.met or harm.visitors:
        return harm.visitors > 0 and harm.visitors + prior > ENOUGH
    if not prior:
        return False
    if _is_plain(look, departure, since, score):
        return True
    window = window_reaching(look.now - since)
    could_tell = sum(
        float(one.expected[departure.members, window].sum())
        for one in look.whole()
        if one.family.name in OUTCOMES and one.family.name != "tickets"
    )
    return could_tell < 1e-6


def _is_plain(look: _Look, departure: Departure, since: int, score: float) -> bool:
    """Whether it is so plain, so new and so lasting that it is taken for harm where nothing tells of any: not what is
    only written in logs, and not what fails now and then where most goes well.
    """
    if departure.family.name != "errors" or look.now - since < LONG_ENOUGH or score < PLAIN:
        return False
    if departure.seen < UNHEARD_OF * departure.expected or look.panel.past(departure.stream)[0] > HARDLY_KNOWN:
        return False
    route = departure.stream.split("|")[2]
    calls = look.panel.total(f"call|{route}", departure.members, since, look.now)[0]
    return departure.seen >= OFTEN * (departure.seen + calls) and _goes_on(look, departure)


def _goes_on(look: _Look, departure: Departure) -> bool:
    """Whether anything of it came lately: a burst that is over hurts nobody any more."""
    return bool(look.panel.by_slot(departure.stream, departure.members, look.now - LATELY, look.now).any())


def _would_produce(look: _Look, fault: Fault, departure: Departure, since: int) -> bool:
    if departure.stream in fault.streams:
        return True
    if departure.family.name in OUTCOMES:
        return fault.state is FaultState.OPEN and _is_its_outcome(look, fault, departure, since)
    return abs(since - fault.since) <= SAME_TIME and _is_its_mechanism(look, fault, departure, since)


def _is_its_outcome(look: _Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether most of what is amiss is so among its merchants, or whom it has hit are the same."""
    scope, members = look.panel.flags(fault.scope | fault.hurt), departure.members
    if departure.excess[members & scope].sum() >= INSIDE * departure.excess[members].sum():
        return True
    if is_outcome(fault.streams[0]):
        return bool((members & scope).sum() >= INSIDE * min(members.sum(), scope.sum()))
    theirs = _hurt_by(look, departure, since)
    fewer = max(min(len(theirs), len(fault.hurt)), 1)
    return abs(since - fault.since) <= SAME_TIME and len(theirs & fault.hurt) >= INSIDE * fewer


def _is_its_mechanism(look: _Look, fault: Fault, departure: Departure, since: int) -> bool:
    """Whether it fails in the same way among its merchants. What is known by its outcome alone is led by what hits most
    of those who show it, though others may be hit who do not tell.
    """
    mechanisms = [one for one in fault.streams if not is_outcome(one)]
    if mechanisms and not any(are_alike(departure.stream, known) for known in mechanisms):
        return False
    theirs = _hurt_by(look, departure, since)
    if any(_place_and_code(departure.stream)[1] == _place_and_code(known)[1] for known in mechanisms):
        return len(theirs & (fault.hurt | fault.scope)) >= INSIDE * max(len(theirs), 1)
    both = len(theirs & fault.hurt)
    of_theirs, of_ours = (INSIDE, COVERS) if mechanisms else (COVERS, INSIDE)
    return both > 0 and both >= of_theirs * len(theirs) and both >= of_ours * len(fault.hurt)


def are_alike(stream: str, other: str) -> bool:
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


def _join(look: _Look, fault: Fault, departure: Departure, since: int) -> Fault:
    if departure.family.name in OUTCOMES and departure.stream not in fault.streams:
        missed = _hurt_by(look, departure, since) if departure.family.name == "absent" else frozenset()
        return replace(fault, outcomes=_with(fault.outcomes, departure.stream), hurt=fault.hurt | missed)
    if departure.family.name not in OUTCOMES and all(is_outcome(one) for one in fault.streams):
        return _led_by_mechanism(look, fault, departure, since)
    joined = replace(
        fault,
        streams=_with(fault.streams, departure.stream),
        since=min(fault.since, since),
        hurt=fault.hurt | _hurt_by(look, departure, min(fault.since, since)),
    )
    return _describe(look, joined)


def _led_by_mechanism(look: _Look, fault: Fault, departure: Departure, since: int) -> Fault:
    """What was known by its outcome alone is from now on what failed: that tells better whom it concerns."""
    return replace(
        fault,
        streams=(departure.stream,),
        outcomes=tuple(dict.fromkeys((*fault.streams, *fault.outcomes))),
        rule=departure.rule,
        listed=departure.listed,
        scope=look.named(departure.members),
        hurt=_hurt_by(look, departure, since),
        since=min(fault.since, since),
        score=departure.score,
        seen=departure.seen,
        expected=departure.expected,
    )


def _with(known: tuple[str, ...], one: str) -> tuple[str, ...]:
    return known if one in known else (*known, one)


def _look_again(look: _Look, fault: Fault) -> Fault:
    """A fault that goes on: who else is hurt, how it is best described at its age, and whether a watched one hurts."""
    if fault.state is FaultState.ENDED:
        return fault
    age = look.now - fault.found
    if age and (age & (age - 1)) == 0:
        fault = _describe(look, fault)
    elif fault.state is FaultState.OPEN:
        fault = replace(fault, hurt=fault.hurt | _newly_hurt(look, fault))
    if fault.state is FaultState.WATCHED:
        departure = _whole_departure(look, fault)
        strong = departure is not None and departure.score >= look.threshold - FADES
        if departure is not None and strong and _departs_still(look, fault):
            harm = _harm_of(look, departure, fault.since)
            if _hurts(look, departure, harm, fault.since, departure.score):
                fault = replace(fault, state=FaultState.OPEN, outcomes=harm.outcomes, found=look.now)
    return fault


def _combined(look: _Look, fault: Fault) -> Stream | None:
    """The streams a fault is about, as one, with everything that is explained."""
    parts = [one for one in look.whole() if one.name in fault.streams]
    lead = next((one for one in parts if one.name == fault.streams[0]), None)
    if lead is None:
        return None
    alike = [one for one in parts if one.family.rises == lead.family.rises and one.family.name == lead.family.name]
    if len(alike) == 1:
        return lead
    return replace(
        lead,
        count=np.sum([one.count for one in alike], axis=0),
        expected=np.sum([one.expected for one in alike], axis=0),
        known=np.mean([one.known for one in alike], axis=0),
        past=np.sum([one.past for one in alike], axis=0),
        dispersion=max(one.dispersion for one in alike),
    )


def _describe(look: _Look, fault: Fault) -> Fault:
    """The rule that fits best by now, from its onset on. An open one that has become fainter keeps what it had."""
    stream = _combined(look, fault)
    if stream is None:
        return fault
    known = _whole_departure(look, fault)
    if known is None or known.score < FADES or (fault.state is FaultState.OPEN and known.score < fault.score):
        return fault
    found = describe_departure(known, stream, look.columns)
    return replace(
        fault,
        rule=found.rule,
        listed=found.listed,
        scope=look.named(found.members),
        hurt=_hurt_by(look, found, fault.since, fault.streams),
        described=look.now,
        score=found.score,
        seen=found.seen,
        expected=found.expected,
    )


def _whole_departure(look: _Look, fault: Fault) -> Departure | None:
    """A fault as a departure in its own scope, as it stands now."""
    stream = _combined(look, fault)
    if stream is None:
        return None
    members = look.panel.flags(fault.scope | fault.hurt)
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


def _departs_still(look: _Look, fault: Fault) -> bool:
    """Whether it was out of the ordinary in the last hour too: what is over is no reason for what goes wrong now."""
    lately = _whole_departure(look, replace(fault, since=max(fault.since, look.now - SLOTS_AN_HOUR)))
    return lately is not None and lately.score >= FADES


def _has_faded(look: _Look, fault: Fault) -> bool:
    """Whether what was watched is nothing out of the ordinary any more."""
    if fault.state is not FaultState.WATCHED:
        return False
    departure = _whole_departure(look, fault)
    return departure is None or departure.score < FADES


def _hurt_by(look: _Look, departure: Departure, since: int, streams: Sequence[str] = ()) -> frozenset[str]:
    """Whom it has hit: who had events of it since it began, if that is likelier its doing than not; of what falls,
    whose own share fell.
    """
    window = window_reaching(look.now - since)
    stream = next((one for one in look.whole() if one.name == departure.stream), None)
    if stream is None:
        return frozenset()
    count = sum(
        (look.panel.by_merchant(name, since) for name in (streams or (departure.stream,))),
        np.zeros(len(look.panel.merchants)),
    )
    expected = stream.expected[:, window]
    if not stream.family.rises or stream.family.name == "misses":
        count = stream.count[:, window]
    inside = np.where(departure.members, _logit(IN_THE_RULE), _logit(OUTSIDE_IT))
    if stream.family.rises:
        factor = max(departure.seen / max(departure.expected, 1e-6), LEAST_FACTOR)
        lived = min((look.now - since) / WINDOWS[window], 1.0)
        odds = inside + count * math.log(factor) + expected * lived * (1 - factor)
        return look.named((count > 0) & (departure.members | (odds > 0)))
    share = min(max(departure.seen / max(departure.expected, 1e-6), 0.02), 1 / LEAST_FACTOR)
    return look.named(inside + count * math.log(share) + expected * (1 - share) > 0)


def _newly_hurt(look: _Look, fault: Fault) -> frozenset[str]:
    """Whoever its rule covers and had events of it since."""
    told = [name for name in fault.streams if name.startswith(("errors|", "logs|", "absent|"))]
    counts = sum((look.panel.by_merchant(name, fault.since) for name in told), np.zeros(len(look.panel.merchants)))
    return look.named((counts > 0) & look.panel.flags(fault.scope))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def onset_of(panel: Panel, departure: Departure, now: int) -> int:
    """The likeliest moment from which on it went otherwise: the start of the stretch up to now that departs most."""
    first = max(now - DAY, now - max(2 * departure.window, 12))
    seen = panel.by_slot(departure.stream, departure.members, first, now)
    each = max(departure.expected / departure.window, 1e-6)
    if departure.family.name == "misses":
        return now - departure.window
    counts = np.cumsum(seen[::-1])[::-1]
    lengths = now - np.arange(first, now)
    expected = each * lengths
    safe = np.maximum(counts, 1e-9)
    gain = safe * np.log(safe / expected) - (counts - expected)
    worse = counts > expected if departure.family.rises else counts < expected
    gain = np.where(worse, gain, -np.inf)
    if departure.family.rises:
        gain = np.where(seen > 0, gain, -np.inf)
    return int(first + np.argmax(gain)) if np.isfinite(gain).any() else now - departure.window
