"""A backup back into a stopped server's folder, or into an empty database: all of it or nothing, and what is lost is
said.
"""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import DatabaseError

from app.domain.base import Value
from app.domain.errors import Conflict
from app.domain.events import AnchorReading
from app.ports.record import Anchor
from app.process.private_files import own_folder
from app.store.backup import archive, copying
from app.store.backup.archive import ChainHead, Manifest
from app.store.sql.engine import sqlite_url
from app.store.sql.folder_lock import FolderLock

STORE = "causeway.sqlite"
BOOKMARKS = "checkpoints.sqlite"
INDEX = "index"
BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Place:
    """Where a store is kept: the data folder, and the URL of a database when it is not the file in that folder."""

    data: Path
    database: str | None = None

    @property
    def url(self) -> str:
        """The URL of the store."""
        return self.database or sqlite_url(self.data / STORE)

    @property
    def file(self) -> Path | None:
        """The store's file; None when a server keeps it."""
        return copying.file_of(self.url)


class Restored(Value):
    """What was restored, and what whoever restored it must know."""

    rows: int
    tables: int
    made_at: datetime
    from_revision: str
    revision: str
    set_aside: str | None
    perhaps_sent: int
    warnings: tuple[str, ...]


def restore_backup(backup: Path, place: Place, anchor: Anchor, at: datetime, *, replace: bool = False) -> Restored:
    """Load a backup. Conflict while a process has the data folder, or when something is there and `replace` was not
    said.

    What was there is moved into a folder of its own, after the backup was loaded and checked beside it.
    """
    manifest = _check_backup(backup, place)
    with FolderLock(place.data):
        if place.file is None:
            loaded = copying.load_backup(place.url, backup, at=at)
            aside = _move_aside(_files_to_redraw(place), place.data, at)
        else:
            loaded, aside = _into_files(backup, place, place.file, at, replace=replace)
    readings = anchor.readings(sorted(loaded.heads))
    warnings = [
        warning for tenant_id, reading in readings.items() if (warning := what_is_lost(tenant_id, manifest, reading))
    ]
    return Restored(
        rows=manifest.rows,
        tables=len(manifest.tables),
        made_at=manifest.created_at,
        from_revision=manifest.revision,
        revision=loaded.revision,
        set_aside=str(aside) if aside else None,
        perhaps_sent=sum(loaded.perhaps_sent.values()),
        warnings=tuple(warnings),
    )


def what_is_lost(tenant_id: str, manifest: Manifest, anchor: AnchorReading) -> str:
    """What the anchor knows of a tenant's chain that the backup does not hold; empty when they agree."""
    head = manifest.heads.get(tenant_id) or ChainHead(seq=0, hash="")
    if head.first_bad is not None:
        return (
            f"Tenant {tenant_id}: its chain was broken at link {head.first_bad} when the backup was made"
            f" ({head.reason}), and still is."
        )
    last = max(anchor.heads, default=0)
    if last > head.seq:
        return (
            f"Tenant {tenant_id}: its chain ends at link {head.seq} in this backup, and link {last} was anchored:"
            f" {last - head.seq} link(s) that were written after the backup are lost. `audit verify` says so until a"
            " person accepts it."
        )
    if anchor.heads.get(head.seq, head.hash) != head.hash:
        return (
            f"Tenant {tenant_id}: link {head.seq} of this backup is not the one that was anchored: it is of another"
            " history."
        )
    return f"Tenant {tenant_id}: {anchor.trouble}." if anchor.present and anchor.trouble else ""


def _check_backup(backup: Path, place: Place) -> Manifest:
    """The whole file is read before anything is made: its manifest."""
    with archive.open_backup(backup) as found:
        copying.refuse_unknown_revision(found)
        stated = found.manifest.bytes
    standing = next(
        folder for folder in ((place.file or place.data).absolute(), *place.data.absolute().parents) if folder.is_dir()
    )
    if shutil.disk_usage(standing).free < 2 * stated:
        raise Conflict(
            f"{backup.name} holds {stated:,} bytes; there is not twice that much free space in {standing}. Nothing was"
            " changed."
        )
    return archive.check_backup(backup)


def _into_files(
    backup: Path, place: Place, target: Path, at: datetime, *, replace: bool
) -> tuple[copying.Loaded, Path | None]:
    """Load into a file beside, then exchange the files: the old store is whole until the one rename that puts the new
    one in its place.
    """
    if target.exists() and not replace:
        raise Conflict(
            f"{target.parent} holds a store already; --replace moves it aside and restores the backup in its place."
            " Nothing was changed."
        )
    own_folder(target.parent)
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=target.parent) as beside:
        fresh = Path(beside) / STORE
        loaded = copying.load_backup(sqlite_url(fresh), backup, at=at)
        copying.fold_wal(fresh)
        return loaded, _exchange_files(fresh, place, target, at)


def _exchange_files(fresh: Path, place: Place, target: Path, at: datetime) -> Path | None:
    """Bookmarks and index go first, the log beside the old store next, and the store itself last, by one rename over
    it.
    """
    if target.exists():
        with suppress(DatabaseError):
            copying.fold_wal(target)
    logs = [log for suffix in BESIDE if (log := target.with_name(target.name + suffix)).exists()]
    aside = _move_aside([*_files_to_redraw(place), *logs], target.parent, at, also=target.exists())
    if aside is not None and target.exists():
        (aside / target.name).hardlink_to(target)
    with copying.synced_folder(target.parent):
        fresh.replace(target)
    return aside


def _files_to_redraw(place: Place) -> list[Path]:
    """Bookmarks and index of the store that was there: they are drawn anew from the one that is restored."""
    named = [place.data / INDEX, *(place.data / f"{BOOKMARKS}{suffix}" for suffix in ("", *BESIDE))]
    return [path for path in named if path.exists()]


def _move_aside(paths: Sequence[Path], beside: Path, at: datetime, *, also: bool = False) -> Path | None:
    """Move things into a new folder; none is made when there is nothing to move."""
    if not paths and not also:
        return None
    aside = _new_folder(beside / f"before-restore-{at:%Y%m%dT%H%M%SZ}")
    for path in paths:
        shutil.move(path, aside / path.name)
    return aside


def _new_folder(wanted: Path) -> Path:
    for number in range(1, 1_000):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
    raise Conflict(f"{wanted} and a thousand like it are there already.")


# --- revisions
# ---------------------------------------------------------------------------------------------------------------


def upgrade_store(place: Place) -> tuple[str | None, str]:
    """Make or upgrade the store while no server has it; the revisions before (None: it was empty) and after."""
    with FolderLock(place.data):
        return copying.upgrade_database(place.url)


def read_revisions(place: Place) -> tuple[str | None, str]:
    """The store's revision (None: there is no store) and this program's."""
    return copying.read_revision(place.url), copying.newest_revision()
