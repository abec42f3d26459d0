"""Answers questions from recorded facts only, and keeps the conversation. Asking changes nothing else."""

from app.domain.actions import Action
from app.domain.base import Untrusted
from app.domain.errors import NotFound
from app.domain.evidence import Evidence
from app.domain.incidents import ACTIVE, Incident
from app.domain.knowledge import Passage
from app.domain.questions import Turn
from app.domain.tenants import Scope
from app.explain import answers
from app.explain.answers import Case
from app.explain.questions import understand
from app.ports import Session
from app.services.house import House
from app.services.incidents import detail
from app.wire import AskAnswer, AskRequest

PASSAGES = 4


def ask_about(house: House, scope: Scope, about: str | None) -> Case:
    """The case a question is about: the named incident or action, else the one that costs most now, else an empty one."""
    with house.store.read(scope) as session:
        incident, action = _subject(session, about)
    if incident is None:
        return Case()
    whole = detail(house, scope, incident.id)
    rows = {row.id: row for row in whole.actions}
    chosen = rows.get(action.id, action) if action else next((row for row in whole.actions if row.parent_id is None), None)
    receipt = next((item for item in whole.receipts if chosen and item.action_id == chosen.id), None)
    return Case(
        incident=whole.incident,
        dossier=whole.dossier,
        assessment=whole.assessment,
        action=chosen,
        receipt=receipt,
        evidence={row.id: row for row in whole.evidence},
        passages=tuple(whole.rag_context),
        lessons=tuple(whole.lessons),
    )


def _subject(session: Session, about: str | None) -> tuple[Incident | None, Action | None]:
    if about and about.startswith("ACT-"):
        action = session.actions.get(about)
        return session.incidents.get(action.incident_id), action
    if about and about.startswith("INC-"):
        return session.incidents.get(about), None
    if about:
        raise NotFound(f"nothing is called {about}; ask about an incident (INC-...) or an action (ACT-...)")
    known = session.incidents.page(statuses=ACTIVE) or session.incidents.page(limit=1)
    return max(known, key=_cost, default=None), None


def _cost(incident: Incident) -> tuple[float, int]:
    per_hour = incident.metrics_snapshot.get("per_hour") or []
    return sum(float(item["minor"]) for item in per_hour), incident.severity.rank


def answer(house: House, scope: Scope, request: AskRequest) -> AskAnswer:
    """One turn of a conversation."""
    intent = understand(request.question)
    case = ask_about(house, scope, request.about)
    found = house.librarian.search(scope, request.question, k=PASSAGES)
    case = case.changed(found=tuple(found))
    said = answers.answer(intent, case)
    conversation = request.conversation_id or house.ids.fresh("CONV")
    turn = Turn(question=Untrusted(request.question), answer=said, at=house.clock(scope).now(), by=scope.principal.id)
    with house.store.write(scope) as session:
        session.conversations.append(conversation, turn)
    return AskAnswer(conversation_id=conversation, answer=said, evidence=_cited(case, turn), passages=_passages(case, turn))


def _cited(case: Case, turn: Turn) -> list[Evidence]:
    wanted = {name for sentence in turn.answer.sentences for name in sentence.evidence_ids}
    return [row for name, row in case.evidence.items() if name in wanted]


def _passages(case: Case, turn: Turn) -> list[Passage]:
    wanted = {name for sentence in turn.answer.sentences for name in sentence.citations}
    known = {passage.chunk_id: passage for passage in (*case.passages, *case.found)}
    return [known[name] for name in known if name in wanted]


def conversation(house: House, scope: Scope, conversation_id: str) -> list[Turn]:
    """Every turn so far."""
    with house.store.read(scope) as session:
        turns = session.conversations.turns(conversation_id)
    if not turns:
        raise NotFound(f"no conversation is called {conversation_id}")
    return turns
