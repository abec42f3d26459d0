"""Keeps a tool from calling a system that does not answer: for each tenant and tool by itself."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

WATCHED: Final = 8
ENOUGH: Final = 4
"""So many of the last calls went wrong, and it opens."""
SECONDS_OPEN: Final = 60.0
CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"


@dataclass
class _Line:
    """How the last calls of one tool in one tenant went."""

    went: deque[bool] = field(default_factory=lambda: deque(maxlen=WATCHED))
    opened_at: float | None = None
    probing: bool = False
    opened_times: int = 0


@dataclass
class Breakers:
    """One line for each tenant and tool. Open, nothing is sent; after a while one call is let through to see."""

    clock: Callable[[], float] = time.monotonic
    seconds: float = SECONDS_OPEN
    _lines: dict[tuple[str, str], _Line] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait_before(self, tenant: str, tool: str) -> float | None:
        """None when a call may go out (it is counted as the probe of an open line); else how long to wait."""
        with self._lock:
            line = self._lines.setdefault((tenant, tool), _Line())
            if line.opened_at is None:
                return None
            left = line.opened_at + self.seconds - self.clock()
            if left > 0 or line.probing:
                return max(left, 1.0)
            line.probing = True
            return None

    def tell(self, tenant: str, tool: str, *, well: bool) -> None:
        """How a call went: a probe decides at once, others when enough of them went wrong."""
        with self._lock:
            line = self._lines.setdefault((tenant, tool), _Line())
            line.went.append(well)
            if line.probing or line.opened_at is not None:
                line.probing = False
                line.opened_at = None if well else self.clock()
                if well:
                    line.went.clear()
            elif not well and line.went.count(False) >= ENOUGH:
                line.opened_at = self.clock()
                line.opened_times += 1

    def state(self, tenant: str, tool: str) -> str:
        """closed, open or half_open."""
        with self._lock:
            line = self._lines.get((tenant, tool))
            if line is None or line.opened_at is None:
                return CLOSED
            over = line.opened_at + self.seconds <= self.clock()
            return HALF_OPEN if line.probing or over else OPEN

    def states(self) -> dict[tuple[str, str], str]:
        """Every line that was ever used."""
        with self._lock:
            known = list(self._lines)
        return {key: self.state(*key) for key in known}
