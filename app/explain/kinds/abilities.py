"""What the agent can do and be asked."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    draft.tell("abilities", tools=len(draft.facts.tools), causes=len(draft.facts.causes))
    draft.tell("abilities_limits")


KIND = QuestionKind(
    id="abilities",
    description="what the agent can do",
    of_incident=False,
    examples={
        "en": (
            "What can you do?",
            "What can I ask?",
            "Help",
            "What are you able to answer?",
            "Who are you?",
            "What do you know about?",
            "How can you help me?",
            "What questions do you understand?",
            "What are you good for?",
            "Which questions may I ask you?",
        ),
        "de": (
            "Was kannst du?",
            "Was kann ich fragen?",
            "Hilfe",
            "Wer bist du?",
            "Wie kannst du mir helfen?",
            "Was kann man dich fragen?",
            "Wozu bist du da?",
            "Welche Fragen verstehst du?",
        ),
        "fr": (
            "Que peux-tu faire ?",
            "Que puis-je demander ?",
            "Aide",
            "Qui es-tu ?",
            "Comment peux-tu m'aider ?",
            "À quoi sers-tu ?",
            "Quelles questions comprends-tu ?",
        ),
        "es": (
            "¿Qué puedes hacer?",
            "¿Qué puedo preguntar?",
            "Ayuda",
            "¿Quién eres?",
            "¿Cómo me puedes ayudar?",
            "¿Para qué sirves?",
            "¿Qué preguntas entiendes?",
        ),
    },
    answer=_answer,
)
