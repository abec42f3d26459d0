"""One process owns a data folder: two that write one SQLite file in WAL mode can corrupt it, so the second is refused
by name.

Two things are locked: a file of our own, whose content names the owner, and the database itself. Somebody may delete
the first; whoever then locks a fresh one still finds the second taken. flock(2) knows nothing of the byte ranges that
SQLite locks by fcntl(2), on Linux.
"""

import errno
import fcntl
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from app.domain.errors import Conflict, Unavailable
from app.process.held_file import HeldFile
from app.process.private_files import own_folder

LOCK_FILE = "causeway.lock"
APART = sys.platform == "linux"
"""Elsewhere flock and fcntl are one kind of lock, and ours would keep SQLite out of its own file."""

NOT_HERE = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF})
"""What a file system says that has no such locks, or none on a file opened for reading (NFS)."""


class FolderLock:
    """An exclusive lock on a folder; the operating system lets it go when its process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> Self:
        """Take the lock, or Conflict that names the process which has it."""
        if self.held:
            return self
        own_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            owner = _owner_of(descriptor)
            os.close(descriptor)
            raise Conflict(
                f"the data folder {self._path.parent} is in use by process {owner}; stop it or choose another folder"
                " with --data or CAUSEWAY_DATA",
                pid=owner,
            ) from taken
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def cover(self, file: HeldFile) -> None:
        """Lock the file that is written, too; Conflict when another process has it, whatever became of the
        lock file.
        """
        if not APART:
            return
        try:
            fcntl.flock(file.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            owner = _holder(file.descriptor)
            raise Conflict(
                f"the store {file.path} is in use by process {owner}, whose lock file was removed; stop it or choose"
                " another folder with --data or CAUSEWAY_DATA",
                pid=owner,
            ) from taken
        except OSError as failure:
            if failure.errno not in NOT_HERE:
                raise

    def look_again(self) -> None:
        """Take the lock anew where its file was removed or replaced; Unavailable while somebody else has
        the new one.
        """
        if self._descriptor is None or _names(self._path, self._descriptor):
            return
        lost, self._descriptor = self._descriptor, None
        try:
            self.acquire()
        except (Conflict, OSError) as failure:
            self._descriptor = lost
            cause = (
                failure.detail
                if isinstance(failure, Conflict)
                else f"its lock file was removed and cannot be made again: {failure.strerror}"
            )
            raise Unavailable(
                "the data folder is not ours alone", cause, place=str(self._path), remedy="stop the other process"
            ) from failure
        os.close(lost)

    def release(self) -> None:
        """Let it go; the file stays (removing it would let two processes lock two files of one name)."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Hold the lock for a block."""
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go at the end of the block."""
        self.release()


def _owner_of(descriptor: int) -> str:
    written = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return written or "(unknown)"


def _names(path: Path, descriptor: int) -> bool:
    """Whether the path still leads to the file that is open."""
    try:
        named = path.stat()
    except OSError:
        return False
    held = os.fstat(descriptor)
    return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)


def _holder(descriptor: int) -> str:
    """Who holds the flock on an open file, as the kernel tells it."""
    inode = str(os.fstat(descriptor).st_ino)
    try:
        told = Path("/proc/locks").read_text("ascii", "replace").splitlines()
    except OSError:
        return "(unknown)"
    found = [
        words[4]
        for line in told
        if len(words := line.split()) > 5 and words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode
    ]
    return found[0] if found else "(unknown)"
