"""One transaction in one tenant: the repositories of a block, all over the same scoped statements."""

from sqlalchemy import Connection

from app.domain.events import Event
from app.domain.tenants import Scope
from app.ports.store import Session
from app.store.sql import leases
from app.store.sql.actions import SqlActions
from app.store.sql.awaited import SqlAwaits
from app.store.sql.controls import SqlControls
from app.store.sql.conversations import SqlConversations
from app.store.sql.events import SqlEvents
from app.store.sql.incidents import SqlIncidents
from app.store.sql.knowledge import SqlKnowledge
from app.store.sql.lessons import SqlLessons
from app.store.sql.merchants import SqlMerchants
from app.store.sql.notices import SqlNotices
from app.store.sql.outbox import SqlOutbox
from app.store.sql.packs import SqlPacks
from app.store.sql.playbooks import SqlPlaybookRuns
from app.store.sql.retry_states import SqlSetbacks
from app.store.sql.rollups import SqlRollups
from app.store.sql.scope import Scoped
from app.store.sql.signals import SqlSignals
from app.store.sql.stored_responses import SqlReplies
from app.store.sql.tenant_state import SqlNotes
from app.store.sql.unmapped import SqlUnmapped


class SqlSession(Session):
    """The Session port over a database; refuses use after its block."""

    def __init__(self, connection: Connection, scope: Scope, *, writable: bool) -> None:
        self.scope = scope
        self._rows = Scoped(connection, scope, writable=writable)
        self.events = chain = SqlEvents(self._rows)
        self.signals = SqlSignals(self._rows)
        self.merchants = SqlMerchants(self._rows)
        self.rollups = SqlRollups(self._rows)
        self.awaits = SqlAwaits(self._rows)
        self.incidents = SqlIncidents(self._rows, chain)
        self.actions = SqlActions(self._rows, chain)
        self.knowledge = SqlKnowledge(self._rows, chain)
        self.lessons = SqlLessons(self._rows, chain)
        self.conversations = SqlConversations(self._rows)
        self.notes = SqlNotes(self._rows)
        self.leases = leases.SqlLeases(self._rows)
        self.outbox = SqlOutbox(self._rows, chain)
        self.setbacks = SqlSetbacks(self._rows)
        self.replies = SqlReplies(self._rows)
        self.unmapped = SqlUnmapped(self._rows)
        self.notices = SqlNotices(self._rows)
        self.packs = SqlPacks(self._rows)
        self.playbooks = SqlPlaybookRuns(self._rows)
        self.controls = SqlControls(self._rows, chain)

    @property
    def head(self) -> Event | None:
        """The last link this block appended: what the anchor vouches for once it is committed."""
        return self.events.head

    def check_fence(self) -> None:
        """LeaseLost when the scope carries a fence whose lease was taken over."""
        leases.check_fence(self._rows)

    def end(self) -> None:
        """The block is over."""
        self._rows.end()
