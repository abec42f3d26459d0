"""What an agent leaves behind in the trials that CI scores, as one digest a trial: run in two checkouts it shows
whether a change of shapes and names changed what the agent does.

    python -m tests.bench.left_behind [SCENARIO ...]

The projection holds every incident, recorded step and action: ids, states, times, causes with their confidences,
merchants, tools, arguments, verdicts and digests. What is drawn anew in each run (the time at which the audit chain
begins) is left out; that the chain holds is in.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.bootstrap import build_application
from app.context import EVERY_ONE
from app.domain.actions import Action
from app.domain.incidents import Incident
from app.domain.tenants import Scope
from app.ports.store import Session, Store
from app.services.trials.simulate import run_trial
from app.settings import Settings
from simulations.scenarios.trials import load_scenario

SCENARIOS = Path(__file__).parents[2] / "simulations" / "scenarios"
SCORED = (
    *("small_town_payments", "somebody_elses_stars", "early_clocks", "volumes_elsewhere"),
    *("the_rude_tool", "gone_before_lunch", "third_wave_orders"),
)
Row = Sequence[object]


def main() -> None:
    """Live through the named scenarios, one after the other, each with an agent of its own."""
    for name in sys.argv[1:] or SCORED:
        application = build_application(Settings(demo=False, lite=True, log_level="ERROR"), passing=True)
        run_trial(application.ctx, load_scenario(SCENARIOS / f"{name}.yaml"))
        rows = list(project_store(application.store))
        application.stop()
        text = json.dumps(rows, sort_keys=True, default=str)
        print(f"{name:24} {len(rows):5} rows  {hashlib.sha256(text.encode()).hexdigest()[:16]}", flush=True)


def project_store(store: Store) -> Iterator[Row]:
    """Everything that stands in the store of a trial."""
    for tenant in store.tenants():
        with store.read(Scope(tenant_id=tenant.id)) as session:
            for incident in sorted(session.incidents.page(limit=EVERY_ONE), key=lambda one: one.id):
                yield project_incident(incident)
                yield from project_steps(session, incident.id)
            for action in sorted(session.actions.page(limit=EVERY_ONE), key=lambda one: one.id):
                yield project_action(action)
            yield ["chain", session.events.verify().ok, len(session.events.page(limit=EVERY_ONE))]


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
