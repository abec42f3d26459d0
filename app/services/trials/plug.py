"""The simulated platform as one plug of the product: a connector, a source, a tenant that lives in it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app.context import AppContext
from app.domain.tenants import Scope, Tenant
from app.ports.connectors import Connector
from app.ports.sources import Source
from app.ports.store import Session, Store
from app.ports.system import Clock
from app.services.trials.fixtures import load
from app.services.trials.source import SimulatedPlatform
from app.services.trials.worlds import DEMO, open_demo, read_clock
from app.settings import Settings
from simulations.connector import KINDS, SimulatedConnector


class SimulatedPlug:
    """Implements the Plug of app.plugs."""

    kinds = KINDS

    def connector(self, store: Store, clock_of: Callable[[str], Clock]) -> Connector:
        """What its kinds of tools are sent through."""
        return SimulatedConnector(store, clock_of)

    def sources(self, ctx: AppContext, settings: Settings) -> Sequence[Source]:
        """Its worlds report while their time passes."""
        return [SimulatedPlatform(ctx, minutes_per_second=settings.demo_speed)]

    def first_tenants(self, settings: Settings) -> Sequence[Tenant]:
        """The demo, for an empty store, unless it is not wanted."""
        return [DEMO] if settings.demo else []

    def furnish(self, ctx: AppContext, now: datetime) -> None:
        """Give the demo its world and the example signals, where there is a demo."""
        if any(tenant.id == DEMO.id for tenant in ctx.store.tenants()):
            scope = Scope(tenant_id=DEMO.id)
            open_demo(ctx, scope, now.replace(second=0, microsecond=0))
            load(ctx, scope)

    def read_clock(self, session: Session) -> datetime | None:
        """Where the simulated clock of a tenant stands."""
        return read_clock(session)
