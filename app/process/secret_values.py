"""Secrets by reference: read where they lie when they are needed, so that a new one counts at once and none is kept."""

import os
from pathlib import Path

from app.domain.errors import Unavailable
from app.ports.live import SecretReference

MOST_BYTES = 4_096


def read_secret(reference: SecretReference, named_in: str = "config/sources.yaml") -> bytes:
    """The secret; Unavailable, naming the reference, when there is none."""
    name = f"the variable {reference.env}" if reference.env else f"the file {reference.file}"
    try:
        with Path(reference.file or os.devnull).open("rb") as file:
            found = os.environ[reference.env].encode() if reference.env else file.read(MOST_BYTES)
    except KeyError:
        raise _not_there(name, named_in, "it is not set") from None
    except OSError as failure:
        raise _not_there(name, named_in, failure.strerror or "it cannot be read") from None
    if not found.strip():
        raise _not_there(name, named_in, "it is empty")
    return found.strip()


def _not_there(name: str, named_in: str, why: str) -> Unavailable:
    return Unavailable(
        f"The secret in {name} of {named_in} cannot be read",
        why,
        remedy="put the secret there; it may be tried again then",
        delay=60.0,
    )
