"""Answers questions from recorded facts only, and keeps the conversation. Asking changes nothing else."""

import re
from collections.abc import Sequence

from app.context import EVERY_ONE, AppContext
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
from app.explain.questions import named, understand_question
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.incidents import AskAnswer, AskRequest
from app.services.incidents.cases import latest_step, read_incident

PASSAGES = 4
CHUNK_ID = re.compile("[0-9a-fA-F]{64}")


def case_of(ctx: AppContext, scope: Scope, about: str | None, question: str = "") -> Case | str | None:
    """The case a question is about, or a sentence why what it names has none; None when it names nothing and nothing is
    wrong.

    What the question itself names comes first, then what was said beside it, and only then the incident that costs most
    now.
    """
    with ctx.store.read(scope) as session:
        found = _find_subject(session, about, named(question))
    if found is None or isinstance(found, str):
        return found
    incident, action = found
    whole = read_incident(ctx, scope, incident.id)
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


Subject = tuple[Incident, Action | None]


def _find_subject(session: Session, about: str | None, names: Sequence[str]) -> Subject | str | None:
    beside = _called(session, about) if about else None
    if about and isinstance(beside, str) and not names:
        raise NotFound(beside)
    found = [_called(session, name) for name in names]
    for one in found:
        if isinstance(one, str):
            return one
    if isinstance(beside, tuple) and all(_belongs(session, name, beside[0]) for name in names):
        return beside
    if found:
        return found[0]
    return beside or _dearest(
        session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE) or session.incidents.page(limit=1)
    )


def _dearest(known: Sequence[Incident]) -> Subject | None:
    most = max(known, key=lambda incident: (incident.cost_of_waiting, incident.severity.rank), default=None)
    return (most, None) if most else None


def _belongs(session: Session, name: str, incident: Incident) -> bool:
    """Whether an id that is no incident and no action is part of this incident: then the question stays about what it
    was asked beside.
    """
    kind = name.partition("-")[0].upper()
    if kind == "MERCH":
        return any(merchant.upper() == name.upper() for merchant in incident.merchants)
    if kind == "SIG":
        return session.signals.incidents_of([_signal_name(name)]).get(_signal_name(name)) == incident.id
    return kind == "EV" and name.upper() in session.incidents.evidence(incident.id)


def _called(session: Session, name: str) -> Subject | str:
    """The incident (and action) that an id leads to, or the sentence that there is none: never another one."""
    kind = name.partition("-")[0].upper()
    if kind == "INC":
        return _incident(session, name.upper()) or f"There is no incident {name} here."
    if kind == "ACT":
        return _action(session, name.upper()) or f"There is no action {name} here."
    if kind == "SIG":
        return _of_signal(session, name)
    if kind == "EV":
        known = (
            incident
            for incident in session.incidents.page(limit=EVERY_ONE)
            if name.upper() in session.incidents.evidence(incident.id)
        )
        return next(((incident, None) for incident in known), f"There is no evidence {name} here.")
    if kind == "DOC" or CHUNK_ID.fullmatch(name):
        return _of_document(session, name)
    return _of_merchant(session, name)


def _incident(session: Session, name: str) -> Subject | None:
    try:
        return session.incidents.get(name), None
    except NotFound:
        return None


def _action(session: Session, name: str) -> Subject | None:
    try:
        action = session.actions.get(name)
    except NotFound:
        return None
    return session.incidents.get(action.incident_id), action


def _signal_name(name: str) -> str:
    return f"SIG-{name[4:].lower()}"


def _of_signal(session: Session, name: str) -> Subject | str:
    joined = session.signals.incidents_of([_signal_name(name)])
    if joined:
        return session.incidents.get(joined[_signal_name(name)]), None
    if session.signals.get([_signal_name(name)]):
        return f"The signal {name} joined no incident, so there is nothing to explain about it."
    return f"There is no signal {name} here."


def _of_document(session: Session, name: str) -> str:
    """A document is no incident: what it is, or that it is not here."""
    known = {document.id.upper(): document for document in session.knowledge.documents()}
    passages = session.knowledge.chunks([name.lower()]) if CHUNK_ID.fullmatch(name) else []
    document = known.get(name.upper()) or next((one for one, _ in passages), None)
    if document is None:
        return f"There is no document or passage {name} here."
    return (
        f"{name} is of the runbook '{document.title}' ({document.trust.value}), which is no incident; ask about an"
        " incident that cites it."
    )


def _of_merchant(session: Session, name: str) -> Subject | str:
    """The dearest open incident of a merchant, else its latest one."""
    every = session.incidents.page(limit=EVERY_ONE)
    theirs = [incident for incident in every if name.upper() in {merchant.upper() for merchant in incident.merchants}]
    found = _dearest([incident for incident in theirs if incident.status in ACTIVE] or theirs[:1])
    if found:
        return found
    known = session.merchants.get(name) or session.merchants.get(name.upper())
    return f"No incident names the merchant {name}." if known else f"There is no merchant {name} here."


def answer_question(ctx: AppContext, scope: Scope, request: AskRequest) -> AskAnswer:
    """One turn of a conversation."""
    intent = understand_question(request.question)
    subject = case_of(ctx, scope, request.about or _spoken_of(ctx, scope, request), request.question)
    case = subject if isinstance(subject, Case) else None
    found = ctx.retriever.search(scope, request.question, k=PASSAGES)
    said = (
        answers.answer_intent(
            intent,
            case.changed(passages=_best_first(found, case.passages)),
        )
        if case
        else AnswerText(intent="no_such", unknown=(subject,))
        if isinstance(subject, str)
        else _without_case(found)
    )
    conversation = request.conversation_id or ctx.ids.fresh("CONV")
    turn = Turn(
        question=Untrusted(redact(request.question).text), answer=said, at=ctx.clock(scope).now(), by=scope.principal.id
    )
    with ctx.store.write(scope) as session:
        session.conversations.append(conversation, turn)
    cited = {name for sentence in said.sentences for name in (*sentence.evidence_ids, *sentence.citations)}
    return AskAnswer(
        conversation_id=conversation,
        answer=said,
        evidence=[row for name, row in case.evidence.items() if name in cited] if case else [],
        passages=[
            passage for passage in _best_first(found, case.passages if case else ()) if passage.chunk_id in cited
        ],
    )


def _spoken_of(ctx: AppContext, scope: Scope, request: AskRequest) -> str | None:
    """What the conversation is about so far: a question that names nothing goes on about that, and never leads to how
    another incident ended.
    """
    if request.conversation_id is None or named(request.question):
        return None
    with ctx.store.read(scope) as session:
        turns = session.conversations.turns(request.conversation_id)
        spoken_of = next((turn.answer.about for turn in reversed(turns) if turn.answer.about), None)
        return spoken_of if spoken_of and isinstance(_called(session, spoken_of), tuple) else None


def _best_first(found: Sequence[Passage], attached: Sequence[Passage]) -> tuple[Passage, ...]:
    """What the question itself finds, then what was attached to the incident; each passage once."""
    return tuple({passage.chunk_id: passage for passage in (*found, *attached)}.values())


def _without_case(found: Sequence[Passage]) -> AnswerText:
    """Nothing is wrong yet: the runbooks may still know."""
    sentences = tuple(
        Sentence(
            text=f"{passage.title}, {passage.section} ({passage.location}) covers this.", citations=(passage.chunk_id,)
        )
        for passage in found
    )
    return AnswerText(intent="no_incident", sentences=sentences, unknown=("There is no incident to explain.",))


def read_conversation(ctx: AppContext, scope: Scope, conversation_id: str) -> list[Turn]:
    """Every turn so far."""
    with ctx.store.read(scope) as session:
        turns = session.conversations.turns(conversation_id)
    if not turns:
        raise NotFound(f"no conversation is called {conversation_id}")
    return turns
