"""Greetings and thanks."""

from app.explain.asked import Asked
from app.explain.case import Draft
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Asked) -> None:
    draft.tell("hello")


KIND = QuestionKind(
    id="small_talk",
    description="a greeting",
    of_incident=False,
    examples={
        "en": (
            "Hello",
            "Hi there",
            "Thanks",
            "Thank you very much",
            "Good morning",
            "ok",
            "Great",
            "Bye",
            "How are you?",
        ),
        "de": ("Hallo", "Guten Morgen", "Danke", "Vielen Dank", "Tschüss", "Moin"),
        "fr": ("Bonjour", "Merci", "Merci bien", "Salut", "Au revoir"),
        "es": ("Hola", "Gracias", "Buenos días", "Adiós", "Muchas gracias"),
    },
    answer=_answer,
)
