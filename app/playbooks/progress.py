"""What is to be done next about a plan, by how its steps, its actions and its incident stand. Pure: the same facts give
the same move, so that whoever looks again after a crash goes on where the other one was.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.incidents import ACTIVE, GONE, Incident, IncidentStatus
from app.domain.playbooks import PlannedStep, PlaybookRun, RunStatus, StepKind, StepRecord, StepState, WaitedFor

_A = ActionStatus
GRANTED: Final = frozenset({_A.APPROVED, _A.SENDING, _A.IN_DOUBT, _A.EXECUTED, _A.VERIFIED})
SENT: Final = frozenset({_A.EXECUTED, _A.VERIFIED})
WENT_WRONG: Final = {
    _A.REJECTED: "was refused",
    _A.EXPIRED: "was not decided in time",
    _A.NOT_APPLIED: "was shown and not applied",
    _A.FAILED: "failed",
    _A.INEFFECTIVE: "did not help",
    _A.HARMED: "did harm",
    _A.UNDONE: "was taken back",
}
AGENT: Final = "system:worker"


class MoveKind(StrEnum):
    """What can be done about a plan."""

    BEGIN = "begin"
    STEP_DONE = "step_done"
    DO_STEP = "do_step"
    ASK = "ask"
    ATTACH = "attach"
    STOP = "stop"
    FINISH = "finish"


class Move(NamedTuple):
    """The next thing to do: about which step, and why or with what result."""

    kind: MoveKind
    step_id: str = ""
    note: str = ""
    by: str = AGENT
    reference: str = ""
    given_up: bool = False


class WaveStand(NamedTuple):
    """By which action a wave is held, and which one asks about it; empty where there is none."""

    held: str = ""
    asked: str = ""


class RunFacts(NamedTuple):
    """How everything stands that a plan rests on."""

    incident: Incident
    actions: Mapping[str, Action]
    """The treatment with its cohorts, and what single steps have asked for, by id."""
    waves: Mapping[int, WaveStand]
    now: datetime


def find_next_move(run: PlaybookRun, facts: RunFacts) -> Move | None:
    """The next move, or None while it waits for somebody, for something, or for the loop to decide anew."""
    treatment, incident = facts.actions[run.action_id], facts.incident
    if all(one.state is StepState.DONE for one in run.steps):
        return Move(MoveKind.FINISH)
    ending = _find_ending(run, facts)
    if ending is not None:
        return ending
    if treatment.status not in GRANTED:
        return (
            None if incident.status in ACTIVE else Move(MoveKind.STOP, note=f"{incident.standing}, with nothing done")
        )
    if run.status is RunStatus.ASSIGNED:
        return Move(MoveKind.BEGIN)
    moves = (_judge_step(run, step, facts) for step in run.open_steps())
    return next((move for move in moves if move is not None), None)


def _find_ending(run: PlaybookRun, facts: RunFacts) -> Move | None:
    """What ends a step or the whole plan, whatever else is at hand: the incident is over, or its treatment failed."""
    incident = facts.incident
    over = incident.status in {IncidentStatus.RESOLVED, IncidentStatus.CLOSED}
    awaited = next((one for one in run.open_steps() if over and one.waits_for is WaitedFor.RESOLVED), None)
    if awaited is not None:
        return _done(awaited, incident.standing)
    if incident.status in GONE or incident.status is IncidentStatus.FAILED:
        return Move(MoveKind.STOP, note=incident.standing)
    wrong = next((one for one in list_forward(run, facts.actions.values()) if one.status in WENT_WRONG), None)
    return None if wrong is None else Move(MoveKind.STOP, note=say_ending(wrong))


def list_forward(run: PlaybookRun, actions: Iterable[Action]) -> list[Action]:
    """The treatment and its later cohorts, without what takes them back."""
    return [one for one in actions if run.action_id in (one.id, one.parent_id) and one.step is not RowKind.UNDO]


def say_ending(row: Action) -> str:
    """How an action went wrong, and what was said of it."""
    ended = WENT_WRONG.get(row.status, f"is {row.status.value}")
    ended = "did not help and was taken back" if row.was_taken_back_unhelped else ended
    by = f" by {row.decided_by}" if row.status is _A.REJECTED and row.decided_by else ""
    return f"{row.id} ({row.decision.title}) {ended}{by}" + (f": {row.feedback}" if row.feedback else "")


def _judge_step(run: PlaybookRun, step: PlannedStep, facts: RunFacts) -> Move | None:
    """What an open step needs; None while it waits."""
    record = run.record_of(step.id)
    if step.by_person:
        return None
    if step.treatment:
        row = facts.actions[run.action_id]
        by = row.decided_by or AGENT
        return _done(step, f"Sent: {row.decision.title}", by=by, reference=row.id) if row.status in SENT else None
    if step.kind is StepKind.HOLD_WAVE:
        return _judge_release(run, step, record, facts) if step.releases else _judge_hold(run, step, record, facts)
    if step.kind is StepKind.CALL_TOOL:
        asked = facts.actions.get(record.reference)
        return Move(MoveKind.ASK, step.id) if asked is None else _judge_asked(step, asked)
    if step.kind is StepKind.WAIT_FOR:
        return _judge_wait(run, step, record, facts)
    return Move(MoveKind.DO_STEP, step.id)


def _done(step: PlannedStep, note: str, *, by: str = AGENT, reference: str = "") -> Move:
    return Move(MoveKind.STEP_DONE, step.id, note, by, reference)


def _judge_asked(step: PlannedStep, row: Action) -> Move | None:
    """How the action of a step stands: done, gone wrong, or on its way."""
    if row.status in SENT:
        return _done(step, f"Done: {row.decision.title}", by=row.decided_by or AGENT, reference=row.id)
    if row.status in WENT_WRONG or row.status is _A.SUPERSEDED:
        return Move(MoveKind.STOP, step.id, say_ending(row), given_up=True)
    return None


def _judge_hold(run: PlaybookRun, step: PlannedStep, record: StepRecord, facts: RunFacts) -> Move | None:
    wave = facts.waves.get(step.wave or 0, WaveStand())
    own = facts.actions.get(record.reference)
    if own is not None:
        return _judge_asked(step, own)
    if wave.held:
        return _done(step, f"It is held already ({wave.held}); this plan does not let it go.")
    return Move(MoveKind.ATTACH, step.id, reference=wave.asked) if wave.asked else Move(MoveKind.ASK, step.id)


def _judge_release(run: PlaybookRun, step: PlannedStep, record: StepRecord, facts: RunFacts) -> Move | None:
    """What this plan holds is let go; what somebody else holds stays held."""
    own = facts.actions.get(record.reference)
    if own is not None:
        return _judge_asked(step, own)
    hold = run.record_of(step.releases).reference
    wave = facts.waves.get(step.wave or 0, WaveStand())
    if not hold or wave.held != hold:
        return _done(step, "This plan holds no wave, so there is nothing to let go.")
    return Move(MoveKind.ATTACH, step.id, reference=wave.asked) if wave.asked else Move(MoveKind.ASK, step.id)


def _judge_wait(run: PlaybookRun, step: PlannedStep, record: StepRecord, facts: RunFacts) -> Move | None:
    incident = facts.incident
    if step.waits_for is WaitedFor.MINUTES:
        over = record.opened_at is not None and facts.now >= record.opened_at + timedelta(minutes=step.minutes)
        return _done(step, f"{step.minutes} minutes have passed.") if over else None
    if step.waits_for is WaitedFor.RESOLVED:
        return None
    rows = list_forward(run, facts.actions.values())
    treatment = facts.actions[run.action_id]
    if len(rows) >= len(treatment.decision.rollout) and all(one.status is _A.VERIFIED for one in rows):
        return _done(step, "Proven by " + ", ".join(one.id for one in rows), reference=treatment.id)
    if incident.status in ACTIVE:
        return None
    ended = incident.resolution or incident.standing
    return Move(MoveKind.STOP, step.id, f"it is not proven that the treatment worked: {ended}")
