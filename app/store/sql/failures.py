"""What a database says when it does not serve, as an error of ours: what cannot be done, why, where it lies, and what
to do.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InterfaceError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import Unavailable

RESTORE = "stop the server and restore a backup: python -m app restore FILE.tar.gz --replace"
FULL = "free some space on its disk; it goes on by itself"
OTHERS = "end the other program that has it open; it goes on by itself"
REMEDIES = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: "let this process write the file and its folder; it goes on by itself",
    sqlite3.SQLITE_IOERR: "look whether its disk is full, gone or broken; it goes on by itself when the disk does",
    sqlite3.SQLITE_CANTOPEN: "look whether its folder is there and may be used; it goes on by itself",
    sqlite3.SQLITE_BUSY: OTHERS,
    sqlite3.SQLITE_LOCKED: OTHERS,
    sqlite3.SQLITE_PERM: "let this process write the file and its folder; it goes on by itself",
    sqlite3.SQLITE_CORRUPT: RESTORE,
    sqlite3.SQLITE_NOTADB: RESTORE,
}
ELSE = "look whether the database is there and answers; it goes on by itself when it does"
_NOT_ITS_STATE = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
"""These are about what was asked of it."""


@contextmanager
def answering(deed: str, place: str = "") -> Iterator[None]:
    """A database that is busy, full, damaged or gone is Unavailable, with what the library said kept for the log."""
    try:
        yield
    except _NOT_ITS_STATE:
        raise
    except (DatabaseError, InterfaceError) as failure:
        raise unavailable(deed, failure, place) from failure
    except PoolTimeout as failure:
        raise Unavailable(
            f"the store cannot {deed} now",
            "all its connections are in use",
            place=place,
            remedy="try again in a moment",
        ) from failure


def unavailable(deed: str, failure: DatabaseError | InterfaceError, place: str) -> Unavailable:
    """The error for what a database said: its own words for the cause, and our advice."""
    said = str(failure.orig).splitlines()
    code = getattr(failure.orig, "sqlite_errorcode", None)
    remedy = ELSE if code is None else REMEDIES.get(code & 0xFF, ELSE)
    return Unavailable(
        f"the store cannot {deed} now", said[0] if said else "no reason was given", place=place, remedy=remedy
    )


def is_damage(error: Unavailable) -> bool:
    """Whether the file itself is no database any more, so that trying again changes nothing."""
    return error.remedy == RESTORE


def is_full(error: Unavailable) -> bool:
    """Whether there was no room for what was to be written."""
    return error.remedy in {FULL, REMEDIES[sqlite3.SQLITE_IOERR]}
