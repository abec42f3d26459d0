"""How far each tool may reach in a tenant now: proposals are made with it, and taken back when it changes."""

from app.config.model import Config
from app.domain.tenants import TOOL_SETTINGS, Scope, Tenant, ToolMode, ToolSetting
from app.ports.connectors import ToolModes
from app.ports.store import Session, Store


def read_modes(store: Store, config: Config, tenant: Tenant) -> ToolModes:
    """What counts now, read in a transaction of its own."""
    with store.read(Scope(tenant_id=tenant.id)) as session:
        return modes_in(session, config, tenant)


def modes_in(session: Session, config: Config, tenant: Tenant) -> ToolModes:
    """What counts now: an administrator's word, else the configuration's, else what is usual in the tenant."""
    settings = read_settings(session)
    said = {name: one.mode for name, one in settings.items() if one.mode is not None}
    return ToolModes(
        usual=tenant.tool_mode,
        of_tool={**configured_modes(config, tenant), **said},
        off=frozenset(name for name, one in settings.items() if not one.on),
    )


def read_settings(session: Session) -> dict[str, ToolSetting]:
    """What administrators said, by tool."""
    return {name: ToolSetting.model_validate(one) for name, one in (session.notes.get(TOOL_SETTINGS) or {}).items()}


def configured_modes(config: Config, tenant: Tenant) -> dict[str, ToolMode]:
    """What the configuration says of a tenant, by tool."""
    return {one.tool: one.mode for one in config.modes if one.tenant == tenant.id}
