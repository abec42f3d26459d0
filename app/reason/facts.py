"""How far a sign of a domain pack holds on the facts of a dossier, and which evidence shows it. Each kind of sign says
that for itself, in app.signs.
"""

from collections.abc import Sequence

from app.config.model import CauseSpec, SignSpec
from app.domain.evidence import Evidence
from app.domain.hypotheses import Dossier
from app.signs.base import UNTESTABLE, Presence
from app.signs.registry import kind_tested_by


def presence_of(sign: SignSpec, cause: CauseSpec, dossier: Dossier, evidence: Sequence[Evidence]) -> Presence:
    """Test one sign on the facts; one whose kind nobody knows is not testable."""
    kind = kind_tested_by(sign.test)
    if kind is None:
        return UNTESTABLE
    name = f"{cause.id}/{sign.id}"
    return kind.measure_presence(sign.test[kind.name], name, dossier.facts, evidence, sign.full_at)
