"""Lays every incident of a trial beside the fault it is about."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, NamedTuple

from simulations.scenario import UNKNOWN
from simulations.world.truth import DECOY, NOBODY, FaultTruth, IncidentSeen, Trial

ENOUGH_EVENTS: Final = 5
MERGED: Final = "MERGED"
DAY: Final = timedelta(days=1)
PLATFORM: Final = 200
"""So many merchants make the platform that rates are told for."""


class Met(NamedTuple):
    """A fault that had to be found, the incidents that met it first, and those that kept it: these name its merchants
    and its bill.
    """

    fault: FaultTruth
    first: tuple[IncidentSeen, ...]
    kept: tuple[IncidentSeen, ...]

    @property
    def catalogued(self) -> bool:
        """Whether there is a cause to name."""
        return self.fault.cause != UNKNOWN


class Sorted(NamedTuple):
    """The incidents of a trial, by what they are about: a fault, mixed ones (None), a decoy, or nothing (NOBODY)."""

    trial: Trial
    about: tuple[tuple[IncidentSeen, int | None], ...]
    met: tuple[Met, ...]
    small: tuple[Met, ...]

    @property
    def days(self) -> float:
        """How long the platform was looked at, in days of 200 merchants."""
        return max(0.0, (self.trial.truth.ended - self.trial.truth.began) / DAY) * size_of(self.trial)

    @property
    def false(self) -> list[IncidentSeen]:
        """Incidents about nothing, but for thin ones."""
        return [incident for incident, fault in self.about if fault == NOBODY and not incident.thin]

    @property
    def empty(self) -> list[IncidentSeen]:
        """Incidents about nothing or about something harmless."""
        return [incident for incident, fault in self.about if fault is not None and fault < 0]

    @property
    def surplus(self) -> list[IncidentSeen]:
        """Incidents that stand beside those which kept a fault: duplicates of it, mixed ones and false ones."""
        kept = {incident.id for met in self.met for incident in met.kept}
        small = {met.fault.number for met in self.small}
        return [
            incident
            for incident, fault in self.about
            if (fault is not None and fault < 0)
            or (fault not in small and incident.id not in kept and incident.status != MERGED)
        ]


# --- who is about what
# ----------------------------------------------------------------------------------------------------


def find_owning_fault(incident: IncidentSeen, faults: Iterable[FaultTruth]) -> int | None:
    """The fault an incident is about; NOBODY, or DECOY, when most of what it was opened on belongs to none; None when
    no fault has half of it.
    """
    begun = {fault.number for fault in faults if fault.began is not None and fault.began <= incident.detected_at}
    owned = {number: count for number, count in sorted(incident.signals.items()) if number in begun and count > 0}
    total = sum(owned.values())
    nobodys = incident.signals.get(NOBODY, 0)
    harmless = sum(count for number, count in incident.signals.items() if number <= DECOY)
    if total == 0 or nobodys + harmless > total:
        return DECOY if harmless > nobodys else NOBODY
    best = max(owned, key=lambda number: owned[number])
    return best if 2 * owned[best] >= total else None


def is_case(fault: FaultTruth) -> bool:
    """Whether enough happened for it to be found."""
    return fault.affected_events >= ENOUGH_EVENTS and fault.fifth_event is not None


def sort_out(trial: Trial) -> Sorted:
    """Lay every incident beside the fault it is about."""
    faults = trial.truth.faults
    about = tuple(
        (incident, find_owning_fault(incident, faults))
        for incident in sorted(trial.incidents, key=lambda one: (one.detected_at, one.id))
    )
    met = [
        _match_incidents(fault, [incident for incident, number in about if number == fault.number]) for fault in faults
    ]
    return Sorted(
        trial,
        about,
        tuple(one for one in met if is_case(one.fault)),
        tuple(one for one in met if not is_case(one.fault)),
    )


def _match_incidents(fault: FaultTruth, incidents: list[IncidentSeen]) -> Met:
    first = _pick_earliest(incidents)
    return Met(fault, first, _pick_earliest([one for one in incidents if one.status != MERGED]) or first)


def _pick_earliest(incidents: list[IncidentSeen]) -> tuple[IncidentSeen, ...]:
    start = min((one.detected_at for one in incidents), default=None)
    return tuple(one for one in incidents if one.detected_at == start)


def size_of(trial: Trial) -> float:
    """How large the platform of a trial is, beside one of 200 merchants."""
    return trial.truth.merchants / PLATFORM
