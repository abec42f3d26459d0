"""Who is healthy so far, but alike."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED, list_names, list_recorded_ids


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    shared = list_recorded_ids(draft.case, "contrast")
    if dossier.blast.at_risk:
        names = list_names(dossier.blast.at_risk)
        draft.claim("breaks_next", shared, count=len(dossier.blast.at_risk), names=names)
    else:
        draft.claim("nobody_next", shared or list_recorded_ids(draft.case, *COUNTED))


KIND = QuestionKind(
    id="who_next",
    description="who breaks next",
    answer=_answer,
)
