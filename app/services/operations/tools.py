"""How far each tool may reach in a tenant, and what became of what was sent. A proposal can change none of it."""

from app.config.model import Config
from app.domain.tenants import TOOL_SETTINGS, Scope, Tenant, ToolSetting
from app.ports.connectors import ToolModes
from app.ports.store import Session, Store


def read_modes(store: Store, config: Config, tenant: Tenant) -> ToolModes:
    """What counts now: an administrator's word, else the configuration's, else what is usual in the tenant."""
    with store.read(Scope(tenant_id=tenant.id)) as session:
        settings = read_settings(session)
    said = {name: one.mode for name, one in settings.items() if one.mode is not None}
    configured = {one.tool: one.mode for one in config.modes if one.tenant == tenant.id}
    return ToolModes(
        usual=tenant.tool_mode,
        of_tool={**configured, **said},
        off=frozenset(name for name, one in settings.items() if not one.on),
    )


def read_settings(session: Session) -> dict[str, ToolSetting]:
    """What administrators said, by tool."""
    return {name: ToolSetting.model_validate(one) for name, one in (session.notes.get(TOOL_SETTINGS) or {}).items()}
