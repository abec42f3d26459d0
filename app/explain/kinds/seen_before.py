"""Whether this has happened before, and what helped then."""

from app.domain.hypotheses import UNKNOWN
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best


def _answer(draft: Draft, asked: Inquiry) -> None:
    incident, best = draft.case.incident, find_best(draft.case)
    cause = best.cause if best else UNKNOWN
    alike = [one for one in draft.facts.lessons if one.incident_id != incident.id and one.cause == cause != UNKNOWN]
    if incident.previous_id:
        draft.tell("repeats", incident.id, incident.previous_id, id=incident.id, earlier=incident.previous_id)
    for one in alike[:3]:
        at = f"{one.at:%Y-%m-%d}"
        outcome = one.outcome.value
        draft.tell("earlier", one.incident_id, id=one.incident_id, at=at, outcome=outcome, summary=one.summary)
    if not incident.previous_id and not alike:
        draft.tell("never_before", incident.id, id=incident.id)
    for row in draft.case.about("baseline"):
        draft.row(row)


KIND = QuestionKind(
    id="seen_before",
    description="whether this has happened before",
    reads=("lessons",),
    examples={
        "en": (
            "Has this happened before?",
            "Have we seen this before?",
            "Is this a repeat?",
            "Did this ever occur in the past?",
            "What helped last time?",
            "Is it a known problem?",
            "When did we have that last?",
            "Is this the first time?",
            "Is it new or has it occurred earlier?",
            "Did this already exist once?",
            "I think we had that already",
            "Didn't we have the same in spring?",
            "Is this an old acquaintance?",
            "Is there a precedent?",
            "Were there similar cases?",
            "How often did that occur already?",
            "Does it remind you of earlier incidents?",
            "Is it similar to an earlier incident?",
            "Did we meet this before?",
        ),
        "de": (
            "Ist das schon einmal passiert?",
            "Hatten wir das schon mal?",
            "Kam das früher schon vor?",
            "Was hat letztes Mal geholfen?",
            "Ist das das erste Mal?",
            "Gab es das schon früher?",
            "Ich glaube, das hatten wir schon",
            "Gab es ähnliche Fälle?",
            "Ist das ein alter Bekannter?",
            "Wie oft kam das schon vor?",
            "Ist uns das schon begegnet?",
            "Erinnert das an frühere Vorfälle?",
        ),
        "fr": (
            "Est-ce déjà arrivé ?",
            "A-t-on déjà vu ça auparavant ?",
            "Est-ce un problème connu ?",
            "Qu'est-ce qui a aidé la dernière fois ?",
            "Est-ce la première fois ?",
            "A-t-on déjà rencontré cela ?",
            "Je crois qu'on a déjà connu ça",
            "Y a-t-il eu des cas semblables ?",
            "On a déjà eu ce problème, non ?",
            "Cela ressemble-t-il à un incident antérieur ?",
            "Cela te rappelle-t-il quelque chose ?",
        ),
        "es": (
            "¿Ha pasado esto antes?",
            "¿Ya lo habíamos visto?",
            "¿Es un problema conocido?",
            "¿Qué ayudó la última vez?",
            "¿Es la primera vez?",
            "¿Ocurrió ya alguna vez?",
            "Creo que ya lo tuvimos",
            "¿Hubo casos parecidos?",
            "¿Cuántas veces ha ocurrido ya?",
            "¿Se parece a un incidente anterior?",
            "¿Te recuerda a algo?",
        ),
    },
    answer=_answer,
)
