"""Who approved or refused it, and when."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

REFUSED = frozenset({ActionStatus.REJECTED})


def _answer(draft: Draft, asked: Inquiry) -> None:
    action = draft.case.action
    if action is None:
        draft.lack("no_proposal")
        return
    named = {"id": action.id, "title": action.decision.title, "status": action.status.value}
    first = action.approved_first_by
    if action.decided_by is None:
        draft.tell("nobody_decided", action.id, **named)
        if first:
            draft.tell("approved_first", action.id, by=first)
        return
    at = f"{action.decided_at:%Y-%m-%d %H:%M}" if action.decided_at else "?"
    label = f" ({action.label})" if action.label else ""
    taken_back = action.status in {ActionStatus.SUPERSEDED, ActionStatus.EXPIRED}
    key = "taken_back_by" if taken_back else "refused_by" if action.status in REFUSED else "approved_by"
    by = f"{action.decided_by}{label}"
    draft.tell(key, action.id, by=f"{first} + {by}" if first and key == "approved_by" else by, at=at, **named)
    if action.feedback:
        draft.tell("said_with_it", action.id, feedback=action.feedback)


KIND = QuestionKind(
    id="approved_by",
    description="who approved it, and when",
    of_action=True,
    examples={
        "en": (
            "Who approved it?",
            "Who approved this and when?",
            "When was it approved?",
            "Who signed off on it?",
            "Who gave the go-ahead?",
            "Who rejected it?",
            "Who decided this?",
            "Was it approved by a person?",
            "Which person authorised it?",
            "Who gave permission?",
            "By whom was it approved?",
            "Whose decision was it?",
            "Who said yes?",
            "Who okayed this?",
            "Who took the decision and when?",
            "Who is accountable for the approval?",
            "Who pressed the button?",
            "At what time was the go-ahead given?",
            "Who allowed it?",
            "Who gave the green light?",
            "Who agreed to it?",
            "Who let it happen?",
        ),
        "de": (
            "Wer hat das genehmigt?",
            "Wer hat es freigegeben?",
            "Wann wurde es genehmigt?",
            "Wer hat abgelehnt?",
            "Wer hat zugestimmt?",
            "Von wem kam die Genehmigung?",
            "Wer hat das erlaubt?",
            "Wer hat die Freigabe erteilt?",
            "Wessen Entscheidung war das?",
            "Wer hat ja gesagt?",
            "Wer hat auf den Knopf gedrückt?",
            "Wer hat das abgesegnet?",
            "Um wie viel Uhr kam die Freigabe?",
            "Wer hat grünes Licht gegeben?",
            "Wer hat das zugelassen?",
        ),
        "fr": (
            "Qui l'a approuvé ?",
            "Qui a validé cette action ?",
            "Quand a-t-elle été approuvée ?",
            "Qui a refusé ?",
            "Qui a donné l'autorisation ?",
            "Par qui a-t-elle été validée ?",
            "Qui a pris la décision ?",
            "Qui a dit oui ?",
            "À quelle heure a-t-elle été validée ?",
            "De qui vient la décision ?",
            "Qui a donné le feu vert ?",
            "Qui l'a permis ?",
        ),
        "es": (
            "¿Quién lo aprobó?",
            "¿Quién autorizó la acción?",
            "¿Cuándo se aprobó?",
            "¿Quién lo rechazó?",
            "¿Quién dio permiso?",
            "¿Por quién fue aprobado?",
            "¿Quién tomó la decisión?",
            "¿Quién dijo que sí?",
            "¿A qué hora se autorizó?",
            "¿De quién fue la decisión?",
            "¿Quién dio luz verde?",
            "¿Quién lo permitió?",
        ),
    },
    answer=_answer,
)
