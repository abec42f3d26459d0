"""Who may call. Local mode: this machine only, and no page of another site acting through the browser of whoever sits here."""

import ipaddress
from collections.abc import Mapping

from app.domain.errors import BadConfig, Forbidden, NotFound
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.services.house import House
from app.services.trials import PREFIX

LOCAL_TENANTS = ("default", "demo")
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
OWN_SITES = frozenset({"none", "same-origin"})
PAGES = frozenset({"/docs", "/redoc"})
"""Documentation without data or effect: a link from anywhere may open it."""


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine, and nothing else can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_public_bind(host: str) -> None:
    """BadConfig when a server in local mode would listen where others can reach it."""
    if not is_loopback(host):
        raise BadConfig(
            [f"In local mode the server binds to this machine only (127.0.0.1), not to {host!r}: whoever reaches it is an administrator."]
        )


def refuse_strangers(path: str, headers: Mapping[str, str], bound_to: str | None, scheme: str = "http") -> None:
    """Forbidden unless the call came over loopback, was meant for this machine, and no foreign page made it."""
    if bound_to is None or not is_loopback(bound_to):
        raise Forbidden("Local mode answers on this machine's own address only.")
    host = headers.get("host", "")
    if not _local_name(host):
        raise Forbidden("Local mode answers to 127.0.0.1, localhost and [::1] only; the Host header names something else.")
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"{scheme}://{host.lower()}":
        raise Forbidden("A page of another origin may not call this server.")
    if headers.get("sec-fetch-site", "none").lower() not in OWN_SITES and not _opens_a_page(path, headers):
        raise Forbidden("A page of another site may not call this server.")


def _local_name(host: str) -> bool:
    """A loopback name with any port, or none."""
    name, colon, port = host.lower().rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return name in LOCAL_NAMES
    return host.lower() in LOCAL_NAMES


def _opens_a_page(path: str, headers: Mapping[str, str]) -> bool:
    return path in PAGES and headers.get("sec-fetch-mode", "").lower() == "navigate"


def scope_of(house: House, tenant_id: str | None) -> Scope:
    """The local admin in the tenant that X-Tenant names (a trial's too), or in `default`; NotFound for any other."""
    wanted = tenant_id or LOCAL_TENANTS[0]
    if wanted not in LOCAL_TENANTS and not wanted.startswith(PREFIX):
        raise NotFound("There is no such tenant here.")
    return Scope(tenant_id=house.store.tenant(wanted).id, principal=LOCAL_ADMIN)
