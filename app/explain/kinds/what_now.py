"""What happens next, and what a person can do."""

from app.domain.action_states import ActionStatus
from app.domain.hypotheses import UNKNOWN
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence, state_doubts

NEXT = {
    ActionStatus.PROPOSED: "next_proposed",
    ActionStatus.PENDING: "next_pending",
    ActionStatus.APPROVED: "next_approved",
    ActionStatus.SENDING: "next_sending",
    ActionStatus.EXECUTED: "next_executed",
    ActionStatus.NOT_APPLIED: "next_not_applied",
    ActionStatus.IN_DOUBT: "next_in_doubt",
}


def _answer(draft: Draft, asked: Inquiry) -> None:
    action, best = draft.case.action, find_best(draft.case)
    ids = list_core_evidence(draft.case, best.cause if best else UNKNOWN)
    if action is not None:
        step = _word_step(draft, action.status)
        draft.claim("next_step", ids, title=action.decision.title, id=action.id, step=step)
    else:
        draft.claim("no_action_waits", ids, status=draft.case.incident.status.value)
    if best is not None:
        state_doubts(draft)


def _word_step(draft: Draft, status: ActionStatus) -> str:
    """What comes next for an action; of one that was measured already, how far that has come."""
    receipt = draft.case.receipt
    if status is ActionStatus.EXECUTED and receipt is not None:
        again = draft.words("looked_at_again") if receipt.is_waiting else ""
        return draft.words("next_measured", words=receipt.in_words, again=again)
    return draft.words(NEXT[status]) if status in NEXT else draft.words("next_ended", status=status.value)


KIND = QuestionKind(
    id="what_now",
    description="what happens next",
    examples={
        "en": (
            "What now?",
            "What happens next?",
            "What should I do?",
            "What do I have to do now?",
            "What are the next steps?",
            "What is the status?",
            "What can we do about it?",
            "What am I supposed to do?",
            "How do we proceed?",
            "What next?",
            "How should I go on?",
            "What is the next step?",
            "What's my next move?",
            "So what do I do?",
            "And now?",
            "What do you expect me to do?",
            "Where do we go from here?",
            "What's the plan?",
            "Tell me what to do",
            "What do I need to do?",
            "How shall we proceed?",
        ),
        "de": (
            "Was nun?",
            "Was jetzt?",
            "Was soll ich tun?",
            "Wie geht es weiter?",
            "Was sind die nächsten Schritte?",
            "Was muss ich tun?",
            "Wie machen wir weiter?",
            "Was ist der nächste Schritt?",
            "Was passiert als Nächstes?",
            "Und was mache ich jetzt?",
            "Was ist der Plan?",
            "Was erwartest du von mir?",
            "Und nun?",
            "Sag mir, was ich tun soll",
            "Wie gehen wir vor?",
        ),
        "fr": (
            "Et maintenant ?",
            "Que dois-je faire ?",
            "Quelle est la suite ?",
            "Quelles sont les prochaines étapes ?",
            "Que fait-on maintenant ?",
            "Comment continuer ?",
            "Quelle est la prochaine étape ?",
            "Et moi, je fais quoi ?",
            "Quel est le plan ?",
            "Qu'attends-tu de moi ?",
            "On fait quoi ?",
            "Dis-moi quoi faire",
            "Comment procédons-nous ?",
        ),
        "es": (
            "¿Y ahora qué?",
            "¿Qué hago ahora?",
            "¿Qué debo hacer?",
            "¿Cuáles son los próximos pasos?",
            "¿Cuál es el siguiente paso?",
            "¿Cómo seguimos?",
            "¿Qué hacemos ahora?",
            "¿Y yo qué hago?",
            "¿Cuál es el plan?",
            "¿Qué esperas de mí?",
            "Dime qué hacer",
            "¿Cómo procedemos?",
        ),
    },
    answer=_answer,
)
