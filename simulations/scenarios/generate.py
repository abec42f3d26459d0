"""New trials without end: causes, strangers, scopes, ramps, decoys, noise and tools that misbehave, drawn from a seed.

The trial of a place depends on the seed and the place alone, so that one that went wrong can be drawn again by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Final, NamedTuple

from app.domain.base import Stage
from app.domain.errors import BadInput
from app.domain.merchants import Plain
from simulations.scenario import (
    Between,
    ClockSpec,
    DecoySpec,
    FaultSpec,
    Matcher,
    NoiseSpec,
    PlatformSpec,
    Scenario,
    Scope,
    ToolBehaviour,
    WaveSpec,
)
from simulations.scenarios.checks import find_reached_merchants, problems_of, troubles_of
from simulations.scenarios.disguise import disguise_scenario
from simulations.scenarios.trials import derive_expectation
from simulations.world.fault_kinds import RELEASE_BROKE, DecoyKind, FaultKind
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.planted_faults import Trouble
from simulations.world.population import COUNTED, DAY_MS, HOUR_MS, Inhabitant, attribute_values, ms_of
from simulations.world.seeded_random import Draws
from simulations.world.tool_effects import SETTING_TOOLS
from simulations.world.truth import NOBODY
from simulations.world.uncatalogued_faults import invent_fault, vary_effects

FEWEST: Final = 3
"""A fault that reaches fewer merchants shows nothing that they have in common."""
FEWEST_EVENTS: Final = 30
MOST_ATTRIBUTES: Final = 3
TRIES: Final = 30
HEALTHY: Final = 0.2
STRANGE: Final = 0.28
TWICE: Final = 0.2
SHARED: Final = 1 / 3
"""Of two faults in one world, so many share merchants."""
FIRST_DAY: Final = datetime(2025, 9, 1, tzinfo=UTC)
_SIZES: Final = ((40, 8.0, 60.0), (60, 8.0, 48.0), (80, 12.0, 36.0), (120, 12.0, 30.0), (200, 24.0, 24.0))
"""Merchants, hours, and journeys a day of the average merchant: small platforms are busier, so that there is something
to see.
"""
_STAGES: Final = (
    (Stage.POST, -18.0, -2.0),
    (Stage.POST, -4.0, -0.5),
    (Stage.IN_PROGRESS, 0.1, 6.0),
    (Stage.PRE, 8.0, 30.0),
)


class _Span(NamedTuple):
    """When something is there, in minutes."""

    onset: int
    ramp: int
    lasts: int | None


class _Plan(NamedTuple):
    """What is to be planted, chosen before anybody lives there, so that rare merchants do not make a cause rare."""

    faults: tuple[FaultKind | None, ...]
    decoys: tuple[DecoyKind, ...]


def generate_scenarios(number: int, seed: int) -> Iterator[Scenario]:
    """So many new trials; more of them begin with the same ones."""
    return islice(draw_scenarios_endlessly(seed), number)


def draw_scenarios_endlessly(seed: int) -> Iterator[Scenario]:
    """One trial after another."""
    return (draw_scenario(seed, place) for place in count())


def draw_scenario(seed: int, place: int) -> Scenario:
    """The trial at a place of a seed's row: sound by the loader's own checks, and each of its faults
    reaches somebody.
    """
    if seed < 0:
        raise BadInput(f"a seed is 0 or more, not {seed}")
    plan = _draw_plan(Draws(seed, "plan", place))
    for attempt in count():
        scenario = _draw_candidate(plan, Draws(seed, "trial", place, attempt), f"drawn_{seed}_{place}")
        if scenario is not None and not list(problems_of(scenario)):
            hidden = disguise_scenario(scenario)
            return hidden.changed(expect=derive_expectation(hidden))
    raise AssertionError("counting does not end")


def draw_quiet_days(seed: int, place: int, *, days: float = 7, merchants: int = 200, decoys: int = 0) -> Scenario:
    """A platform on which nothing goes wrong for some days; so many decoys, of different kinds, stand in their way."""
    draws = Draws(seed, "quiet", place)
    name = f"quiet_{seed}_{place}"
    drawn = _draw_platform(draws, name)
    platform = drawn.platform.changed(merchants=merchants, journeys_per_day=round(24.0 * draws.between(0.8, 1.3), 1))
    scenario = drawn.changed(platform=platform, clock=drawn.clock.changed(hours=24 * days))
    kinds = list(DECOYS.values())
    for _ in range(min(decoys, len(kinds))):
        kind = kinds.pop(int(draws.uniform() * len(kinds)))
        scenario = _add_decoy(draws, scenario, kind) or scenario
    scenario = disguise_scenario(scenario.changed(title=_compose_title(scenario)))
    return scenario.changed(expect=derive_expectation(scenario))


def _draw_plan(draws: Draws) -> _Plan:
    """Mostly one fault and no decoy; on a healthy day often a decoy or two."""
    faults = [] if draws.happens(HEALTHY) else [_draw_kind(draws) for _ in range(2 if draws.happens(TWICE) else 1)]
    first, second = (0.3, 0.15) if faults else (0.65, 0.3)
    kinds = list(DECOYS.values())
    decoys = [
        kinds.pop(int(draws.uniform() * len(kinds)))
        for _ in range(draws.happens(first) + draws.happens(first * second))
    ]
    return _Plan(tuple(faults), tuple(decoys))


def _draw_kind(draws: Draws) -> FaultKind | None:
    """A kind to plant; none stands for a stranger."""
    roll = draws.uniform()
    if roll < STRANGE * 0.65:
        return None
    return draws.choice(tuple((UNCATALOGUED if roll < STRANGE else CATALOGUE).values()))


def _draw_candidate(plan: _Plan, draws: Draws, name: str) -> Scenario | None:
    """A platform first, then what is planted among those who live there; none when too few of them fit."""
    scenario: Scenario | None = _draw_platform(draws, name)
    for fault in plan.faults:
        scenario = scenario and _add_fault(draws, scenario, fault)
    for decoy in plan.decoys:
        scenario = scenario and _add_decoy(draws, scenario, decoy)
    return scenario and scenario.changed(tools=_draw_tools(draws, scenario), title=_compose_title(scenario))


# --- the platform
# ------------------------------------------------------------------------------------------------------


def _draw_platform(draws: Draws, name: str) -> Scenario:
    merchants, hours, journeys = draws.choice(_SIZES)
    start = FIRST_DAY + timedelta(days=int(draws.uniform() * 700), hours=int(draws.uniform() * 24))
    waves = _draw_waves(draws) if draws.happens(0.4) else ()
    base = PlatformSpec(merchants=merchants, waves=waves, journeys_per_day=round(journeys * draws.between(0.8, 1.3), 1))
    return Scenario(
        id=name,
        title="Drawn",
        seed=int(draws.uniform() * 2**40),
        clock=ClockSpec(start=start, hours=hours, step=5),
        platform=base.changed(attributes=_draw_weights(draws, base)),
        noise=_draw_noise(draws),
    )


def _draw_waves(draws: Draws) -> tuple[WaveSpec, ...]:
    """Three to six waves, one of each stage at least."""
    spans = sorted([*_STAGES[1:], *(draws.choice(_STAGES) for _ in range(int(draws.uniform() * 4)))], key=_STAGES.index)
    return tuple(
        WaveSpec(
            number=place + 1,
            stage=stage,
            cutover_in_days=round(draws.between(first, last), 1),
            weight=round(draws.between(0.8, 2.5), 1),
        )
        for place, (stage, first, last) in enumerate(spans)
    )


def _draw_weights(draws: Draws, platform: PlatformSpec) -> dict[str, dict[str, float]]:
    """Now and then an attribute is spread over the merchants in another way than usual."""
    changed: dict[str, dict[str, float]] = {}
    for name, values in attribute_values(platform).items():
        if name not in ("stage", "wave", "currency", "language", *COUNTED) and draws.happens(0.06):
            changed[name] = {_value_as_key(value): round(draws.between(1.0, 4.0), 1) for value in values}
    return changed


def _value_as_key(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _draw_noise(draws: Draws) -> NoiseSpec:
    return NoiseSpec(
        duplicates=round(draws.between(0.0, 0.04), 3),
        late=round(draws.between(0.0, 0.06), 3),
        declined=round(draws.between(0.01, 0.06), 3),
        refunds=round(draws.between(0.0, 0.05), 3),
        hiccups_per_day=round(draws.between(0.5, 5.0), 1),
        tickets_per_day=round(draws.between(0.05, 0.35), 2),
        cutover_dip=round(draws.between(0.05, 0.22), 2),
    )


# --- what is planted
# ---------------------------------------------------------------------------------------------------


def _add_fault(draws: Draws, scenario: Scenario, kind: FaultKind | None) -> Scenario | None:
    """One more fault; its scope is drawn until enough merchants fit."""
    span = _draw_span(draws, scenario.clock.hours * 60)
    if scenario.faults:
        span = _overlap(span, scenario.faults[-1], draws)
        if draws.happens(SHARED):
            beside = scenario.faults[-1].scope or troubles_of(scenario)[-1].scope
            return _try_placing(
                scenario, lambda: _with_fault(scenario, invent_fault(draws, *span, _drop_some(draws, beside)))
            )
    if kind is None:
        return _try_placing(
            scenario, lambda: _with_fault(scenario, invent_fault(draws, *span, _draw_scope(draws, scenario, {})))
        )
    effects = vary_effects(draws, kind.effects) if draws.happens(0.5) else None
    fault = FaultSpec(mode=kind.id, onset=span.onset, ramp=span.ramp, lasts=span.lasts, effects=effects)
    return _try_placing(
        scenario,
        lambda: _with_fault(
            scenario, fault.changed(scope=_draw_scope(draws, scenario, _keep_natural_scope(draws, kind)))
        ),
    )


def _overlap(span: _Span, other: FaultSpec, draws: Draws) -> _Span:
    """Both are there at one time: the second sets in soon after the first, and neither is over by then."""
    lasts = None if other.lasts is None else max(1.0, other.lasts - 1)
    return span._replace(onset=int(other.onset + min(draws.between(5, 90), lasts or 90)))


def _drop_some(draws: Draws, scope: Scope) -> Scope:
    """The same merchants, or more of them: some of what the scope asks for."""
    names = list(scope)
    kept = [name for name in names if draws.happens(0.7)] or names[:1]
    return {name: scope[name] for name in kept}


def _with_fault(scenario: Scenario, fault: FaultSpec) -> Scenario:
    return scenario.changed(faults=(*scenario.faults, fault))


def _keep_natural_scope(draws: Draws, kind: FaultKind) -> Scope:
    """What stays of a kind's natural scope: all of it where a setting is to blame, often nothing where a release is."""
    free = kind.category == RELEASE_BROKE or kind.id in UNCATALOGUED
    return {} if free and draws.happens(0.5) else dict(kind.scope)


def _try_placing(scenario: Scenario, attempt: Callable[[], Scenario]) -> Scenario | None:
    """The first of some attempts whose newest trouble is felt by enough merchants, and does not reach all of them."""
    for _ in range(TRIES):
        tried = attempt()
        newest = troubles_of(tried)[len(tried.faults) - 1 if len(tried.faults) > len(scenario.faults) else -1]
        people = find_reached_merchants(tried, newest)
        if FEWEST <= len(people) < scenario.platform.merchants and _is_felt(tried, newest, people):
            return tried
    return None


def _is_felt(scenario: Scenario, trouble: Trouble, people: Sequence[Inhabitant]) -> bool:
    """Whether enough of them are busy enough to run into it, by a rough count; what is no fault need not be felt."""
    if trouble.number == NOBODY:
        return True
    end = ms_of(scenario.clock.start) + scenario.clock.hours * HOUR_MS
    days = (min(end, trouble.ends_ms) - trouble.onset_ms - trouble.ramp_ms / 2) / DAY_MS
    effects = trouble.effects
    strength = max(
        [error.share for error in effects.errors]
        + [1 - factor for factor in effects.kpi.values()]
        + [1 - effects.traffic, 0.2]
    )
    expected = [one.journeys_per_day * days * strength for one in people]
    return sum(expected) >= FEWEST_EVENTS and sum(events >= 1 for events in expected) >= FEWEST


def _draw_span(draws: Draws, minutes: float) -> _Span:
    """It sets in when the platform has been seen in health for a while, and leaves time to act."""
    onset = int(minutes * draws.between(0.2, 0.55))
    left = minutes - onset
    ramp = int(draws.between(5, min(180, left / 2))) if draws.happens(0.5) else 0
    lasts = ramp + int(draws.between(40, min(180, left / 2))) if draws.happens(0.12) else None
    return _Span(onset, ramp, lasts)


def _draw_scope(draws: Draws, scenario: Scenario, kept: Scope) -> Scope:
    """The kept part, with more attributes up to three in all; one at least."""
    values = attribute_values(scenario.platform)
    free = [name for name in values if name not in kept]
    room = MOST_ATTRIBUTES - len(kept)
    wanted = max(1 - len(kept), min(room, int(draws.uniform() * (room + 1))))
    scope = dict(kept)
    for _ in range(wanted):
        name = free.pop(int(draws.uniform() * len(free)))
        scope[name] = _draw_matcher(draws, values[name])
    return scope


def _draw_matcher(draws: Draws, values: Sequence[Plain]) -> Matcher:
    """A value, a few of the values, or a range, as the attribute has it."""
    numbers = sorted(value for value in values if isinstance(value, int) and not isinstance(value, bool))
    if isinstance(values, range):
        return _draw_range(draws, [values[0], min(values[-1], values[0] + 1_200)])
    if len(numbers) == len(values) > 2 and draws.happens(0.4):
        return _draw_range(draws, numbers)
    if len(values) > 2 and draws.happens(0.4):
        left = list(values)
        some = [
            left.pop(int(draws.uniform() * len(left))) for _ in range(2 + int(draws.uniform() * (len(values) - 2)) // 2)
        ]
        return tuple(sorted(some, key=values.index))
    return draws.choice(values)


def _draw_range(draws: Draws, numbers: Sequence[int]) -> Between:
    """Above or below a bound somewhere in the middle."""
    bound = int(
        draws.between(numbers[0] + (numbers[-1] - numbers[0]) * 0.1, numbers[0] + (numbers[-1] - numbers[0]) * 0.7)
    )
    return Between(above=bound) if draws.happens(0.5) else Between(below=bound)


# --- what merely looks wrong
# -------------------------------------------------------------------------------------------


def _add_decoy(draws: Draws, scenario: Scenario, kind: DecoyKind) -> Scenario | None:
    """One more decoy, among its natural merchants or others."""
    onset, lasts = _decoy_span(draws, scenario.clock.hours * 60)
    spec = DecoySpec(
        kind=kind.id,
        onset=onset,
        lasts=lasts,
        effects=vary_effects(draws, kind.effects) if draws.happens(0.4) else None,
    )
    return _try_placing(scenario, _decoy_attempt(draws, scenario, spec))


def _decoy_attempt(draws: Draws, scenario: Scenario, spec: DecoySpec) -> Callable[[], Scenario]:
    natural = draws.happens(0.5)
    return lambda: scenario.changed(
        decoys=(*scenario.decoys, spec if natural else spec.changed(scope=_draw_scope(draws, scenario, {})))
    )


def _decoy_span(draws: Draws, minutes: float) -> tuple[int, int | None]:
    onset = int(minutes * draws.between(0.05, 0.6))
    return onset, int(draws.between(60, 300)) if draws.happens(0.7) else None


# --- tools, and what people read
# ---------------------------------------------------------------------------------------


def _draw_tools(draws: Draws, scenario: Scenario) -> tuple[ToolBehaviour, ...]:
    """Rarely, a tool does not do what it says; then mostly one that would have helped."""
    if not scenario.faults or not draws.happens(0.15):
        return ()
    helping = derive_expectation(scenario).resolved_by
    tool = draws.choice(helping) if helping and draws.happens(0.8) else draws.choice(SETTING_TOOLS)
    roll = draws.uniform()
    return (
        ToolBehaviour(
            tool=tool,
            does="nothing" if roll < 0.3 else "fails" if roll < 0.55 else "fails_but_did_it" if roll < 0.8 else "harms",
        ),
    )


def _compose_title(scenario: Scenario) -> str:
    """What was planted, for people who look at results."""
    counts: Mapping[str, Sequence[str]] = {
        "faults": [fault.mode for fault in scenario.faults] or ["nothing"],
        "decoys": [decoy.kind for decoy in scenario.decoys],
    }
    beside = f"; beside it {', '.join(counts['decoys'])}" if counts["decoys"] else ""
    return (
        f"Drawn: {', '.join(counts['faults'])} among {scenario.platform.merchants} merchants for"
        f" {scenario.clock.hours:g} hours{beside}"
    )
