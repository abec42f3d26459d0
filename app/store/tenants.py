"""The tenants themselves: the one table that is read across tenants, by the store alone."""

from sqlalchemy import Connection, select

from app.domain.tenants import Scope, Tenant
from app.store import codec, moves
from app.store.scope import Scoped
from app.store.tables import tenants


def every(connection: Connection) -> list[Tenant]:
    """Every tenant, by id."""
    stored = connection.execute(select(tenants.c.body).order_by(tenants.c.tenant_id)).scalars()
    return [codec.value(Tenant, body) for body in stored]


def one(connection: Connection, tenant_id: str) -> Tenant:
    """One tenant; NotFound otherwise."""
    rows = Scoped(connection, Scope(tenant_id=codec.clean(tenant_id)), writable=False)
    return moves.known_tenant(rows.run(rows.select(tenants, tenants.c.body)).scalar(), tenant_id)


def put(connection: Connection, tenant: Tenant) -> None:
    """Insert or replace a tenant."""
    kept = codec.fields(tenant)
    rows = Scoped(connection, Scope(tenant_id=tenant.id), writable=True)
    rows.put(tenants, [{"kill_switch": tenant.kill_switch, "body": codec.body(kept)}])
