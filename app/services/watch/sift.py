"""Finds the few things over which an attempt fails, by halves, so that the many others need not wait for them.

Nothing is blamed when the attempt fails without any of them, or over every one that is tried: then the fault is ours.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from app.domain.errors import CausewayError, Temporary
from app.privacy.redact import redact

log = structlog.get_logger()
MOST_BLAMED = 10
"""So many are found by one sift; the next one finds more."""
LONGEST_REASON = 300


@dataclass
class Sifted:
    """What went well together, and what did not, each with the reason."""

    sound: list[str] = field(default_factory=list)
    blamed: dict[str, str] = field(default_factory=dict)


def sift(names: Sequence[str], attempt: Callable[[frozenset[str]], None], *, seconds: float) -> Sifted:
    """Try these names in growing company; about log2(n) attempts find one culprit. What there was no time for is in
    neither list.
    """
    found, over = Sifted(), time.monotonic() + seconds
    if failure(attempt, ()) is not None:
        return found
    parts: list[Sequence[str]] = [names] if names else []
    while parts:
        part = parts.pop()
        reason = failure(attempt, [*found.sound, *part])
        if reason is None:
            found.sound.extend(part)
        elif len(part) == 1:
            found.blamed[part[0]] = reason
        elif len(found.blamed) < MOST_BLAMED and time.monotonic() < over:
            parts += [part[len(part) // 2 :], part[: len(part) // 2]]
    if len(names) > 1 and not found.sound and not _any_goes(names, attempt, found):
        return Sifted()
    return found


def _any_goes(names: Sequence[str], attempt: Callable[[frozenset[str]], None], found: Sifted) -> bool:
    """Whether one of a few others, spread over all of them, goes well alone: only then are the blamed ones to blame."""
    others = [name for name in names if name not in found.blamed]
    spread = others[:: max(len(others) // MOST_BLAMED, 1)]
    return any(failure(attempt, [name]) is None for name in reversed(spread))


def failure(attempt: Callable[[frozenset[str]], None], names: Sequence[str]) -> str | None:
    """Why the attempt fails with these; None when it goes well. What may go well later is no failure, and
    is passed on.
    """
    try:
        attempt(frozenset(names))
    except (Temporary, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and one signal must not keep the others from being looked at
        log.info("sift.failed", count=len(names), error=type(error).__name__)
        return reason_of(error)
    return None


def reason_of(error: Exception) -> str:
    """What went wrong, as people may read it: our own sentences and plain errors, never what a library put into its
    message.
    """
    if isinstance(error, CausewayError):
        said = error.detail
    elif type(error).__module__ == "builtins" and str(error):
        said = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    else:
        said = type(error).__name__
    return redact(said[:LONGEST_REASON]).text
