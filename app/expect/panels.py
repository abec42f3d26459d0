"""The panels of this process: one for each tenant that was looked at lately."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from app.expect.panel import Panel

MOST_PANELS: Final = 50


@dataclass
class TenantPanel:
    """One tenant's panel and how much of the store it has read."""

    panel: Panel = field(default_factory=Panel)
    version: int = 0


class Panels:
    """The panels of this process, those that were used last."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, TenantPanel] = OrderedDict()

    def of(self, tenant_id: str) -> TenantPanel:
        """The panel of a tenant, empty when it is new here."""
        held = self._held.setdefault(tenant_id, TenantPanel())
        self._held.move_to_end(tenant_id)
        while len(self._held) > MOST_PANELS:
            self._held.popitem(last=False)
        return held

    def forget(self, tenant_id: str) -> None:
        """Read it again the next time."""
        self._held.pop(tenant_id, None)
