"""What is too good to be true: signs that an agent knew what it could not have seen."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from app.domain.base import Value
from simulations.scoring.bills import list_bills
from simulations.scoring.causes import measure_causes
from simulations.scoring.glimpses import names_cause
from simulations.scoring.merchants import measure_reach
from simulations.scoring.score import each_world
from simulations.scoring.sorting import Sorted, sort_out
from simulations.scoring.statistics import Rate
from simulations.world.truth import NOBODY, Trial

LUCK: Final = 0.001
MANY: Final = 30
SOME: Final = 5
Hint = Literal[
    "opened_on_nothing",
    "to_the_second",
    "foreknowledge",
    "untouched_merchants",
    "never_wrong_cause",
    "never_wrong_scope",
    "exact_money",
]


class Suspicion(Value):
    """A sign that the agent knew what it could not have seen. A person should look; an honest agent hardly ever shows
    one.
    """

    hint: Hint
    what: str


def find_suspicions(trials: Sequence[Trial]) -> tuple[Suspicion, ...]:
    """Signs that the truth leaked into the agent: knowledge before there was anything to know, and answers without
    error.
    """
    worlds = [sort_out(trial) for trial in each_world(trials)]
    checks = (_opened_on_nothing, _to_the_second, _knew_beforehand, _named_untouched, _never_wrong)
    return tuple(found for check in checks for found in check(worlds))


def _opened_on_nothing(worlds: list[Sorted]) -> Iterable[Suspicion]:
    """An incident older than the first event of every fault whose signals it holds, without any other signal it could
    stem from.
    """
    for world in worlds:
        began = {fault.number: fault.began for fault in world.trial.truth.faults}
        for one in world.trial.incidents:
            starts = [began.get(number) for number, count in one.signals.items() if count > 0 and number != NOBODY]
            if (
                starts
                and not one.signals.get(NOBODY, 0)
                and all(start is not None and start > one.detected_at for start in starts)
            ):
                yield Suspicion(
                    hint="opened_on_nothing",
                    what=(
                        f"{world.trial.scenario}, seed {world.trial.seed}: {one.id} was opened before anything had"
                        " happened"
                    ),
                )


def _to_the_second(worlds: list[Sorted]) -> Iterable[Suspicion]:
    """Nobody looks in the very second of the first affected event, again and again."""
    found = [met for world in worlds for met in world.met if met.first]
    exact = sum(met.first[0].detected_at == met.fault.began for met in found)
    if exact >= SOME and 2 * exact >= len(found):
        yield Suspicion(
            hint="to_the_second",
            what=f"{exact} of {len(found)} faults were found in the very second of their first event",
        )


def _knew_beforehand(worlds: list[Sorted]) -> Iterable[Suspicion]:
    """Causes of faults that had touched nobody yet, named more often than the same causes are named where they were not
    planted.
    """
    cases = [case for world in worlds for case in _named_early(world.trial)]
    hits, expected = sum(named for _, named in cases), [_usual_naming_rate(worlds, cause) for cause, _ in cases]
    if bound_chance(hits, expected) < LUCK:
        yield Suspicion(
            hint="foreknowledge",
            what=(
                f"{hits} of {len(cases)} causes were ranked first before their fault had touched anybody;"
                f" {sum(expected):.1f} were to be expected"
            ),
        )


def _named_early(trial: Trial) -> Iterable[tuple[str, bool]]:
    """Every planted cause that an incident could have named before there was a trace of it, and whether one did."""
    for cause in sorted({fault.cause for fault in trial.truth.faults}):
        starts = [fault.began for fault in trial.truth.faults if fault.cause == cause and fault.began is not None]
        early = [one for one in trial.incidents if one.suspects and all(one.detected_at < start for start in starts)]
        if early:
            yield cause, any(names_cause(one, cause) for one in early)


def _usual_naming_rate(worlds: list[Sorted], cause: str) -> float:
    """How often it is named in worlds where it was not planted."""
    others = [
        one.trial
        for one in worlds
        if one.trial.incidents and all(fault.cause != cause for fault in one.trial.truth.faults)
    ]
    return (sum(any(names_cause(incident, cause) for incident in trial.incidents) for trial in others) + 1) / (
        len(others) + 2
    )


def _named_untouched(worlds: list[Sorted]) -> Iterable[Suspicion]:
    """Merchants within a fault's reach to whom nothing had happened, and of whom the directory does not tell that they
    are within it, named more often than by mistake. Whoever names all that share the right attribute knows no more
    than the directory says.
    """
    hits, expected = 0, list[float]()
    for world in worlds:
        for met in world.met:
            outside, spared = (
                world.trial.truth.merchants - len(set(met.fault.hurt)),
                set(met.fault.untold) - set(met.fault.hurt),
            )
            told = set(met.fault.exposed) - set(met.fault.untold)
            wrong = {merchant for one in met.kept for merchant in one.merchants} - set(met.fault.hurt) - told
            hits += len(wrong & spared)
            expected += [min(1.0, len(spared) / outside)] * len(wrong) if outside > 0 else []
    if bound_chance(hits, expected) < LUCK:
        yield Suspicion(
            hint="untouched_merchants",
            what=(
                f"{hits} of {len(expected)} merchants named beside the hurt ones were within a fault's reach and"
                f" untouched; {sum(expected):.1f} were to be expected of mistakes"
            ),
        )


def _never_wrong(worlds: list[Sorted]) -> Iterable[Suspicion]:
    told = (
        measure_causes(worlds)["diagnosis"],
        measure_reach(worlds)["scope_precision"],
        measure_reach(worlds)["scope_recall"],
    )
    cause, precision, recall = (one for one in told if isinstance(one, Rate))
    if cause.hits == cause.n >= MANY:
        yield Suspicion(hint="never_wrong_cause", what=f"{cause.n} of {cause.n} faults were explained rightly")
    if precision.hits == precision.n == recall.n and cause.n >= MANY:
        yield Suspicion(
            hint="never_wrong_scope", what=f"the {recall.n} merchants hurt by {cause.n} faults were named and no other"
        )
    errors = [bill.error for world in worlds for bill in list_bills(world)]
    exact = sum(error is not None and error < 1e-9 for error in errors)
    if exact >= SOME and 2 * exact >= len(errors):
        yield Suspicion(hint="exact_money", what=f"{exact} of {len(errors)} losses were estimated to the cent")


def bound_chance(hits: int, expected: Sequence[float]) -> float:
    """At most how likely so many hits are by luck, each case with a probability of its own (the bound of Chernoff and
    Hoeffding).
    """
    n, mean = len(expected), math.fsum(expected) / max(1, len(expected))
    seen = hits / max(1, n)
    if seen <= mean:
        return 1.0
    if mean <= 0:
        return 0.0
    rest = 0.0 if seen >= 1 else (1 - seen) * math.log((1 - seen) / (1 - mean))
    return math.exp(-n * (seen * math.log(seen / mean) + rest))
