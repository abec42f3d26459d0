"""How far a sign of a domain pack holds on the facts of a dossier, and which evidence shows it. Each kind of sign says
that for itself, in app.signs; where a person said whether it holds, that counts.
"""

from collections.abc import Sequence

from app.config.model import SignSpec
from app.domain.base import list_in
from app.domain.checks import ANSWER, CheckWord
from app.domain.evidence import Evidence
from app.domain.hypotheses import Dossier
from app.signs.base import UNTESTABLE, Presence
from app.signs.registry import kind_tested_by


def presence_of(
    sign: SignSpec, owner: str, dossier: Dossier, evidence: Sequence[Evidence], *, against: bool = False
) -> Presence:
    """Test one sign of a cause or of the unknown, or one that speaks `against` it, on the facts; one whose kind nobody
    knows is not testable.
    """
    kind = kind_tested_by(sign.test)
    if kind is None:
        return UNTESTABLE
    name = f"{owner}/{sign.id}"
    said = _answered(name, dossier, evidence) if dossier.answers else None
    if said is not None:
        return said
    return kind.measure_presence(sign.test[kind.name], name, dossier.facts, evidence, sign.full_at, against=against)


def _answered(name: str, dossier: Dossier, evidence: Sequence[Evidence]) -> Presence | None:
    """What a person said of the sign, as fully present or absent; None where nobody could tell."""
    answer = next((one for one in dossier.answers if name in one.signs), None)
    if answer is None or answer.answer is CheckWord.UNKNOWN:
        return None
    ids = tuple(row.id for row in evidence if row.kind == ANSWER and name in list_in(row.data, "signs"))
    if not ids:
        return UNTESTABLE
    holds = answer.answer is CheckWord.YES
    return Presence(testable=True, degree=float(holds), share=float(holds), evidence_ids=ids, by_word=True)
