"""How many actions wait, ran or were refused, and which."""

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

MOST = 8


def _answer(draft: Draft, asked: Inquiry) -> None:
    rows = [row for row in draft.facts.actions if row.step is RowKind.FIRST]
    waiting = [row for row in rows if row.status is ActionStatus.PENDING]
    done = [row for row in rows if row.executed_at is not None]
    shown = (waiting or done)[:MOST]
    counts = {"waiting": len(waiting), "done": len(done), "total": len(rows)}
    draft.tell("actions_counted", *(row.id for row in shown), **counts)
    for row in shown:
        state = row.status.value
        draft.tell("one_action", row.id, id=row.id, title=row.decision.title, status=state, incident=row.incident_id)


KIND = QuestionKind(
    id="list_actions",
    description="how many actions there are, and which wait",
    of_incident=False,
    examples={
        "en": (
            "Which actions are pending?",
            "How many actions are waiting?",
            "List the actions",
            "What is waiting for approval?",
            "Which proposals are open?",
            "Show me all pending approvals",
            "How many actions were executed?",
            "What do I have to approve?",
            "Which proposals are undecided?",
            "What needs my decision?",
            "What's in my queue?",
            "Is there anything for me to decide?",
            "What are you waiting for me to do?",
            "Do you need anything from me?",
            "Open requests",
            "What's on my plate?",
            "How many decisions do you wait for?",
            "Are there open approvals?",
            "Which decisions are due?",
        ),
        "de": (
            "Welche Aktionen warten?",
            "Wie viele Maßnahmen sind offen?",
            "Was wartet auf Freigabe?",
            "Liste die Aktionen",
            "Was muss ich freigeben?",
            "Welche Vorschläge sind offen?",
            "Was braucht meine Entscheidung?",
            "Was liegt bei mir?",
            "Was habe ich zu entscheiden?",
            "Wartet etwas auf mich?",
            "Was steht bei mir an?",
            "Gibt es offene Entscheidungen?",
            "Welche Freigaben stehen aus?",
        ),
        "fr": (
            "Quelles actions sont en attente ?",
            "Combien d'actions attendent ?",
            "Qu'est-ce qui attend une approbation ?",
            "Liste les actions",
            "Que dois-je approuver ?",
            "Quelles propositions sont encore ouvertes ?",
            "Qu'est-ce qui attend ma décision ?",
            "Y a-t-il quelque chose pour moi ?",
            "Qu'ai-je à décider ?",
            "Combien de décisions attends-tu ?",
            "Y a-t-il des approbations ouvertes ?",
        ),
        "es": (
            "¿Qué acciones están pendientes?",
            "¿Cuántas acciones esperan?",
            "¿Qué espera aprobación?",
            "Lista las acciones",
            "¿Qué tengo que aprobar?",
            "¿Qué propuestas siguen abiertas?",
            "¿Qué espera mi decisión?",
            "¿Hay algo para mí?",
            "¿Qué tengo pendiente?",
            "¿Cuántas decisiones esperas?",
            "¿Hay aprobaciones abiertas?",
        ),
    },
    answer=_answer,
)
