"""One transaction in one tenant: the repositories of a block, all over the same scoped statements."""

from sqlalchemy import Connection

from app.domain.events import Event
from app.domain.tenants import Scope
from app.ports import (
    Actions,
    Controls,
    Conversations,
    Events,
    Incidents,
    KnowledgeRows,
    Leases,
    Lessons,
    Merchants,
    Notes,
    Outbox,
    Replies,
    Setbacks,
    Signals,
)
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


class SqlSession:
    """The Session port over a database; refuses use after its block."""

    def __init__(self, connection: Connection, scope: Scope, *, writable: bool) -> None:
        self.scope = scope
        self._rows = Scoped(connection, scope, writable=writable)
        self._chain = chain = SqlEvents(self._rows)
        self.events: Events = chain
        self.signals: Signals = SqlSignals(self._rows)
        self.merchants: Merchants = SqlMerchants(self._rows)
        self.incidents: Incidents = SqlIncidents(self._rows, chain)
        self.actions: Actions = SqlActions(self._rows, chain)
        self.knowledge: KnowledgeRows = SqlKnowledge(self._rows, chain)
        self.lessons: Lessons = SqlLessons(self._rows, chain)
        self.conversations: Conversations = SqlConversations(self._rows)
        self.notes: Notes = SqlNotes(self._rows)
        self.leases: Leases = leases.SqlLeases(self._rows)
        self.outbox: Outbox = SqlOutbox(self._rows, chain)
        self.setbacks: Setbacks = SqlSetbacks(self._rows)
        self.replies: Replies = SqlReplies(self._rows)
        self.controls: Controls = SqlControls(self._rows, chain)

    @property
    def head(self) -> Event | None:
        """The last link this block appended: what the anchor vouches for once it is committed."""
        return self._chain.head

    def check_fence(self) -> None:
        """LeaseLost when the scope carries a fence whose lease was taken over."""
        leases.check_fence(self._rows)

    def end(self) -> None:
        """The block is over."""
        self._rows.end()
