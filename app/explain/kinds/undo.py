"""Whether it can be taken back, and how."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal, action = draft.case.proposal, draft.case.action
    if proposal is None or proposal.tool is None:
        draft.lack("no_proposal")
        return
    about = action.id if action else draft.case.incident.id
    if proposal.undo:
        way = proposal.undo.statement.rstrip(".") or proposal.undo.tool
        draft.tell("can_undo", about, undo=way, tool=proposal.undo.tool)
    else:
        draft.tell("cannot_undo", about, title=proposal.title)
    if action is not None and action.status is ActionStatus.UNDONE:
        draft.tell("was_undone", about)
    elif action is None or action.executed_at is None:
        draft.tell("nothing_to_undo", about, status=action.status.value if action else "PROPOSED")


KIND = QuestionKind(
    id="undo",
    description="whether it can be undone",
    of_action=True,
    examples={
        "en": (
            "Can it be undone?",
            "Can we roll it back later?",
            "Is it reversible?",
            "How do I undo this?",
            "Can you take it back?",
            "Is there a way back?",
            "What if it goes wrong, can it be reverted?",
            "Could this be reverted?",
            "Can we revert that afterwards?",
            "Is it permanent?",
            "How do we get back to where we were?",
            "Can we go back if it makes things worse?",
            "What if I regret it?",
            "Is there a rollback?",
            "Can this be put back as it was?",
            "Will it be easy to restore?",
            "Is there an escape?",
            "Can I change my mind afterwards?",
            "Can we reverse it?",
            "Is it final?",
        ),
        "de": (
            "Kann man das rückgängig machen?",
            "Lässt es sich zurücknehmen?",
            "Ist das umkehrbar?",
            "Gibt es einen Weg zurück?",
            "Kann ich es später umkehren?",
            "Können wir zurück?",
            "Ist das endgültig?",
            "Wie kommen wir zum alten Zustand zurück?",
            "Und wenn ich es bereue?",
            "Gibt es ein Zurück?",
            "Lässt sich der alte Zustand wiederherstellen?",
            "Können wir das wieder loswerden?",
            "Kann ich es mir danach anders überlegen?",
            "Können wir das zurückdrehen?",
        ),
        "fr": (
            "Peut-on l'annuler ?",
            "Est-ce réversible ?",
            "Peut-on revenir en arrière ?",
            "Comment le défaire ?",
            "Pourra-t-on défaire cela plus tard ?",
            "Est-ce définitif ?",
            "Comment revenir à l'état d'avant ?",
            "Et si je le regrette ?",
            "Peut-on remettre comme avant ?",
            "Y a-t-il un retour possible ?",
            "Puis-je changer d'avis après ?",
            "Peut-on l'inverser ?",
        ),
        "es": (
            "¿Se puede deshacer?",
            "¿Es reversible?",
            "¿Se puede revertir?",
            "¿Hay vuelta atrás?",
            "¿Podemos revertirlo después?",
            "¿Es definitivo?",
            "¿Cómo volvemos a como estaba?",
            "¿Y si me arrepiento?",
            "¿Podemos volver atrás si sale mal?",
            "¿Se puede dejar como antes?",
            "¿Puedo cambiar de idea después?",
            "¿Podemos dar marcha atrás?",
        ),
    },
    answer=_answer,
)
