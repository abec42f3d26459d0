"""How the agent does on a world that others wrote: a folder with its merchants, what it reported, and what was true.

The history before the scored hours is added up as a tenant's that has been here for long, then the agent looks every
few minutes, as its worker does; nobody answers what it asks, since a recording cannot be repaired. Whose incident it is
is told by merchants and time: that of the fault, else of the decoy, that had hurt most of those it names by then.
Everything is judged half an hour after it was opened, and at the end.
"""

import argparse
import json
import time
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from app.bootstrap import build_application, seed_runbooks
from app.context import EVERY_ONE, AppContext
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.process.collector import calm_collector
from app.schemas.base import MOST_SIGNALS
from app.schemas.merchants import IncomingMerchant
from app.schemas.signals import IncomingSignal
from app.services.intake import ingest
from app.services.intake.merchants import import_merchants
from app.services.loop import advance
from app.services.trials.history import keep_past
from app.services.trials.what_was_said import IncidentNotes, note_half_hours, note_openings, take_glimpse
from app.services.watch import sweep
from app.settings import Settings
from app.system import SteppedClock
from rag.text_vectors import remembered_meaning
from simulations.world.truth import Glimpse

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
STAGES = {"pre": "pre_migration", "cutover": "in_progress", "post": "post_migration"}
"""How folders write the stages of a migration."""
COUNTED = (
    *("faults", "found", "causes", "first", "first_end", "three", "unknowns", "kept", "forbidden"),
    *("false", "decoys", "doubles", "merged"),
)
GRACE = timedelta(hours=2)
"""So long after a fault ended an incident may still be about it."""


def at(text: str) -> datetime:
    """A moment as it is written."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


@dataclass
class Planted:
    """A fault or a decoy as it really was."""

    id: str
    what: str
    began: datetime
    ended: datetime | None
    merchants: frozenset[str]
    cause: str | None = None
    hurt_at: dict[str, datetime] = field(default_factory=dict)
    exposed: frozenset[str] = frozenset()
    lost_cents: int = 0
    is_fault: bool = False
    is_told: bool = True

    def fifth(self) -> datetime:
        """When the third of its merchants, or the last, was first hurt: by then there was something to see."""
        moments = sorted(self.hurt_at.values())
        return moments[min(2, len(moments) - 1)]

    def reach(self, until: datetime) -> frozenset[str]:
        """Whom it had touched by then."""
        if not self.is_fault:
            return self.merchants
        return frozenset(one for one, moment in self.hurt_at.items() if moment <= until) | self.exposed


class Recording:
    """A folder with a world in it."""

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / "truth.json").read_text())
        told_of = json.loads((folder / "merchants.json").read_text(encoding="utf-8"))
        self.merchants = [IncomingMerchant.model_validate_json(json.dumps(_with_stage(one))) for one in told_of]
        self.start, self.end = at(said["start"]), at(said["end"])
        self.hours = int((self.start - at(said["history_from"])).total_seconds() // 3600)
        self.planted = [self._fault(one) for one in said["faults"]] + [self._decoy(one) for one in said["decoys"]]
        lines = (folder / "signals.jsonl").read_text(encoding="utf-8").splitlines()
        told = sorted((at(json.loads(line)["occurred_at"]), number) for number, line in enumerate(lines))
        self._moments = [moment for moment, _ in told]
        self._lines = [lines[number] for _, number in told]

    def _fault(self, one: dict[str, Any]) -> Planted:
        hurt = {name: at(what["first_at"]) for name, what in one["hurt"].items() if what.get("first_at")}
        return Planted(
            one["id"],
            one["what"],
            at(one["start"]),
            at(one["end"]) if one["end"] else None,
            frozenset(hurt),
            cause=one["cause"],
            hurt_at=hurt,
            exposed=frozenset(one["exposed"]),
            lost_cents=sum(what.get("lost_cents") or 0 for what in one["hurt"].values()),
            is_fault=True,
            is_told=bool(one.get("rule")) and not one.get("hidden"),
        )

    def _decoy(self, one: dict[str, Any]) -> Planted:
        ended = at(one["end"]) if one.get("end") else None
        return Planted(one["id"], one["what"], at(one["start"]), ended, frozenset(one["merchants"]))

    def arrivals(self, since: datetime, until: datetime) -> Sequence[IncomingSignal]:
        """What it reported between two moments."""
        first, last = bisect_left(self._moments, since), bisect_left(self._moments, until)
        return [
            IncomingSignal.model_validate_json(json.dumps(_with_stage(json.loads(one))))
            for one in self._lines[first:last]
        ]


def _with_stage(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "stage": STAGES.get(told["stage"], told["stage"])} if told.get("stage") else told


class Told(NamedTuple):
    """What became of a run."""

    notes: dict[str, IncidentNotes]
    ends: dict[str, Glimpse]
    asked: int
    merged: frozenset[str]
    """Those that have become part of another since."""
    seconds: float
    slowest: float


def live_through(ctx: AppContext, recording: Recording, hours: float, step: timedelta, clock: SteppedClock) -> Told:
    """Let the agent look at the scored hours."""
    import_merchants(ctx, SCOPE, recording.merchants)
    keep_past(ctx, SCOPE, recording.arrivals, recording.start, recording.hours)
    notes: dict[str, IncidentNotes] = {}
    now, end, slowest = recording.start, min(recording.end, recording.start + timedelta(hours=hours)), 0.0
    began = time.process_time()
    while now < end:
        arrived = recording.arrivals(now, now + step)
        now += step
        clock.advance_to(now)
        before = time.process_time()
        for first in range(0, len(arrived), MOST_SIGNALS):
            ingest.accept(ctx, SCOPE, arrived[first : first + MOST_SIGNALS])
        sweep.sweep_tenant(ctx, SCOPE)
        note_openings(ctx, SCOPE, notes)
        advance.advance_all(ctx, SCOPE)
        slowest = max(slowest, time.process_time() - before)
        note_half_hours(ctx, SCOPE, notes, now)
    seconds = time.process_time() - began
    ends = {one: take_glimpse(ctx, SCOPE, one, now) for one in notes}
    for one, known in notes.items():
        known.half_hour = known.half_hour or ends[one]
    with ctx.store.read(SCOPE) as session:
        asked = len(session.actions.page(limit=EVERY_ONE))
        merged = frozenset(one for one in notes if session.incidents.get(one).merged_into)
    return Told(notes, ends, asked, merged, seconds, slowest)


def whose(planted: Sequence[Planted], known: IncidentNotes) -> Planted | None:
    """What an incident is about."""
    said, moment = known.half_hour, known.incident.detected_at
    assert said is not None
    named = frozenset(said.merchants) or frozenset(known.incident.merchants)

    def likeness(one: Planted) -> tuple[float, bool]:
        touched = one.reach(said.at)
        return 2 * len(named & touched) / (len(named) + len(touched) or 1), one.is_fault

    fitting = [
        one
        for one in planted
        if one.began <= moment <= (one.ended or moment) + GRACE
        and len(named & one.reach(said.at)) >= 0.5 * max(1, len(named))
    ]
    return max(fitting, key=likeness, default=None)


def tell(recording: Recording, told: Told) -> dict[str, Any]:
    """Print what was found and what was not, and add up the figures."""
    about = {one: whose(recording.planted, known) for one, known in told.notes.items()}
    counts: dict[str, Any] = dict.fromkeys(COUNTED, 0)
    counts |= {"named": [0, 0], "named_end": [0, 0], "hurt": [0, 0], "hurt_end": [0, 0], "bill": [0, 0], "late": []}
    for fault in recording.planted:
        mine = sorted(
            (one for one, of in about.items() if of is fault), key=lambda one: told.notes[one].incident.detected_at
        )
        if fault.is_fault:
            _tell_fault(fault, mine, told, counts)
        else:
            counts["decoys"] += len(mine)
            print(f"  decoy {fault.id}: {len(mine)} incidents; {fault.what[:90]}")
    for one, of in about.items():
        if of is None:
            counts["false"] += 1
            known, said = told.notes[one], told.ends[one]
            print(
                f"  FALSE {known.incident.detected_at:%d %H:%M} {known.incident.title!r} merchants"
                f" {len(known.half_hour.merchants) if known.half_hour else 0} end {len(said.merchants)}"
                f" {[(s.cause, round(s.confidence, 2)) for s in said.suspects[:2]]}"
            )
    counts |= {"asked": told.asked, "seconds": round(told.seconds, 1), "slowest": round(told.slowest, 2)}
    return counts


def _tell_fault(fault: Planted, mine: list[str], told: Told, counts: dict[str, Any]) -> None:
    counts["faults"] += 1
    ended = f"{fault.ended:%H:%M}" if fault.ended else "on"
    print(
        f"  fault {fault.id} {fault.cause}: {fault.began:%d %H:%M}-{ended}, {len(fault.hurt_at)} hurt of"
        f" {len(fault.exposed)} exposed, lost {fault.lost_cents}: {fault.what[:110]}"
    )
    if not mine:
        print("    NOT FOUND")
        return
    counts["found"] += 1
    counts["doubles"] += len(mine) - 1
    counts["merged"] += len(told.merged.intersection(mine))
    for one in mine:
        known = told.notes[one]
        assert known.half_hour is not None
        late = (known.incident.detected_at - fault.fifth()).total_seconds() / 60
        print(f"    {late:+.0f} min {known.incident.title!r}")
        for when, glimpse in (("half an hour on", known.half_hour), ("at the end", told.ends[one])):
            print(f"      {when}: {_word_glimpse(fault, glimpse)}")
    _count_first(fault, mine[0], told, counts)


def _word_glimpse(fault: Planted, said: Glimpse) -> str:
    touched = set(fault.hurt_at) | fault.exposed
    suspects = ", ".join(f"{one.cause} {one.confidence:.2f}" for one in said.suspects[:3])
    bill = ", ".join(f"{one.low:.0f}/{one.middle:.0f}/{one.high:.0f} {of}" for of, one in said.lost_revenue.items())
    named, hurt = set(said.merchants), {one for one, moment in fault.hurt_at.items() if moment <= said.at}
    return (
        f"{suspects or 'nothing said'}; {len(named)} named, {len(named & touched)} of them rightly, {len(hurt)} hurt"
        f" by then, {len(hurt & set(said.exposed))} of them within; bill {bill or 'none'}"
    )


def _count_first(fault: Planted, first: str, told: Told, counts: dict[str, Any]) -> None:
    known, end = told.notes[first], told.ends[first]
    said = known.half_hour
    assert said is not None
    counts["late"].append(round((known.incident.detected_at - fault.fifth()).total_seconds() / 60))
    touched = set(fault.hurt_at) | fault.exposed
    for name, glimpse in (("named", said), ("named_end", end)):
        counts[name][0] += len(set(glimpse.merchants) & touched)
        counts[name][1] += len(glimpse.merchants)
    for name, glimpse in (("hurt", said), ("hurt_end", end)):
        then = {one for one, moment in fault.hurt_at.items() if moment <= glimpse.at}
        counts[name][0] += len(set(glimpse.exposed) & then)
        counts[name][1] += len(then)
    leading, last = _claimed(said), _claimed(end)
    if fault.cause:
        counts["causes"] += 1
        counts["first"] += leading == fault.cause
        counts["first_end"] += last == fault.cause
        counts["three"] += fault.cause in [one.cause for one in end.suspects[:3]]
    else:
        counts["unknowns"] += 1
        counts["kept"] += last in (None, "unknown")
    counts["forbidden"] += last not in (None, "unknown", fault.cause)
    if fault.lost_cents:
        counts["bill"][1] += 1
        low, high = (sum(getattr(i, side) for i in end.lost_revenue.values()) for side in ("low", "high"))
        counts["bill"][0] += low <= fault.lost_cents <= high


def _claimed(said: Glimpse) -> str | None:
    """Which cause leads."""
    return said.suspects[0].cause if said.suspects else None


def run(folder: Path, hours: float, step: timedelta) -> dict[str, Any]:
    """One world, lived through and told."""
    recording = Recording(folder)
    clock = SteppedClock(recording.start)
    settings = Settings(lite=True, multilingual=False, demo=False, log_level="ERROR")
    meaning = None if Settings().lite else remembered_meaning()
    application = build_application(settings, passing=True, clock=clock, meaning=meaning)
    with ExitStack() as stack:
        stack.callback(application.stop)
        seed_runbooks(application.ctx, SCOPE.tenant_id, settings.runbooks, recording.start)
        print(f"{folder.name}: {len(recording.merchants)} merchants, {len(recording._lines)} signals", flush=True)
        return tell(recording, live_through(application.ctx, recording, hours, step, clock))


def main() -> None:
    """Print each world and its figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folders", nargs="+", type=Path)
    asked.add_argument("--hours", type=float, default=24.0)
    asked.add_argument("--step", type=int, default=2, help="minutes between two looks")
    given = asked.parse_args()
    calm_collector(for_good=True)
    for folder in given.folders:
        print(json.dumps(run(folder, given.hours, timedelta(minutes=given.step))), flush=True)


if __name__ == "__main__":
    main()
