"""What can go wrong on the platform, what cannot be found in any catalogue, and what only looks like trouble."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from simulations.world.configuration_faults import CONFIGURATION
from simulations.world.fault_kinds import DecoyKind, FaultKind
from simulations.world.harmless_events import HARMLESS
from simulations.world.journeys import steps_of
from simulations.world.migration_faults import MIGRATION
from simulations.world.platform_faults import OTHERS, REGRESSION
from simulations.world.strange_faults import STRANGE

STEPS: Final = steps_of("commerce")
"""The steps of a shop that an error can happen at."""
Kind = TypeVar("Kind", FaultKind, DecoyKind)


def _by_id(kinds: Sequence[Kind]) -> Mapping[str, Kind]:
    return MappingProxyType({kind.id: kind for kind in kinds})


CATALOGUE: Final = _by_id((*MIGRATION, *CONFIGURATION, *REGRESSION, *OTHERS))
"""Every cause that people have a name for."""
UNCATALOGUED: Final = _by_id(STRANGE)
"""Faults that nobody has met before: an honest agent says that it does not know."""
DECOYS: Final = _by_id(HARMLESS)
"""What looks like trouble on a day when none is."""
