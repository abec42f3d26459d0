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
            "Did you do anything while I was away without permission?",
            "Did you act behind my back?",
            "What did you decide on your own?",
            "Did you change anything secretly?",
            "Which changes needed no approval?",
            "Did you touch anything by yourself?",
            "List what you did autonomously",
            "Which changes did you make without consulting us?",
            "What did the agent execute automatically?",
        ),
        "de": (
            "Was hast du ohne mich gemacht?",
            "Was hast du ohne zu fragen getan?",
            "Welche Aktionen liefen automatisch?",
            "Was hast du selbst entschieden?",
            "Was wurde ohne Freigabe ausgeführt?",
            "Was lief von selbst?",
            "Hast du heimlich etwas gemacht?",
            "Hast du etwas hinter meinem Rücken getan?",
            "Was hast du allein entschieden?",
            "Hast du von dir aus etwas geändert?",
            "Liste, was du eigenständig getan hast",
            "Welche Änderungen hast du ohne Rücksprache gemacht?",
        ),
        "fr": (
            "Qu'as-tu fait sans moi ?",
            "Qu'as-tu fait sans demander ?",
            "Quelles actions ont été automatiques ?",
            "Qu'est-ce qui a été exécuté sans validation ?",
            "Qu'as-tu exécuté tout seul ?",
            "As-tu fait quelque chose dans mon dos ?",
            "Qu'as-tu décidé seul ?",
            "As-tu changé quelque chose de toi-même ?",
            "Quels changements as-tu faits sans nous consulter ?",
            "Liste ce que tu as fait de façon autonome",
        ),
        "es": (
            "¿Qué hiciste sin mí?",
            "¿Qué hiciste sin preguntar?",
            "¿Qué acciones fueron automáticas?",
            "¿Qué se ejecutó sin aprobación?",
            "¿Qué ejecutaste tú solo?",
            "¿Hiciste algo a mis espaldas?",
            "¿Qué decidiste por tu cuenta?",
            "¿Cambiaste algo sin decirlo?",
            "¿Qué cambios hiciste sin consultar?",
            "Lista lo que hiciste de forma autónoma",
        ),
    },
    answer=_answer,
)
