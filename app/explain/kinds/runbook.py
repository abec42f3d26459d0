"""Which runbook covers it."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import cite_runbooks


def _answer(draft: Draft, asked: Inquiry) -> None:
    cite_runbooks(draft, limit=5)
    if not draft.sentences:
        draft.lack("no_runbook")


KIND = QuestionKind(
    id="runbook",
    description="which runbook says so",
    examples={
        "en": (
            "Which runbook says so?",
            "Which runbook covers this?",
            "Where is this documented?",
            "What do the docs say?",
            "Which playbook applies?",
            "What is your source?",
            "Cite the documentation",
            "Which page describes it?",
            "Is there a manual for this?",
            "Is there a procedure for this?",
            "Which documentation did you use?",
            "Show me the instructions",
            "Which instructions is this based on?",
            "What is this based on?",
            "Is it in the handbook?",
            "Which guideline did you follow?",
            "Where can I read about it?",
            "Link me the article",
            "Does any guide describe this?",
            "Where is it written?",
            "Which document covers it?",
        ),
        "de": (
            "Welches Runbook beschreibt das?",
            "In welchem Handbuch steht das?",
            "Wo ist das dokumentiert?",
            "Was ist die Quelle?",
            "Welche Anleitung gilt?",
            "Gibt es dazu eine Anleitung?",
            "Auf welche Dokumentation stützt du dich?",
            "Zeig mir die Anleitung dazu",
            "Worauf basiert das?",
            "Wo kann ich das nachlesen?",
            "Welcher Leitfaden liegt dem zugrunde?",
            "Gibt es dazu etwas im Handbuch?",
            "Wo steht das geschrieben?",
            "Welches Dokument beschreibt das?",
        ),
        "fr": (
            "Quel runbook le décrit ?",
            "Où est-ce documenté ?",
            "Quelle est la source ?",
            "Quel guide s'applique ?",
            "Que dit la documentation ?",
            "Y a-t-il une procédure ?",
            "Quelle documentation as-tu utilisée ?",
            "Quel runbook traite {incident} ?",
            "Montre-moi les instructions",
            "Sur quel guide t'appuies-tu ?",
            "Où puis-je lire cela ?",
            "Sur quoi est-ce fondé ?",
            "Où est-ce écrit ?",
            "Quel document le décrit ?",
        ),
        "es": (
            "¿Qué runbook lo dice?",
            "¿Dónde está documentado?",
            "¿Cuál es la fuente?",
            "¿Qué manual se aplica?",
            "¿Qué dice la documentación?",
            "¿Hay un procedimiento para esto?",
            "¿Qué documentación usaste?",
            "Muéstrame las instrucciones",
            "¿En qué guía te basas?",
            "¿En qué manual te has basado?",
            "¿Dónde puedo leerlo?",
            "¿Dónde está escrito?",
            "¿Qué documento lo describe?",
        ),
    },
    answer=_answer,
)
