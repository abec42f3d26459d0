"""The files we make on this machine: for their owner's eyes only, and, where SQLite keeps them, no larger than what is
in them for long.
"""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger()
OWN_FILE, OWN_FOLDER = 0o600, 0o700
OTHERS = 0o077
OURS = ("causeway.sqlite", "checkpoints.sqlite", "causeway.lock", "index")
"""What lies in a data folder; SQLite puts its log and its map beside a file, by the same name with an ending."""

PAGE = 4_096
LOG_BYTES = 2 * 2**20
"""So long may a write-ahead log stay on the disk; while one long view is open it may grow beyond."""
PRAGMAS = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    f"PRAGMA wal_autocheckpoint = {LOG_BYTES // PAGE // 2}",
    f"PRAGMA journal_size_limit = {LOG_BYTES}",
)
"""For a connection that writes, before anything else: the first counts for a file that is being made."""
PAGES_A_STEP = 500
LEAST_FREE_PAGES = 500
REWRITTEN_UP_TO = 256 * 2**20


# --- for the owner only
# ------------------------------------------------------------------------------------------------------


def be_private() -> None:
    """Whatever this process and those it starts make from now on is its owner's alone."""
    os.umask(OTHERS)


def own_folder(folder: Path) -> None:
    """Make a folder for its owner alone, where there is none; those above it are made as usual."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=OWN_FOLDER, exist_ok=True)


def own_file(path: Path) -> None:
    """Make an empty file for its owner alone, where there is none: SQLite gives what it puts beside a file the same
    mode.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_FILE))


def close_to_others(data: Path, anchor: Path) -> list[Path]:
    """Take from others what an earlier version, or somebody, let them read; what was changed.

    Only what is ours by its name is touched, and the folder itself only when nothing else lies in it.
    """
    changed = [path for path in (*_ours(data), anchor) if _closed(path)]
    if changed:
        log.warning("files.closed_to_others", count=len(changed), first=str(changed[0]))
    return changed


def _ours(data: Path) -> Iterator[Path]:
    there = sorted(data.iterdir()) if data.is_dir() else []
    ours = [path for path in there if path.name.startswith(OURS)]
    if len(ours) == len(there):
        yield data
    for path in ours:
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from path.rglob("*")


def _closed(path: Path) -> bool:
    """Whether it had to be closed; what belongs to somebody else is left to them."""
    try:
        stands = path.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(stands.st_mode) or not stands.st_mode & OTHERS or stands.st_uid != os.geteuid():
        return False
    path.chmod(stands.st_mode & ~OTHERS)
    return True


# --- SQLite's files
# ----------------------------------------------------------------------------------------------------------


def make_shrinkable(connection: sqlite3.Connection) -> None:
    """Let a file of an earlier version give back its free pages, too; it is written anew in its place, once, if it is
    not too large.
    """
    place = _place(connection)
    if place is None or _number(connection, "auto_vacuum") == 2:
        return
    size = place.stat().st_size
    if size > REWRITTEN_UP_TO or shutil.disk_usage(place.parent).free < 3 * size:
        log.info(
            "files.not_rewritten", file=place.name, bytes=size, why="its free pages are used again, but not given back"
        )
        return
    connection.commit()
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL").close()
        connection.execute("VACUUM").close()
        log.info("files.rewritten", file=place.name, bytes=size)


def tidy(connection: sqlite3.Connection) -> None:
    """A small piece of work: give back some free pages where there are many, and fold in the log where it is long.
    Waits for no reader.

    The connection must be the one that writes, and in no transaction.
    """
    place = _place(connection)
    if place is None:
        return
    free = _number(connection, "freelist_count")
    if free > max(LEAST_FREE_PAGES, _number(connection, "page_count") // 4):
        # As a script it is stepped to its end; execute() stops a statement without columns at its first step, which is
        # one page.
        connection.executescript(f"PRAGMA incremental_vacuum({PAGES_A_STEP})").close()
    beside = place.with_name(f"{place.name}-wal")
    if beside.exists() and beside.stat().st_size > LOG_BYTES:
        patience = _number(connection, "busy_timeout")
        connection.execute("PRAGMA busy_timeout = 0").close()
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as busy:
            log.debug("files.log_in_use", file=place.name, why=str(busy))
        finally:
            connection.execute(f"PRAGMA busy_timeout = {patience}").close()


def _place(connection: sqlite3.Connection) -> Path | None:
    """The file of a connection; None for one in memory."""
    named: str = connection.execute("PRAGMA database_list").fetchone()[2]
    return Path(named) if named else None


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
