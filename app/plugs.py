"""What is plugged into the product: each brings connectors, sources and tenants of its own, and nothing else in the
product knows of it. Another one is one more entry of PLUGS.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from app.context import AppContext
from app.domain.tenants import Tenant
from app.ports.connectors import Connector
from app.ports.sources import Source
from app.ports.store import Session, Store
from app.ports.system import Clock
from app.services.trials.plug import SimulatedPlug
from app.settings import Settings


class Plug(Protocol):
    """Something that the product is built with, and could be built without."""

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of tools that are sent through its connector."""
        ...

    def connector(self, store: Store, clock_of: Callable[[str], Clock]) -> Connector:
        """What these tools are sent through."""
        ...

    def sources(self, ctx: AppContext, settings: Settings) -> Sequence[Source]:
        """What the worker asks for news."""
        ...

    def first_tenants(self, settings: Settings) -> Sequence[Tenant]:
        """Who lives in an empty store, besides the default tenant."""
        ...

    def furnish(self, ctx: AppContext, now: datetime) -> None:
        """What its tenants need before the first beat; repeating it changes nothing."""
        ...

    def read_clock(self, session: Session) -> datetime | None:
        """Where the time of a tenant with a clock of its own stands; None when it is not this plug that moves it."""
        ...


PLUGS: Final[tuple[Plug, ...]] = (SimulatedPlug(),)
