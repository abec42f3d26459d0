"""Where the chains of this store end, as this process committed or found them: by them it knows its own store from a
copy or another one.
"""

import threading
from collections.abc import Mapping

from sqlalchemy import Connection, and_, func, or_

from app.domain.errors import Unavailable
from app.store.sql.scope import batch_ids
from app.store.sql.tables import events

End = tuple[int, str]


class Heads:
    """The last link of each tenant that is known to be committed."""

    def __init__(self) -> None:
        self._ends: dict[str, End] = {}
        self._lock = threading.Lock()

    def note(self, tenant_id: str, seq: int, link_hash: str) -> None:
        """This link was committed."""
        with self._lock:
            if self._ends.get(tenant_id, (0, ""))[0] <= seq:
                self._ends[tenant_id] = (seq, link_hash)

    def note_all(self, connection: Connection) -> None:
        """Every chain ends where this view has it."""
        ends = (
            events.select().with_only_columns(events.c.tenant_id, func.max(events.c.seq)).group_by(events.c.tenant_id)
        )
        for tenant_id, seq in connection.execute(ends).all():
            self.note(tenant_id, seq, _found(connection, {tenant_id: seq})[tenant_id])

    def is_behind(self, tenant_id: str, seq: int) -> bool:
        """Whether a link that is about to be committed would take the place of one that was."""
        with self._lock:
            return seq <= self._ends.get(tenant_id, (0, ""))[0]

    def known(self) -> dict[str, End]:
        """All of them; to be taken before the view they are looked up in is opened."""
        with self._lock:
            return dict(self._ends)

    def lost(self, connection: Connection, known: Mapping[str, End]) -> str:
        """What has become of the file when one of these links is not in it any more, in words; empty when all are
        there.
        """
        for some in batch_ids(sorted(known)):
            found = _found(connection, {name: known[name][0] for name in some})
            for name in some:
                if found.get(name) != known[name][1]:
                    return set_back(known[name][0], name)
        return ""


def _found(connection: Connection, wanted: Mapping[str, int]) -> dict[str, str]:
    """The hashes of these links, by tenant."""
    either = or_(*(and_(events.c.tenant_id == name, events.c.seq == seq) for name, seq in wanted.items()))
    rows = connection.execute(events.select().with_only_columns(events.c.tenant_id, events.c.hash).where(either))
    return {row.tenant_id: row.hash for row in rows}


def set_back(seq: int, tenant_id: str) -> str:
    """What is said of a file in which a committed link is missing."""
    return (
        f"was set back or replaced in place: event {seq} of tenant {tenant_id}, which was committed, is not in it any"
        " more"
    )


def replaced(trouble: str, place: str) -> Unavailable:
    """The refusal of a file that is not ours any more."""
    return Unavailable(
        "the store refuses to go on",
        f"its file {trouble}",
        place=place,
        remedy=(
            "put the file back, or stop the server and restore a backup (python -m app restore FILE.tar.gz --replace); "
            "while this server runs, python -m app backup FILE.tar.gz may still save what it had"
        ),
        delay=5.0,
    )
