"""What the nodes are handed at run time. Nothing in graph/ imports an adapter."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.config.model import Config, DomainPack
from app.config.packs_in_force import PackInForce
from app.domain.tenants import Scope, Tenant
from app.policy.rules import RuleBook
from app.ports.connectors import ToolGateway, ToolModes, ToolSpec
from app.ports.knowledge import Nearness, Retriever
from app.ports.loop import Journal, Ledger
from app.ports.store import Store
from app.ports.system import Clock
from graph.track_record import FirstClaims


@dataclass(frozen=True)
class NodeContext:
    """One incident's view of the house: its scope, the ports, the configuration."""

    scope: Scope
    tenant: Tenant
    store: Store
    tools: ToolGateway
    retriever: Retriever
    ledger: Ledger
    journal: Journal
    clock: Clock
    config: Config
    in_force: PackInForce
    """The domain pack that counts in the tenant."""
    rulebook: RuleBook
    modes: ToolModes
    firsts: FirstClaims = field(default_factory=FirstClaims)
    """What was claimed first of each incident, as far as this process has read it."""
    compared_by: Nearness | None = None
    """Compares messages with sentences."""

    @property
    def shipped_pack(self) -> DomainPack:
        """What came with the product for the tenant, whatever is in force."""
        return self.config.packs[self.tenant.pack]

    def tools_on(self) -> Mapping[str, ToolSpec]:
        """Every tool that is not switched off in this tenant."""
        return {name: spec for name, spec in self.tools.specs().items() if name not in self.modes.off}

    @property
    def pack(self) -> DomainPack:
        """The causes and words of the tenant."""
        return self.in_force.pack
