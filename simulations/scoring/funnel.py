"""How far the repair of each curable fault came, step by step, and why it came no further: the largest loss is mended
first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from app.domain.base import Value
from simulations.scenario import UNKNOWN
from simulations.scoring.detection import minutes_since
from simulations.scoring.glimpses import names_cause_ever
from simulations.scoring.repairs import VERIFIED, list_curable, proven_at, when_sent
from simulations.scoring.sorting import Met, Sorted
from simulations.scoring.statistics import Rate, rate_of, share_of, spread_of
from simulations.world.truth import ActionSeen, CohortSeen, IncidentSeen

STEPS: Final = (
    "found",
    "diagnosed",
    "proposed",
    "approved",
    "canary sent",
    "canary judged",
    "all cohorts sent",
    "exposed treated",
    "verified",
)
TREATED: Final = 0.95
"""So much of the exposed must have been treated."""
ENOUGH_TO_TELL: Final = 10.0
"""So many affected events must be left in a trial, for a canary and for those after it, for a cure to show."""
SOON: Final = 40.0
"""Minutes in which a canary is judged where the rest must follow in time."""
FIGURES: Final = re.compile(r"\b(?:[A-Z]{3}-)?\d[\w.]*|\b[A-Z]{3}-\w+")
IN_TIME: Final = timedelta(hours=2)


class FunnelStep(Value):
    """How many repairs came so far, and why others ended just before."""

    step: str
    came: Rate
    lost: dict[str, int]


class Repair(NamedTuple):
    """How far one repair came."""

    met: Met
    steps: int
    lost: str
    testable: bool


class _Case(NamedTuple):
    """One curable fault, the incidents about it, and what was proposed that cures it."""

    world: Sorted
    met: Met
    incidents: tuple[IncidentSeen, ...]
    deeds: tuple[ActionSeen, ...]


def measure_funnel(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about repairs that could be proven, and about how soon everybody was treated."""
    cases = [_lay_out(world, met) for world, met in list_curable(worlds)]
    told = [(case, trace_repair(case)) for case in cases]
    in_time = [share for case in cases if (share := _treated_in_time(case)) is not None]
    shown = [one.shown for one in in_time if one.shown[1]]
    return {
        "repaired_testable": share_of(repair.steps == len(STEPS) for _, repair in told if repair.testable),
        "treated_in_time": rate_of(sum(done for done, _ in shown), sum(of for _, of in shown)),
        "all_treated_in_time": share_of(done >= TREATED * of for done, of in shown),
        "unlisted_in_time": rate_of(sum(one.unlisted[0] for one in in_time), sum(one.unlisted[1] for one in in_time)),
        "minutes_to_judge_canary": spread_of(_minutes_to_judge(case) for case in cases if _first_cohort(case)),
    }


def draw_funnel(worlds: list[Sorted]) -> tuple[FunnelStep, ...]:
    """All steps, with those who came so far of those who had come to the one before."""
    repairs = [trace_repair(_lay_out(world, met)) for world, met in list_curable(worlds)]
    steps = []
    for place, step in enumerate(STEPS):
        before = [one for one in repairs if one.steps >= place]
        lost = Counter(one.lost for one in before if one.steps == place)
        came = share_of(one.steps > place for one in before)
        steps.append(FunnelStep(step=step, came=came, lost=dict(sorted(lost.items(), key=lambda one: -one[1]))))
    return tuple(steps)


def _lay_out(world: Sorted, met: Met) -> _Case:
    number = met.fault.number
    return _Case(
        world,
        met,
        tuple(incident for incident, fault in world.about if fault == number),
        tuple(
            deed
            for deed in world.trial.actions
            if deed.worth == "cures" and number in deed.faults and deed.tool in met.fault.cures
        ),
    )


def trace_repair(case: _Case) -> Repair:
    """How far it came, by what came furthest."""
    steps, lost = 0, ""
    for reached, why in _walk(case):
        if not reached:
            lost = _without_figures(why)
            break
        steps += 1
    return Repair(case.met, steps, lost, steps >= STEPS.index("proposed") and is_testable(case))


def _walk(case: _Case) -> Iterable[tuple[bool, str]]:
    fault = case.met.fault
    yield bool(case.incidents), "no incident about it"
    yield any(names_cause_ever(one, fault.cause) for one in case.incidents), _say_taken_for(case)
    yield bool(case.deeds), _say_not_proposed(case)
    granted = [deed for deed in case.deeds if deed.granted_at is not None]
    yield bool(granted), f"the question ended {case.deeds[-1].status}" if case.deeds else ""
    sent = [deed for deed in granted if when_sent(deed) is not None and deed.cohorts]
    yield bool(sent), f"granted, and it is {granted[-1].status}" if granted else ""
    judged = [deed for deed in sent if deed.cohorts[0].judged_at is not None]
    yield bool(judged), _say_stuck([deed.cohorts[0] for deed in sent])
    whole = [deed for deed in judged if all(part.sent_at for part in deed.cohorts)]
    yield bool(whole), _say_stuck([_last_sent(deed) for deed in judged])
    missed = _list_untreated(case)
    yield len(missed) <= (1 - TREATED) * len(_list_ill(case)), "not all of the exposed were treated"
    yield _is_verified(case, whole), _say_unproven(case, whole)


def _is_verified(case: _Case, whole: Sequence[ActionSeen]) -> bool:
    """Over, cured and proven so; or proven by every part, where those who are still ill could not be known of."""
    fault = case.met.fault
    if fault.ended is not None:
        return proven_at(case.world.trial, fault) is not None
    over = not set(_list_ill(case)) - _treated_at(case).keys()
    return over and bool(whole) and all(deed.status == VERIFIED for deed in whole)


def is_testable(case: _Case) -> bool:
    """Whether enough was left to happen, when it was found, for a cure to show, and it was not over by itself."""
    found = min((one.detected_at for one in case.incidents), default=None)
    if found is None:
        return False
    sent = [at for deed in case.deeds if (at := when_sent(deed)) is not None]
    ended = case.met.fault.ended
    alone = ended is not None and not any(at < ended for at in sent)
    until = ended if alone and ended is not None else case.world.trial.truth.ended
    return case.met.fault.events_per_hour * max((until - found) / timedelta(hours=1), 0.0) >= ENOUGH_TO_TELL


# --- why not
# ------------------------------------------------------------------------------------------------------


def _say_taken_for(case: _Case) -> str:
    firsts = [one.suspects[0].cause for one in case.incidents if one.suspects]
    return "left open" if not firsts or firsts[0] == UNKNOWN else f"taken for {firsts[0]}"


def _say_not_proposed(case: _Case) -> str:
    ids, fault = {one.id for one in case.incidents}, case.met.fault
    wrong = [deed for deed in case.world.trial.actions if deed.incident_id in ids and deed.tool in fault.cures]
    if wrong:
        return f"what was proposed was judged: {wrong[-1].worth}"
    reasons = [one.passed_over[fault.cause] for one in case.incidents if fault.cause in one.passed_over]
    return reasons[-1] if reasons else "nothing was proposed against it"


def _say_stuck(parts: Sequence[CohortSeen]) -> str:
    return f"{parts[-1].status}: {parts[-1].why.rstrip('. ').rpartition('. ')[2]}" if parts else ""


def _without_figures(why: str) -> str:
    """A reason under which alike losses are counted together."""
    return FIGURES.sub("#", why)


def _say_unproven(case: _Case, whole: Sequence[ActionSeen]) -> str:
    unproven = [part for deed in whole for part in deed.cohorts if part.judged_at is None]
    if unproven:
        return _say_stuck(unproven)
    return "somebody is still ill" if case.met.fault.ended is None else "its receipts do not say that it cured"


def _last_sent(deed: ActionSeen) -> CohortSeen:
    return [part for part in deed.cohorts if part.sent_at][-1]


# --- who was treated, and when
# ------------------------------------------------------------------------------------------------------


def _list_ill(case: _Case) -> list[str]:
    """Who was ill before the end, but for those whom nobody could know of: the directory does not show them to be
    within the rule, and nothing failed there.
    """
    fault = case.met.fault
    unknowable = set(fault.untold) - set(fault.hurt)
    return [name for name in fault.ill if name not in unknowable]


def _list_untreated(case: _Case) -> list[str]:
    treated = _treated_at(case)
    return [name for name in _list_ill(case) if name not in treated]


def _treated_at(case: _Case) -> dict[str, datetime]:
    """When each merchant was first treated with what cures."""
    found: dict[str, datetime] = {}
    for deed in case.deeds:
        for part in deed.cohorts:
            if part.sent_at is not None and when_sent(deed) is not None:
                found |= {name: min(part.sent_at, found.get(name, part.sent_at)) for name in part.merchants}
    return found


class _InTime(NamedTuple):
    """How many of how many were treated in time: of those whom the directory shows to be exposed, and of those of whom
    only what failed there tells.
    """

    shown: tuple[int, int]
    unlisted: tuple[int, int]


def _treated_in_time(case: _Case) -> _InTime | None:
    """Who was treated within two hours of the grant; none where the canary was not judged soon, or the trial was over
    by then.
    """
    first, minutes = _first_cohort(case), _minutes_to_judge(case)
    if first is None or minutes is None or minutes > SOON:
        return None
    granted = min(deed.granted_at for deed in case.deeds if deed.granted_at is not None)
    deadline = granted + IN_TIME
    if case.world.trial.truth.ended < deadline:
        return None
    fault, treated = case.met.fault, _treated_at(case)
    ill = [name for name in _list_ill(case) if fault.since.get(name, granted) <= deadline]
    in_time = {name for name in ill if name in treated and treated[name] <= deadline}
    shown = [name for name in ill if name not in fault.untold]
    unlisted = [name for name in ill if name in fault.untold and fault.hurt_at.get(name, deadline) < deadline]
    return _InTime(
        (sum(name in in_time for name in shown), len(shown)),
        (sum(name in in_time for name in unlisted), len(unlisted)),
    )


def _first_cohort(case: _Case) -> CohortSeen | None:
    """The first one that was sent."""
    sent = [deed.cohorts[0] for deed in case.deeds if when_sent(deed) is not None and deed.cohorts]
    return min(sent, key=lambda one: one.sent_at or case.world.trial.truth.ended, default=None)


def _minutes_to_judge(case: _Case) -> float | None:
    first = _first_cohort(case)
    if first is None or first.sent_at is None or first.judged_at is None:
        return None
    return minutes_since(first.sent_at, first.judged_at)
