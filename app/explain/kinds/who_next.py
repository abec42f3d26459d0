"""Who is healthy so far, but alike."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED, list_names, list_recorded_ids


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    shared = list_recorded_ids(draft.case, "contrast")
    if dossier.blast.at_risk:
        names = list_names(dossier.blast.at_risk)
        draft.claim("breaks_next", shared, count=len(dossier.blast.at_risk), names=names)
    else:
        draft.claim("nobody_next", shared or list_recorded_ids(draft.case, *COUNTED))


KIND = QuestionKind(
    id="who_next",
    description="who breaks next",
    examples={
        "en": (
            "Who breaks next?",
            "Who will be next?",
            "Which merchants are at risk?",
            "Who else could be hit?",
            "Which shops may break soon?",
            "Will it spread to others?",
            "Who is in danger?",
            "and next?",
            "Who is likely to fail after them?",
            "Which other merchants are threatened?",
            "Could others break too?",
            "Is anybody else about to break?",
            "Who else is vulnerable?",
            "Which healthy shops look similar?",
            "Who should I warn?",
            "Will more shops go down?",
            "Who has the same setup but no errors yet?",
            "Who is exposed?",
            "Where will it appear next?",
            "Which other shops could break?",
            "Who will be hit after them?",
        ),
        "de": (
            "Wen trifft es als Nächstes?",
            "Wer ist der Nächste?",
            "Wer ist gefährdet?",
            "Breitet es sich aus?",
            "Welche Händler könnten noch ausfallen?",
            "Wer ist als Nächstes dran?",
            "Welche Shops sind bedroht?",
            "Wen könnte es noch treffen?",
            "Droht das auch anderen Händlern?",
            "Wen sollte ich warnen?",
            "Wer ist noch anfällig?",
            "Fallen noch mehr Läden aus?",
            "Wer hat dieselbe Einstellung, aber noch keine Fehler?",
            "Wo schlägt es als Nächstes zu?",
            "Welche anderen Läden könnten kaputtgehen?",
        ),
        "fr": (
            "Qui sera le prochain ?",
            "Qui d'autre risque d'être touché ?",
            "Quels marchands sont à risque ?",
            "Est-ce que ça va s'étendre ?",
            "Qui est menacé ?",
            "Qui est le suivant ?",
            "Quelles boutiques pourraient tomber ensuite ?",
            "Est-ce que d'autres sont menacés ?",
            "Qui faut-il prévenir ?",
            "Qui d'autre est vulnérable ?",
            "Y en aura-t-il d'autres ?",
            "Quelles autres boutiques risquent la panne ?",
            "Où cela frappera-t-il ensuite ?",
        ),
        "es": (
            "¿Quién será el siguiente?",
            "¿Quién más podría caer?",
            "¿Qué comercios están en riesgo?",
            "¿Se va a extender?",
            "¿A quién le tocará luego?",
            "¿Quién está amenazado?",
            "¿Qué tiendas podrían fallar después?",
            "¿Corren peligro otros comercios?",
            "¿A quién debo avisar?",
            "¿Quién más es vulnerable?",
            "¿Caerán más tiendas?",
            "¿Qué otras tiendas podrían romperse?",
            "¿Dónde pasará después?",
        ),
    },
    answer=_answer,
)
