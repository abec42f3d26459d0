"""What was proposed, carried out and proven, against what it was worth."""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from app.domain.base import Value, canonical_json
from simulations.scoring.detection import minutes_since
from simulations.scoring.sorting import Met, Sorted
from simulations.scoring.statistics import amount_of, share_of, spread_of
from simulations.world.truth import ActionSeen, FaultTruth, Trial

VERIFIED: Final = "VERIFIED"
NEVER_SENT: Final = "NOT_APPLIED"
SPARES: Final = "hold_cutover_wave"
"""What keeps others from falling ill, and heals nobody."""
BY_RULE: Final = "policy:"
When = Callable[[ActionSeen], datetime | None]


def measure_actions(worlds: list[Sorted], each: list[Sorted]) -> dict[str, Value]:
    """Figures about what was proposed, carried out and proven."""
    proposed = [wrong for world in worlds for wrong in _judge_changes(world.trial, lambda deed: deed.proposed_at)]
    stamped = [one for one in each if one.trial.operator == "rubber_stamp"]
    curable = list_curable(worlds)
    harmful = [deed for one in each for deed in one.trial.actions if deed.worth == "harms" and when_sent(deed)]
    questions, days = sum(world.trial.questions for world in worlds), math.fsum(world.days for world in worlds)
    return {
        "wrong_proposed": share_of(proposed),
        "wrong_proposed_per_day": amount_of(sum(proposed), days, "day"),
        "wrong_executed_rubber_stamp": share_of(
            wrong for one in stamped for wrong in _judge_changes(one.trial, when_sent)
        ),
        "wrong_executed_automatic": share_of(
            wrong for one in each for wrong in _judge_changes(one.trial, _sent_by_rule)
        ),
        "repaired": share_of(proven_at(world.trial, met.fault) is not None for world, met in curable),
        "minutes_to_verified": spread_of(_minutes_to_verified(world.trial, met) for world, met in curable),
        "false_verified": share_of(wrong for one in each for wrong in _false_proofs(one.trial)),
        "harm_undone": share_of(deed.undone for deed in harmful),
        "harm_at_one": share_of(_count_touched(deed) <= 1 for deed in harmful),
        "asked_per_incident": amount_of(questions, sum(len(world.about) for world in worlds), "incident"),
        "asked_per_day": amount_of(questions, days, "day"),
    }


def list_curable(worlds: Iterable[Sorted]) -> list[tuple[Sorted, Met]]:
    """The cases that a tool cures, where somebody was there who could approve it."""
    return [
        (world, met)
        for world in worlds
        if world.trial.operator != "absent"
        for met in world.met
        if met.fault.cures and not met.fault.needs_people
    ]


def _count_touched(deed: ActionSeen) -> int:
    """For how many merchants it went out, before somebody saw what it did."""
    sent = {name for part in deed.cohorts if part.sent_at is not None for name in part.merchants}
    return len(sent) if deed.cohorts else len(deed.merchants)


def when_sent(deed: ActionSeen) -> datetime | None:
    """When it went out to change something; a failure may have done it all the same, a dry run has not."""
    return None if deed.status == NEVER_SENT else deed.sent_at


def _sent_by_rule(deed: ActionSeen) -> datetime | None:
    return when_sent(deed) if deed.granted_by.startswith(BY_RULE) else None


def _judge_changes(trial: Trial, when: When) -> list[bool]:
    """For every change that happened, whether it was wrong. A right one told again, word for word, is not counted
    again; a wrong one is.
    """
    faults = {fault.number: fault for fault in trial.truth.faults}
    changes = [(deed, at) for deed in trial.actions if deed.worth != "harmless" and (at := when(deed)) is not None]
    return _drop_repeats((deed, not _cures_any(deed, faults, at)) for deed, at in changes)


def _drop_repeats(verdicts: Iterable[tuple[ActionSeen, bool]]) -> list[bool]:
    wrong: list[bool] = []
    right: set[bytes] = set()
    for deed, is_wrong in verdicts:
        if is_wrong:
            wrong.append(True)
        else:
            right.add(canonical_json([deed.tool, deed.arguments, sorted(deed.merchants)]))
    return wrong + [False] * len(right)


def _cures_any(deed: ActionSeen, faults: Mapping[int, FaultTruth], at: datetime) -> bool:
    return deed.worth == "cures" and any(number in faults and _is_active(faults[number], at) for number in deed.faults)


def _is_active(fault: FaultTruth, at: datetime) -> bool:
    """Begun and not over: what helps against anything else helps nobody now, and who did it could not know."""
    return fault.began is not None and fault.began <= at and (fault.ended is None or at < fault.ended)


def _is_proof(deed: ActionSeen, fault: FaultTruth) -> bool:
    """VERIFIED, and it truly cured. A call for every hurt merchant of a fault that never ended cured nothing, whatever
    it promised.
    """
    at = when_sent(deed)
    if (
        deed.status != VERIFIED
        or at is None
        or deed.settled_at is None
        or not _cures_any(deed, {fault.number: fault}, at)
    ):
        return False
    return fault.ended is not None or not set(fault.hurt) <= set(deed.merchants or fault.hurt)


def _false_proofs(trial: Trial) -> list[bool]:
    """Whoever only tells people promises that they were told, and no cure."""
    told = [deed for deed in trial.actions if deed.status == VERIFIED and deed.worth != "harmless"]
    return _drop_repeats((deed, not any(_is_proof(deed, fault) for fault in trial.truth.faults)) for deed in told)


def proven_at(trial: Trial, fault: FaultTruth) -> datetime | None:
    """From when on it was both over and proven by a true cure."""
    settled = [
        deed.settled_at
        for deed in trial.actions
        if deed.settled_at is not None and deed.tool != SPARES and _is_proof(deed, fault)
    ]
    return max(min(settled), fault.ended) if settled and fault.ended is not None else None


def _minutes_to_verified(trial: Trial, met: Met) -> float | None:
    proven = proven_at(trial, met.fault)
    return minutes_since(met.first[0].detected_at, proven) if proven is not None and met.first else None
