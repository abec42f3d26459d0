"""One turn of the whole agent: sweep, advance what can advance, and say what is open."""

import threading
from collections.abc import Callable

from app.context import AppContext
from app.domain.errors import Temporary
from app.domain.incidents import FEEDABLE
from app.domain.tenants import Scope
from app.schemas.signals import CycleAnswer, ObserveAnswer
from app.services.actions.rows import dearest_first
from app.services.loop import advance
from app.services.playbooks.carry_on import carry_on_all
from app.services.watch import sweep

MOST_WAITS = 40
WAIT_SECONDS = 0.25


def run_cycle(ctx: AppContext, scope: Scope, *, stopping: Callable[[], bool] = advance.never_stop) -> CycleAnswer:
    """Sweep now and drain, or as much of it as is done when it is to stop; whoever asked for it, what follows is the
    agent's own doing.
    """
    own = Scope(tenant_id=scope.tenant_id)
    observed = _sweep_now(ctx, own, stopping)
    advanced = advance.advance_all(ctx, own, stopping)
    if carry_on_all(ctx, own, stopping):
        advanced = [*dict.fromkeys((*advanced, *advance.advance_all(ctx, own, stopping)))]
    with ctx.store.read(scope) as session:
        incidents = session.incidents.page(statuses=FEEDABLE)
        pending = dearest_first(session, ctx.clock(scope).now())
    return CycleAnswer(
        observed=observed, advanced=advanced, incidents=incidents, pending_actions=[row.id for row in pending]
    )


def _sweep_now(ctx: AppContext, scope: Scope, stopping: Callable[[], bool]) -> ObserveAnswer:
    """A sweep of our own, or what is left of it once the sweeps of other processes have looked at every signal."""
    for _ in range(MOST_WAITS):
        try:
            return sweep.sweep_tenant(ctx, scope, enough=stopping)
        except Temporary as busy:
            latest = busy
        if sweep.nothing_new(ctx, scope):
            return sweep.nothing_left(ctx, scope)
        if stopping():
            break
        threading.Event().wait(WAIT_SECONDS)
    raise latest
