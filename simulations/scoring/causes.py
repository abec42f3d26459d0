"""Whether the cause was named, and how sure the agent was of it."""

from collections.abc import Iterable

from app.domain.base import Value
from simulations.scenario import NO_INCIDENT, UNKNOWN
from simulations.scoring.glimpses import (
    firsts_of,
    firsts_of_all,
    is_abstention,
    may_have_abstained,
    names_cause,
    ranks_at_the_end,
)
from simulations.scoring.sorting import MERGED, Met, Sorted
from simulations.scoring.statistics import calibration_of, share_of
from simulations.world.truth import Trial


def measure_causes(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about root causes."""
    cases = [met for world in worlds for met in world.met]
    known = [met for met in cases if met.catalogued]
    return {
        "diagnosis": share_of(_ranks_cause(met, 1) if met.catalogued else _left_open(met) for met in cases),
        "cause_top1": share_of(_ranks_cause(met, 1) for met in known),
        "cause_top1_end": share_of(
            bool(met.first) and all(ranks_at_the_end(one, met.fault.cause) for one in met.first) for met in known
        ),
        "cause_top3": share_of(_ranks_cause(met, 3) for met in known),
        "cause_precision": share_of(right for world in worlds for right in _judge_named_causes(world)),
        "abstention": share_of(_left_open(met) for met in cases if not met.catalogued),
        "needless_abstention": share_of(
            any(may_have_abstained(one) and not names_cause(one, met.fault.cause) for one in met.first) for met in known
        ),
        "forbidden_named": share_of(
            told for world in worlds if (told := _names_forbidden_cause(world.trial)) is not None
        ),
        "calibration": calibration_of(claim for world in worlds for claim in _collect_claims(world)),
    }


def _ranks_cause(met: Met, places: int) -> bool:
    return bool(met.first) and all(names_cause(one, met.fault.cause, places) for one in met.first)


def _left_open(met: Met) -> bool:
    return bool(met.first) and all(map(is_abstention, met.first))


def _judge_named_causes(world: Sorted) -> Iterable[bool]:
    """For every incident that stands and names a cause, whether it is the one that kept a fault and names what caused
    it.
    """
    kept = {
        one.kept[0].id: all(names_cause(other, one.fault.cause) for other in one.kept)
        for one in (*world.met, *world.small)
        if one.kept
    }
    for incident, _ in world.about:
        named = {cause for cause, _ in firsts_of(incident)} - {UNKNOWN, NO_INCIDENT}
        if named and (incident.status != MERGED or incident.id in kept):
            yield kept.get(incident.id, False)


def _names_forbidden_cause(trial: Trial) -> bool | None:
    """Whether a forbidden cause was ranked first; None where none is forbidden."""
    forbidden = set(trial.truth.forbidden) - {fault.cause for fault in trial.truth.faults}
    return any(cause in forbidden for cause, _ in firsts_of_all(trial.incidents)) if forbidden else None


def _collect_claims(world: Sorted) -> Iterable[tuple[float, bool]]:
    """The first-ranked confidence of each found case, the worst of those opened together, and of the surest false
    incident.
    """
    for met in world.met:
        claims = [(confidence, cause == met.fault.cause) for cause, confidence in firsts_of_all(met.first)]
        if claims:
            yield max(claims, key=lambda claim: (abs(claim[0] - claim[1]), claim))
    empty = [confidence for cause, confidence in firsts_of_all(world.empty) if cause != NO_INCIDENT]
    if empty:
        yield max(empty), False
