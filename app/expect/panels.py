"""The panels of this process: one for each tenant that was looked at lately."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.expect.descriptions import Columns, describe_merchants
from app.expect.panel import Panel

MOST_PANELS: Final = 50


@dataclass
class TenantPanel:
    """One tenant's panel and how much of the store it has read."""

    panel: Panel = field(default_factory=Panel)
    version: int = 0
    _known: list[Mapping[str, Any]] | None = None
    _columns: Columns | None = None

    def describe(self, dimensions: Mapping[str, Mapping[str, Any]]) -> Columns:
        """The traits of all merchants that were heard of, by what a directory says of them; worked out anew when it
        says something else.
        """
        known = [dimensions.get(name, {}) for name in self.panel.merchants]
        if self._columns is None or known != self._known:
            self._known, self._columns = known, describe_merchants(known)
        return self._columns


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
