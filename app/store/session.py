"""One transaction in one tenant: the repositories of a block, all over the same scoped statements."""

from sqlalchemy import Connection

from app.domain.tenants import Scope
from app.ports import Actions, Conversations, Events, Incidents, KnowledgeRows, Lessons, Merchants, Notes, Signals
from app.store.actions import SqlActions
from app.store.conversations import SqlConversations
from app.store.events import SqlEvents
from app.store.incidents import SqlIncidents
from app.store.knowledge import SqlKnowledge
from app.store.lessons import SqlLessons
from app.store.merchants import SqlMerchants
from app.store.notes import SqlNotes
from app.store.scope import Scoped
from app.store.signals import SqlSignals


class SqlSession:
    """The Session port over a database; refuses use after its block."""

    def __init__(self, connection: Connection, scope: Scope, *, writable: bool) -> None:
        self.scope = scope
        self._rows = Scoped(connection, scope, writable=writable)
        chain = SqlEvents(self._rows)
        self.events: Events = chain
        self.signals: Signals = SqlSignals(self._rows)
        self.merchants: Merchants = SqlMerchants(self._rows)
        self.incidents: Incidents = SqlIncidents(self._rows, chain)
        self.actions: Actions = SqlActions(self._rows, chain)
        self.knowledge: KnowledgeRows = SqlKnowledge(self._rows, chain)
        self.lessons: Lessons = SqlLessons(self._rows, chain)
        self.conversations: Conversations = SqlConversations(self._rows)
        self.notes: Notes = SqlNotes(self._rows)

    def end(self) -> None:
        """The block is over."""
        self._rows.end()
