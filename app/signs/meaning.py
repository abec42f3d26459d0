"""A sign in what messages mean, whatever their words: `meaning: [the shop still shows the prices of last week]`.

How near the messages come to these sentences is measured in app.observe.meanings, where a model of meaning is
installed; where none is, nobody can tell.
"""

from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import ASKING_A_MERCHANT, Hits, SignKind

FAR, NEAR = 0.2, 0.7
"""How alike messages are that have nothing to do with a sentence, and that plainly speak of the same."""


class MeaningKind(SignKind):
    """How near what is written comes to one of these sentences."""

    name = "meaning"
    full_share = NEAR
    nothing_at = FAR
    example = ("the shop still shows the prices of last week",)
    contrary_rows = frozenset({"tickets", "error_group"})
    minutes = ASKING_A_MERCHANT
    silence_tells = False
    can_be_asked = False

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The messages that were compared with this very sign, and how near they come to it."""
        found = facts.meanings
        likeness = found.likeness.get(sign)
        if likeness is None:
            return None
        near = found.messages if likeness > FAR else 0
        return Hits(count=near, total=found.messages, by_value={}, nearness=likeness)

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The row that tells what the messages come nearest to."""
        return "meanings" in row.data


KIND = MeaningKind()
