"""What the platform's directory says of a merchant: not everything, and not everything as it is now."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.merchants import Plain
from simulations.scenario import DirectorySpec, Scope
from simulations.world.population import Inhabitant, fits_scope
from simulations.world.seeded_random import Draws

CERTAIN: Final = frozenset({"stage", "wave", "currency", "language"})
"""What a directory always knows."""


def list_attributes(
    spec: DirectorySpec, seed: int, one: Inhabitant, values: Mapping[str, Sequence[Plain]], *, withheld: bool
) -> dict[str, Plain]:
    """The attributes of a merchant as they are listed, by name."""
    listed: dict[str, Plain] = {}
    for name, value in one.attributes.items():
        if name in CERTAIN:
            listed[name] = value
            continue
        if withheld or name in spec.hidden:
            continue
        draws = Draws(seed, "listed", one.id, name)
        lot = draws.uniform()
        if lot >= spec.missing:
            known = values.get(name, ())
            listed[name] = draws.choice(known) if known and lot < spec.missing + spec.stale else value
    return listed


def is_told(rule: Scope, one: Inhabitant, listed: Mapping[str, Plain]) -> bool:
    """Whether the directory shows somebody who is within a rule to be so."""
    sure = {name: one.attributes[name] for name in CERTAIN if name in one.attributes}
    return fits_scope({name: matcher for name, matcher in rule.items() if name not in CERTAIN}, {**listed, **sure})


def is_shown_within(rule: Scope, attributes: Mapping[str, Plain], listed: Mapping[str, Plain]) -> bool:
    """Whether the directory shows anybody to be within a rule, rightly or not, who has these attributes by now."""
    return fits_scope(rule, {**listed, **{name: attributes[name] for name in CERTAIN if name in attributes}})
