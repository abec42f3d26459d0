"""The kill switches in memory: a tenant's own, and the one for every tenant."""

from datetime import datetime

from app.domain.tenants import KillSwitch, Tenant
from app.store import codec, transitions
from app.store.memory.events import MemoryEvents
from app.store.memory.shelf import ShelfView


class MemoryControls:
    """The Controls port in memory."""

    def __init__(self, view: ShelfView, chain: MemoryEvents) -> None:
        self._view = view
        self._chain = chain

    def kill_switch(self) -> KillSwitch:
        """What holds this tenant's actions: the switch for everything, or its own with who turned it last, when and
        why.
        """
        stored = self._view.stopped()
        if stored is not None:
            return codec.read_value(KillSwitch, stored)
        return transitions.own_switch(
            self._tenant().kill_switch, self._chain.newest(*transitions.SWITCH_KINDS.values())
        )

    def switch(self, on: bool, *, reason: str, at: datetime) -> None:
        """Turn the tenant's own switch, with the event kill_switch.on or kill_switch.off by the scope's principal."""
        self._view.edit("events")
        turned = self._tenant().changed(kill_switch=on)
        self._view.edit_tenant(codec.to_body(codec.to_fields(turned)))
        self._chain.tell(transitions.switch_turned(turned.id, on, reason), at)

    def _tenant(self) -> Tenant:
        return transitions.known_tenant(self._view.tenant(), self._view.scope.tenant_id)
