"""Where news of a tenant comes from by itself: what the worker asks before it looks at a tenant."""

from typing import Protocol

from app.domain.tenants import Tenant


class Source(Protocol):
    """Something that brings in signals without anybody calling: a platform, simulated or real."""

    def let_time_pass(self, tenant: Tenant, elapsed: float) -> None:
        """So many seconds have passed since the last time; take in what happened at that tenant's meanwhile. Nothing is
        done for a tenant whose news comes another way.
        """
        ...
