"""What brings connectors, sources and tenants of its own is registered; the rest of the product knows none of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.bootstrap import build_application
from app.context import AppContext
from app.domain.tenants import Scope, Tenant, ToolMode
from app.ports.connectors import Connector
from app.ports.sources import Source
from app.ports.store import Session, Store
from app.ports.system import Clock
from app.settings import Settings
from simulations.connector import KINDS
from tests.builders import NOW

WAREHOUSE = Tenant(id="warehouse", title="A warehouse", tool_mode=ToolMode.SIMULATED, simulated_clock=True)


class Warehouse:
    """A plug: its tenant's time stands still, its tools do nothing but remember."""

    kinds: Collection[str] = KINDS

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.looked_at: list[str] = []
        self.furnished: list[datetime] = []

    def connector(self, store: Store, clock_of: Callable[[str], Clock]) -> Connector:
        return self

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        self.sent.append(tool)
        return {"http_status": 200}

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        return None

    def find(self, scope: Scope, reference: str) -> bool:
        return False

    def sources(self, ctx: AppContext, settings: Settings) -> Sequence[Source]:
        return [self]

    def let_time_pass(self, tenant: Tenant, elapsed: float) -> None:
        self.looked_at.append(tenant.id)

    def first_tenants(self, settings: Settings) -> Sequence[Tenant]:
        return [WAREHOUSE]

    def furnish(self, ctx: AppContext, now: datetime) -> None:
        self.furnished.append(now)

    def read_clock(self, session: Session) -> datetime | None:
        return NOW


def test_a_plug_brings_its_tenant_its_clock_its_source_and_its_connector(tmp_path: Path) -> None:
    plug = Warehouse()
    application = build_application(Settings(data=tmp_path, lite=True, log_level="ERROR"), passing=True, plugs=[plug])
    scope = Scope(tenant_id=WAREHOUSE.id)
    assert {tenant.id for tenant in application.store.tenants()} == {"warehouse", "default"}
    assert application.ctx.clock(scope).now() == NOW and len(plug.furnished) == 1
    application.worker.beat(1.0)
    assert set(plug.looked_at) == {"warehouse", "default"}
    tools = application.ctx.tools
    request = tools.request("close_ticket", {"reference": "T-1"}, ())
    tools.send(
        scope, "close_ticket", request, mode=ToolMode.SIMULATED, idempotency_key="k", expected_digest=request.digest
    )
    assert plug.sent == ["close_ticket"]
    application.stop()
