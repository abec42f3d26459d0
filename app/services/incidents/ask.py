"""Answers questions from recorded facts only, and keeps the conversation. Asking changes nothing else."""

from collections.abc import Sequence

from app.context import AppContext
from app.domain.base import JsonObject, Untrusted
from app.domain.decisions import Decision
from app.domain.errors import NotFound
from app.domain.knowledge import Passage
from app.domain.questions import AnswerText, ModelUse, Sentence, Turn
from app.domain.tenants import Scope
from app.explain.answers import answer_part, join_answers
from app.explain.case import Case
from app.explain.inquiry import TenantFacts
from app.explain.questions import Understood, list_ids, understand_parts
from app.explain.readers import KnownNames
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.incidents import AskAnswer, AskRequest
from app.services.incidents.cases import latest_step, read_incident
from app.services.incidents.ideas import offer_ideas
from app.services.incidents.model_desk import ModelDesk
from app.services.incidents.narrate import list_gate_names, word_answer
from app.services.incidents.second_reading import read_again
from app.services.incidents.subjects import Subject, SubjectFinder
from app.services.incidents.tenant_facts import read_known_names, read_tenant_facts
from app.wording.sentences import word_sentence

PASSAGES = 4
RULES = "rules"
"""Whose words they are where no model was at work."""


def answer_question(ctx: AppContext, scope: Scope, request: AskRequest) -> AskAnswer:
    """One turn of a conversation; a message that asks several things is answered in several parts. A model, where the
    conversation wants one, is asked outside of every transaction.
    """
    with ctx.store.read(scope) as session:
        turns = session.conversations.turns(request.conversation_id) if request.conversation_id else []
        known = read_known_names(ctx, scope, session)
    language = turns[-1].answer.language if turns else "en"
    desk = ModelDesk(ctx, scope, _wanted_use(request, turns))
    parts = understand_parts(request.question, known, language, _last_kind(turns), ctx.meaning)
    parts, read_by = read_again(desk, parts, known)
    kinds = [part.question_kind for part in parts]
    with ctx.store.read(scope) as session:
        facts = read_tenant_facts(ctx, scope, session, [one for one in kinds if one], turns)
        finder = SubjectFinder(session, parts[0].asked.language)
        spoken_of = _spoken_of(finder, turns)
        beside = request.about or spoken_of
        subjects = [_subject_of(finder, part, beside) for part in parts]
    found = ctx.retriever.search(scope, request.question, k=PASSAGES)
    cases = [_read_case(ctx, scope, one, part, found) for one, part in zip(subjects, parts, strict=True)]
    answers = [_answer_one(*one, facts, found) for one in zip(parts, subjects, cases, strict=True)]
    notices = _tell_subject(cases, parts, spoken_of, request)
    said = _narrate(desk, request, join_answers(answers, notices), cases[0], known).changed(read_by=read_by)
    conversation = request.conversation_id or ctx.ids.fresh("CONV")
    turn = Turn(
        question=Untrusted(redact(request.question).text),
        answer=said,
        at=ctx.clock(scope).now(),
        by=scope.principal.id,
        model=desk.use,
    )
    with ctx.store.write(scope) as session:
        session.conversations.append(conversation, turn)
        _record_wording(session, turn, cases[0])
    return _cite_sources(conversation, said, [case for case in cases if case], found)


def _wanted_use(request: AskRequest, turns: Sequence[Turn]) -> ModelUse:
    """What the model may do: as the question says, else as in the conversation so far."""
    if request.model is not None:
        return ModelUse(request.model)
    return turns[-1].model if turns else ModelUse.OFF


def _narrate(
    desk: ModelDesk, request: AskRequest, said: AnswerText, case: Case | None, known: KnownNames
) -> AnswerText:
    """The answer in the words of the model, and its ideas, as far as the conversation wants them."""
    if not desk.is_open:
        return said
    names = list_gate_names(desk, known)
    worded = word_answer(desk, request.question, said, names)
    return offer_ideas(desk, worded, case, known.causes, names).changed(prompts=tuple(desk.prompts))


def _record_wording(session: Session, turn: Turn, case: Case | None) -> None:
    """That a model put what is known of a decision into words stands beside it: which one, by which instructions."""
    said = turn.answer
    if said.wording == RULES or case is None or said.about is None:
        return
    told: JsonObject = {
        "incident_id": case.incident.id,
        "decision": case.proposal.digest if case.proposal else "",
        "intent": said.intent,
        "model": said.wording,
        "prompts": list(said.prompts),
    }
    session.events.append("answer.worded", said.about, told, at=turn.at)


def _subject_of(finder: SubjectFinder, part: Understood, beside: str | None) -> Subject | str | None:
    """What one question is about; what is about no incident still keeps what was spoken of."""
    kind = part.question_kind
    ids = list_ids(part.asked.text)
    names = (*ids, *(one for one in part.asked.merchants if one not in ids))
    if kind is not None and kind.of_incident:
        return finder.find_subject(beside, names)
    if part.kind == "compare":
        names = ()
    found = finder.find_subject(beside, names) if names or beside else None
    if isinstance(found, str) and part.asked.merchants:
        return finder.find_subject(beside, ()) if beside else None
    return found


def _read_case(
    ctx: AppContext, scope: Scope, subject: Subject | str | None, part: Understood, found: Sequence[Passage]
) -> Case | None:
    """Everything recorded about the incident that a question is about."""
    if subject is None or isinstance(subject, str):
        return None
    incident, action = subject
    whole = read_incident(ctx, scope, incident.id)
    parents = [row for row in whole.actions if row.parent_id is None]
    meant = next((row for row in parents if row.decision.tool in part.asked.tools), None)
    chosen = meant or action or next(iter(parents), None)
    decided = latest_step(whole.steps, "decide")
    return Case(
        incident=whole.incident,
        dossier=whole.dossier,
        assessment=whole.assessment,
        decision=Decision.model_validate(decided) if decided else None,
        action=chosen,
        actions=tuple(whole.actions),
        receipt=next((item for item in whole.receipts if chosen and item.action_id == chosen.id), None),
        evidence={row.id: row for row in whole.evidence},
        passages=_best_first(found, whole.rag_context),
    )


def _answer_one(
    part: Understood,
    subject: Subject | str | None,
    case: Case | None,
    facts: TenantFacts,
    found: Sequence[Passage],
) -> AnswerText:
    kind = part.question_kind
    if isinstance(subject, str):
        return AnswerText(intent="no_such", unknown=(subject,), language=part.asked.language)
    if case is None and kind is not None and kind.of_incident:
        return _answer_without_case(found, part.asked.language)
    return answer_part(part, case, facts)


def _tell_subject(
    cases: Sequence[Case | None], parts: Sequence[Understood], spoken_of: str | None, request: AskRequest
) -> list[Sentence]:
    """Say of what incident is spoken, where that is another one than before, or where nobody named one."""
    case, part = cases[0], parts[0]
    if case is None or part.question_kind is None or not part.question_kind.of_incident:
        return []
    now, language = case.incident.id, part.asked.language
    about = case.action.id if case.action else now
    if spoken_of is None:
        if request.about or part.asked.names_something or list_ids(request.question):
            return []
        return [Sentence(text=word_sentence(language, "subject_assumed", id=about), records=(now,))]
    before = {now, *(row.id for row in case.actions)}
    if spoken_of in before:
        return []
    return [Sentence(text=word_sentence(language, "subject_changed", new=about, old=spoken_of), records=(now,))]


def _last_kind(turns: Sequence[Turn]) -> str:
    """The kind of the last question of a conversation."""
    return turns[-1].answer.intent.rpartition("+")[2].partition(":")[0] if turns else ""


def _spoken_of(finder: SubjectFinder, turns: Sequence[Turn]) -> str | None:
    """What the conversation is about so far: a question that names nothing goes on about that."""
    last = next((turn.answer.about for turn in reversed(turns) if turn.answer.about), None)
    return last if last and isinstance(finder.follow_name(last), tuple) else None


def _cite_sources(conversation: str, said: AnswerText, cases: Sequence[Case], found: Sequence[Passage]) -> AskAnswer:
    cited = {name for sentence in said.sentences for name in (*sentence.evidence_ids, *sentence.citations)}
    rows = {row.id: row for case in cases for row in case.evidence.values()}
    passages = _best_first(found, [one for case in cases for one in case.passages])
    return AskAnswer(
        conversation_id=conversation,
        answer=said,
        evidence=[row for name, row in rows.items() if name in cited],
        passages=[passage for passage in passages if passage.chunk_id in cited],
    )


def _best_first(found: Sequence[Passage], attached: Sequence[Passage]) -> tuple[Passage, ...]:
    """What the question itself finds, then what was attached to the incident; each passage once."""
    return tuple({passage.chunk_id: passage for passage in (*found, *attached)}.values())


def _answer_without_case(found: Sequence[Passage], language: str) -> AnswerText:
    """Nothing is wrong yet: the runbooks may still know."""
    sentences = tuple(
        Sentence(
            text=word_sentence(language, "passage_covers", title=one.title, section=one.section, location=one.location),
            citations=(one.chunk_id,),
        )
        for one in found
    )
    nothing = word_sentence(language, "nothing_to_explain")
    return AnswerText(intent="no_incident", sentences=sentences, unknown=(nothing,), language=language)


def read_conversation(ctx: AppContext, scope: Scope, conversation_id: str) -> list[Turn]:
    """Every turn so far."""
    with ctx.store.read(scope) as session:
        turns = session.conversations.turns(conversation_id)
    if not turns:
        raise NotFound(f"no conversation is called {conversation_id}")
    return turns
