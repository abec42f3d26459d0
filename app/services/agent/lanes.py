"""A few threads that tenants share, of which each tenant has at most one: whoever is long at work keeps nobody else
waiting.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Lanes:
    """Threads that begin with their first job, and end with the process or when they are told to."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jobs: SimpleQueue[tuple[str, Job] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy: set[str] = set()
        self._changed = threading.Condition()

    def offer(self, name: str, job: Job) -> bool:
        """Have it done, unless the last job of that name is still waiting or under way."""
        with self._changed:
            if name in self._busy:
                return False
            self._busy.add(name)
            if len(self._threads) < self._count:
                thread = threading.Thread(target=self._run, name=f"causeway-lane-{len(self._threads) + 1}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._jobs.put((name, job))
        return True

    def rest(self, seconds: float | None = None) -> bool:
        """Wait until nothing is under way, or so long; whether nothing is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def close(self, seconds: float) -> None:
        """Let what is under way come to its end, for so long; the threads end with it."""
        if not self.rest(seconds):
            return
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def _run(self) -> None:
        while (given := self._jobs.get()) is not None:
            name, job = given
            try:
                job()
            finally:
                with self._changed:
                    self._busy.discard(name)
                    self._changed.notify_all()
