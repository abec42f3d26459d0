"""How something is done with the product."""

from app.explain.case import Draft
from app.explain.concepts import find_concepts
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.plain_text import list_words

TOPICS = {
    "how_to_stop": {"stop"},
    "how_to_add": {"upload", "runbook", "see"},
    "how_to": {"approve", "reject", "action"},
}
"""What each sentence is about, by what the words of a question mean."""


def _answer(draft: Draft, asked: Inquiry) -> None:
    meant = {concept for word in list_words(asked.text) for concept in find_concepts(word)}
    for key in sorted(TOPICS, key=lambda one: -len(TOPICS[one] & meant)):
        draft.tell(key)


KIND = QuestionKind(
    id="how_to",
    description="how something is done here",
    of_incident=False,
    examples={
        "en": (
            "How do I approve an action?",
            "How do I stop the agent?",
            "How do I upload a runbook?",
            "How can I pause everything?",
            "How do I close an incident?",
            "How do I add a new tool?",
            "Where do I find the audit log?",
            "Where can I turn the agent off?",
            "How can I switch everything off?",
            "Where do I see the audit trail?",
            "How do I register a merchant?",
            "Where's the switch to stop you?",
            "How do I add a document?",
            "How can I turn everything off?",
            "Where do I click to approve?",
            "How do I change the policy?",
            "Which page shows the signals?",
            "Which page do I use to approve?",
            "How can I reject an action?",
            "How do I stop everything?",
        ),
        "de": (
            "Wie genehmige ich eine Aktion?",
            "Wie halte ich den Agenten an?",
            "Wie lade ich ein Runbook hoch?",
            "Wie schließe ich einen Vorfall?",
            "Wo finde ich das Protokoll?",
            "Wie kann ich alles anhalten?",
            "Wo sehe ich das Protokoll?",
            "Wo schalte ich den Agenten ab?",
            "Wo ist der Schalter zum Abschalten?",
            "Wie füge ich ein Dokument hinzu?",
            "Wo klicke ich zum Freigeben?",
            "Wie ändere ich eine Regel?",
            "Auf welcher Seite lehne ich ab?",
            "Wie stoppe ich alles?",
        ),
        "fr": (
            "Comment approuver une action ?",
            "Comment arrêter l'agent ?",
            "Comment ajouter un runbook ?",
            "Comment fermer un incident ?",
            "Comment clore un incident ?",
            "Où voir le journal d'audit ?",
            "Comment désactiver l'agent ?",
            "Où est le bouton d'arrêt ?",
            "Comment ajouter un document ?",
            "Où dois-je cliquer pour approuver ?",
            "Sur quelle page puis-je refuser ?",
            "Comment tout arrêter ?",
        ),
        "es": (
            "¿Cómo apruebo una acción?",
            "¿Cómo paro al agente?",
            "¿Cómo subo un runbook?",
            "¿Cómo cierro un incidente?",
            "¿Dónde veo la auditoría?",
            "¿Cómo desactivo el agente?",
            "¿Dónde encuentro el registro?",
            "¿Dónde está el botón para pararte?",
            "¿Cómo añado un documento?",
            "¿Dónde hago clic para aprobar?",
            "¿En qué página rechazo?",
            "¿Cómo lo paro todo?",
        ),
    },
    answer=_answer,
)
