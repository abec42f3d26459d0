"""One process owns a data folder: two that write one SQLite file in WAL mode can corrupt it, so the second is refused by name."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from app.domain.errors import Conflict
from app.files import own_folder

LOCK_FILE = "causeway.lock"


class DataLock:
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
            owner = _owner(descriptor)
            os.close(descriptor)
            raise Conflict(
                f"the data folder {self._path.parent} is in use by process {owner}; stop it or choose another folder with --data or CAUSEWAY_DATA",
                pid=owner,
            ) from taken
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Let it go; the file stays (removing it would let two processes lock two files of one name)."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Hold the lock for a block."""
        return self.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let it go at the end of the block."""
        self.release()


def _owner(descriptor: int) -> str:
    written = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return written or "(unknown)"
