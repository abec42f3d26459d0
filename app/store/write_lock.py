"""One writer at a time in this process: threads queue here, where waiting is cheap, instead of inside the database."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from app.domain.errors import Temporary


class WriteLock:
    """A lock that knows who holds it, so that a block inside a block is an error at once and not a deadlock."""

    def __init__(self, patience: float) -> None:
        self._lock = threading.Lock()
        self._patience = patience
        self._holder: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and give it up at the end; Temporary when it takes too long."""
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("this thread is writing already; one block is one transaction")
        if not self._lock.acquire(timeout=self._patience):
            raise Temporary("the store is busy with other writers", delay=1.0)
        self._holder = me
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()


class WriteLocks:
    """A turnstile per tenant; or one for all of them, where the database has one writer only."""

    def __init__(self, patience: float, *, shared: bool) -> None:
        self._each: defaultdict[str, WriteLock] = defaultdict(lambda: WriteLock(patience))
        self._registry = threading.Lock()
        self._shared = shared

    def turn(self, tenant_id: str) -> AbstractContextManager[None]:
        """Wait for the tenant's turn."""
        with self._registry:
            chosen = self._each["" if self._shared else tenant_id]
        return chosen.turn()
