"""Whether it is a problem of the platform, of the merchants, of the migration, or of somebody else."""

from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence

SIDES = {
    "merchant_configuration": "side_merchant",
    "migration_step": "side_migration",
    "platform_regression": "side_platform",
    "third_party": "side_third_party",
    "documentation_gap": "side_documentation",
}


def _answer(draft: Draft, asked: Inquiry) -> None:
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
        return
    ids = list_core_evidence(draft.case, best.cause)
    sure = shown_confidence(best.confidence)
    if best.cause == UNKNOWN:
        draft.claim("side_unknown", ids, confidence=sure)
        return
    side = draft.words(SIDES[best.category]) if best.category in SIDES else best.category.replace("_", " ")
    draft.claim("side", ids, side=side, cause=best.title, confidence=sure)
    for row in draft.case.about("stage"):
        draft.row(row)


KIND = QuestionKind(
    id="whose_fault",
    description="whether it is a problem of the platform or of the merchant",
    answer=_answer,
)
