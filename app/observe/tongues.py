"""How near messages of any language come to examples, where a model of many languages is installed.

Its vectors lie close together, some of them near everything. So a nearness counts by how far it is above what is usual
for the example and for the message, held against what a pack's causes make people and machines say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.model import DomainPack
from app.observe.meanings import sentences_of
from app.ports.knowledge import Places

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

BESIDE = 150
"""So many sentences say what is usual."""


@dataclass(frozen=True)
class Tongues:
    """A model of many languages, and sentences that say what is usual."""

    places: Places
    beside: tuple[str, ...]

    @classmethod
    def of(cls, places: Places | None, pack: DomainPack) -> "Tongues | None":
        """For a pack, where a model is there and the pack says anything."""
        told = sorted({one for some in sentences_of(pack).values() for one in some})
        beside = tuple(told[:: max(1, len(told) // BESIDE)])[:BESIDE]
        return cls(places, beside) if places and beside else None

    def compare(self, texts: Sequence[str], examples: Sequence[str]) -> "NDArray[numpy.float64]":
        """A row for each text: how much nearer than usual it comes to each example."""
        import numpy

        said, known, usual = (numpy.array(self.places.place(some)) for some in (texts, examples, self.beside))
        by_example = (usual @ known.T).mean(axis=0)
        by_text = (said @ usual.T).mean(axis=1)
        middle = (usual @ usual.T).mean()
        nearer: NDArray[numpy.float64] = said @ known.T - by_example - by_text[:, None] + middle
        return nearer
