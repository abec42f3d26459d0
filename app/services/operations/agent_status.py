"""How the agent is doing, in one value."""

from collections import Counter
from datetime import datetime

from app.access import list_allowed
from app.context import AppContext
from app.domain.tenants import Scope, ToolMode
from app.process.vital_signs import list_troubles
from app.schemas.operations import AgentState
from app.services.actions.rows import dearest_first
from app.services.intake.lag import lag_of
from app.services.intake.signals import SWEPT_NOTE
from app.services.loop.tool_modes import read_modes
from app.services.operations.retention import gone_so_far
from app.services.operations.tools import connections_of

AUTONOMY = {
    ToolMode.DRY_RUN: "Shows, never sends",
    ToolMode.SIMULATED: "Acts on the simulated shop",
    ToolMode.LIVE: "Acts",
}
MOST_COUNTED = 10_000


def read_agent_state(ctx: AppContext, scope: Scope) -> AgentState:
    """Counts and modes of one tenant."""
    tenant = ctx.tenant(scope)
    with ctx.store.read(scope) as session:
        incidents = Counter(session.incidents.standing().values())
        actions = Counter(stands.status for stands in session.actions.standing().values())
        questions = len(dearest_first(session, ctx.clock(scope).now()))
        swept = session.notes.get(SWEPT_NOTE)
        signals = session.signals.count()
        discarded, _ = gone_so_far(session)
        lessons = len(session.lessons.page(limit=MOST_COUNTED))
        switch = session.controls.kill_switch()
    lag = lag_of(ctx, scope)
    return AgentState(
        tenant=tenant.id,
        tenants=[item.id for item in ctx.store.tenants()],
        may=list_allowed(scope),
        now=ctx.clock(scope).now(),
        simulated_clock=tenant.simulated_clock,
        live_tools=_live_tools(ctx, scope),
        tool_mode=tenant.tool_mode.value,
        autonomy=AUTONOMY[tenant.tool_mode],
        wording="rules",
        retrieval=ctx.retrieval,
        kill_switch=switch.on,
        switch=switch,
        signals=signals,
        signals_pending=lag.waiting,
        lag=lag,
        incidents_by_status=dict(incidents),
        actions_by_status=dict(actions),
        pending_actions=questions,
        lessons=lessons,
        discarded=discarded,
        last_sweep_at=datetime.fromisoformat(swept["at"]) if swept else None,
        breakers=dict(ctx.tools.breakers_of(tenant.id)),
        policy_version=ctx.config.policy_version,
        troubles=list_troubles(sign for sign in ctx.vitals.signs() if sign.tenant in (None, tenant.id)),
    )


def _live_tools(ctx: AppContext, scope: Scope) -> list[str]:
    """The tools that act for real in this tenant."""
    modes = read_modes(ctx.store, ctx.config, ctx.tenant(scope))
    connected = (spec for spec in ctx.tools.specs().values() if connections_of(ctx, scope, spec))
    return [spec.name for spec in connected if modes.of(spec.name) is ToolMode.LIVE and spec.name not in modes.off]
