"""What the agent can do and be asked."""

from app.explain.asked import Asked
from app.explain.case import Draft
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Asked) -> None:
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
        ),
        "de": (
            "Was kannst du?",
            "Was kann ich fragen?",
            "Hilfe",
            "Wer bist du?",
            "Wie kannst du mir helfen?",
        ),
        "fr": (
            "Que peux-tu faire ?",
            "Que puis-je demander ?",
            "Aide",
            "Qui es-tu ?",
            "Comment peux-tu m'aider ?",
        ),
        "es": (
            "¿Qué puedes hacer?",
            "¿Qué puedo preguntar?",
            "Ayuda",
            "¿Quién eres?",
            "¿Cómo me puedes ayudar?",
        ),
    },
    answer=_answer,
)
