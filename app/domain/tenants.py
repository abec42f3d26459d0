"""Who acts, and in whose house: nothing is read or written without a Scope."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from app.domain.base import Moment, Value


class Role(StrEnum):
    """What a principal may do; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether this role includes the needed one."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class ToolMode(StrEnum):
    """How far a tool may reach."""

    DRY_RUN = "dry_run"
    SIMULATED = "simulated"
    LIVE = "live"


PASSING: Final = "trial-"
"""How the names of tenants begin that were opened for a while; what follows tells nothing."""


class Tenant(Value):
    """A customer of ours: its own data, clock and tool mode."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    title: str
    tool_mode: ToolMode = ToolMode.DRY_RUN
    simulated_clock: bool = False
    pack: str = "commerce"
    kill_switch: bool = False

    @property
    def passing(self) -> bool:
        """Whether it was opened for a while only; there may be any number of such, so nothing is labelled with them."""
        return self.id.startswith(PASSING)


DEFAULT_TENANT = Tenant(id="default", title="Your own signals")
"""Whose house a call is meant for that names none."""


class Principal(Value):
    """Whoever a credential proved: a person, a key, or a part of the system."""

    id: str = Field(min_length=1, max_length=200)
    role: Role = Role.VIEWER


SYSTEM = Principal(id="system:worker", role=Role.OPERATOR)
LOCAL_ADMIN = Principal(id="local:admin", role=Role.ADMIN)


class Fence(Value):
    """Proof of a lease: its name and the token it had when it was taken. A newer token makes every older
    one worthless.
    """

    name: str
    token: int = Field(ge=1)


class Scope(Value):
    """The tenant and the principal on whose behalf a session is opened; a worker's scope also carries its fence."""

    tenant_id: str
    principal: Principal = SYSTEM
    fence: Fence | None = Field(
        default=None, description="a writing session is refused once this lease has been taken over"
    )


class ToolSetting(Value):
    """What an administrator said of one tool in one tenant; without a mode the configuration counts."""

    mode: ToolMode | None = None
    on: bool = True
    by: str = ""
    reason: str = ""
    at: Moment | None = None


TOOL_SETTINGS: Final = "tool_settings"
"""Under this name a tenant's notes keep them, by tool."""


class KillSwitch(Value):
    """Nothing is sent while it is on: for one tenant, or everywhere."""

    on: bool = False
    everywhere: bool = False
    by: str = ""
    reason: str = ""
    at: Moment | None = None
