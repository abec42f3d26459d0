"""Lives through a scenario: the world reports what happens in it, the agent looks and acts, and a scripted person
answers its questions.

Nothing of the agent is special here: signals come in through ingest, sweeps and the loop run as the worker runs them,
and tools change the world through their port. Only the clock is moved by hand, so that a day takes seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import JsonMapping
from app.domain.errors import Conflict
from app.domain.tenants import Scope
from app.ports.store import Session
from app.schemas.actions import ApproveRequest
from app.schemas.base import MOST_SIGNALS
from app.schemas.signals import IncomingSignal
from app.services.actions.review import decide_action
from app.services.intake import ingest
from app.services.loop import advance
from app.services.playbooks.watching import PlanWatch
from app.services.trials.catalogue import open_world, tenant_of
from app.services.trials.history import keep_history
from app.services.trials.operators import (
    NAMES_CAUSES,
    OPERATOR_OF,
    PACE_OF,
    PERSON,
    Operator,
    OperatorAnswer,
    OperatorName,
)
from app.services.trials.people_at_work import do_steps, name_causes
from app.services.trials.trial_results import Sight, give_account
from app.services.trials.what_was_said import IncidentNotes, note_half_hours, note_openings, note_proposal
from app.services.watch import sweep
from app.system import SteppedClock
from simulations.connector import WORLD_NOTE, find_faults_meant, load_world
from simulations.scenario import Scenario
from simulations.scenarios.prepare import prepare_trial
from simulations.world.truth import Trial, Worth
from simulations.world.world import World

MOST_ROUNDS = 20
"""How often an answer may lead to the next question within one look."""
Told = Callable[[int, int], None]
"""Hears how many looks of how many are over."""
Furnish = Callable[[str], None]
"""Gives a new tenant what every tenant has: the runbooks."""


def ignore_progress(done: int, of: int) -> None:
    """Nobody listens."""


def run_trial(
    ctx: AppContext,
    scenario: Scenario,
    *,
    seed: int | None = None,
    operator: OperatorName = "truthful",
    furnish: Furnish | None = None,
    told: Told = ignore_progress,
) -> Trial:
    """One scenario, lived through once by a fresh tenant of this house, and what both sides say about it."""
    seed = scenario.seed if seed is None else seed
    tenant, scenario = tenant_of(ctx, scenario, seed), prepare_trial(scenario)
    world = World(scenario, seed)
    scope = open_world(ctx, tenant, world, scenario.clock.start)
    if furnish is not None:
        furnish(scope.tenant_id)
    keep_history(ctx, scope, world)
    stay = _TrialRun(ctx, scope, operator, scenario.clock.start)
    looks = _moments_to_look(scenario)
    for number, moment in enumerate(looks, 1):
        stay.look(moment)
        told(number, len(looks))
    stay.note_the_rest()
    world = stay.world()
    seen = give_account(ctx, scope, world, stay.sights, stay.notes)
    return Trial(
        scenario=scenario.id,
        seed=seed,
        operator=operator,
        truth=world.truth(looks[-1]),
        incidents=seen.incidents,
        actions=seen.actions,
        questions=seen.questions,
        watch_rows=seen.watch_rows,
        signals=stay.signals,
    )


def _moments_to_look(scenario: Scenario) -> list[datetime]:
    """The moments at which the agent looks: every step, and at the end."""
    whole, step = timedelta(hours=scenario.clock.hours), timedelta(minutes=scenario.clock.step)
    return [scenario.clock.start + min(number * step, whole) for number in range(1, ceil(whole / step) + 1)]


@dataclass
class _TrialRun:
    """An agent's stay in a world."""

    ctx: AppContext
    scope: Scope
    operator: OperatorName
    now: datetime
    signals: int = 0
    sights: dict[str, Sight] = field(default_factory=dict)
    notes: dict[str, IncidentNotes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._plans = PlanWatch(self.ctx)
        self._answers: Operator = OPERATOR_OF[self.operator]

    def world(self) -> World:
        """The world as it is now."""
        with self.ctx.store.read(self.scope) as session:
            return _world_of(session)

    def look(self, until: datetime) -> None:
        """Let time pass until then; what arrived meanwhile is looked at, and what follows from it is done."""
        arrived = self.world().arrivals(self.now, until)
        clock = self.ctx.clock(self.scope)
        assert isinstance(clock, SteppedClock)
        clock.advance_to(until)
        self.now = until
        fresh = self._take_in(arrived)
        self.signals += fresh
        if fresh:
            sweep.sweep_tenant(self.ctx, self.scope)
        note_openings(self.ctx, self.scope, self.notes)
        self._until_still()
        note_half_hours(self.ctx, self.scope, self.notes, until)

    def _take_in(self, arrived: Sequence[IncomingSignal]) -> int:
        batches = (arrived[start : start + MOST_SIGNALS] for start in range(0, len(arrived), MOST_SIGNALS))
        return sum(ingest.accept(self.ctx, self.scope, batch).accepted for batch in batches)

    def _until_still(self) -> None:
        """Advance and answer until nothing moves."""
        for _ in range(MOST_ROUNDS):
            with self.ctx.store.read(self.scope) as session:
                before = session.notes.get(WORLD_NOTE)
            moved = advance.advance_all(self.ctx, self.scope)
            if moved:
                self._take_note(moved, before)
            self._plans.carry_on_changed(self.scope, advance.never_stop)
            helped = self._help()
            if not (self._answer() or helped):
                return

    def _take_note(self, moved: Sequence[str], before: JsonMapping | None) -> None:
        """What new proposals would really have done when they were made: in the world before a rule let any of them be
        carried out.
        """
        with self.ctx.store.read(self.scope) as session:
            rows = [
                row for incident_id in moved for row in session.actions.page(incident_id=incident_id, limit=EVERY_ONE)
            ]
            after = session.notes.get(WORLD_NOTE)
            fresh = [row for row in rows if row.step is RowKind.FIRST and row.id not in self.sights]
            world = _world_of(session) if fresh and after == before else None
            meant = {row.id: _faults_meant(session, row, self.now) for row in fresh}
        if fresh and world is None:
            assert before is not None
            world = World.of_plain(dict(before))
        for row in fresh:
            assert world is not None
            self.sights[row.id] = _sight_of(world, row, row.proposed_at, meant[row.id])
            note_proposal(self.ctx, self.scope, self.notes, row.incident_id, self.now)

    def note_the_rest(self) -> None:
        """Proposals of incidents that stumbled right after they were made."""
        with self.ctx.store.read(self.scope) as session:
            known = [incident.id for incident in session.incidents.page(limit=EVERY_ONE)]
            now = session.notes.get(WORLD_NOTE)
        self._take_note(known, now)

    def _answer(self) -> bool:
        """Hear what the person says about each question; whether anything was said."""
        with self.ctx.store.read(self.scope) as session:
            asked = session.actions.page(statuses=[ActionStatus.PENDING], limit=EVERY_ONE)
            world = _world_of(session) if asked else None
            meant = {row.id: _faults_meant(session, row, self.now) for row in asked}
        answered = False
        for row in asked:
            word = self._answers(row, self.now, lambda one: _worth_of(world, one, self.now, meant[one.id]))
            answered = (word is not None and self._say(row, word)) or answered
        return answered

    def _help(self) -> bool:
        """Let the person do what is asked of people in plans, and name causes; whether anything was done."""
        pace = PACE_OF.get(self.operator)
        done = pace is not None and do_steps(self.ctx, self.scope, self.now, pace)
        named = self.operator in NAMES_CAUSES and name_causes(self.ctx, self.scope, self.world(), self.now)
        return done or named

    def _say(self, row: Action, word: OperatorAnswer) -> bool:
        """Whether it was heard: what has been overtaken meanwhile is no question any more."""
        said = ApproveRequest(action_id=row.id, approved=word.approved, feedback=word.feedback, digest=row.digest)
        try:
            decide_action(self.ctx, self.scope.changed(principal=PERSON), said)
        except Conflict:
            return False
        return True


def _world_of(session: Session) -> World:
    world = load_world(session)
    if world is None:
        raise Conflict(f"tenant {session.scope.tenant_id} does not live in a simulated world")
    return world


def _faults_meant(session: Session, row: Action, now: datetime) -> list[int] | None:
    return find_faults_meant(session, _world_of(session), row.decision.arguments, now)


def _sight_of(world: World, row: Action, at: datetime, meant: list[int] | None) -> Sight:
    return Sight(*world.worth(row.decision.tool or "", row.decision.arguments, at, meant))


def _worth_of(world: World | None, row: Action, at: datetime, meant: list[int] | None) -> Worth:
    assert world is not None
    return _sight_of(world, row, at, meant).worth
