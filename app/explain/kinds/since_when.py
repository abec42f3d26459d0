"""Since when it happens."""

from datetime import datetime

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED, list_recorded_ids


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    since = f"{datetime.fromisoformat(dossier.since):%Y-%m-%d %H:%M} UTC" if dossier.since else ""
    draft.claim("first_sign", list_recorded_ids(draft.case, *COUNTED), since=since)
    for row in draft.case.about("spike")[:2]:
        draft.row(row)


KIND = QuestionKind(
    id="since_when",
    description="since when it happens",
    answer=_answer,
)
