"""Who may call. Local mode: this machine only, and no page of another site acting through the browser of whoever sits
here.
"""

from app.context import AppContext
from app.domain.errors import BadConfig, NotFound
from app.domain.tenants import DEFAULT_TENANT, LOCAL_ADMIN, Scope
from app.guard import Door, is_loopback

PAGES = frozenset({"/docs", "/redoc"})
"""Documentation without data or effect: a link from anywhere may open it."""
ACTS = frozenset({"/simulations/load"})
"""What changes something although it answers to GET."""


def door(key: str) -> Door:
    """What the API lets pages of others do: open its documentation."""
    return Door(opens=PAGES.__contains__, acts=ACTS, key=key)


def refuse_public_bind(host: str) -> None:
    """BadConfig when a server in local mode would listen where others can reach it."""
    if not is_loopback(host):
        raise BadConfig(
            [
                f"In local mode the server binds to this machine only (127.0.0.1), not to {host!r}: whoever reaches it"
                " is an administrator."
            ]
        )


def scope_of(ctx: AppContext, tenant_id: str | None) -> Scope:
    """The local admin in the tenant of the store that X-Tenant names, or in the default one; NotFound for any other."""
    try:
        tenant = ctx.store.tenant(tenant_id or DEFAULT_TENANT.id)
    except NotFound:
        raise NotFound("There is no such tenant here.") from None
    return Scope(tenant_id=tenant.id, principal=LOCAL_ADMIN)
