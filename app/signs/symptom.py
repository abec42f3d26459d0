"""A sign in what is noticed, whatever the reason: `symptom: [checkout_failing]`."""

from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import ASKING_A_MERCHANT, Hits, SignKind, texts_of


class SymptomKind(SignKind):
    """The share of the signals that show the most frequent of these symptoms."""

    name = "symptom"
    full_share = 0.3
    example = ("checkout_failing", "conversion_drop")
    contrary_rows = frozenset({"symptom"})
    minutes = ASKING_A_MERCHANT
    silence_tells = False

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """One signal may show several symptoms, so the most frequent counts, not their sum."""
        total, listed = facts.signals, texts_of(wanted)
        fitting = {name: count for name, count in facts.symptoms.items() if name in listed}
        return Hits(count=max(fitting.values(), default=0), total=total, by_value=fitting) if total else None

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The rows of these symptoms."""
        return row.data.get("symptom") in hits.by_value


KIND = SymptomKind()
