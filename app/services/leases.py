"""One worker at a time at one thing: a lease is taken, its token goes with every write, and it is let go at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.context import AppContext
from app.domain.tenants import Scope


@contextmanager
def hold_lease(ctx: AppContext, scope: Scope, name: str, *, seconds: float | None = None) -> Iterator[Scope | None]:
    """The scope with the lease's fence, or None while another worker has it; let go at the end, also when what it was
    for failed.
    """
    with ctx.store.write(scope) as session:
        fence = session.leases.take(name, ctx.holder, seconds=seconds or ctx.lease_seconds)
    if fence is None:
        yield None
        return
    try:
        yield scope.changed(fence=fence)
    finally:
        with ctx.store.write(scope) as session:
            session.leases.release(fence)
