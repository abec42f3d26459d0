"""A scenario as a trial lives through it: with quiet days before it, and long enough after the last fault for a repair
to be carried out and proven.
"""

from math import ceil
from typing import Final

from simulations.scenario import Scenario
from simulations.scenarios.checks import troubles_of
from simulations.world.planted_faults import NEVER, Trouble
from simulations.world.population import HOUR_MS, MINUTE_MS, ms_of
from simulations.world.truth import NOBODY

HISTORY_HOURS: Final = 7 * 24
FOUND_AND_PROVEN_MINUTES: Final = 150
"""What finding a fault, deciding, and proving a cure may take together, besides the time in which the cure works."""


def prepare_trial(scenario: Scenario) -> Scenario:
    """The scenario with its history, seven days unless it says how long, and with as many hours as its repairs need at
    least.
    """
    clock = scenario.clock
    hours = max([clock.hours, *(_hours_needed(scenario, trouble) for trouble in troubles_of(scenario))])
    return scenario.changed(clock=clock.changed(history=clock.history or HISTORY_HOURS, hours=hours))


def _hours_needed(scenario: Scenario, trouble: Trouble) -> float:
    """From the beginning of the trial until a fault that does not end by itself could be cured and proven so."""
    if trouble.number == NOBODY or trouble.ends_ms < NEVER or not trouble.cured_by:
        return 0.0
    onset = (trouble.onset_ms + trouble.ramp_ms - ms_of(scenario.clock.start)) / HOUR_MS
    cure = min(remedy.after_minutes for remedy in trouble.cured_by) + FOUND_AND_PROVEN_MINUTES
    return float(ceil(onset + cure * MINUTE_MS / HOUR_MS))
