"""A plan: the steps of one playbook, filled in for one incident, and the run of it: how far its steps have come.

A plan never changes; what a run does to its steps is written beside them, so that an approval can bind to the plan by
its digest.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from app.domain.base import JsonObject, Moment, Value, digest_of, shown_id
from app.domain.errors import Conflict, NotFound


class StepKind(StrEnum):
    """What a step of a playbook does."""

    CALL_TOOL = "call_tool"
    NOTIFY = "notify"
    ASSIGN_OWNER = "assign_owner"
    SET_STATUS = "set_status"
    ADD_COMMENT = "add_comment"
    ASK_MERCHANT = "ask_merchant"
    HOLD_WAVE = "hold_wave"
    WAIT_FOR = "wait_for"


class StepState(StrEnum):
    """Where a step stands: its turn has not come, it is its turn, or it has ended."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    DONE = "DONE"
    FAILED = "FAILED"


class RunStatus(StrEnum):
    """Where a run stands: its treatment waits for its approval, its steps are carried out, or it has ended."""

    ASSIGNED = "ASSIGNED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"


OPEN_RUNS = (RunStatus.ASSIGNED, RunStatus.RUNNING)
"""Something is still to be done."""


class WaitedFor(StrEnum):
    """What a step may wait for."""

    RECEIPT = "receipt"
    RESOLVED = "resolved"
    MINUTES = "minutes"


class PlannedStep(Value):
    """One step as it is to be done, with what it promises and how it is taken back."""

    id: str
    kind: StepKind
    title: str
    after: tuple[str, ...] = Field(default=(), description="the steps that must be done before it")
    by_person: bool = Field(default=False, description="a person does it, and says so")
    treatment: bool = Field(default=False, description="it is the action that the incident's own question asks for")
    tool: str | None = None
    arguments: JsonObject = Field(default_factory=dict)
    says: str = Field(default="", description="the message, the comment, the draft, or what a person is asked to do")
    to: str = Field(default="", description="whom it is assigned to, or the status it is set to")
    wave: int | None = None
    releases: str = Field(default="", description="the step whose hold it lets go")
    waits_for: WaitedFor | None = None
    minutes: int = 0
    forecast: str
    undo: str


class Plan(Value):
    """The steps of one playbook, filled in for one incident."""

    playbook: str
    title: str
    version: str = Field(description="of the playbook that it was made from")
    steps: tuple[PlannedStep, ...] = Field(min_length=1)

    @property
    def digest(self) -> str:
        """What an approval binds to: every step, whom it is for, what it promises and how it is taken back."""
        return digest_of(self.plain())

    def step(self, step_id: str) -> PlannedStep:
        """One step by its id."""
        found = next((one for one in self.steps if one.id == step_id), None)
        if found is None:
            raise NotFound(f"the plan {self.playbook} has no step {step_id}")
        return found

    @property
    def treatment(self) -> PlannedStep:
        """The step that the incident's own question asks for."""
        return next(one for one in self.steps if one.treatment)


class PartOfPlan(Value):
    """Which step of whose plan a proposal belongs to; its approval binds to that plan, too."""

    run_id: str
    step_id: str
    incident_id: str
    plan_digest: str


class StepRecord(Value):
    """How far one step has come."""

    id: str
    state: StepState = StepState.WAITING
    opened_at: Moment | None = None
    ended_at: Moment | None = None
    by: str = ""
    note: str = ""
    reference: str = Field(default="", description="the action that carries it out, where it is one of its own")


class PlaybookRun(Value):
    """One plan of one incident, and how far it has come. Of an incident at most one is open."""

    id: str
    incident_id: str
    number: int = Field(default=1, ge=1, description="which plan of its incident it is")
    version: int = Field(default=1, ge=1, description="grows with everything that happens to it")
    status: RunStatus = RunStatus.ASSIGNED
    plan: Plan
    action_id: str = Field(description="the action that is its treatment")
    evidence_version: int = Field(default=1, ge=1)
    steps: tuple[StepRecord, ...]
    assigned_at: Moment
    ended_at: Moment | None = None
    ended_because: str = ""
    given_up: bool = Field(
        default=False, description="a step of its own failed, or a person stopped it: not made again"
    )

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.status in OPEN_RUNS

    @property
    def done_steps(self) -> tuple[StepRecord, ...]:
        """What was done so far."""
        return tuple(one for one in self.steps if one.state is StepState.DONE)

    def record_of(self, step_id: str) -> StepRecord:
        """How far a step has come."""
        self.plan.step(step_id)
        return next(one for one in self.steps if one.id == step_id)

    def waits_on(self, step_id: str) -> tuple[str, ...]:
        """The steps that must be done before it and are not."""
        done = {one.id for one in self.done_steps}
        return tuple(one for one in self.plan.step(step_id).after if one not in done)

    def open_steps(self) -> Iterator[PlannedStep]:
        """Those whose turn it is, in their order."""
        return (one for one in self.plan.steps if self.record_of(one.id).state is StepState.OPEN)

    def recorded(self, step_id: str, **changes: object) -> "PlaybookRun":
        """The same with something written beside one step."""
        self.record_of(step_id)
        steps = tuple(one.changed(**changes) if one.id == step_id else one for one in self.steps)
        return self.changed(steps=steps)

    def with_turns(self, now: datetime) -> "PlaybookRun":
        """The same with every step opened whose turn has come; nothing before the treatment is granted."""
        if self.status is not RunStatus.RUNNING:
            return self
        due = {one.id for one in self.steps if one.state is StepState.WAITING and not self.waits_on(one.id)}
        opened = {"state": StepState.OPEN, "opened_at": now}
        return self.changed(steps=tuple(one.changed(**opened) if one.id in due else one for one in self.steps))

    def ended(self, status: RunStatus, because: str, at: datetime, *, given_up: bool = False) -> "PlaybookRun":
        """The same with nothing more to do."""
        return self.changed(status=status, ended_because=because, ended_at=at, given_up=given_up)

    def check_turn(self, step_id: str) -> PlannedStep:
        """The step, when it is its turn; Conflict with who was first, or what it waits for."""
        step, record = self.plan.step(step_id), self.record_of(step_id)
        facts = {"run_id": self.id, "step_id": step_id, "state": record.state.value}
        if record.state in {StepState.DONE, StepState.FAILED}:
            ended = "done" if record.state is StepState.DONE else "given up"
            raise Conflict(f"{step.title}: {ended} already by {record.by}", **facts)
        if not self.is_open:
            raise Conflict(f"the plan is {self.status.value}: {self.ended_because}", **facts)
        if record.state is not StepState.OPEN:
            waits = ", ".join(self.plan.step(one).title for one in self.waits_on(step_id))
            raise Conflict(f"it is not its turn: it waits for {waits or 'the approval of the plan'}", **facts)
        return step


def begin_run(
    tenant_id: str, incident_id: str, number: int, plan: Plan, action_id: str, evidence_version: int, at: datetime
) -> PlaybookRun:
    """The run of a plan of which nothing was done yet."""
    return PlaybookRun(
        id=shown_id("PLB", digest_of([tenant_id, "playbook", incident_id, number]), 12),
        incident_id=incident_id,
        number=number,
        plan=plan,
        action_id=action_id,
        evidence_version=evidence_version,
        steps=tuple(StepRecord(id=one.id) for one in plan.steps),
        assigned_at=at,
    )
