"""The file of a backup: a gzipped tar with a manifest first and one file of JSON lines per table. What comes from
outside is hostile.

Nothing is ever unpacked to a path. Members are read in order as streams, every size is bounded before it is believed,
and the digest, the number of rows and the number of bytes of each must be those the manifest names.
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from pydantic import Field, ValidationError

from app.domain.base import JsonObject, Moment, Value, canonical_json
from app.domain.errors import BadInput

FORMAT = "causeway-backup"
VERSION = 1
MANIFEST = "manifest.json"
MOST_MANIFEST = 64_000_000
PIECE = 1 << 16
MOST_PIECES = 4_096
"""The longest line, in pieces: no row is longer than 256 MB."""
MOST_BYTES = 1_000_000_000_000
MOST_MEMBERS = 200
MOST_AT_ONCE = 1 << 20
"""No header of a tar is longer; one that says so is not read into memory."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\.jsonl")
_DAMAGE = (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile)


class Member(Value):
    """One table of a backup."""

    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class ChainHead(Value):
    """Where a tenant's chain ended, and whether it held up to there."""

    seq: int = Field(ge=0)
    hash: str
    first_bad: int | None = None
    reason: str = ""


class Manifest(Value):
    """What a backup holds."""

    format: str = FORMAT
    version: int = VERSION
    revision: str
    dialect: str
    created_at: Moment
    heads: dict[str, ChainHead] = Field(default_factory=dict, description="by tenant")
    tables: dict[str, Member] = Field(default_factory=dict, description="by name; the file of each is <name>.jsonl")

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(member.rows for member in self.tables.values())

    @property
    def bytes(self) -> int:
        """All bytes, unpacked."""
        return sum(member.bytes for member in self.tables.values())


# --- writing -------------------------------------------------------------------------------------------------------


def line_of(row: JsonObject) -> bytes:
    """One row as one line."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def spool_table(lines: Iterable[bytes], place: Path) -> Member:
    """Write a table's lines to a file of its own; what the manifest says about it."""
    digest, rows, size = hashlib.sha256(), 0, 0
    with place.open("wb") as file:
        for line in lines:
            digest.update(line)
            rows, size = rows + 1, size + len(line)
            file.write(line)
    return Member(rows=rows, bytes=size, sha256=digest.hexdigest())


def pack_archive(sink: IO[bytes], manifest: Manifest, folder: Path) -> None:
    """The spooled tables of a folder as one file, the manifest first."""
    with (
        gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6, mtime=0, filename="") as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        told = canonical_json(manifest.plain())
        _add_member(archive, MANIFEST, len(told), io.BytesIO(told), manifest.created_at)
        for name, member in manifest.tables.items():
            with (folder / f"{name}.jsonl").open("rb") as file:
                _add_member(archive, f"{name}.jsonl", member.bytes, file, manifest.created_at)


def _add_member(archive: tarfile.TarFile, name: str, size: int, content: IO[bytes], at: datetime) -> None:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, 0o600, int(at.timestamp())
    archive.addfile(header, content)


# --- reading -------------------------------------------------------------------------------------------------------


class Bounded(io.RawIOBase):
    """Unpacked bytes, never many at once and never more than a backup can have."""

    def __init__(self, inner: gzip.GzipFile) -> None:
        self._inner = inner

    def read(self, size: int = -1) -> bytes:
        """Some bytes; a tar that asks for more than a header's worth is not one of ours."""
        if not 0 <= size <= MOST_AT_ONCE:
            raise tarfile.ReadError("a header says it is longer than any header")
        return self._inner.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go on to a place within what a backup can have."""
        if offset > MOST_BYTES:
            raise tarfile.ReadError("it says it holds more than any backup")
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        """How far it was read."""
        return self._inner.tell()


class Backup:
    """A backup that is being read: its manifest, then its tables in their order."""

    def __init__(self, archive: tarfile.TarFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self.manifest = self._manifest()

    def tables(self) -> Iterator[tuple[str, Iterator[tuple[int, JsonObject]]]]:
        """Each table with its rows and their line numbers; whatever does not fit the manifest is refused, at the latest
        at its end.

        The rows of one table must be read before the next is asked for.
        """
        missing = dict(self.manifest.tables)
        for header in self._headers():
            table = header.name.removesuffix(".jsonl")
            member = missing.pop(table, None) if _NAME.fullmatch(header.name) else None
            if member is None:
                raise self.damaged(
                    f"it holds {header.name[:80]!r}, which its manifest does not name or which it holds twice"
                )
            yield table, self._rows(header, member)
        if missing:
            raise self.damaged(f"{sorted(missing)[0]}.jsonl is missing")

    def damaged(self, why: str) -> BadInput:
        """The refusal of this file."""
        return BadInput(f"{self._name} is not a whole backup of Causeway: {why}. Nothing was changed.")

    def _manifest(self) -> Manifest:
        try:
            header = next(self._headers(), None)
            if header is None or header.name != MANIFEST:
                raise self.damaged(f"it does not begin with {MANIFEST}")
            if header.size > MOST_MANIFEST:
                raise self.damaged(f"{MANIFEST} is longer than {MOST_MANIFEST:,} bytes")
            told = json.loads(b"".join(self._pieces(header)))
        except (ValueError, RecursionError):
            raise self.damaged(f"{MANIFEST} is not JSON") from None
        return self._read(told)

    def _read(self, told: Any) -> Manifest:
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise self.damaged(f"{MANIFEST} does not say it is a {FORMAT}")
        if not isinstance(told.get("version"), int) or told["version"] > VERSION:
            raise BadInput(
                f"{self._name} is a backup in format {told.get('version')!r}; this version of Causeway reads up to"
                f" {VERSION}."
            )
        try:
            manifest = Manifest.model_validate(told)
        except ValidationError as wrong:
            where = ".".join(str(part) for part in wrong.errors()[0]["loc"])
            raise self.damaged(f"{MANIFEST}: {where}: {wrong.errors()[0]['msg']}") from None
        if manifest.bytes > MOST_BYTES or len(manifest.tables) > MOST_MEMBERS:
            raise self.damaged("it says it holds more than any backup")
        return manifest

    def _headers(self) -> Iterator[tarfile.TarInfo]:
        """The members as they come: plain files only, in no folder."""
        for _ in range(MOST_MEMBERS + 2):
            with self._watched("between its members"):
                header = self._archive.next()
            if header is None:
                return
            if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.sparse or header.size < 0:
                raise self.damaged(f"its member {header.name[:80]!r} is no plain file of a backup")
            yield header
        raise self.damaged("it has too many members")

    def _rows(self, header: tarfile.TarInfo, member: Member) -> Iterator[tuple[int, JsonObject]]:
        if header.size != member.bytes:
            raise self.damaged(f"{header.name} has {header.size:,} bytes, its manifest says {member.bytes:,}")
        digest, rows = hashlib.sha256(), 0
        for line in self._lines(header):
            digest.update(line)
            rows += 1
            yield rows, self._row(header, rows, line)
        if digest.hexdigest() != member.sha256 or rows != member.rows:
            raise self.damaged(f"{header.name} is not what its manifest says: its {rows} row(s) have another digest")

    def _row(self, header: tarfile.TarInfo, number: int, line: bytes) -> JsonObject:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise self.damaged(f"{header.name} line {number} is no JSON object")
        return row

    def _lines(self, header: tarfile.TarInfo) -> Iterator[bytes]:
        begun: list[bytes] = []
        for piece in self._pieces(header):
            first, *others = piece.split(b"\n")
            begun.append(first)
            for other in others:
                yield b"".join(begun) + b"\n"
                begun = [other]
            if len(begun) > MOST_PIECES:
                raise self.damaged(f"{header.name} has a line longer than {MOST_PIECES * PIECE:,} bytes")
        if any(begun):
            raise self.damaged(f"{header.name} ends within a line")

    def _pieces(self, header: tarfile.TarInfo) -> Iterator[bytes]:
        content = self._archive.extractfile(header)
        assert content is not None
        with content:
            remaining = header.size
            while remaining:
                with self._watched(f"in {header.name}"):
                    piece = content.read(min(remaining, PIECE))
                if not piece:
                    raise self.damaged(f"it ends in {header.name}")
                remaining -= len(piece)
                yield piece

    @contextmanager
    def _watched(self, where: str) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as broken:
            raise self.damaged(f"it cannot be read {where} ({broken})") from None


@contextmanager
def open_backup(file: Path) -> Iterator[Backup]:
    """A backup to be read; BadInput with what is wrong and where."""
    try:
        source = file.open("rb")
    except OSError as failure:
        raise BadInput(f"{file} cannot be read: {failure.strerror}.") from None
    with source, gzip.GzipFile(fileobj=source, mode="rb") as unpacked:
        try:
            archive = tarfile.open(fileobj=Bounded(unpacked), mode="r:", errorlevel=2)  # noqa: SIM115 - closed by the block below
        except (*_DAMAGE, OSError) as broken:
            raise BadInput(
                f"{file} is not a backup of Causeway: it is no gzipped tar ({broken}). Nothing was changed."
            ) from None
        with archive:
            yield Backup(archive, file.name)


def check_backup(file: Path) -> Manifest:
    """Read a backup from end to end; its manifest when all of it is as it says."""
    with open_backup(file) as backup:
        for _, rows in backup.tables():
            for _ in rows:
                pass
        return backup.manifest
