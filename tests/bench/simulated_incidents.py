"""Incidents drawn from the vocabulary of the simulated platform, without living through its days: what a mechanism
makes machines report and people write, on merchants with its setting. In half of them codes and words are spelt as
nobody published them, in a third the directory hides the setting, and other errors come between.
"""

from collections.abc import Iterator
from typing import Any, Final

from app.domain.hypotheses import UNKNOWN
from app.domain.merchants import Plain
from app.domain.signals import SignalType
from simulations.scenario import EffectSpec, ErrorSpec, Scope
from simulations.scenarios.disguise import respell_code
from simulations.world.faults import CATALOGUE, UNCATALOGUED
from simulations.world.journeys import SHOP
from simulations.world.population import accepts_value, attribute_values
from simulations.world.seeded_random import Draws
from simulations.world.ticket_text import write_complaint
from simulations.world.uncatalogued_faults import invent_fault
from tests.bench.labelled_incidents import Labelled
from tests.told import PAID, Case

LANGUAGES: Final = ("en", "en", "de", "fr", "es")
RESPELT, HIDDEN, STRAY, STRANGE = 0.5, 1 / 3, 0.6, 0.3
"""How often codes and words are unpublished, the setting is hidden, other errors come between, no pack knows it."""
OFTEN: Final = 5
"""So many failures of the fault come to each of another kind."""
USUAL: Final = ("plan", "region", "gateway", "theme", "data_centre")
STEPS: Final = {step.name: step for step in (*SHOP.journey, *SHOP.background)}


def draw_incidents(count: int, seed: int) -> list[Labelled]:
    """So many incidents that leave a trace, of the mechanisms of the catalogue and of others."""
    found: list[Labelled] = []
    number = 0
    while len(found) < count:
        number += 1
        draws = Draws(seed, "incident", number)
        cause, effects, scope = _draw_mechanism(draws)
        case = _draw_case(effects, scope, draws)
        if case.seen or case.said:
            found.append(Labelled(f"{cause}/{number}", cause if cause in CATALOGUE else UNKNOWN, case))
    return found


def _draw_mechanism(draws: Draws) -> tuple[str, EffectSpec, Scope]:
    if not draws.happens(STRANGE):
        kind = CATALOGUE[draws.choice(sorted(CATALOGUE))]
        return kind.id, kind.effects, kind.scope
    if draws.happens(0.4):
        kind = UNCATALOGUED[draws.choice(sorted(UNCATALOGUED))]
        return kind.id, kind.effects, kind.scope
    name = draws.choice(USUAL)
    fault = invent_fault(draws, 0, 0, None, {name: draws.choice(_values_of(name))})
    return fault.mode, fault.effects or EffectSpec(), fault.scope


def _draw_case(effects: EffectSpec, scope: Scope, draws: Draws) -> Case:
    broken, sound = _draw_settings(scope, draws)
    respelt = draws.happens(RESPELT)
    told = [_shape_of(one, draws, broken, respelt=respelt) for one in effects.errors if one.signal != "none"]
    told += [PAID for one in effects.errors if one.loses_order or (one.pays_anyway and draws.happens(0.5))]
    seen: list[dict[str, Any]] = [dict(one) for one in told for _ in range(OFTEN)]
    if seen and draws.happens(STRAY):
        stray = draws.choice(SHOP.strays)
        where = {"endpoint": _filled(stray.endpoint, {}), "status": stray.status}
        seen.append({**where, "error_message": stray.message, "error_code": stray.code or None})
    stage = scope.get("stage")
    stages = stage if isinstance(stage, tuple) else (stage,) if stage else ("post_migration", "in_progress")
    hidden = draws.happens(HIDDEN)
    told_of = {name: value for name, value in broken.items() if not hidden or name in USUAL}
    return Case(
        seen=_shuffled(seen, draws),
        said=list(_draw_tickets(effects, draws)),
        broken=told_of,
        sound={name: value for name, value in sound.items() if name in told_of},
        stage=str(draws.choice(stages)),
    )


def _draw_settings(scope: Scope, draws: Draws) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """What the hurt have and the healthy do not, and what is no different."""
    broken: dict[str, Plain] = {}
    sound: dict[str, Plain] = {}
    for name, matcher in scope.items():
        if name == "stage":
            continue
        fitting = [value for value in _values_of(name) if accepts_value(matcher, value)]
        others = [value for value in _values_of(name) if value not in fitting]
        broken[name] = draws.choice(fitting) if fitting else str(matcher)
        sound[name] = draws.choice(others) if others else broken[name]
    for name in USUAL:
        if name not in broken:
            broken[name] = sound[name] = draws.choice(_values_of(name))
    return broken, sound


def _values_of(name: str) -> list[Plain]:
    return list(attribute_values().get(name, ("one", "other")))


def _shape_of(error: ErrorSpec, draws: Draws, facts: dict[str, Plain], *, respelt: bool) -> dict[str, Any]:
    step = STEPS[error.step]
    code = respell_code(error.code, draws) if respelt else error.code
    said = "" if respelt or not error.messages else draws.choice(error.messages)
    if error.signal == "log":
        return {"signal_type": SignalType.LOG, "level": "error", "message": _filled(said, facts) or "step failed"}
    shape: dict[str, Any] = {
        "endpoint": _filled(error.endpoint or step.endpoint, facts),
        "status": error.status,
        "error_code": code or None,
        "error_message": _filled(said, facts) or None,
    }
    if error.signal == "webhook_failure":
        shape |= {"signal_type": SignalType.WEBHOOK_FAILURE, "topic": error.topic or step.topic}
    return shape


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return {"api_version": "v3", "webhook_version": "v3"}.get(name, name)


def _filled(text: str, facts: dict[str, Plain]) -> str:
    return text.format_map(_Facts(facts))


def _draw_tickets(effects: EffectSpec, draws: Draws) -> Iterator[str]:
    if effects.tickets is None:
        return
    for _ in range(draws.poisson(1.2)):
        subject, body = write_complaint(effects.tickets.symptom, draws.choice(LANGUAGES), draws, facts={})
        yield f"{subject}\n{body}"


def _shuffled(seen: list[dict[str, Any]], draws: Draws) -> list[dict[str, Any]]:
    lots = [draws.uniform() for _ in seen]
    return [seen[place] for place in sorted(range(len(seen)), key=lots.__getitem__)]
