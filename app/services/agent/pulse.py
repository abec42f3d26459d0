"""Asks every place that keeps data, every few seconds, whether it still does: what nobody uses for a while is not well
for that reason.

Each has a thread of its own, so that one that hangs keeps no other from being asked.
"""

import threading
from collections.abc import Callable

import structlog

from app.ports.store import Store
from app.process.vital_signs import Part, VitalSigns

log = structlog.get_logger()
PROBE_SECONDS = 2.0
LONGEST_SILENCE = 8.0
"""Longer than a probe takes on a healthy machine, and short enough that a place which hangs is known within ten
seconds.
"""

KEPT_ON_DISK = (Part.READ, Part.WRITE, Part.CHECKPOINT, Part.INDEX)


class Pulse:
    """The threads that ask the store, the bookmarks and the index, until they are stopped."""

    def __init__(
        self,
        vitals: VitalSigns,
        store: Store,
        checkpoints: Callable[[], None],
        index: Callable[[], None],
        *,
        on_disk: bool,
    ) -> None:
        self._vitals = vitals
        self._expected = KEPT_ON_DISK if on_disk else ()
        self._asked = {
            "store": store.probe,
            "checkpoints": self._watched(Part.CHECKPOINT, checkpoints),
            "index": self._watched(Part.INDEX, index),
        }
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(name,), name=f"causeway-pulse-{name}", daemon=True)
            for name in self._asked
        ]

    def start(self) -> None:
        """Begin to ask."""
        for part in self._expected:
            self._vitals.expect(part, LONGEST_SILENCE)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)

    def ask(self, name: str) -> None:
        """Ask one place once; the vital signs are told how it went."""
        try:
            self._asked[name]()
        except Exception as failure:  # noqa: BLE001 - whatever a probe meets is a sign already, and it asks again
            log.debug("pulse.failed", place=name, error=type(failure).__name__)

    def _watched(self, part: Part, probe: Callable[[], None]) -> Callable[[], None]:
        def ask() -> None:
            with self._vitals.watch(part):
                probe()

        return ask

    def _run(self, name: str) -> None:
        while not self._stopping.is_set():
            self.ask(name)
            self._stopping.wait(PROBE_SECONDS)
