"""What the nodes are handed at run time. Nothing in graph/ imports an adapter."""

from dataclasses import dataclass

from app.domain.tenants import Scope, Tenant
from app.packs import Config, DomainPack
from app.policy.rules import RuleBook
from app.ports import Clock, Journal, Ledger, Librarian, Store, Tools


@dataclass(frozen=True)
class Deps:
    """One incident's view of the house: its scope, the ports, the configuration."""

    scope: Scope
    tenant: Tenant
    store: Store
    tools: Tools
    librarian: Librarian
    ledger: Ledger
    journal: Journal
    clock: Clock
    config: Config
    rulebook: RuleBook

    @property
    def pack(self) -> DomainPack:
        """The domain pack of the tenant."""
        return self.config.packs[self.tenant.pack]
