"""A tenant's own domain packs in SQL."""

from app.domain.packs import PackContent, PackVersion
from app.store import codec, transitions
from app.store.sql.scope import Scoped
from app.store.sql.tables import pack_versions as packs


class SqlPacks:
    """The Packs port over a database."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def add(self, version: PackVersion, content: PackContent) -> None:
        """Keep a new version; Conflict where its number is taken."""
        row: codec.Columns = {
            "number": version.number,
            "at": version.at,
            "body": codec.to_body(codec.to_fields(version)),
            "content": codec.to_body(codec.to_fields(content)),
        }
        if not self._rows.insert_once(packs, row):
            raise transitions.taken_number(version.number)

    def get(self, number: int) -> PackVersion:
        """One version; NotFound otherwise."""
        stored = self._rows.run(self._rows.select(packs, packs.c.body).where(packs.c.number == number)).scalar()
        return codec.read_value(PackVersion, transitions.known_pack(stored, number))

    def content(self, number: int) -> PackContent:
        """What it holds; NotFound otherwise."""
        stored = self._rows.run(self._rows.select(packs, packs.c.content).where(packs.c.number == number)).scalar()
        return codec.read_value(PackContent, transitions.known_pack(stored, number))

    def all(self) -> list[PackVersion]:
        """Every version, newest first."""
        asked = self._rows.select(packs, packs.c.body).order_by(packs.c.number.desc())
        return [codec.read_value(PackVersion, stored) for stored in self._rows.run(asked).scalars()]
