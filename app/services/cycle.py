"""One turn of the whole agent: sweep, advance what can advance, and say what is open."""

import threading

from app.domain.errors import Temporary
from app.domain.incidents import FEEDABLE
from app.domain.tenants import Scope
from app.services import advance, sweep
from app.services.actions import dearest_first
from app.services.house import House
from app.wire import CycleAnswer, ObserveAnswer

MOST_WAITS = 40
WAIT_SECONDS = 0.25


def run(house: House, scope: Scope) -> CycleAnswer:
    """Sweep now and drain; whoever asked for it, what follows is the agent's own doing."""
    own = Scope(tenant_id=scope.tenant_id)
    observed = _observed(house, own)
    advanced = advance.drain(house, own)
    with house.store.read(scope) as session:
        incidents = session.incidents.page(statuses=FEEDABLE)
        pending = dearest_first(session)
    return CycleAnswer(observed=observed, advanced=advanced, incidents=incidents, pending_actions=[row.id for row in pending])


def _observed(house: House, scope: Scope) -> ObserveAnswer:
    """A sweep of our own, or what is left of it once the sweeps of other processes have looked at every signal."""
    for _ in range(MOST_WAITS):
        try:
            return sweep.observe(house, scope)
        except Temporary as busy:
            latest = busy
        if sweep.nothing_new(house, scope):
            return sweep.nothing_left(house, scope)
        threading.Event().wait(WAIT_SECONDS)
    raise latest
