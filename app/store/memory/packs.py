"""A tenant's own domain packs in memory."""

from app.domain.packs import PackContent, PackVersion
from app.store import codec, transitions
from app.store.memory.shelf import ShelfView

_Kept = tuple[str, str]
"""A version and its content, as a database would write them."""


class MemoryPacks:
    """The Packs port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def add(self, version: PackVersion, content: PackContent) -> None:
        """Keep a new version; Conflict where its number is taken."""
        rows = self._view.edit("packs")
        if version.number in rows:
            raise transitions.taken_number(version.number)
        kept: _Kept = (codec.to_body(codec.to_fields(version)), codec.to_body(codec.to_fields(content)))
        rows[version.number] = kept

    def get(self, number: int) -> PackVersion:
        """One version; NotFound otherwise."""
        return codec.read_value(PackVersion, self._kept(number)[0])

    def content(self, number: int) -> PackContent:
        """What it holds; NotFound otherwise."""
        return codec.read_value(PackContent, self._kept(number)[1])

    def all(self) -> list[PackVersion]:
        """Every version, newest first."""
        rows = sorted(self._view.rows("packs").items(), reverse=True)
        return [codec.read_value(PackVersion, kept[0]) for _, kept in rows]

    def _kept(self, number: int) -> _Kept:
        found: _Kept = transitions.known_pack(self._view.rows("packs").get(number), number)
        return found
