"""A database file held open beside SQLite: whether its path still names it, and whether it still is a database.

SQLite goes on with a file that was deleted, exchanged or overwritten under it, and what it writes there is lost. The
descriptor stays open for as long as SQLite has the file: closing it would let go every lock that this process has on
the file.
"""

import os
import shutil
from pathlib import Path

MAGIC = b"SQLite format 3\x00"
LEAST_ROOM = 1_000_000
"""Bytes that must be free on the disk of a file that grows. A small write may still fit where the next one does not."""


class HeldFile:
    """One file, as it was when it was opened; made when it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        self._was_filled = False

    def trouble(self) -> str:
        """What has become of it, in words that follow `the file`; empty when it is the same as before, and
        a database.
        """
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return "was deleted or moved away while it was in use"
        except OSError as failure:
            return f"cannot be reached: {failure.strerror}"
        held = os.fstat(self.descriptor)
        if (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino):
            return "was replaced by another one while it was in use"
        return self._content()

    def is_full(self) -> bool:
        """Whether its disk has no room left to speak of."""
        try:
            return shutil.disk_usage(self.path).free < LEAST_ROOM
        except OSError:
            return False

    def close(self) -> None:
        """Let it go, after SQLite has."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _content(self) -> str:
        try:
            begins = os.pread(self.descriptor, len(MAGIC), 0)
        except OSError as failure:
            return f"cannot be read: {failure.strerror}"
        if begins == MAGIC:
            self._was_filled = True
        if begins == MAGIC or not self._was_filled:
            return ""
        return "was overwritten: it is no database any more" if begins else "was emptied while it was in use"
