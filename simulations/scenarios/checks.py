"""What a scenario's shape cannot say: whether its words name things that exist, and whether what it plants can happen
at all.

Used by the loader of files and by the generator alike, so that nothing drawn is less sound than what was written by
hand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from app.domain.merchants import Plain
from app.validation.strict_yaml import KeyPath
from simulations.scenario import (
    Between,
    DecoySpec,
    EffectSpec,
    ErrorSpec,
    FaultSpec,
    Matcher,
    PlatformSpec,
    Remedy,
    Scenario,
)
from simulations.scenarios.parse import suggest_nearest
from simulations.world.fault_kinds import DecoyKind, FaultKind
from simulations.world.faults import DECOYS, UNCATALOGUED
from simulations.world.journeys import steps_of, ways_of
from simulations.world.planted_faults import (
    CAUSES,
    Trouble,
    fault_kind,
    own_start,
    plant_troubles,
    select_reached_people,
)
from simulations.world.population import (
    HOUR_MS,
    PLUGIN,
    Inhabitant,
    accepts_value,
    attribute_values,
    ms_of,
    populate_platform,
)
from simulations.world.ticket_text import FACTS, list_symptoms
from simulations.world.tool_effects import CLOSERS, RECORDS, SETTING_TOOLS
from simulations.world.typos import pieces_of

TOOLS: Final = (
    *SETTING_TOOLS,
    "restore_setting",
    "hold_cutover_wave",
    "release_cutover_wave",
    "query_logs",
    *RECORDS,
    *CLOSERS,
)
OWN_KEYS: Final = ("stage", "wave", "currency", "language")
"""What is said of a resident by a key of its own."""
FOLLOWS: Final[Mapping[str, str]] = {
    "stage": "the waves",
    "wave": "the waves",
    "currency": "the region",
    "language": "the region",
}
"""Attributes that are not drawn for themselves."""
Found = Iterator[tuple[KeyPath, str]]


def problems_of(scenario: Scenario) -> Found:
    """Everything wrong with a scenario that has the right shape, by key path."""
    uninhabitable = list(_check_platform(scenario.platform))
    yield from uninhabitable
    yield from _check_tools(scenario)
    if uninhabitable:
        return
    troubles = troubles_of(scenario)
    for place, fault in enumerate(scenario.faults):
        yield from _check_fault(scenario, fault, ("faults", place))
        yield from _check_scope(scenario, fault, troubles[place], ("faults", place))
    for place, decoy in enumerate(scenario.decoys):
        yield from _check_decoy(scenario, decoy, ("decoys", place))
        yield from _check_scope(scenario, decoy, troubles[len(scenario.faults) + place], ("decoys", place))
    yield from _find_twin_faults(scenario, troubles)


def find_reached_merchants(scenario: Scenario, trouble: Trouble) -> tuple[Inhabitant, ...]:
    """The merchants that a fault or decoy reaches before the trial ends, as the scenario's seed draws them."""
    end = ms_of(scenario.clock.start) + scenario.clock.hours * HOUR_MS
    reached = select_reached_people(trouble, _inhabitants_of(scenario))
    return tuple(one for one in reached if own_start(scenario.seed, trouble, one) < end)


def troubles_of(scenario: Scenario) -> tuple[Trouble, ...]:
    """Every fault, then every decoy, with what its kind says besides."""
    return plant_troubles(scenario, ms_of(scenario.clock.start))


def _inhabitants_of(scenario: Scenario) -> tuple[Inhabitant, ...]:
    return _populate_once(scenario.platform.model_dump_json(), scenario.seed, ms_of(scenario.clock.start))


@lru_cache(maxsize=8)
def _populate_once(platform: str, seed: int, origin_ms: int) -> tuple[Inhabitant, ...]:
    return populate_platform(PlatformSpec.model_validate_json(platform), seed, origin_ms)


def _check_platform(platform: PlatformSpec) -> Found:
    usual = attribute_values(platform.changed(attributes={}, residents=()))
    for name, weights in platform.attributes.items():
        path: KeyPath = ("platform", "attributes", name)
        if name in FOLLOWS:
            yield path, f"follows from {FOLLOWS[name]} and is not drawn; remove it"
        elif not weights:
            yield path, "has no values; write at least one with its weight"
        yield from (
            ((*path, value), f"is no {what} as {name} has; write {advice}")
            for value, what, advice in _find_misfits(weights, usual.get(name, ()))
        )
    yield from _check_residents(platform, usual)
    seen: set[int] = set()
    for place, wave in enumerate(platform.waves):
        if wave.number in seen:
            yield (
                ("platform", "waves", place, "number"),
                f"is {wave.number} a second time; give each wave its own number",
            )
        seen.add(wave.number)


def _check_residents(platform: PlatformSpec, usual: Mapping[str, Sequence[Plain]]) -> Found:
    """Who is named must be one of the merchants, once, with values such as their attributes have on every platform."""
    if len(platform.residents) > platform.merchants:
        yield (
            ("platform", "merchants"),
            f"is {platform.merchants}, and {len(platform.residents)} residents are named; write as many or more",
        )
    seen: set[str] = set()
    for place, one in enumerate(platform.residents):
        path: KeyPath = ("platform", "residents", place)
        if one.id in seen:
            yield (*path, "id"), f"is {one.id!r} a second time; give each resident their own"
        seen.add(one.id)
        for name, value in one.attributes.items():
            if name in OWN_KEYS or name.startswith(PLUGIN):
                yield (
                    (*path, "attributes", name),
                    f"has a key of its own; write {'plugins' if name.startswith(PLUGIN) else name} beside them",
                )
            elif name in usual and not any(type(value) is type(other) for other in usual[name]):
                yield (
                    (*path, "attributes", name),
                    f"is {_as_written(value)}, and {name} is such as {_as_written(usual[name][0])}; write one like it",
                )


def _find_misfits(weights: Iterable[str], usual: Sequence[Plain]) -> Iterator[tuple[str, str, str]]:
    """Values that are not of the type their attribute has on every platform."""
    kinds = {type(value) for value in usual}
    for value in weights:
        if kinds == {bool} and value not in ("true", "false"):
            yield value, "switch", 'it as "true" or "false"'
        elif kinds == {int} and not (value.isascii() and value.isdecimal()):
            yield value, "number", "it in digits, in quotes"


def _check_tools(scenario: Scenario) -> Found:
    seen: set[str] = set()
    for place, behaviour in enumerate(scenario.tools):
        path: KeyPath = ("tools", place, "tool")
        yield from _check_tool(behaviour.tool, path)
        if behaviour.tool in seen:
            yield path, f"{behaviour.tool!r} is told to behave in two ways; keep one of them"
        seen.add(behaviour.tool)


def _check_tool(name: str, path: KeyPath) -> Found:
    if name not in TOOLS:
        yield (
            path,
            f"there is no tool {name!r}; {suggest_nearest(name, TOOLS, f'write one of {_list_as_written(TOOLS)}')}",
        )


def _check_fault(scenario: Scenario, fault: FaultSpec, path: KeyPath) -> Found:
    known = (*CAUSES, *UNCATALOGUED)
    if fault.mode not in known:
        near = get_close_matches(fault.mode, known, n=1, cutoff=0.9)
        if fault.effects is None:
            advice = suggest_nearest(fault.mode, known, "write one of the catalogue, or give it effects of its own")
            yield (*path, "mode"), f"no catalogue has {fault.mode!r}, and it has no effects of its own; {advice}"
        elif near:
            yield (
                (*path, "mode"),
                (
                    f"{fault.mode!r} is nearly {near[0]!r} and is neither that nor clearly another; write {near[0]!r}"
                    " or a name unlike it"
                ),
            )
    yield from _check_times(scenario, fault, path)
    yield from _check_effects(scenario, fault.effects, (*path, "effects"))
    yield from _foreign_steps(scenario, fault, fault_kind(fault.mode), (*path, "mode"))
    for key in ("cured_by", "harmed_by"):
        remedies: tuple[Remedy, ...] = getattr(fault, key) or ()
        for place, remedy in enumerate(remedies):
            yield from _check_tool(remedy.tool, (*path, key, place, "tool"))


def _check_decoy(scenario: Scenario, decoy: DecoySpec, path: KeyPath) -> Found:
    if decoy.kind not in DECOYS and decoy.effects is None:
        advice = suggest_nearest(
            decoy.kind, tuple(DECOYS), f"write one of {_list_as_written(tuple(DECOYS))}, or give it effects of its own"
        )
        yield (*path, "kind"), f"there is no decoy {decoy.kind!r}, and it has no effects of its own; {advice}"
    yield from _check_times(scenario, decoy, path)
    yield from _check_effects(scenario, decoy.effects, (*path, "effects"))
    yield from _foreign_steps(scenario, decoy, DECOYS.get(decoy.kind), (*path, "kind"))


def _foreign_steps(
    scenario: Scenario, spec: FaultSpec | DecoySpec, kind: FaultKind | DecoyKind | None, path: KeyPath
) -> Found:
    """What a kind brings along must be able to happen on a platform of this domain."""
    steps = steps_of(scenario.platform.domain)
    foreign = (
        sorted({error.step for error in kind.effects.errors} - set(steps)) if kind and spec.effects is None else []
    )
    if foreign:
        yield (
            path,
            (
                f"happens at {foreign[0]!r}, and a platform of the domain {scenario.platform.domain!r} has no such"
                " step; give it effects of its own"
            ),
        )


def _check_times(scenario: Scenario, planted: FaultSpec | DecoySpec, path: KeyPath) -> Found:
    end = scenario.clock.hours * 60
    if planted.onset >= end:
        yield (*path, "onset"), f"is {planted.onset:g}, and the trial ends after {end:g} minutes; begin it before that"
    if planted.lasts == 0:
        yield (*path, "lasts"), "is 0, so it never happens; write how many minutes it lasts, or leave it out"
    if isinstance(planted, FaultSpec) and planted.lasts and planted.ramp > planted.lasts:
        yield (
            (*path, "ramp"),
            f"is {planted.ramp:g}, and the fault lasts {planted.lasts:g} minutes; write a ramp that is over by then",
        )


def _check_effects(scenario: Scenario, effects: EffectSpec | None, path: KeyPath) -> Found:
    if effects is None:
        return
    if effects.changed(tickets=None) == EffectSpec():
        yield path, "change nothing that anybody could see; write errors, kpi, traffic or silence"
    for place, error in enumerate(effects.errors):
        yield from _check_error(scenario, error, (*path, "errors", place))
    for metric in effects.kpi:
        yield from _check_metric(scenario, metric, (*path, "kpi", metric))
    if effects.tickets is not None:
        yield from _check_ticket_words(scenario.platform.domain, effects, (*path, "tickets"))


def _check_metric(scenario: Scenario, metric: str, path: KeyPath) -> Found:
    """A scenario may measure something of its own, as long as that is no slip of the pen."""
    ways = ways_of(scenario.platform.domain)
    near = get_close_matches(metric, known := (ways.finish, ways.success), n=1, cutoff=0.8)
    if near and metric not in known:
        yield (
            path,
            (
                f"{metric!r} is nearly {near[0]!r} and is neither that nor clearly another; write {near[0]!r} or a name"
                " unlike it"
            ),
        )


def _check_error(scenario: Scenario, error: ErrorSpec, path: KeyPath) -> Found:
    steps = steps_of(scenario.platform.domain)
    if error.step not in steps:
        yield (
            (*path, "step"),
            (
                f"there is no step {error.step!r};"
                f" {suggest_nearest(error.step, steps, f'write one of {_list_as_written(steps)}')}"
            ),
        )
    attributes = tuple(attribute_values(scenario.platform))
    told = [
        (("endpoint",), error.endpoint or ""),
        *((("messages", place), message) for place, message in enumerate(error.messages)),
    ]
    for key, text in told:
        for name in pieces_of(text)[1::2]:
            if name not in attributes:
                yield (
                    (*path, *key),
                    (
                        f"speaks of {{{name}}}, and merchants have no such attribute;"
                        f" {suggest_nearest(name, attributes, 'write it without')}"
                    ),
                )


def _check_ticket_words(domain: str, effects: EffectSpec, path: KeyPath) -> Found:
    tickets = effects.tickets
    if tickets is None:
        return
    known = tuple(sorted(list_symptoms(domain)))
    if tickets.symptom not in known:
        yield (
            (*path, "symptom"),
            (
                f"there are no words for {tickets.symptom!r};"
                f" {suggest_nearest(tickets.symptom, known, f'write one of {_list_as_written(known)}')}"
            ),
        )
    for language, phrases in tickets.phrases.items():
        for place, phrase in enumerate(phrases):
            for name in sorted({name for text in phrase for name in pieces_of(text)[1::2]} - FACTS):
                advice = suggest_nearest(
                    name, tuple(sorted(FACTS)), f"write one of {_list_as_written(tuple(sorted(FACTS)))}"
                )
                yield (*path, "phrases", language, place), f"speaks of {{{name}}}, which people do not know; {advice}"


def _check_scope(scenario: Scenario, spec: FaultSpec | DecoySpec, trouble: Trouble, path: KeyPath) -> Found:
    values = attribute_values(scenario.platform)
    wrong = [
        found
        for key, matcher in spec.scope.items()
        for found in _check_matcher(key, matcher, values, (*path, "scope", key))
    ]
    yield from wrong
    if not wrong and not find_reached_merchants(scenario, trouble):
        natural = "mode" if isinstance(spec, FaultSpec) else "kind"
        where, what = ("scope", "widen it") if spec.scope else (natural, "give it a scope")
        advice = f"{what}, or draw the population otherwise"
        yield (
            (*path, where),
            f"reaches none of the {scenario.platform.merchants} merchants that seed {scenario.seed} draws; {advice}",
        )


def _check_matcher(key: str, matcher: Matcher, values: Mapping[str, Sequence[Plain]], path: KeyPath) -> Found:
    if key not in values:
        yield (
            path,
            (
                f"merchants have no attribute {key!r};"
                f" {suggest_nearest(key, tuple(values), f'write one of {_list_as_written(tuple(sorted(values)))}')}"
            ),
        )
    elif isinstance(matcher, Between):
        if matcher.above is None and matcher.below is None:
            yield path, "is a range without bounds; write above, below or both"
        elif not any(accepts_value(matcher, value) for value in values[key]):
            yield path, f"is a range in which no value of {key} lies; {_advise_values(values[key])}"
    elif matcher == ():
        yield path, "is an empty list, which nobody fits; write at least one value"
    else:
        for place, one in enumerate(matcher if isinstance(matcher, tuple) else (matcher,)):
            if not any(accepts_value(one, value) for value in values[key]):
                yield (
                    (*path, place) if isinstance(matcher, tuple) else path,
                    f"nobody's {key} can be {_as_written(one)}; {_advise_values(values[key])}",
                )


def _advise_values(values: Sequence[Plain]) -> str:
    """What to write instead."""
    if isinstance(values, range):
        return f"write a number from {values[0]} to {values[-1]}"
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    kind = "something that includes one of" if len(numbers) == len(values) else "one of"
    return f"write {kind} {_list_as_written(values)}"


def _list_as_written(values: Sequence[Plain]) -> str:
    shown = [_as_written(value) for value in values]
    return ", ".join(shown)


def _as_written(value: Plain) -> str:
    """A value as a file has it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    plain = isinstance(value, str) and value not in ("true", "false", "null", "") and not value[:1].isdigit()
    return str(value) if plain else repr(value)


def _find_twin_faults(scenario: Scenario, troubles: Sequence[Trouble]) -> Found:
    """The same fault among the same merchants at the same time is one fault."""
    for place in range(len(scenario.faults)):
        for before in range(place):
            one, other = troubles[before], troubles[place]
            if (
                one.kind == other.kind
                and one.scope == other.scope
                and one.onset_ms < other.ends_ms
                and other.onset_ms < one.ends_ms
            ):
                yield (
                    ("faults", place),
                    (
                        f"is the same fault as faults[{before}], among the same merchants and at the same time; remove"
                        " one, or set them apart"
                    ),
                )
                break
