"""The key by which the API knows its console. It lies in the data folder for its owner alone: a page in a browser can
neither read nor guess it.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from app.domain.errors import BadConfig

FILE = "console.key"
LEAST = 32


def kept_key(data: Path, draw: Callable[[], str] = secrets.token_urlsafe) -> str:
    """The folder's key; drawn anew where there is none, or where others could have read it. BadConfig when the folder
    cannot keep one.
    """
    file = data / FILE
    try:
        if known := found_key(data):
            return known
        data.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{FILE}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as writing:
            key = draw()
            writing.write(key)
        draft.replace(file)
    except OSError as failure:
        raise BadConfig([f"the key of the console cannot be kept at {file}: {failure.strerror}"]) from failure
    return key


def found_key(data: Path) -> str | None:
    """The key of the API over this folder; None where none is kept safely."""
    file = data / FILE
    try:
        if file.stat().st_mode & 0o077:
            return None
        known = file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return known if len(known) >= LEAST else None
