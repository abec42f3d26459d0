"""What an agent leaves behind in the trials that CI scores, as one digest a trial: run in two checkouts it shows
whether a change of shapes and names changed what the agent does.

    python -m tests.bench.left_behind [SCENARIO | FOLDER ...]

A folder is a world that others wrote, whose first hours are lived through. The projection holds every incident,
recorded step, action and fault: ids, states, times, causes with their confidences, merchants, tools, arguments,
verdicts and digests. What is drawn anew in each run (the time at which the audit chain begins) is left out, and so is
how sums are rounded; that the chain holds is in.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.bootstrap import Application, build_application, seed_runbooks
from app.context import EVERY_ONE
from app.domain.actions import Action
from app.domain.incidents import Incident
from app.domain.tenants import Scope
from app.expect.faults import FAULTS_NOTE
from app.ports.store import Session, Store
from app.services.trials.simulate import run_trial
from app.settings import Settings
from app.system import SteppedClock
from simulations.scenarios.trials import load_scenario
from tests.bench.foreign_world import SCOPE, Recording, live_through

SCENARIOS = Path(__file__).parents[2] / "simulations" / "scenarios"
SCORED = (
    *("small_town_payments", "somebody_elses_stars", "early_clocks", "volumes_elsewhere"),
    *("the_rude_tool", "gone_before_lunch", "third_wave_orders"),
)
HOURS = 3
STEP = timedelta(minutes=2)
Row = Sequence[object]


def main() -> None:
    """Live through the named scenarios and recordings, one after the other, each with an agent of its own."""
    for name in sys.argv[1:] or SCORED:
        application = live_recording(Path(name)) if Path(name).is_dir() else live_scenario(name)
        rows = list(project_store(application.store))
        application.stop()
        text = json.dumps(rows, sort_keys=True, default=str)
        print(f"{name:24} {len(rows):5} rows  {hashlib.sha256(text.encode()).hexdigest()[:16]}", flush=True)


def live_scenario(name: str) -> Application:
    """An agent that has lived through a shipped scenario."""
    application = build_application(Settings(demo=False, lite=True, log_level="ERROR"), passing=True)
    run_trial(application.ctx, load_scenario(SCENARIOS / f"{name}.yaml"))
    return application


def live_recording(folder: Path) -> Application:
    """An agent that has lived through the first hours of a recording."""
    recording = Recording(folder)
    clock, settings = SteppedClock(recording.start), Settings(demo=False, lite=True, log_level="ERROR")
    application = build_application(settings, passing=True, clock=clock)
    seed_runbooks(application.ctx, SCOPE.tenant_id, settings.runbooks, recording.start)
    live_through(application.ctx, recording, HOURS, STEP, clock)
    return application


def project_store(store: Store) -> Iterator[Row]:
    """Everything that stands in the store of a trial."""
    for tenant in store.tenants():
        with store.read(Scope(tenant_id=tenant.id)) as session:
            for incident in sorted(session.incidents.page(limit=EVERY_ONE), key=lambda one: one.id):
                yield project_incident(incident)
                yield from project_steps(session, incident.id)
            for action in sorted(session.actions.page(limit=EVERY_ONE), key=lambda one: one.id):
                yield project_action(action)
            noted = session.notes.get(FAULTS_NOTE) or {}
            yield from (["fault", round_off(one)] for one in noted.get("faults", ()))
            yield ["chain", session.events.verify().ok, len(session.events.page(limit=EVERY_ONE))]


def round_off(value: Any) -> Any:
    """The same without the last digits of numbers, in which the order of a sum shows."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {name: round_off(one) for name, one in value.items()}
    return [round_off(one) for one in value] if isinstance(value, list | tuple) else value


def project_incident(one: Incident) -> Row:
    """One incident."""
    times = (one.detected_at, one.resolved_at)
    return ["incident", one.id, one.status.value, one.type, *times, list(one.merchants), one.signal_count]


def project_steps(session: Session, incident_id: str) -> Iterator[Row]:
    """What its nodes concluded."""
    for step in session.incidents.steps(incident_id):
        output = step.output
        ranked = [(one["cause"], round(one["confidence"], 12)) for one in output.get("hypotheses", [])]
        yield ["step", step.seq, step.step, ranked, *(output.get(name) for name in ("verdict", "tool", "digest"))]


def project_action(row: Action) -> Row:
    """One row of the ledger."""
    wanted = [row.decision.tool, row.decision.arguments, list(row.decision.scope)]
    return [
        "action",
        row.id,
        row.status.value,
        row.digest,
        *wanted,
        row.decided_at,
        row.executed_at,
        row.request_digest,
    ]


if __name__ == "__main__":
    main()
