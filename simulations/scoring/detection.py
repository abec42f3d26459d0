"""Which faults were found, how soon, and what was opened about nothing."""

import math
from collections.abc import Iterable
from datetime import datetime
from itertools import combinations
from typing import Final

from app.domain.base import Value
from simulations.scoring.sorting import DAY, MERGED, Met, Sorted, size_of
from simulations.scoring.statistics import amount_of, rate_of, share_of, spread_of
from simulations.world.truth import DECOY, NOBODY, Trial

VISIBLE: Final = 5.0
"""Nats by which what was seen must be more likely with the fault than by chance, for an oracle to see it."""
BUSY: Final = 10.0


def measure_detection(worlds: list[Sorted]) -> dict[str, Value]:
    """Figures about which faults were found, when, and what else was opened."""
    cases = [met for world in worlds for met in world.met]
    harmful = [met for world in worlds for met in (*world.met, *world.small) if met.fault.affected_events]
    standing = [[fault for incident, fault in world.about if incident.status != MERGED] for world in worlds]
    theirs = [[fault for fault in one if fault is not None and fault >= 0] for one in standing]
    total, right = sum(map(len, standing)), sum(len(set(one)) for one in theirs)
    false = sum(len(world.false) for world in worlds)
    return {
        "found": share_of(bool(met.first) for met in cases),
        "found_of_all": share_of(bool(met.first) for met in harmful),
        "found_visible": share_of(bool(met.first) for met in harmful if is_visible(met)),
        "found_busy": share_of(bool(met.first) for met in cases if met.fault.events_per_hour >= BUSY),
        "minutes_to_incident": spread_of(_minutes_to_incident(met) for met in cases),
        "incident_precision": rate_of(right, total),
        "duplicate_incidents": rate_of(sum(map(len, theirs)) - right, total),
        "two_stay_two": share_of(both for world in worlds for both in _pairs_found(world)),
        "false_incidents": rate_of(
            false, false + sum(bool(one.first) for world in worlds for one in (*world.met, *world.small))
        ),
        **_measure_idle(worlds),
    }


def is_visible(met: Met) -> bool:
    """Whether somebody who knew whom it reaches, in which stream and since when would tell it from chance."""
    return met.fault.oracle >= VISIBLE


def _pairs_found(world: Sorted) -> Iterable[bool]:
    """For every two faults that were there at one time and could be seen, whether both were found."""
    seen = [met for met in world.met if is_visible(met)]
    for one, other in combinations(seen, 2):
        begins = [met.fault.began or world.trial.truth.ended for met in (one, other)]
        ends = [met.fault.ended or world.trial.truth.ended for met in (one, other)]
        if max(begins) < min(ends):
            yield bool(one.first and other.first)


def _measure_idle(worlds: list[Sorted]) -> dict[str, Value]:
    """What was opened or watched for nothing, against the time in which it could be."""
    well = [healthy_spans(world.trial) for world in worlds]
    calm = [
        one
        for world, spans in zip(worlds, well, strict=True)
        for one in world.false
        if any(a <= min(one.detected_at, world.trial.truth.ended) <= b for a, b in spans)
    ]
    healthy = math.fsum(
        (b - a) / DAY * size_of(world.trial) for world, spans in zip(worlds, well, strict=True) for a, b in spans
    )
    days = math.fsum(world.days for world in worlds)
    thin = sum(one.thin for world in worlds for one, fault in world.about if fault == NOBODY)
    decoys = sum(fault is not None and fault <= DECOY for world in worlds for _, fault in world.about)
    return {
        "false_per_healthy_day": amount_of(len(calm), healthy, "day"),
        "decoy_incidents_per_day": amount_of(decoys, days, "day"),
        "thin_per_day": amount_of(thin, days, "day"),
        "watch_rows_per_day": amount_of(sum(world.trial.watch_rows for world in worlds), days, "day"),
    }


def healthy_spans(trial: Trial) -> list[tuple[datetime, datetime]]:
    """When no fault was active: neither before its first affected event nor after it was over does it count."""
    truth = trial.truth
    spans: list[tuple[datetime, datetime]] = []
    start = truth.began
    for began, ended in sorted(
        (fault.began, fault.ended or truth.ended) for fault in truth.faults if fault.began is not None
    ):
        if began > start:
            spans.append((start, min(began, truth.ended)))
        start = max(start, ended)
    if truth.ended > start:
        spans.append((start, truth.ended))
    return spans


def _minutes_to_incident(met: Met) -> float | None:
    if not met.first or met.fault.fifth_event is None:
        return None
    return minutes_since(met.fault.fifth_event, met.first[0].detected_at)


def minutes_since(since: datetime, until: datetime) -> float:
    """Minutes from one moment to another, none when it came before."""
    return max(0.0, (until - since).total_seconds() / 60)
