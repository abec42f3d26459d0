"""A request to act. Nothing is done: it is told where acting happens."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    action = draft.case.action if draft.has_case else None
    draft.lack("changes_nothing")
    if action is not None and action.status is ActionStatus.PENDING:
        draft.tell("its_card", action.id, id=action.id, title=action.decision.title)
    elif action is not None:
        draft.tell("not_waiting", action.id, id=action.id, status=action.status.value)


KIND = QuestionKind(
    id="approve",
    description="where approving happens",
    of_incident=False,
    examples={
        "en": (
            "Approve it",
            "Please approve {action}",
            "Reject it",
            "Do it",
            "Go ahead",
            "Execute {action}",
            "Run it now",
            "Send it",
            "Can you execute it now?",
            "I approve",
            "Ok, apply the fix",
            "Undo it please",
            "now approve it",
            "just {tool} now",
            "Yes, do it",
            "Yes, go on with it",
            "Please execute that",
            "Start it",
            "Cancel it",
            "Close this incident",
            "Alright, launch it",
            "Looks good, proceed",
            "You have my approval",
            "Make it so",
            "Fix it now",
            "Yes please",
            "You may start",
            "Roll it out",
            "Okay, carry it out",
            "Please proceed with it",
            "Then do it",
        ),
        "de": (
            "Genehmige das",
            "Bitte freigeben",
            "Lehne es ab",
            "Mach das",
            "Führe es aus",
            "Los, mach",
            "Ja, mach es",
            "Gib es frei",
            "Gib die Aktion frei",
            "Ja bitte ausführen",
            "Starte das",
            "Sieht gut aus, leg los",
            "Du darfst",
            "Meine Zustimmung hast du",
            "Behebe es jetzt",
            "In Ordnung, starte",
            "Dann führ es aus",
            "Okay, dann los",
        ),
        "fr": (
            "Approuve-la",
            "Rejette l'action",
            "Fais-le",
            "Exécute l'action",
            "Vas-y",
            "Oui, vas-y",
            "Approuve",
            "Valide l'action",
            "Oui, fais-le",
            "Envoie-la",
            "C'est bon, lance",
            "Tu peux y aller",
            "Tu as mon accord",
            "Répare-le maintenant",
            "D'accord, exécute",
            "Alors fais-le",
        ),
        "es": (
            "Apruébalo",
            "Recházalo",
            "Hazlo",
            "Ejecuta la acción",
            "Adelante",
            "Sí, hazlo",
            "Aprueba la acción",
            "Sí, adelante",
            "Envíala",
            "Rechaza la acción",
            "Está bien, lánzala",
            "Puedes empezar",
            "Tienes mi permiso",
            "Arréglalo ya",
            "Dale",
            "Venga, hazlo",
            "Entonces ejecútala",
        ),
    },
    answer=_answer,
)
