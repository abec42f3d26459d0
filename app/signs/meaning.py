"""A sign in what messages mean, whatever their words: `meaning: [the shop still shows the prices of last week]`.

How well these sentences explain the messages is measured in app.observe.meanings: by what they mean and the words they
share, and by the words alone where no model of meaning is installed.
"""

from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import ASKING_A_MERCHANT, Hits, SignKind


class MeaningKind(SignKind):
    """How well one of these sentences explains what is written."""

    name = "meaning"
    full_share = 1.0
    witness = "said"
    example = ("the shop still shows the prices of last week",)
    contrary_rows = frozenset({"tickets", "error_group"})
    minutes = ASKING_A_MERCHANT
    silence_tells = False
    can_be_asked = False

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The messages that were compared with this very sign, and how well it explains them."""
        found = facts.meanings
        likeness = found.likeness.get(sign)
        if likeness is None:
            return None
        near = found.messages if likeness > 0 else 0
        return Hits(count=near, total=found.messages, by_value={}, nearness=likeness)

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The row that tells what explains the messages best."""
        return "meanings" in row.data


KIND = MeaningKind()
