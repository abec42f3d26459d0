"""A sign in what people and machines write: `text: [blocked origin*, cors]`.

How many messages it matches is counted where the messages are, in app.observe.evidence_rows: no message reaches the
reasoner.
"""

from app.domain.dossier_facts import DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import ASKING_A_MERCHANT, Hits, SignKind


class TextKind(SignKind):
    """The share of the messages that say one of these; a routine line is half a message."""

    name = "text"
    full_share = 0.3
    witness = "said"
    example = ("blocked origin*", "cors")
    contrary_rows = frozenset({"tickets", "error_group"})
    minutes = ASKING_A_MERCHANT
    silence_tells = False

    def count_hits(self, wanted: object, sign: str, facts: DossierFacts) -> Hits | None:
        """The messages that matched this very sign."""
        texts = facts.texts
        if not texts.total:
            return None
        return Hits(count=texts.hits.get(sign, 0), total=texts.total, by_value={}, nearness=texts.share_of(sign))

    def is_shown_by(self, row: Evidence, wanted: object, sign: str, hits: Hits) -> bool:
        """The row that counts the messages of this sign."""
        return row.data.get("sign") == sign


KIND = TextKind()
