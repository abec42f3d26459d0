"""What a scripted person does in a trial besides answering questions: steps of plans that are people's, and, whoever
knows what is wrong, naming it. Both go through the doors that people use.
"""

from datetime import datetime, timedelta
from typing import Final

from app.context import EVERY_ONE, AppContext
from app.domain.errors import Conflict
from app.domain.incidents import ASKED_FOR, FEEDABLE, Incident
from app.domain.playbooks import OPEN_RUNS
from app.domain.tenants import Scope
from app.ports.store import Session
from app.schemas.incidents import CauseRequest
from app.schemas.playbooks import StepRequest
from app.services.incidents.said import name_cause
from app.services.playbooks.people import complete_step
from app.services.trials.operators import PERSON
from simulations.scenario import UNKNOWN
from simulations.world.planted_faults import shows_its_cause
from simulations.world.world import World

MOST_OF_IT: Final = 0.5
"""An incident is about the fault that at least so much of its evidence stems from."""
NAMED: Final = "we know this from elsewhere"


def do_steps(ctx: AppContext, scope: Scope, now: datetime, pace: timedelta) -> bool:
    """Do every step of a plan that has lain with people for so long; whether there was any."""
    with ctx.store.read(scope) as session:
        runs = session.playbooks.page(statuses=OPEN_RUNS, limit=EVERY_ONE)
    due = [
        (run, step)
        for run in runs
        for step in run.open_steps()
        if step.by_person and now - (run.record_of(step.id).opened_at or now) >= pace
    ]
    person = scope.changed(principal=PERSON)
    for run, step in due:
        word = StepRequest(done=True, note="done", plan_digest=run.plan.digest)
        complete_step(ctx, person, run.incident_id, step.id, word)
    return bool(due)


def name_causes(ctx: AppContext, scope: Scope, world: World, now: datetime) -> bool:
    """Name the cause of every open incident of which nobody has; whether there was any."""
    with ctx.store.read(scope) as session:
        known = [one for one in session.incidents.page(limit=EVERY_ONE) if _may_be_named(one)]
        causes = {one.id: _find_cause(session, world, one, now) for one in known}
    person, named = scope.changed(principal=PERSON), False
    for incident_id, cause in causes.items():
        if cause is not None:
            try:
                named = name_cause(ctx, person, incident_id, CauseRequest(cause=cause, note=NAMED)).changed or named
            except Conflict:
                continue
    return named


def _may_be_named(incident: Incident) -> bool:
    return incident.named is None and incident.status in FEEDABLE and incident.type != ASKED_FOR


def _find_cause(session: Session, world: World, incident: Incident, now: datetime) -> str | None:
    """The cause of the fault that an incident is mostly about, where there is one that has a name."""
    counts = world.count_blamed(session.signals.of_incident(incident.id), now)
    number, count = max(counts.items(), key=lambda one: (one[1], -one[0]), default=(-1, 0))
    if number < 0 or count < MOST_OF_IT * counts.total():
        return None
    trouble = world.troubles[number]
    return trouble.cause if trouble.cause != UNKNOWN and shows_its_cause(trouble.effects) else None
