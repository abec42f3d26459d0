"""Puts the ranking into plain words: what we conclude, what we assume, what we do not know and what to check next. The
sentences themselves are made in `app.wording`.
"""

from collections.abc import Sequence

from app.config.model import DomainPack
from app.domain.hypotheses import Assessment, Dossier, Hypothesis
from app.domain.knowledge import Passage
from app.reason.next_check import CLEAR, list_next_checks
from app.wording.assessment import list_assumptions, list_uncertainties, word_summary
from app.wording.statements import list_statements, word_headline


def assess_incident(
    dossier: Dossier, hypotheses: Sequence[Hypothesis], passages: Sequence[Passage], pack: DomainPack | None = None
) -> Assessment:
    """The assessment of an incident, worded by rules: the same input always reads the same. With the pack it also says
    what to check next, and what is wrong in the words of its people.
    """
    if not hypotheses:
        raise ValueError("there must be at least one hypothesis; unknown is always one")
    checks = list_next_checks(dossier, hypotheses, pack) if pack else ()
    unsure = list_uncertainties(dossier, hypotheses, passages, pack, CLEAR)
    return Assessment(
        incident_id=dossier.incident_id,
        summary=word_summary(dossier, hypotheses),
        headline=word_headline(dossier, pack.vocabulary) if pack else None,
        statements=tuple(list_statements(dossier, hypotheses)),
        hypotheses=tuple(hypotheses),
        assumptions=tuple(list_assumptions(dossier)),
        uncertainties=(*unsure, *(f"To check first: {one.sentence}" for one in checks[:1])),
        passages=tuple(passages),
        next_checks=checks,
    )
