"""The agent: how it is doing, and the two buttons that make it look now."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.api.bodies import body, documented
from app.api.context import Acting, Built
from app.services import agent, cycle, sweep
from app.wire import AgentState, CycleAnswer, ObserveAnswer, ObserveRequest

router = APIRouter(tags=["agent"])


@router.post("/observe", summary="Look at the latest signals now", openapi_extra=documented(ObserveRequest, required=False))
def observe(house: Built, scope: Acting, wanted: Annotated[ObserveRequest, Depends(body(ObserveRequest, optional=True))]) -> ObserveAnswer:
    """Sweep the last `window` minutes now (the configured window when none is given)."""
    return sweep.observe(house, scope, wanted.window)


@router.post("/run_cycle", summary="Run one whole cycle now")
def run_cycle(house: Built, scope: Acting) -> CycleAnswer:
    """Sweep, advance everything that can advance, and list the open incidents and waiting actions."""
    return cycle.run(house, scope)


@router.get("/agent/state", summary="Show the agent's counts and modes")
def state(house: Built, scope: Acting) -> AgentState:
    """Counts and modes of the tenant."""
    return agent.state(house, scope)


@router.get("/agent/status", summary="Say what the agent is doing")
def status(house: Built, scope: Acting) -> dict[str, Any]:
    """In one word and one sentence what the agent is doing."""
    now = agent.state(house, scope)
    word, sentence = _doing(now)
    return {"status": word, "detail": sentence, "tenant": now.tenant, "now": now.now, "pending_actions": now.pending_actions, "lag": now.lag}


def _doing(now: AgentState) -> tuple[str, str]:
    if now.kill_switch:
        switch = now.switch
        by = f" {switch.by} turned it on{' for every tenant' if switch.everywhere else ''}: {switch.reason}" if switch.by else ""
        return "halted", f"The kill switch is on: nothing is sent.{by}"
    if now.pending_actions and now.lag.live:
        return "waiting", f"{now.pending_actions} action(s) wait for a person's decision."
    if not now.lag.live:
        return "behind", f"{now.lag.waiting} signal(s) are not looked at, the first of them came in {round(now.lag.waited_seconds)} seconds ago."
    if now.signals_pending:
        return "watching", f"{now.signals_pending} signal(s) wait for the next sweep."
    return "watching", "Every signal has been looked at and nothing waits for a decision."
