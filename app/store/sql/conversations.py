"""Questions and answers of a tenant in SQL."""

from sqlalchemy import func

from app.domain.questions import Turn
from app.store import codec
from app.store.sql.scope import Scoped
from app.store.sql.tables import turns


class SqlConversations:
    """The Conversations port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def append(self, conversation_id: str, turn: Turn) -> None:
        """Add a turn."""
        wanted = codec.clean_text(conversation_id)
        last = (
            self._rows.run(
                self._rows.select(turns, func.max(turns.c.seq)).where(turns.c.conversation_id == wanted)
            ).scalar()
            or 0
        )
        self._rows.insert(
            turns, [{"conversation_id": wanted, "seq": last + 1, "body": codec.to_body(codec.to_fields(turn))}]
        )

    def turns(self, conversation_id: str) -> list[Turn]:
        """All turns, oldest first; empty when unknown."""
        asked = (
            self._rows.select(turns, turns.c.body)
            .where(turns.c.conversation_id == codec.clean_text(conversation_id))
            .order_by(turns.c.seq)
        )
        return [codec.read_value(Turn, stored) for stored in self._rows.run(asked).scalars()]
