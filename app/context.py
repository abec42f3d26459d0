"""What every use case is handed: the ports, the configuration, and the way to wake the worker. Built by
bootstrap only.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from app.config.model import Config, DomainPack
from app.config.packs_in_force import PacksInForce
from app.config.vocabulary import Vocabulary
from app.domain.tenants import Scope, Tenant
from app.expect.panels import Panels
from app.observe.streams import Readers
from app.ports.connectors import ToolGateway
from app.ports.knowledge import Meaning, Parser, Places, Retriever
from app.ports.loop import Loop
from app.ports.model import LanguageModel, NoModel
from app.ports.notices import Messenger
from app.ports.record import Anchor
from app.ports.store import Store
from app.ports.system import Clock, Ids
from app.process.vital_signs import VitalSigns
from graph.context import NodeContext

EVERY_ONE = 2**31 - 1
"""As the limit of a page: no limit."""


@dataclass(frozen=True)
class Limits:
    """How much one request may bring."""

    upload_bytes: int = 20_000_000


@dataclass(frozen=True)
class ModelLimits:
    """How long an answer waits for the language model, and what a tenant may use of it."""

    seconds: float = 2.0
    daily_tokens: int = 200_000
    daily_micros: int = 1_000_000
    per_minute: int = 20


@dataclass(frozen=True)
class AppContext:
    """The assembled product, as the use cases see it."""

    store: Store
    config: Config
    packs: PacksInForce
    tools: ToolGateway
    retriever: Retriever
    parser: Parser
    ids: Ids
    clock_of: Callable[[str], Clock]
    system: Clock
    loop: Loop
    wake: Callable[[], None]
    node_context: Callable[[Scope], NodeContext]
    turn: Callable[[Scope, str], AbstractContextManager[object]]
    holder: str
    anchor: Anchor
    vitals: VitalSigns
    fixtures: Path
    messenger: Messenger
    link_url: str
    retrieval: str = "lexical"
    lease_seconds: float = 30.0
    limits: Limits = field(default_factory=Limits)
    panels: Panels = field(default_factory=Panels)
    readers: Readers = field(default_factory=Readers)
    meaning: Meaning | None = None
    tongues: Places | None = None
    """A model of many languages, where one is installed."""
    model: LanguageModel = field(default_factory=NoModel)
    model_limits: ModelLimits = field(default_factory=ModelLimits)

    def tenant(self, scope: Scope) -> Tenant:
        """The tenant of a scope."""
        return self.store.tenant(scope.tenant_id)

    def pack(self, scope: Scope) -> DomainPack:
        """The domain pack that counts in a scope's tenant."""
        return self.packs.of(self.tenant(scope)).pack

    def words(self, scope: Scope) -> Vocabulary:
        """The words of a scope's domain."""
        return self.pack(scope).vocabulary

    def clock(self, scope: Scope) -> Clock:
        """The clock of a scope's tenant."""
        return self.clock_of(scope.tenant_id)
