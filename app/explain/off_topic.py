"""What people also write, and what nothing recorded answers: the matcher has to know what it does not know."""

from typing import Final

OFF_TOPIC: Final = {
    "en": (
        "Tell me a story",
        "What is the weather like today?",
        "Who won the football match?",
        "Write me a song",
        "What is the meaning of life?",
        "How old are you?",
        "Translate this sentence into French",
        "Which restaurant is good?",
        "lorem ipsum dolor",
        "What is two plus two?",
        "Who is the president?",
        "Buy me a coffee",
        "Give me a recipe for soup",
        "xyz abc foo bar",
        "Sing something",
        "Tell me something funny",
        "Do you know any jokes?",
        "Tell me a secret",
        "What day is it?",
        "What is your favourite colour?",
        "Who painted that picture?",
    ),
    "de": (
        "Erzähl mir einen Witz",
        "Wie ist das Wetter heute?",
        "Wer hat das Spiel gewonnen?",
        "Schreib mir ein Gedicht",
        "Was ist der Sinn des Lebens?",
        "Wie spät ist es?",
        "Was gibt es zu essen?",
        "Wer ist Bundeskanzler?",
    ),
    "fr": (
        "Quel temps fait-il ?",
        "Chante une chanson",
        "Qui a gagné le match ?",
        "Écris un poème",
        "Raconte-moi une histoire",
        "Quelle heure est-il ?",
        "Qui est le président ?",
    ),
    "es": (
        "¿Qué tiempo hace hoy?",
        "Cuéntame un chiste",
        "¿Cuál es la capital de Francia?",
        "Escribe un poema",
        "¿Quién ganó el campeonato?",
        "¿Qué hora es?",
        "Cuéntame una historia",
    ),
}
"""By language."""
