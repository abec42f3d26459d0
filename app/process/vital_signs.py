"""The vital signs of the running product: when each part last did its work, and what keeps it from it now.

Whoever does a piece of work says how it went, here; whoever asks (a probe, the console, a person) only reads. A part
that should be seen doing its work and is not seen for a while is in trouble too: nothing is well because nobody
complained.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType

import structlog

from app.domain.base import Moment, Value
from app.domain.errors import CausewayError, Temporary, Unavailable
from app.system import SystemClock

log = structlog.get_logger()
SEE_LOG = "look into the server's log for what it says at this time; it is tried again by itself"


class Part(StrEnum):
    """What can be well or in trouble."""

    SWEEP = "sweep"
    ADVANCE = "advance"
    READ = "read"
    WRITE = "write"
    CHECKPOINT = "checkpoint"
    INDEX = "index"
    RECORD = "record"
    WORKER = "worker"


class Trouble(Value):
    """What keeps a part from its work: the cause in plain words, the file or place, and what to do."""

    cause: str
    where: str = ""
    remedy: str = ""

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        where = f" ({self.where})" if self.where else ""
        advice = f". {self.remedy[:1].upper()}{self.remedy[1:]}" if self.remedy else ""
        return f"{self.cause}{where}{advice}."


class VitalSign(Value):
    """How one part is, of one tenant or of the whole installation."""

    part: Part
    tenant: str | None = None
    ok: bool
    last_success_at: Moment | None = None
    age_seconds: float | None = None
    trouble: Trouble | None = None
    since: Moment | None = None

    @property
    def name(self) -> str:
        """The part, and whose it is."""
        return f"{self.part.value} of tenant {self.tenant}" if self.tenant else self.part.value


def list_troubles(signs: Iterable[VitalSign]) -> list[str]:
    """What is not well, in lines for people: which parts, why, where, and what to do. One trouble that keeps several
    parts from their work is one line.
    """
    names: dict[Trouble, list[str]] = {}
    for sign in signs:
        if sign.trouble is not None:
            names.setdefault(sign.trouble, []).append(sign.name)
    return [
        f"{', '.join(of[:-1])}{' and ' if len(of) > 1 else ''}{of[-1]}: {trouble.sentence}"
        for trouble, of in names.items()
    ]


@dataclass
class _Kept:
    """What is known of one part. Local to this file."""

    done: float | None = None
    done_at: datetime | None = None
    trouble: Trouble | None = None
    since: datetime | None = None


Key = tuple[Part, str]


class VitalSigns:
    """The record: many threads write it, any may read it, and nobody waits for anything but its lock."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic, *, logged: bool = False) -> None:
        self._elapsed = elapsed
        self._logged = logged
        self._clock = SystemClock()
        self._kept: dict[Key, _Kept] = {}
        self._expected: dict[Key, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def expect(self, part: Part, within: float) -> None:
        """From now on this part must be seen doing its work every so many seconds."""
        with self._lock:
            self._expected[part, ""] = (self._elapsed(), within)

    def well(self, part: Part, tenant: str = "") -> None:
        """It did its work."""
        with self._lock:
            kept = self._kept.setdefault((part, tenant), _Kept())
            recovered, kept.trouble, kept.since = kept.trouble is not None, None, None
            kept.done, kept.done_at = self._elapsed(), self._clock.now()
        if recovered and self._logged:
            log.info("health.well", part=part.value, tenant=tenant)

    def ill(self, part: Part, trouble: Trouble, tenant: str = "") -> None:
        """It could not."""
        with self._lock:
            kept = self._kept.setdefault((part, tenant), _Kept())
            fresh, kept.trouble = kept.trouble != trouble, trouble
            kept.since = kept.since or self._clock.now()
        if fresh and self._logged:
            log.error("health.ill", part=part.value, tenant=tenant, **trouble.plain())

    def watch(self, part: Part, tenant: str = "") -> "Watch":
        """A block whose end says how it went. Somebody else being at it is neither well nor trouble."""
        return Watch(self, part, tenant)

    def keep_only(self, tenants: Collection[str]) -> None:
        """Forget the tenants that are not there any more."""
        with self._lock:
            for key in [key for key in self._kept if key[1] and key[1] not in tenants]:
                del self._kept[key]

    def age(self, part: Part) -> float | None:
        """Seconds since it last did its work; None before the first time."""
        with self._lock:
            kept = self._kept.get((part, ""))
            return None if kept is None or kept.done is None else self._elapsed() - kept.done

    def signs(self) -> list[VitalSign]:
        """How everything is now."""
        with self._lock:
            now = self._elapsed()
            keys = sorted({*self._kept, *self._expected}, key=lambda key: (list(Part).index(key[0]), key[1]))
            return [self._sign(key, now) for key in keys]

    def troubles(self) -> list[VitalSign]:
        """What is not well now."""
        return [sign for sign in self.signs() if not sign.ok]

    def _sign(self, key: Key, now: float) -> VitalSign:
        kept = self._kept.get(key, _Kept())
        trouble = kept.trouble or self._silence(key, kept, now)
        return VitalSign(
            part=key[0],
            tenant=key[1] or None,
            ok=trouble is None,
            last_success_at=kept.done_at,
            age_seconds=None if kept.done is None else round(now - kept.done, 1),
            trouble=trouble,
            since=kept.since,
        )

    def _silence(self, key: Key, kept: _Kept, now: float) -> Trouble | None:
        """What is expected and was not seen for too long."""
        if key not in self._expected:
            return None
        begun, within = self._expected[key]
        silent = now - max(begun, kept.done or begun)
        if silent <= within:
            return None
        return Trouble(cause=f"it has not been done for {silent:.0f} seconds, and nothing says why", remedy=SEE_LOG)


class Watch:
    """A block of work of one part. What goes wrong in it goes on its way, and is recorded."""

    def __init__(self, signs: VitalSigns, part: Part, tenant: str) -> None:
        self._signs, self._part, self._tenant = signs, part, tenant

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Record how it ended."""
        if error is None:
            self._signs.well(self._part, self._tenant)
        elif isinstance(error, Exception) and (isinstance(error, Unavailable) or not isinstance(error, Temporary)):
            self._signs.ill(self._part, trouble_of(error), self._tenant)


def trouble_of(error: Exception) -> Trouble:
    """A failure in words for people: nothing of what a library says about its inside."""
    if isinstance(error, Unavailable):
        return Trouble(cause=error.cause, where=error.place, remedy=error.remedy)
    if isinstance(error, CausewayError):
        return Trouble(cause=error.detail.removesuffix("."), remedy=SEE_LOG)
    return Trouble(cause=f"it failed in a way nobody foresaw ({type(error).__name__})", remedy=SEE_LOG)
