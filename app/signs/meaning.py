"""A sign in what messages mean, whatever their words: `meaning: [the shop still shows the prices of last week]`.

How near the messages come to these sentences is measured in app.observe.meanings, where a model of meaning is
installed; where none is, nobody can tell.
"""

from collections.abc import Sequence

from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import ABSENT, ASKING_A_MERCHANT, UNTESTABLE, Hits, Presence, SignKind

FAR, NEAR = 0.1, 0.5
"""How alike messages are that have nothing to do with a sentence, and that plainly speak of the same."""


class MeaningKind(SignKind):
    """How near what is written comes to one of these sentences."""

    name = "meaning"
    full_share = NEAR
    example = ("the shop still shows the prices of last week",)
    contrary_rows = frozenset({"tickets", "error_group"})
    minutes = ASKING_A_MERCHANT
    silence_tells = False
    can_be_asked = False

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The messages that were compared with this very sign."""
        found = facts.meanings
        return Hits(count=found.messages, total=found.messages, by_value={}) if sign in found.likeness else None

    def measure_presence(
        self,
        wanted: object,
        sign: str,
        facts: DossierFacts,
        evidence: Sequence[Evidence],
        full_at: float | None = None,
        *,
        against: bool = False,
    ) -> Presence:
        """From nothing to full as the messages come nearer."""
        likeness = facts.meanings.likeness.get(sign)
        if likeness is None:
            return UNTESTABLE
        degree = min(max((likeness - FAR) / ((full_at or NEAR) - FAR), 0.0), 1.0)
        if not degree:
            return ABSENT
        ids = tuple(row.id for row in evidence if "meanings" in row.data)
        if not ids:
            return UNTESTABLE
        return Presence(
            testable=True,
            degree=round(degree, 6),
            share=likeness,
            count=facts.meanings.messages,
            evidence_ids=ids,
        )

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The row that tells what the messages come nearest to."""
        return "meanings" in row.data


KIND = MeaningKind()
