"""No trial that is shipped says its name, or what is planted in it, in anything that the platform emits.

Codes, endpoints and topics are the platform's public words, and so are the values of the directory. In every other
field, names and values of attributes included, no id may stand however its parts are joined (`paid_and_silent`,
paid-and-silent, PaidAndSilent), and no title.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache

import pytest

from app.domain.merchants import Plain
from app.schemas.signals import IncomingSignal
from simulations.scenario import Between, EffectSpec, Matcher, Scenario, Scope
from simulations.scenarios.checks import troubles_of
from simulations.scenarios.trials import SHIPPED, load_scenarios
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.truth import NOBODY
from simulations.world.world import World

MERCHANTS, MINUTES = 60, 30
PUBLIC = frozenset({"error_code", "endpoint", "topic", "signal_type", "stage", "severity", "currency"})
NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
A_TITLE = "TITLE OF A TRIAL"


@cache
def shipped() -> dict[str, Scenario]:
    """Every trial by its id: read by the tests that need them, not by whoever collects this file."""
    return {one.id: one for one in load_scenarios()}


def titles() -> list[str]:
    return sorted(one.title for one in shipped().values())


def joined(name: str) -> str:
    """A pattern for an id, by whatever its parts are joined; what is one word of a language must be marked
    as an id is.
    """
    parts = name.split("_")
    return (
        r"[_.:/-]?".join(map(re.escape, parts))
        if len(parts) > 1
        else rf"[=:_.]{re.escape(name)}\b|\b{re.escape(name)}[=:_]\w"
    )


@cache
def any_id() -> re.Pattern[str]:
    modes = {spec.mode for one in shipped().values() for spec in one.faults}
    names = sorted({*CATALOGUE, *UNCATALOGUED, *DECOYS, *shipped(), *modes})
    return re.compile("|".join(joined(name) for name in names), re.IGNORECASE)


@cache
def any_title() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(title) for title in titles()), re.IGNORECASE)


def expressions(scopes: Iterable[Scope]) -> re.Pattern[str]:
    """A pattern for an attribute with what a scope asks of it, however it is written."""
    told = [
        rf"\b{re.escape(name)}\b\W{{0,8}}(?:==?|:|in\b|is\b|[<>]=?|above\b|below\b)"
        for scope in scopes
        for name in scope
    ]
    told += [
        rf"\b{re.escape(name)}\W{{1,8}}{re.escape(value)}\b"
        for scope in scopes
        for name, one in scope.items()
        for value in values_of(one)
    ]
    return re.compile("|".join(told) or r"(?!)", re.IGNORECASE)


def values_of(matcher: Matcher) -> list[str]:
    if isinstance(matcher, Between):
        return [str(bound) for bound in (matcher.above, matcher.below) if bound is not None]
    wanted: tuple[Plain, ...] = matcher if isinstance(matcher, tuple) else (matcher,)
    return [str(value) for value in wanted]


def at_once(one: Scenario) -> Scenario:
    """Everything that is planted is there from the first minute, and everybody who can write about it does."""
    told = iter([_loud(trouble.effects) for trouble in troubles_of(one)])
    return one.changed(
        platform=one.platform.changed(merchants=min(MERCHANTS, one.platform.merchants)),
        faults=tuple(spec.changed(onset=0, ramp=0, lasts=None, effects=next(told)) for spec in one.faults),
        decoys=tuple(spec.changed(onset=0, lasts=None, effects=next(told)) for spec in one.decoys),
    )


def _loud(effects: EffectSpec) -> EffectSpec:
    return effects if effects.tickets is None else effects.changed(tickets=effects.tickets.changed(rate=1.0))


def said(signals: Iterable[IncomingSignal]) -> Iterator[tuple[str, str]]:
    """Every text of every field that is not public vocabulary."""
    for signal in signals:
        fields: Mapping[str, object] = signal.model_dump(mode="json", exclude_none=True, exclude=set(PUBLIC))
        for field, value in fields.items():
            inner = [text for pair in value.items() for text in pair] if isinstance(value, dict) else [value]
            yield from ((field, text) for text in inner if isinstance(text, str))


def given_away(one: Scenario, signals: Iterable[IncomingSignal]) -> list[tuple[str, str]]:
    scope = expressions([trouble.scope for trouble in troubles_of(one)])
    return sorted(
        {
            (field, text)
            for field, text in said(signals)
            if any(pattern.search(text) for pattern in (any_id(), any_title(), scope))
        }
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=name, marks=() if number % 9 == 0 else pytest.mark.long)
        for number, name in enumerate(NAMES)
    ],
)
def test_what_a_shipped_trial_emits_and_lists_names_neither_itself_nor_what_is_planted(name: str):
    loud = at_once(shipped()[name])
    world = World(loud)
    signals = world.arrivals(world.began, world.began + timedelta(minutes=MINUTES))
    assert len(signals) > 100
    assert given_away(loud, signals) == []
    assert world.merchants() == World(loud.changed(faults=(), decoys=(), tools=(), expect=None)).merchants()
    assert [
        row.name for row in world.merchants() if any_id().search(f"{row.id} {row.name}") or any_title().search(row.name)
    ] == []


def test_so_much_is_planted_in_that_half_hour_that_silence_means_something():
    blamed = {
        one.id: sum(
            world.blame(signal) > NOBODY
            for signal in world.arrivals(world.began, world.began + timedelta(minutes=MINUTES))
        )
        for one in list(shipped().values())[:12]
        if one.faults
        for world in [World(at_once(one))]
    }
    assert sum(count > 0 for count in blamed.values()) >= 0.8 * len(blamed)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("event_id", "paid_without_orders.17"),
        ("event_id", "xPaidWithoutOrders"),
        ("body", "We see webhook-v2-endpoint-gone since today"),
        ("source", "mode=crawler"),
        ("error_message", f"as in {A_TITLE}"),
        ("message", "only where webhook_version == v2"),
        ("message", '{"webhook_version": "v2"}'),
        ("subject", "webhook_version is one of v1, v2"),
        ("attributes", "webhook_v2_endpoint_gone"),
    ],
)
def test_a_planted_word_is_found_in_every_kind_of_field(field: str, text: str):
    text, every = text.replace(A_TITLE, titles()[0].upper()), shipped().values()
    one = next(one for one in every if any("webhook_version" in trouble.scope for trouble in troubles_of(one)))
    signal = World(at_once(one)).arrivals(one.clock.start, one.clock.start + timedelta(minutes=6))[0]
    planted = signal.model_copy(update={field: {text: 1} if field == "attributes" else text})
    assert given_away(one, [signal]) == []
    assert given_away(one, [planted]) == [(field, text)]
