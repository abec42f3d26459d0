"""What is planted in one world: for each fault and decoy, whom it reaches, from when to when, and how badly.

How bad it is for one merchant is a step function of time: 0 is well, 1 is ill, more is worse. Tools change it from
their moment on; what was before stays as it was.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.domain.merchants import Plain
from app.domain.signals import SignalType
from simulations.scenario import (
    UNKNOWN,
    DecoySpec,
    EffectSpec,
    ErrorSpec,
    FaultSpec,
    Remedy,
    Scenario,
    Scope,
    TicketSpec,
)
from simulations.world.fault_kinds import STEP_MISSED, DecoyKind, FaultKind
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.journeys import steps_of
from simulations.world.lending import LENDING_FAULTS
from simulations.world.population import MINUTE_MS, Inhabitant, fits_scope
from simulations.world.seeded_random import Draws
from simulations.world.tool_effects import SETTING_OF
from simulations.world.truth import DECOY, NOBODY

NEVER: Final = 1 << 62
CAUSES: Final[Mapping[str, FaultKind]] = MappingProxyType({**CATALOGUE, **LENDING_FAULTS})
"""Every cause that people have a name for, on whatever platform."""
WRECKED_AT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "callback_scheme": "payment",
        "webhook_version": "webhook",
        "token_version": "sign_in",
        "cache_generation": "prices",
        "sync_limit_per_minute": "inventory_sync",
    }
)
"""At which step a setting that a tool has broken is felt."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault or a decoy of this world, with everything that is said of it put together."""

    index: int
    number: int
    kind: str
    cause: str
    category: str
    onset_ms: int
    ramp_ms: int
    ends_ms: int
    scope: Scope
    effects: EffectSpec
    cured_by: tuple[Remedy, ...] = ()
    harmed_by: tuple[Remedy, ...] = ()
    tempts: tuple[str, ...] = ()
    reach: float = 1.0
    wrecks: str = ""
    """The setting whose breakage this is; it is there where a harming tool had its hand on that setting last."""

    @property
    def blame(self) -> int:
        """The number its signals are booked under: a fault's own, a decoy's below those of nobody."""
        return DECOY - self.index if self.kind and self.number == NOBODY else self.number

    @property
    def held_back(self) -> bool:
        """Whether merchants that are not moved yet are spared when their wave is held."""
        return self.category == STEP_MISSED or any(remedy.tool == "hold_cutover_wave" for remedy in self.cured_by)

    @property
    def codes(self) -> frozenset[str]:
        """The public codes it reports."""
        return frozenset(error.code for error in self.effects.errors if error.code)

    def errors_at(self, step: str) -> list[tuple[int, ErrorSpec]]:
        """What happens at a step, with its place."""
        return [(place, error) for place, error in enumerate(self.effects.errors) if error.step == step]

    @property
    def tickets(self) -> TicketSpec | None:
        """What people write about it."""
        return self.effects.tickets

    @property
    def silence(self) -> frozenset[SignalType]:
        """What is not reported any more."""
        return frozenset(self.effects.silence)


def shows_its_cause(effects: EffectSpec) -> bool:
    """Whether anything but falling figures and slow pages tells what is wrong: an error that is reported, money without
    an order, a silence, or people who name what hurts.
    """
    told = any(error.signal != "none" or error.loses_order for error in effects.errors)
    return told or bool(effects.silence) or effects.tickets is not None


def fault_kind(mode: str) -> FaultKind | None:
    """The kind a scenario names; None for one that is described by its scenario alone."""
    return CAUSES.get(mode) or UNCATALOGUED.get(mode)


def cures_of(trouble: Trouble, scenario: Scenario) -> tuple[str, ...]:
    """The tools that end a trouble here: those that would, without the ones that do not do what they say."""
    idle = {behaviour.tool for behaviour in scenario.tools if behaviour.does != "fails_but_did_it"}
    return tuple(dict.fromkeys(remedy.tool for remedy in trouble.cured_by if remedy.tool not in idle))


def plant_troubles(scenario: Scenario, origin_ms: int) -> tuple[Trouble, ...]:
    """Every fault, then every decoy of a scenario."""
    faults = [_plant_fault(place, spec, origin_ms) for place, spec in enumerate(scenario.faults)]
    decoys = [_plant_decoy(len(faults) + place, spec, origin_ms) for place, spec in enumerate(scenario.decoys)]
    return (*faults, *decoys)


def build_breakages(scenario: Scenario, first: int, origin_ms: int) -> tuple[Trouble, ...]:
    """What the harming tools of a scenario could break, numbered on from its faults and decoys."""
    harming = [SETTING_OF[one.tool] for one in scenario.tools if one.does == "harms" and one.tool in SETTING_OF]
    steps = steps_of(scenario.platform.domain)
    broken = [setting for setting in dict.fromkeys(harming) if WRECKED_AT[setting] in steps]
    return tuple(_build_breakage(place, setting, origin_ms) for place, setting in enumerate(broken, first))


def _build_breakage(place: int, setting: str, origin_ms: int) -> Trouble:
    error = ErrorSpec(
        step=WRECKED_AT[setting],
        share=0.6,
        status=502,
        messages=("half written setting, no answer from the other side",),
    )
    return Trouble(
        index=place,
        number=NOBODY,
        kind="",
        cause="",
        category="",
        onset_ms=origin_ms,
        ramp_ms=0,
        ends_ms=NEVER,
        scope={},
        effects=EffectSpec(errors=(error,)),
        wrecks=setting,
    )


def _plant_fault(place: int, spec: FaultSpec, origin_ms: int) -> Trouble:
    kind = fault_kind(spec.mode) or FaultKind(id=spec.mode, effects=EffectSpec())
    onset = origin_ms + round(spec.onset * MINUTE_MS)
    return Trouble(
        index=place,
        number=place,
        kind=spec.mode,
        cause=spec.mode if spec.mode in CAUSES else UNKNOWN,
        category=kind.category,
        onset_ms=onset,
        ramp_ms=round(spec.ramp * MINUTE_MS),
        ends_ms=NEVER if spec.lasts is None else onset + round(spec.lasts * MINUTE_MS),
        scope=spec.scope or kind.scope,
        effects=kind.effects if spec.effects is None else spec.effects,
        cured_by=kind.cured_by if spec.cured_by is None else spec.cured_by,
        harmed_by=kind.harmed_by if spec.harmed_by is None else spec.harmed_by,
        tempts=kind.mistaken_for,
        reach=spec.reach,
    )


def _plant_decoy(place: int, spec: DecoySpec, origin_ms: int) -> Trouble:
    kind = DECOYS.get(spec.kind) or DecoyKind(id=spec.kind, effects=EffectSpec())
    onset = origin_ms + round(spec.onset * MINUTE_MS)
    return Trouble(
        index=place,
        number=NOBODY,
        kind=spec.kind,
        cause="",
        category="",
        onset_ms=onset,
        ramp_ms=0,
        ends_ms=NEVER if spec.lasts is None else onset + round(spec.lasts * MINUTE_MS),
        scope=spec.scope or kind.scope,
        effects=kind.effects if spec.effects is None else spec.effects,
        tempts=kind.tempts,
    )


class Course:
    """How bad one trouble is for one merchant, over time."""

    __slots__ = ("_at", "_level", "begins", "over", "trouble")

    def __init__(self, trouble: Trouble, steps: Iterable[tuple[int, float]]) -> None:
        self.trouble = trouble
        self._at: list[int] = []
        self._level: list[float] = []
        for at, level in steps:
            if not self._level or level != self._level[-1]:
                self._at.append(at)
                self._level.append(level)
        there = [place for place, level in enumerate(self._level) if level > 0]
        self.begins = self._at[there[0]] if there else NEVER
        self.over = (self._at[there[-1] + 1] if there[-1] + 1 < len(self._at) else NEVER) if there else 0

    def level(self, ms: int) -> float:
        """How bad it is at a moment."""
        place = bisect_right(self._at, ms) - 1
        return self._level[place] if place >= 0 else 0.0

    def touches(self, since: int, until: int) -> bool:
        """Whether it is there at any time of an interval."""
        if until <= self.begins or since >= self.over:
            return False
        first = bisect_right(self._at, since)
        return self.level(since) > 0 or any(
            level > 0 for at, level in zip(self._at[first:], self._level[first:], strict=True) if at < until
        )


def select_reached_people(trouble: Trouble, people: Iterable[Inhabitant]) -> tuple[Inhabitant, ...]:
    """Whom it reaches: those whose attributes are in its scope when it sets in, or will be when they have moved."""
    return tuple(
        one
        for one in people
        if fits_scope(trouble.scope, as_of(one, trouble.onset_ms)) or falls_ill_by_moving(trouble, one)
    )


def is_spared(seed: int, trouble: Trouble, one: Inhabitant) -> bool:
    """Whether somebody in its scope is spared all the same."""
    return trouble.reach < 1 and Draws(seed, "reach", trouble.index, one.id).uniform() >= trouble.reach


def falls_ill_by_moving(trouble: Trouble, one: Inhabitant) -> bool:
    """Whether only the move, which is still ahead when the trouble sets in, brings somebody into its scope. What merely
    looks like trouble is where it is, and follows nobody.
    """
    if trouble.number == NOBODY or one.cutover_ms is None or not trouble.onset_ms < one.cutover_ms < trouble.ends_ms:
        return False
    there, then = as_of(one, trouble.onset_ms), as_of(one, one.cutover_ms)
    return fits_scope(trouble.scope, then) and not fits_scope(trouble.scope, there)


def as_of(one: Inhabitant, ms: int) -> Mapping[str, Plain]:
    """The attributes as drawn, with the stage of a merchant who has moved meanwhile."""
    if one.cutover_ms is not None and one.cutover_ms <= ms and one.attributes["stage"] != "post_migration":
        return {**one.attributes, "stage": "post_migration"}
    return one.attributes


def own_start(seed: int, trouble: Trouble, one: Inhabitant) -> int:
    """When this merchant falls ill: somewhere in the ramp, or at the move that brings them into its scope."""
    start = trouble.onset_ms
    if trouble.ramp_ms:
        start += int(trouble.ramp_ms * Draws(seed, "ramp", trouble.index, one.id).uniform())
    if one.cutover_ms is not None and falls_ill_by_moving(trouble, one):
        return max(start, one.cutover_ms)
    return start
