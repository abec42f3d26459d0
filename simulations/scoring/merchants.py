"""Whether the right merchants were named: the hurt, the exposed, those next to break, and by which rule."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from app.domain.base import Value
from simulations.scoring.glimpses import last_glimpse, list_glimpses
from simulations.scoring.sorting import Met, Sorted
from simulations.scoring.statistics import Rate, rate_of, share_of
from simulations.world.truth import FaultTruth, Glimpse, IncidentSeen

AFTER_ALL: Final = Glimpse(at=datetime(9999, 1, 1, tzinfo=UTC))
Glimpses = Callable[[IncidentSeen], Sequence[Glimpse]]


def measure_reach(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about the merchants that were named."""
    cases = [met for world in worlds for met in world.met]
    return {
        "scope_precision": _precision(worlds, list_glimpses),
        "scope_recall": _recall(cases, list_glimpses, _hurt_by_then),
        "scope_precision_end": _precision(worlds, _only_the_last),
        "scope_recall_end": _recall(cases, _only_the_last, _hurt_ever),
        "silent_found": _recall(cases, list_glimpses, _silent_by_then),
        **_measure_next(cases),
        **_measure_rules(cases),
    }


def reached_by(fault: FaultTruth) -> set[str]:
    """All who may rightly be named: the hurt, the ill and the exposed."""
    return {*fault.hurt, *fault.ill, *fault.exposed}


def _only_the_last(incident: IncidentSeen) -> Sequence[Glimpse]:
    return (last_glimpse(incident),)


def _precision(worlds: list[Sorted], told: Glimpses) -> Rate:
    """Of an incident that kept a fault the worst moment counts, of several at once the worst; duplicates name in
    vain.
    """
    right = named = 0
    for world in worlds:
        for met in world.met:
            wanted = reached_by(met.fault)
            counts = [_worst_naming(one, wanted, told) for one in met.kept]
            right += min((hits for hits, _ in counts), default=0)
            named += sum(total for _, total in counts)
        named += sum(len(set(one.merchants)) for one in _list_real_surplus(world))
    return rate_of(right, named)


def _worst_naming(incident: IncidentSeen, wanted: set[str], told: Glimpses) -> tuple[int, int]:
    """At the moment with the smallest share of right ones: how many of how many."""
    counts = [(len(wanted & set(one.merchants)), len(set(one.merchants))) for one in told(incident)]
    return min(counts, key=lambda one: (one[0] / one[1] if one[1] else 1.0, one))


def _list_real_surplus(world: Sorted) -> list[IncidentSeen]:
    empty = {one.id for one in world.empty}
    return [one for one in world.surplus if one.id not in empty]


Wanted = Callable[[FaultTruth, Glimpse], Iterable[str]]


def _hurt_ever(fault: FaultTruth, glimpse: Glimpse) -> Iterable[str]:
    return fault.hurt


def _hurt_by_then(fault: FaultTruth, glimpse: Glimpse) -> Iterable[str]:
    """Who had been hurt when it was said."""
    return [one for one in fault.hurt if one not in fault.hurt_at or fault.hurt_at[one] <= glimpse.at]


def _silent_by_then(fault: FaultTruth, glimpse: Glimpse) -> Iterable[str]:
    return set(fault.silent) & set(_hurt_by_then(fault, glimpse))


def _recall(cases: Sequence[Met], told: Glimpses, wanted: Wanted) -> Rate:
    """Of a case the moment and the incident with the smallest share count; a missed one names nobody of all it hurt."""
    hits = total = 0
    for met in cases:
        counts = [
            (len(set(glimpse.merchants) & due), len(due))
            for one in met.kept
            for glimpse in told(one)
            if (due := set(wanted(met.fault, glimpse)))
        ]
        nothing = (0, 0 if met.kept else len(set(wanted(met.fault, AFTER_ALL))))
        found, due_then = min(counts, key=lambda one: (one[0] / one[1], one)) if counts else nothing
        hits, total = hits + found, total + due_then
    return rate_of(hits, total)


def _measure_next(cases: Sequence[Met]) -> dict[str, Value]:
    """Who was named as next to break, at the worst moment that counts: rightly where only the move was missing, spared
    or not; and of those who truly fell ill by moving later, where the directory could tell.
    """
    precise, recalled = [0, 0], [0, 0]
    for met in cases:
        told = [one for kept in met.kept for one in list_glimpses(kept)]
        if named := [
            (len(set(one.ahead) & _still_to_move(met.fault, one)), len(one.ahead)) for one in told if one.ahead
        ]:
            _add(precise, min(named, key=lambda one: one[0] / one[1]))
        if met.fault.hidden:
            continue
        due = [(len(set(one.ahead) & true), len(true)) for one in told if (true := _next_to_break(met.fault, one))]
        if due:
            _add(recalled, min(due, key=lambda one: one[0] / one[1]))
        elif not met.kept:
            _add(recalled, (0, len(met.fault.ahead.keys() & met.fault.moving.keys())))
    return {"next_precision": rate_of(*precise), "next_recall": rate_of(*recalled)}


def _add(total: list[int], more: tuple[int, int]) -> None:
    total[0], total[1] = total[0] + more[0], total[1] + more[1]


def _still_to_move(fault: FaultTruth, glimpse: Glimpse) -> set[str]:
    return {one for one, at in fault.moving.items() if at > glimpse.at}


def _next_to_break(fault: FaultTruth, glimpse: Glimpse) -> set[str]:
    """The exposed who were well when it was said, and fall ill when they move."""
    return {one for one, start in fault.since.items() if start > glimpse.at and one in fault.moving}


def _measure_rules(cases: Sequence[Met]) -> dict[str, Value]:
    """Whether a description by attributes is the true one where the directory tells it, and absent where not."""
    told = [met for met in cases if met.fault.stream == "errors" and met.fault.rule]
    return {
        "rule_exact": share_of(_is_exact(met) for met in told if not met.fault.hidden),
        "rule_claimed_hidden": share_of(
            any(one.rule for one in met.kept) for met in told if met.fault.hidden and met.kept
        ),
    }


def _is_exact(met: Met) -> bool:
    """Whether every incident that kept the fault describes just those whom the directory shows to be within its rule:
    where a number is cut, or which of two names of the same merchants is taken, is the same. Who moves meanwhile counts
    neither way.
    """
    moving = met.fault.moving.keys()
    shown = set(met.fault.shown) - moving
    return bool(met.kept) and all(one.rule is not None and set(one.covered) - moving == shown for one in met.kept)
