"""What was tried on the incident, and how each ended."""

from app.domain.approvals import RowKind
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    incident = draft.case.incident
    rows = [row for row in draft.case.actions if row.step is RowKind.FIRST]
    done = [row for row in rows if row.executed_at is not None or row.decided_at is not None]
    for row in done:
        when = row.executed_at or row.decided_at
        at = f"{when:%Y-%m-%d %H:%M}" if when else ""
        tool = row.decision.tool or draft.words("no_tool")
        draft.tell("attempt", row.id, id=row.id, title=row.decision.title, tool=tool, at=at, status=row.status.value)
    if not done:
        draft.tell("nothing_tried", incident.id, *(row.id for row in rows), id=incident.id)
    for row in rows:
        if row not in done:
            draft.tell("still_open", row.id, id=row.id, title=row.decision.title, status=row.status.value)


KIND = QuestionKind(
    id="tried",
    description="what was tried",
    examples={
        "en": (
            "What was tried?",
            "What has been tried so far?",
            "What did you do about it?",
            "Which fixes were attempted?",
            "What have you done already?",
            "What steps were taken?",
            "What did we already do against it?",
            "What attempts were made?",
            "What's been attempted?",
            "Which measures ran already?",
            "What was done up to now?",
            "Which actions ended how?",
            "What has already failed?",
            "History of the attempts",
            "Has anyone done anything about it?",
            "What have people tried?",
            "Which solutions were attempted?",
        ),
        "de": (
            "Was wurde versucht?",
            "Was wurde bisher unternommen?",
            "Was habt ihr schon gemacht?",
            "Welche Maßnahmen wurden ergriffen?",
            "Was haben wir schon probiert?",
            "Welche Versuche gab es?",
            "Welche Maßnahmen liefen schon?",
            "Was ist bisher geschehen, um es zu beheben?",
            "Was schlug schon fehl?",
            "Welche Gegenmaßnahmen gab es?",
            "Hat schon jemand etwas unternommen?",
            "Welche Lösungsversuche gab es?",
        ),
        "fr": (
            "Qu'est-ce qui a été tenté ?",
            "Qu'a-t-on déjà fait ?",
            "Quelles mesures ont été prises ?",
            "Qu'avez-vous essayé ?",
            "Quelles tentatives y a-t-il eu ?",
            "Qu'a-t-on essayé jusqu'ici ?",
            "Quelles actions ont déjà eu lieu ?",
            "Qu'est-ce qui a déjà échoué ?",
            "Qu'avons-nous fait jusqu'à maintenant ?",
            "Quelqu'un a-t-il déjà fait quelque chose ?",
            "Quelles solutions a-t-on tentées ?",
        ),
        "es": (
            "¿Qué se ha intentado?",
            "¿Qué se ha hecho hasta ahora?",
            "¿Qué medidas se tomaron?",
            "¿Qué habéis probado?",
            "¿Qué intentos hubo?",
            "¿Qué hemos intentado ya?",
            "¿Qué acciones se han hecho ya?",
            "¿Qué ha fallado ya?",
            "¿Qué se hizo para arreglarlo?",
            "¿Alguien ha hecho algo ya?",
            "¿Qué soluciones se intentaron?",
        ),
    },
    answer=_answer,
)
