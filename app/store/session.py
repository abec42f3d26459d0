"""One transaction in one tenant: the repositories of a block, all over the same scoped statements."""

from sqlalchemy import Connection

from app.domain.events import Event
from app.domain.tenants import Scope
from app.ports import Session
from app.store import leases
from app.store.actions import SqlActions
from app.store.controls import SqlControls
from app.store.conversations import SqlConversations
from app.store.events import SqlEvents
from app.store.incidents import SqlIncidents
from app.store.knowledge import SqlKnowledge
from app.store.lessons import SqlLessons
from app.store.merchants import SqlMerchants
from app.store.notes import SqlNotes
from app.store.outbox import SqlOutbox
from app.store.replies import SqlReplies
from app.store.scope import Scoped
from app.store.setbacks import SqlSetbacks
from app.store.signals import SqlSignals


class SqlSession(Session):
    """The Session port over a database; refuses use after its block."""

    def __init__(self, connection: Connection, scope: Scope, *, writable: bool) -> None:
        self.scope = scope
        self._rows = Scoped(connection, scope, writable=writable)
        self.events = chain = SqlEvents(self._rows)
        self.signals = SqlSignals(self._rows)
        self.merchants = SqlMerchants(self._rows)
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
