"""Secrets by reference: read where they lie when they are needed, so that a new one counts at once and none is kept."""

import os
from pathlib import Path

from app.config.model import SecretReference
from app.domain.errors import Unavailable

MOST_BYTES = 4_096


def read_secret(reference: SecretReference) -> bytes:
    """The secret; Unavailable, naming the reference, when there is none."""
    name = f"the variable {reference.env}" if reference.env else f"the file {reference.file}"
    try:
        with Path(reference.file or os.devnull).open("rb") as file:
            found = os.environ[reference.env].encode() if reference.env else file.read(MOST_BYTES)
    except KeyError:
        raise _not_there(name, "it is not set") from None
    except OSError as failure:
        raise _not_there(name, failure.strerror or "it cannot be read") from None
    if not found.strip():
        raise _not_there(name, "it is empty")
    return found.strip()


def _not_there(name: str, why: str) -> Unavailable:
    return Unavailable(
        f"The secret in {name} of config/sources.yaml cannot be read",
        why,
        remedy="put the sender's secret there; the sender may try again then",
        delay=60.0,
    )
