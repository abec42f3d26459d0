"""Makes a scenario give less away: noise that clumps and spikes, severities that prove nothing, a directory with gaps
and old entries that hides what caused a third of the trials, spellings nobody has published, faults that spare some.

What is wrong, whom it hurts and what helps stay as they are; only how it shows is another matter. The same scenario and
seed are always disguised in the same way.
"""

from collections.abc import Sequence
from typing import Final, get_args

from app.domain.base import Severity
from simulations.scenario import DirectorySpec, EffectSpec, ErrorSpec, FaultSpec, NoiseSpec, Scenario, Withheld
from simulations.scenarios.checks import find_reached_merchants, troubles_of
from simulations.world.directory import CERTAIN
from simulations.world.planted_faults import fault_kind
from simulations.world.seeded_random import Draws

WITHHELD: Final[tuple[Withheld, ...]] = get_args(Withheld)
MISSING: Final = 0.1
STALE: Final = 0.1
HIDDEN: Final = 1 / 3
RESPELT: Final = 0.5
SPARING: Final = 0.3
FEWEST: Final = 6
"""A fault that reaches fewer merchants spares none of them."""
FAULT_SEVERITIES: Final = (
    *[Severity.LOW] * 3,
    Severity.INFO,
    *[Severity.MEDIUM] * 3,
    *[Severity.HIGH] * 3,
)
_SAYINGS: Final = (
    "refused at {step}, see trace",
    "{step}: upstream said no ({number})",
    "unhandled branch {number} in {step}",
    "rule {number} did not hold",
    "status differs from what was wanted",
)


def disguise_scenario(scenario: Scenario, *, noise: float = 1.0, withheld: Sequence[Withheld] = ()) -> Scenario:
    """The same trial, giving less away, with so many times the usual noise, and with some things withheld altogether.
    One that is disguised already stays so.
    """
    if scenario.noise.any_severity:
        return scenario.changed(noise=_scale(scenario.noise, noise), withheld=tuple(withheld))
    draws = Draws(scenario.seed, "disguise", scenario.id)
    directory = DirectorySpec(missing=MISSING, stale=STALE, hidden=_hide_a_cause(scenario, draws))
    faults = tuple(
        _disguise_fault(scenario, place, fault, Draws(scenario.seed, "disguise", scenario.id, place))
        for place, fault in enumerate(scenario.faults)
    )
    return scenario.changed(
        noise=_scale(_roughen(scenario.noise, draws), noise),
        directory=directory,
        faults=faults,
        withheld=tuple(withheld),
    )


def _roughen(noise: NoiseSpec, draws: Draws) -> NoiseSpec:
    """Noise that clumps and spikes."""
    return noise.changed(
        bursts=round(draws.between(0.5, 3.0), 2),
        deploys_per_day=round(draws.between(0.5, 3.0), 2),
        storms=round(draws.between(0.0, 0.03), 4),
        lost_sessions=round(draws.between(0.0, 0.2), 3),
        any_severity=True,
        uneven=round(draws.between(0.2, 0.6), 2),
    )


def _scale(noise: NoiseSpec, factor: float) -> NoiseSpec:
    """So many times the noise that nobody has to look into."""
    return noise.changed(
        hiccups_per_day=noise.hiccups_per_day * factor,
        tickets_per_day=noise.tickets_per_day * factor,
        bursts=noise.bursts * factor,
        deploys_per_day=noise.deploys_per_day * factor,
        storms=min(1.0, noise.storms * factor),
        lost_sessions=min(1.0, noise.lost_sessions * factor),
    )


def _hide_a_cause(scenario: Scenario, draws: Draws) -> tuple[str, ...]:
    """In a third of the trials, an attribute by which a fault chooses its merchants."""
    if not draws.happens(HIDDEN):
        return ()
    choosing = sorted(
        {name for trouble in troubles_of(scenario)[: len(scenario.faults)] for name in trouble.scope} - CERTAIN
    )
    return (draws.choice(choosing),) if choosing else ()


def _disguise_fault(scenario: Scenario, place: int, fault: FaultSpec, draws: Draws) -> FaultSpec:
    """Severities that prove nothing, in half of the faults other spellings, and in some merchants that are spared."""
    kind = fault_kind(fault.mode)
    effects = fault.effects or (kind.effects if kind else EffectSpec())
    respelt = draws.happens(RESPELT)
    errors = tuple(_disguise_error(error, draws, respelt=respelt) for error in effects.errors)
    reached = len(find_reached_merchants(scenario, troubles_of(scenario)[place]))
    sparing = reached >= FEWEST and draws.happens(SPARING)
    reach = round(draws.between(0.5, 0.9), 2) if sparing else fault.reach
    return fault.changed(effects=effects.changed(errors=errors), reach=reach)


def _disguise_error(error: ErrorSpec, draws: Draws, *, respelt: bool) -> ErrorSpec:
    """Another severity, and perhaps another code and other words."""
    changed = error.changed(severity=draws.choice(FAULT_SEVERITIES))
    if not respelt:
        return changed
    words = tuple(
        draws.choice(_SAYINGS).format(step=error.step.replace("_", " "), number=int(draws.between(10, 9_999)))
        for _ in error.messages
    )
    return changed.changed(code=respell_code(error.code, draws), messages=words)


def respell_code(code: str, draws: Draws) -> str:
    """A code as another version of the software writes it."""
    if not code:
        return code
    parts = code.split("_")
    spellings = (
        "-".join(parts),
        "".join(letter for letter in code if letter not in "AEIOU"),
        "".join(part[0] for part in parts) + f"-{int(draws.between(100, 999))}",
        f"E{int(draws.between(1_000, 9_999))}",
        ".".join(reversed(parts)),
        "",
    )
    return draws.choice(spellings)
