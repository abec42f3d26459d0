"""Faults that nobody has met before, invented on the spot: a name, a code, a few words of a machine, and what it does
to people.

They are made so that no catalogue and no rule can know them; the honest answer to each is that its cause is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.base import Severity
from app.domain.signals import SignalType
from simulations.scenario import EffectSpec, ErrorSpec, FaultSpec, Remedy, Scope, TicketSpec
from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.seeded_random import Draws
from simulations.world.tool_effects import SETTING_TOOLS

_THINGS: Final = (
    *(
        "abacus",
        "anvil",
        "beacon",
        "bellows",
        "cistern",
        "compass",
        "crucible",
        "dynamo",
        "flywheel",
        "gantry",
        "hopper",
        "kiln",
        "lantern",
    ),
    *(
        "lattice",
        "loom",
        "mangle",
        "orrery",
        "pantry",
        "pendulum",
        "pulley",
        "quarry",
        "rudder",
        "sluice",
        "spindle",
        "tiller",
        "turnstile",
    ),
)
_STATES: Final = (
    *(
        "astray",
        "capsized",
        "clogged",
        "derailed",
        "drained",
        "fused",
        "inverted",
        "jammed",
        "misfiled",
        "overgrown",
        "parched",
        "rusted",
    ),
    *("sealed", "skewed", "snapped", "spilled", "stranded", "tangled", "twisted", "unmoored", "warped", "worn"),
)
_SAYINGS: Final = (
    "{thing} {number} found {state}",
    "could not read {thing} while it is {state}",
    "{thing} {number} of {other} is {state}, skipped",
    "{other} waits for a {thing} that stays {state}",
    "unit {number}: {thing} {state}",
)
_FELT: Final[Mapping[str, tuple[str, ...]]] = {
    "browse": ("storefront_down", "product_missing", "checkout_slow"),
    "cart": ("cart_empty", "product_missing"),
    "sign_in": ("sign_in_failing",),
    "prices": ("price_wrong", "checkout_slow"),
    "shipping_tax": ("shipping_tax_wrong", "checkout_slow"),
    "checkout": ("checkout_failing", "checkout_slow"),
    "payment": ("checkout_failing", "order_missing"),
    "order": ("order_missing",),
    "webhook": ("webhook_trouble", "order_missing"),
    "email": ("email_missing",),
    "inventory_sync": ("stock_wrong",),
    "pages": ("storefront_down",),
    "app_call": ("integration_refused",),
}
"""What people notice when a step of a shop goes wrong."""
_STATUSES: Final = (400, 403, 409, 418, 422, 423, 424, 451, 500, 502, 503, 507, 508)
_TAKEN: Final = frozenset(
    error.code
    for kinds in (CATALOGUE, UNCATALOGUED, DECOYS)
    for kind in kinds.values()
    for error in kind.effects.errors
)


def invent_fault(draws: Draws, onset: int, ramp: int, lasts: int | None, scope: Scope) -> FaultSpec:
    """A fault of its own kind among these merchants."""
    thing, state = draws.choice(_THINGS), draws.choice(_STATES)
    step = draws.choice(tuple(_FELT))
    harms = (Remedy(tool=draws.choice(SETTING_TOOLS), factor=2.0),) if draws.happens(0.4) else ()
    return FaultSpec(
        mode=f"{thing}_{state}",
        onset=onset,
        ramp=ramp,
        lasts=lasts,
        scope=scope,
        effects=_invent_effects(draws, step, thing, state),
        cured_by=(Remedy(tool="escalate", after_minutes=30 + int(draws.uniform() * 31) * 5),),
        harmed_by=harms,
    )


def _invent_effects(draws: Draws, step: str, thing: str, state: str) -> EffectSpec:
    """Mostly a failure with a code of its own; sometimes one that nothing reports, or a plain falling off, or a
    silence.
    """
    tickets = (
        TicketSpec(rate=round(draws.between(0.03, 0.16), 2), symptom=draws.choice(_FELT[step]))
        if draws.happens(0.9)
        else None
    )
    manner = draws.uniform()
    if manner < 0.62:
        return EffectSpec(errors=(_invent_error(draws, step, thing, state),), tickets=tickets)
    if manner < 0.82:
        quiet = ErrorSpec(
            step=step,
            share=_draw_share(draws),
            signal="none",
            slower=round(draws.between(1, 12), 1),
            loses_order=step == "order",
        )
        return EffectSpec(errors=(quiet,), kpi={"conversion": round(draws.between(0.5, 0.85), 2)}, tickets=tickets)
    if manner < 0.94:
        return EffectSpec(
            kpi={"conversion": round(draws.between(0.4, 0.7), 2)},
            traffic=round(draws.between(0.5, 1.0), 2),
            tickets=tickets,
        )
    return EffectSpec(
        silence=(draws.choice((SignalType.WEBHOOK_DELIVERY, SignalType.API_CALL, SignalType.ORDER)),), tickets=tickets
    )


def _invent_error(draws: Draws, step: str, thing: str, state: str) -> ErrorSpec:
    code = _invent_code(draws, thing, state) if draws.happens(0.85) else ""
    hook = step == "webhook"
    logged = not hook and draws.happens(0.15)
    return ErrorSpec(
        step=step,
        share=_draw_share(draws),
        signal="webhook_failure" if hook else "log" if logged else "api_error",
        code="" if logged else code,
        status=None if logged else draws.choice(_STATUSES),
        messages=_draw_sayings(draws, thing, state),
        severity=draws.choice((Severity.MEDIUM, Severity.HIGH)),
        blocks=hook or draws.happens(0.85),
        pays_anyway=round(draws.between(0.1, 0.6), 2) if step == "payment" and draws.happens(0.4) else 0.0,
        loses_order=hook and draws.happens(0.8),
        slower=round(draws.between(2, 15), 1) if draws.happens(0.25) else 1.0,
        retries=int(draws.uniform() * 3),
    )


def _invent_code(draws: Draws, thing: str, state: str) -> str:
    """A code that nobody has published."""
    spellings = (
        f"{thing}_{state}",
        f"{state}_{thing}",
        f"{thing[:4]}-{int(draws.uniform() * 9_000) + 1_000}",
        f"e.{thing}.{state}",
    )
    code = draws.choice(spellings).upper()
    return code if code not in _TAKEN else f"{code}_2"


def _draw_sayings(draws: Draws, thing: str, state: str) -> tuple[str, ...]:
    """One or two sentences of a machine."""
    first = int(draws.uniform() * len(_SAYINGS))
    chosen = [_SAYINGS[first], _SAYINGS[(first + 1 + int(draws.uniform() * (len(_SAYINGS) - 1))) % len(_SAYINGS)]]
    facts = {
        "thing": thing,
        "state": state,
        "other": draws.choice(_THINGS),
        "number": str(int(draws.uniform() * 900) + 100),
    }
    return tuple(_fill_saying(saying, facts) for saying in chosen[: 1 + int(draws.uniform() * 2)])


def _fill_saying(saying: str, facts: Mapping[str, str]) -> str:
    for name, value in facts.items():
        saying = saying.replace(f"{{{name}}}", value)
    return saying


def _draw_share(draws: Draws) -> float:
    return round(draws.between(0.3, 0.9), 2)


def vary_effects(draws: Draws, effects: EffectSpec) -> EffectSpec:
    """The same effects, a little weaker or stronger, with more or fewer people who write."""
    by = draws.between(0.6, 1.15)
    errors: Sequence[ErrorSpec] = [
        error.changed(share=round(min(1.0, error.share * by), 2)) for error in effects.errors
    ]
    tickets = effects.tickets and effects.tickets.changed(
        rate=round(min(1.0, effects.tickets.rate * draws.between(0.4, 1.6)), 3)
    )
    return effects.changed(errors=tuple(errors), tickets=tickets)
