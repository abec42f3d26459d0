"""Answers questions from recorded facts only, and keeps the conversation. Asking changes nothing else."""

from collections.abc import Sequence

from app.domain.actions import Action
from app.domain.base import Untrusted
from app.domain.decisions import Decision
from app.domain.errors import NotFound
from app.domain.incidents import ACTIVE, Incident
from app.domain.knowledge import Passage
from app.domain.questions import AnswerText, Sentence, Turn
from app.domain.tenants import Scope
from app.explain import answers
from app.explain.case import Case
from app.explain.questions import understand
from app.ports import Session
from app.services.house import House
from app.services.incidents import detail, latest_step
from app.tools.redact import redact
from app.wire import AskAnswer, AskRequest

PASSAGES = 4


def case_of(house: House, scope: Scope, about: str | None) -> Case | None:
    """The case a question is about: the named incident or action, else the incident that costs most now; none when there is none."""
    with house.store.read(scope) as session:
        incident, action = _subject(session, about)
    if incident is None:
        return None
    whole = detail(house, scope, incident.id)
    parents = [row for row in whole.actions if row.parent_id is None]
    chosen = action or next(iter(parents), None)
    decided = latest_step(whole.steps, "decide")
    return Case(
        incident=whole.incident,
        dossier=whole.dossier,
        assessment=whole.assessment,
        decision=Decision.model_validate(decided) if decided else None,
        action=chosen,
        receipt=next((item for item in whole.receipts if chosen and item.action_id == chosen.id), None),
        evidence={row.id: row for row in whole.evidence},
        passages=tuple(whole.rag_context),
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
    case = case_of(house, scope, request.about)
    found = house.librarian.search(scope, request.question, k=PASSAGES)
    said = (
        answers.answer(
            intent,
            case.changed(passages=_best_first(found, case.passages)),
        )
        if case
        else _without_case(found)
    )
    conversation = request.conversation_id or house.ids.fresh("CONV")
    turn = Turn(question=Untrusted(redact(request.question).text), answer=said, at=house.clock(scope).now(), by=scope.principal.id)
    with house.store.write(scope) as session:
        session.conversations.append(conversation, turn)
    cited = {name for sentence in said.sentences for name in (*sentence.evidence_ids, *sentence.citations)}
    return AskAnswer(
        conversation_id=conversation,
        answer=said,
        evidence=[row for name, row in case.evidence.items() if name in cited] if case else [],
        passages=[passage for passage in _best_first(found, case.passages if case else ()) if passage.chunk_id in cited],
    )


def _best_first(found: Sequence[Passage], attached: Sequence[Passage]) -> tuple[Passage, ...]:
    """What the question itself finds, then what was attached to the incident; each passage once."""
    return tuple({passage.chunk_id: passage for passage in (*found, *attached)}.values())


def _without_case(found: Sequence[Passage]) -> AnswerText:
    """Nothing is wrong yet: the runbooks may still know."""
    sentences = tuple(
        Sentence(text=f"{passage.title}, {passage.section} ({passage.location}) covers this.", citations=(passage.chunk_id,)) for passage in found
    )
    return AnswerText(intent="no_incident", sentences=sentences, unknown=("There is no incident to explain.",))


def conversation(house: House, scope: Scope, conversation_id: str) -> list[Turn]:
    """Every turn so far."""
    with house.store.read(scope) as session:
        turns = session.conversations.turns(conversation_id)
    if not turns:
        raise NotFound(f"no conversation is called {conversation_id}")
    return turns
