"""Since when it happens."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED, list_recorded_ids


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    draft.claim("first_sign", list_recorded_ids(draft.case, *COUNTED), since=dossier.since)
    for row in draft.case.about("spike")[:2]:
        draft.row(row)


KIND = QuestionKind(
    id="since_when",
    description="since when it happens",
    examples={
        "en": (
            "Since when?",
            "Since when is it broken?",
            "When did it start?",
            "How long has this been going on?",
            "When did it begin?",
            "When was the first error?",
            "What time did it break?",
            "For how long has it been broken?",
            "When did this happen first?",
            "What time did the trouble begin?",
            "When did it break?",
            "When did it all start?",
            "From when on?",
            "How old is this problem?",
            "What is the exact moment it started?",
            "How long have we had this problem?",
            "When exactly did it start?",
        ),
        "de": (
            "Seit wann?",
            "Seit wann ist das so?",
            "Wann hat es begonnen?",
            "Wie lange geht das schon?",
            "Wann trat der erste Fehler auf?",
            "Wann ging das los?",
            "Seit welcher Uhrzeit?",
            "Ab wann trat das auf?",
            "Wann ist es kaputtgegangen?",
            "Wie alt ist das Problem?",
            "Um wie viel Uhr fing es an?",
            "Wie lange haben wir das schon?",
            "Wann genau hat es angefangen?",
        ),
        "fr": (
            "Depuis quand ?",
            "Quand est-ce que ça a commencé ?",
            "Depuis combien de temps ?",
            "À quelle heure la première erreur ?",
            "C'est cassé depuis quand ?",
            "Quand est-ce arrivé ?",
            "À partir de quand ?",
            "À quelle heure cela a-t-il commencé ?",
            "Ça dure depuis longtemps ?",
            "Quand exactement cela a-t-il démarré ?",
            "Depuis combien de temps avons-nous ce problème ?",
        ),
        "es": (
            "¿Desde cuándo?",
            "¿Cuándo empezó?",
            "¿Cuánto tiempo lleva así?",
            "¿Cuándo fue el primer error?",
            "¿Cuánto lleva roto?",
            "¿A qué hora empezó?",
            "¿Desde qué hora?",
            "¿A partir de cuándo?",
            "¿Desde qué momento falla?",
            "¿Cuándo empezó exactamente?",
            "¿Cuánto tiempo llevamos con esto?",
        ),
    },
    answer=_answer,
)
