"""Greetings and thanks."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
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
            "Thx",
            "Hey",
            "Hi",
            "Good evening",
            "Cheers",
            "Nice",
            "Perfect",
            "Morning",
            "Good afternoon",
            "Thanks for your help",
            "Well done",
            "See you",
        ),
        "de": (
            "Hallo",
            "Guten Morgen",
            "Danke",
            "Vielen Dank",
            "Tschüss",
            "Moin",
            "Hallo zusammen",
            "Guten Tag",
            "Guten Abend",
            "Super",
            "Alles klar",
            "Besten Dank",
            "Danke für deine Hilfe",
            "Gut gemacht",
            "Bis später",
            "Servus",
        ),
        "fr": (
            "Bonjour",
            "Merci",
            "Merci bien",
            "Salut",
            "Au revoir",
            "Bonsoir",
            "Super",
            "D'accord",
            "Coucou",
            "Merci pour ton aide",
            "Bien joué",
            "À plus tard",
            "Bonne journée",
        ),
        "es": (
            "Hola",
            "Gracias",
            "Buenos días",
            "Adiós",
            "Muchas gracias",
            "Buenas tardes",
            "Buenas noches",
            "Genial",
            "Vale",
            "Gracias por tu ayuda",
            "Bien hecho",
            "Hasta luego",
            "Buen día",
        ),
    },
    answer=_answer,
)
