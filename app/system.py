"""The outside world's time and chance, as adapters of the ports; everything else is handed one of these."""

import threading
import uuid
from datetime import UTC, datetime


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The current moment in UTC."""
        return datetime.now(UTC)


class SteppedClock:
    """A time that moves only when it is moved: the simulated clock, and the clock of tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Where it stands."""
        with self._lock:
            return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move on; it never goes back."""
        with self._lock:
            self._now = max(self._now, moment)


class FreshIds:
    """Ids that nobody has had before."""

    def fresh(self, prefix: str) -> str:
        """A random id behind the prefix."""
        return f"{prefix}-{uuid.uuid4().hex[:16].upper()}"
