"""How many incidents there are, and which."""

from app.domain.incidents import FEEDABLE
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

MOST = 8


def _answer(draft: Draft, asked: Inquiry) -> None:
    every = draft.facts.incidents
    still = [one for one in every if one.status in FEEDABLE]
    still.sort(key=lambda one: (-one.cost_of_waiting, -one.severity.rank, one.id))
    draft.tell("incidents_open", *(one.id for one in still[:MOST]), count=len(still), total=len(every))
    for one in still[:MOST]:
        draft.tell(
            "one_incident", one.id, id=one.id, title=one.title, status=one.status.value, merchants=len(one.merchants)
        )


KIND = QuestionKind(
    id="list_incidents",
    description="how many incidents there are, and which",
    of_incident=False,
    examples={
        "en": (
            "How many incidents are open?",
            "List the open incidents",
            "Which incidents are there?",
            "What is broken right now?",
            "Show me all problems",
            "How many problems do we have?",
            "What are the current incidents?",
            "Is anything broken?",
            "What problems are there at the moment?",
            "Is everything ok?",
            "Overview of all incidents",
            "What's burning?",
            "Tell me everything that fails",
            "Anything wrong today?",
            "What needs attention?",
            "How does the platform look?",
            "Which outages do we have?",
            "Which troubles are going on?",
            "What is going wrong at the moment?",
            "Which incidents are running?",
            "Inventory of incidents",
            "Tell me about all troubles",
        ),
        "de": (
            "Wie viele Vorfälle sind offen?",
            "Welche Störungen gibt es?",
            "Liste die offenen Vorfälle",
            "Was ist gerade kaputt?",
            "Wie viele Probleme haben wir?",
            "Zeig alle Störungen",
            "Welche Probleme gibt es im Moment?",
            "Ist alles in Ordnung?",
            "Wo brennt es?",
            "Was läuft alles nicht?",
            "Was ist alles defekt?",
            "Worum muss ich mich kümmern?",
            "Welche Ausfälle haben wir?",
            "Was läuft gerade schief?",
            "Welche Vorfälle laufen?",
        ),
        "fr": (
            "Combien d'incidents sont ouverts ?",
            "Liste les incidents ouverts",
            "Quels incidents y a-t-il ?",
            "Qu'est-ce qui est en panne actuellement ?",
            "Montre tous les incidents",
            "Quels problèmes avons-nous en ce moment ?",
            "Est-ce que tout va bien ?",
            "Où ça brûle ?",
            "Dis-moi tout ce qui ne marche pas",
            "Quelles pannes avons-nous ?",
            "Quels incidents sont en cours ?",
            "Fais la liste des incidents",
            "Qu'est-ce qui va mal ?",
        ),
        "es": (
            "¿Cuántos incidentes hay abiertos?",
            "Lista los incidentes abiertos",
            "¿Qué incidencias hay?",
            "¿Qué está roto ahora mismo?",
            "Enséñame todos los incidentes",
            "¿Qué problemas hay ahora?",
            "¿Va todo bien?",
            "¿Qué está fallando?",
            "Dime todo lo que falla",
            "¿Qué averías tenemos?",
            "¿Qué va mal ahora?",
            "¿Qué incidentes están en curso?",
        ),
    },
    answer=_answer,
)
