"""The agent: how it is doing, and the two buttons that make it look now."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built, Known, application_of
from app.schemas.operations import AgentState, AgentStatus
from app.schemas.signals import CycleAnswer, CycleJob, ObserveAnswer, ObserveRequest
from app.services.operations import agent_status
from app.services.watch import sweep

router = APIRouter(tags=["agent"])


@router.post(
    "/observe", summary="Look at the latest signals now", openapi_extra=document_body(ObserveRequest, required=False)
)
def observe_signals(
    ctx: Built, scope: Acting, wanted: Annotated[ObserveRequest, Depends(body_of(ObserveRequest, optional=True))]
) -> ObserveAnswer:
    """Sweep the last `window` minutes now (the configured window when none is given)."""
    return sweep.sweep_tenant(ctx, scope, wanted.window)


@router.post(
    "/run_cycle",
    summary="Run one whole cycle now",
    response_model=CycleAnswer,
    responses={202: {"description": "It lasts longer and goes on; GET /jobs/{id} tells how", "model": CycleJob}},
)
def run_cycle(request: Request, scope: Acting) -> CycleAnswer | JSONResponse:
    """Sweep, advance everything that can advance, and list the open incidents and waiting actions; what takes longer
    than 20 seconds goes on as a job.
    """
    found = application_of(request).jobs.run_cycle(scope)
    if isinstance(found, CycleAnswer):
        return found
    return JSONResponse(found.model_dump(mode="json"), status_code=202, headers={"Location": f"/jobs/{found.id}"})


@router.get("/jobs/{job_id}", summary="Say how far a job is")
def read_job(request: Request, scope: Acting, job_id: Known) -> CycleJob:
    """Whether it is running, done or failed, the incidents that are open so far, and its answer once there is one."""
    return application_of(request).jobs.read_job(scope, job_id)


@router.get("/agent/state", summary="Show the agent's counts and modes")
def read_agent_state(ctx: Built, scope: Acting) -> AgentState:
    """Counts and modes of the tenant."""
    return agent_status.read_agent_state(ctx, scope)


@router.get("/agent/status", summary="Say what the agent is doing")
def read_agent_status(ctx: Built, scope: Acting) -> AgentStatus:
    """In one word and one sentence what the agent is doing, and what is not well."""
    now = agent_status.read_agent_state(ctx, scope)
    word, sentence = _doing(now)
    return AgentStatus(
        status=word,
        detail=sentence,
        tenant=now.tenant,
        now=now.now,
        pending_actions=now.pending_actions,
        lag=now.lag,
        troubles=now.troubles,
    )


def _doing(now: AgentState) -> tuple[str, str]:
    if now.kill_switch:
        switch = now.switch
        by = (
            f" {switch.by} turned it on{' for every tenant' if switch.everywhere else ''}: {switch.reason}"
            if switch.by
            else ""
        )
        return "halted", f"The kill switch is on: nothing is sent.{by}"
    if now.pending_actions and now.lag.live:
        return "waiting", f"{now.pending_actions} action(s) wait for a person's decision."
    if not now.lag.live:
        return (
            "behind",
            (
                f"{now.lag.waiting} signal(s) are not looked at, the first of them came in"
                f" {round(now.lag.waited_seconds)} seconds ago."
            ),
        )
    if now.signals_pending:
        return "watching", f"{now.signals_pending} signal(s) wait for the next sweep."
    return "watching", "Every signal has been looked at and nothing waits for a decision."
