"""Who is affected, and in which stages of the migration."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED, list_names, list_recorded_ids, read_number


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    rows = list_recorded_ids(draft.case, *COUNTED)
    names = list_names(dossier.merchants) or draft.words("none_named")
    draft.claim(
        "affected_one" if len(dossier.merchants) == 1 else "affected", rows, count=len(dossier.merchants), names=names
    )
    apart = sorted(
        (row for row in draft.case.about("contrast") if read_number(row, "lift", 0.0) > 1.5),
        key=lambda row: (read_number(row, "p", 1.0), row.id),
    )
    for row in [*draft.case.about("stage"), *apart[:2], *draft.case.about("baseline")]:
        draft.row(row)
    if dossier.blast.at_risk:
        ids = list_recorded_ids(draft.case, "contrast")
        draft.claim("perhaps_next", ids, names=list_names(dossier.blast.at_risk))


KIND = QuestionKind(
    id="who_affected",
    description="who is affected",
    answer=_answer,
)
