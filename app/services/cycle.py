"""One turn of the whole agent: sweep, advance what can advance, and say what is open."""

from app.domain.actions import ActionStatus
from app.domain.incidents import FEEDABLE
from app.domain.tenants import Scope
from app.services import advance, sweep
from app.services.house import House
from app.wire import CycleAnswer


def run(house: House, scope: Scope) -> CycleAnswer:
    """Sweep now and drain; whoever asked for it, what follows is the agent's own doing."""
    own = Scope(tenant_id=scope.tenant_id)
    observed = sweep.observe(house, own)
    advanced = advance.drain(house, own)
    with house.store.read(scope) as session:
        incidents = session.incidents.page(statuses=FEEDABLE)
        pending = session.actions.page(statuses=[ActionStatus.PENDING])
    return CycleAnswer(observed=observed, advanced=advanced, incidents=incidents, pending_actions=[row.id for row in pending])
