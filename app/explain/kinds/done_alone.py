"""What was done without asking anybody."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

BY_RULE = "policy:"
MOST = 8


def _answer(draft: Draft, asked: Inquiry) -> None:
    sent = [row for row in draft.facts.actions if row.executed_at is not None]
    alone = [row for row in sent if (row.decided_by or "").startswith(BY_RULE)]
    if not alone:
        draft.tell("nothing_alone", *(row.id for row in sent[:MOST]), count=len(sent))
        return
    draft.tell("alone", *(row.id for row in alone[:MOST]), count=len(alone))
    for row in alone[:MOST]:
        by = str(row.decided_by)
        at = f"{row.executed_at:%Y-%m-%d %H:%M}"
        draft.tell("alone_one", row.id, id=row.id, title=row.decision.title, at=at, by=by, status=row.status.value)


KIND = QuestionKind(
    id="done_alone",
    description="what was done without asking you",
    of_incident=False,
    examples={
        "en": (
            "What did you do without me?",
            "What did you do without asking?",
            "What have you done on your own?",
            "Which actions ran automatically?",
            "What was done by policy alone?",
            "What happened without approval?",
            "What ran without anyone's permission?",
            "What did you execute by yourself?",
        ),
        "de": (
            "Was hast du ohne mich gemacht?",
            "Was hast du ohne zu fragen getan?",
            "Welche Aktionen liefen automatisch?",
            "Was hast du selbst entschieden?",
            "Was wurde ohne Freigabe ausgeführt?",
            "Was lief von selbst?",
        ),
        "fr": (
            "Qu'as-tu fait sans moi ?",
            "Qu'as-tu fait sans demander ?",
            "Quelles actions ont été automatiques ?",
            "Qu'est-ce qui a été exécuté sans validation ?",
            "Qu'as-tu exécuté tout seul ?",
        ),
        "es": (
            "¿Qué hiciste sin mí?",
            "¿Qué hiciste sin preguntar?",
            "¿Qué acciones fueron automáticas?",
            "¿Qué se ejecutó sin aprobación?",
            "¿Qué ejecutaste tú solo?",
        ),
    },
    answer=_answer,
)
