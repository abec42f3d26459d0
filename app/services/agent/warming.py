"""What messages are compared with is given to the model of meaning beforehand, in the background, so that neither the
first incident nor the first question waits for it.
"""

import threading
from collections.abc import Sequence

from app.config.model import DomainPack
from app.observe.meanings import match_meanings, sentences_of
from app.ports.knowledge import Meaning

AT_ONCE = 32
"""So many sentences are given to it between two looks at whether it is over."""
POLL = 0.5
FIRST = "the first message that nobody has prepared"
"""It brings the model in, which sentences whose vectors are shipped do not, and puts together what every look needs."""


class Warming:
    """A thread that ends by itself, or as soon as it is stopped."""

    def __init__(self, meaning: Meaning, packs: Sequence[DomainPack], after: threading.Event) -> None:
        self._meaning, self._packs, self._after = meaning, packs, after
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="causeway-meaning", daemon=True)

    def start(self) -> None:
        """Begin once what is large is imported."""
        self._thread.start()

    def stop(self) -> None:
        """Leave the rest to the first who needs it."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._after.wait(POLL):
            if self._stopped.is_set():
                return
        sentences = [one for pack in self._packs for some in sentences_of(pack).values() for one in some]
        for start in range(0, len(sentences), AT_ONCE):
            if self._stopped.is_set():
                return
            self._meaning.place(sentences[start : start + AT_ONCE])
        for pack in self._packs:
            if self._stopped.is_set():
                return
            match_meanings([FIRST], pack, self._meaning)
