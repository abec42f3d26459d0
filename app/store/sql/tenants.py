"""The tenants themselves: the one table that is read across tenants, by the store alone."""

from sqlalchemy import Connection, select

from app.domain.tenants import Scope, Tenant
from app.store import codec, transitions
from app.store.sql.scope import Scoped
from app.store.sql.tables import tenants


def list_tenants(connection: Connection) -> list[Tenant]:
    """Every tenant, by id."""
    stored = connection.execute(select(tenants.c.body).order_by(tenants.c.tenant_id)).scalars()
    return [codec.read_value(Tenant, body) for body in stored]


def read_tenant(connection: Connection, tenant_id: str) -> Tenant:
    """One tenant; NotFound otherwise."""
    rows = Scoped(connection, Scope(tenant_id=codec.clean_text(tenant_id)), writable=False)
    return transitions.known_tenant(rows.find(tenants, tenants.c.body).scalar(), tenant_id)


def put_tenant_row(connection: Connection, tenant: Tenant) -> None:
    """Insert or replace a tenant."""
    kept = codec.to_fields(tenant)
    rows = Scoped(connection, Scope(tenant_id=tenant.id), writable=True)
    rows.put(tenants, [{"kill_switch": tenant.kill_switch, "body": codec.to_body(kept)}])
