"""Playbooks, the plans made of them, and what people say of their steps."""

from typing import Annotated, Literal

from pydantic import Field

from app.config.playbooks import PlaybookSpec
from app.domain.playbooks import PlannedStep, PlaybookRun, RunStatus, StepRecord
from app.schemas.base import Incoming, Outgoing

Doer = Literal["agent", "person", "approver"]


class PlaybookFigures(Outgoing):
    """What became of the plans that were made of one playbook."""

    assigned: int = Field(description="how many plans were ever made of it")
    open: int
    completed: int
    stopped: int
    steps_done: int
    median_minutes: float | None = Field(description="from assigned to completed; none before the first")


class PlaybookShown(Outgoing):
    """A playbook as it was loaded, and how it fares."""

    playbook: PlaybookSpec
    figures: PlaybookFigures


class StepShown(Outgoing):
    """One step, how far it is, and who has to do what."""

    step: PlannedStep
    record: StepRecord
    doer: Doer = Field(description="agent: by itself; person: somebody says that it is done; approver: it is approved")
    waits_on: list[str] = Field(description="the titles of the steps that must be done before it and are not")
    now: str = Field(description="how it stands, in a sentence")
    asks: str | None = Field(default=None, description="the action that waits for an approval, or is being sent")


class PlanStatus(Outgoing):
    """How far the plan of an incident has come."""

    run_id: str
    incident_id: str
    status: RunStatus
    done: int
    steps: int
    for_people: list[str] = Field(description="the ids of the steps that a person can do now")
    sentence: str


class PlanShown(Outgoing):
    """The plan of an incident, step by step."""

    run: PlaybookRun
    plan_digest: str = Field(description="what every approval of one of its tools binds to")
    steps: list[StepShown]
    standing: PlanStatus
    to_take_back: list[str] = Field(
        description="where it stopped: what was done or is on its way, and how it is taken back, the last one first"
    )
    earlier: list[PlaybookRun] = Field(description="plans of the same incident that have ended, the newest first")


class StepRequest(Incoming):
    """The body of POST /playbooks/incidents/{incident_id}/steps/{step_id}/complete."""

    done: bool = Field(default=True, description="false: it cannot be done, which stops the plan")
    note: Annotated[str, Field(max_length=2_000, description="what came of it; needed where it cannot be done")] = ""
    plan_digest: Annotated[
        str, Field(max_length=64, description="of the plan that was seen; another one is refused")
    ] = ""


class StopRequest(Incoming):
    """The body of POST /playbooks/incidents/{incident_id}/stop."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000, description="why it goes no further")]
    plan_digest: Annotated[
        str, Field(max_length=64, description="of the plan that was seen; another one is refused")
    ] = ""


class PlanRequest(Incoming):
    """The body of POST /playbooks/incidents/{incident_id}/recalculate."""

    reason: Annotated[str, Field(max_length=2_000, description="why it is made anew")] = ""
