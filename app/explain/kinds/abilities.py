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
            "I'm new here, what is this?",
            "What are you for?",
            "What is your job?",
            "What topics do you cover?",
            "Introduce yourself",
            "Which questions can you answer?",
            "How can you be useful?",
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
            "Ich bin neu hier, was kannst du?",
            "Womit kennst du dich aus?",
            "Was ist deine Aufgabe?",
            "Stell dich vor",
            "Welche Fragen kannst du beantworten?",
            "Wie kannst du nützlich sein?",
        ),
        "fr": (
            "Que peux-tu faire ?",
            "Que puis-je demander ?",
            "Aide",
            "Qui es-tu ?",
            "Comment peux-tu m'aider ?",
            "À quoi sers-tu ?",
            "Quelles questions comprends-tu ?",
            "Je suis nouveau, que fais-tu ?",
            "Quel est ton rôle ?",
            "Présente-toi",
            "En quoi es-tu utile ?",
            "À quelles questions peux-tu répondre ?",
        ),
        "es": (
            "¿Qué puedes hacer?",
            "¿Qué puedo preguntar?",
            "Ayuda",
            "¿Quién eres?",
            "¿Cómo me puedes ayudar?",
            "¿Para qué sirves?",
            "¿Qué preguntas entiendes?",
            "Soy nuevo, ¿qué haces?",
            "¿Cuál es tu función?",
            "Preséntate",
            "¿En qué eres útil?",
            "¿Qué preguntas puedes responder?",
        ),
    },
    answer=_answer,
)
