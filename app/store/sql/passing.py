"""A store that goes with its folder: for a demo, a trial, a test. The same tables, the same statements and the same
views as in a store that stays; only what would outlive a machine that loses power is spared.
"""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.ports.record import Anchor
from app.process.vital_signs import VitalSigns
from app.store.sql.engine import BUSY_SECONDS, SqlStore, open_store, sqlite_url
from app.store.sql.sqlite import Sqlite

FILE = "causeway.sqlite"


class PassingSqlite(Sqlite):
    """A file that nobody will miss: what is committed need not be on a disk, and nobody exchanges it in use."""

    lasting = False

    def hold(self) -> None:
        """It is not watched."""

    def settle(self, writing: Engine) -> None:
        """It was made just now."""


def open_passing_store(folder: Path, *, anchor: Anchor | None = None, vitals: VitalSigns | None = None) -> SqlStore:
    """A store in that folder, empty where there is none yet."""
    path = folder / FILE
    if not path.exists():
        path.write_bytes(_laid_tables())
    kind = PassingSqlite(make_url(sqlite_url(path)), BUSY_SECONDS)
    store = SqlStore(kind, patience=BUSY_SECONDS, lock=None, file=None, anchor=anchor, vitals=vitals)
    store.remember()
    return store


@cache
def _laid_tables() -> bytes:
    """A database with the tables of this program and nothing in them: made once in a process."""
    with tempfile.TemporaryDirectory(prefix="causeway-tables-") as folder:
        path = Path(folder) / FILE
        open_store(sqlite_url(path)).close()
        return path.read_bytes()
