"""What a person says of an incident beyond approving and refusing: whether a sign holds, and which cause it is. It is
kept on the incident with who said it and when, and the ranking is made anew with it at once.
"""

from datetime import datetime

import structlog

from app.access import UseCase, require
from app.config.model import DomainPack
from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.base import digest_of, shown_id
from app.domain.checks import CheckAnswer, CheckWord, NamedCause
from app.domain.decisions import AttemptEnd
from app.domain.errors import BadInput, Conflict, NotFound
from app.domain.hypotheses import UNKNOWN, Assessment
from app.domain.incidents import ASKED_FOR, FEEDABLE, Incident
from app.domain.lessons import Lesson
from app.domain.tenants import Scope
from app.observe.said import list_said
from app.ports.store import Session
from app.privacy.redact import redact
from app.reason.next_check import find_sign, same_test, word_question
from app.reason.score import UNKNOWN_TITLE
from app.schemas.incidents import CauseRequest, CheckRequest, WordAnswer
from app.services.incidents.cases import latest_step, read_incident
from app.services.loop import advance
from app.services.loop.anew import reason_anew

log = structlog.get_logger()
UNDECIDED = (ActionStatus.PENDING, ActionStatus.APPROVED)


def answer_check(ctx: AppContext, scope: Scope, incident_id: str, sign: str, request: CheckRequest) -> WordAnswer:
    """A person says whether a sign holds; from then on it counts as fully present, or as absent, on this incident."""
    require(scope, UseCase.ANSWER_CHECK)
    with ctx.store.write(scope) as session:
        now = ctx.clock(scope).now()
        incident = _still_open(session.incidents.get(incident_id))
        said = _answer_of(ctx.pack(scope), sign, request, scope, now)
        before = next((one for one in incident.answers if set(one.signs) & set(said.signs)), None)
        changed = before is None or (before.answer, before.note) != (said.answer, said.note)
        if changed:
            others = tuple(one for one in incident.answers if not set(one.signs) & set(said.signs))
            _keep(session, scope, incident.changed(answers=(*others, said)))
            told = said.model_dump(mode="json", include={"sign", "signs", "answer", "note"})
            session.events.append("incident.check_answered", incident_id, told, at=now)
        counted = before.answer if before else CheckWord.UNKNOWN
        if counted is not said.answer:
            reason_anew(session, incident_id, f"{said.by} answered {said.sign}: {said.answer.value}", now)
    log.info("incident.check_answered", tenant=scope.tenant_id, incident=incident_id, sign=said.sign, by=said.by)
    return _reasoned(ctx, scope, incident_id, changed=changed)


def name_cause(ctx: AppContext, scope: Scope, incident_id: str, request: CauseRequest) -> WordAnswer:
    """A person names the cause; it leads from then on, and what was proposed against another one is withdrawn."""
    require(scope, UseCase.NAME_CAUSE)
    with ctx.store.write(scope) as session:
        now = ctx.clock(scope).now()
        incident = _still_open(session.incidents.get(incident_id))
        named = _name_of(ctx.pack(scope), request, scope, now)
        before = incident.named
        changed = before is None or (before.cause, before.note) != (named.cause, named.note)
        if changed:
            _keep(session, scope, incident.changed(named=named))
            told = named.model_dump(mode="json", include={"cause", "note"})
            session.events.append("incident.cause_named", incident_id, told, at=now)
        if before is None or before.cause != named.cause:
            session.lessons.add(_lesson_of(scope, incident, named))
            if not _acts_on(session, incident, named.cause):
                reason_anew(session, incident_id, f"{named.by} named the cause {named.cause}", now)
    log.info("incident.cause_named", tenant=scope.tenant_id, incident=incident_id, cause=named.cause, by=named.by)
    return _reasoned(ctx, scope, incident_id, changed=changed)


def _still_open(incident: Incident) -> Incident:
    """Conflict for what nobody reasons about any more, and for what a person asked for in the first place."""
    if incident.status not in FEEDABLE:
        raise Conflict(f"{incident.standing}; only an open incident is reasoned about anew", **incident.facts())
    if incident.type == ASKED_FOR:
        raise Conflict(f"{incident.id} was opened by a person with the one proposal there is to it", **incident.facts())
    return incident


def _answer_of(pack: DomainPack, sign: str, request: CheckRequest, scope: Scope, now: datetime) -> CheckAnswer:
    found = find_sign(pack, sign)
    if found is None:
        raise NotFound(f"no sign of the pack {pack.name} is called {sign[:200]}; name it as next_checks do, cause.sign")
    cause, known = found
    return CheckAnswer(
        sign=f"{cause.id}.{known.id}",
        signs=tuple(f"{one.cause}/{one.sign.id}" for one in same_test(pack, known)),
        ask=word_question(known),
        answer=CheckWord(request.answer),
        note=redact(request.note.strip()).text,
        by=scope.principal.id,
        at=now,
    )


def _name_of(pack: DomainPack, request: CauseRequest, scope: Scope, now: datetime) -> NamedCause:
    cause = pack.cause(request.cause)
    if cause is None and request.cause != UNKNOWN:
        known = [*sorted(one.id for one in pack.causes), UNKNOWN]
        problem = {"field": "cause", "problem": f"is {request.cause!r}; write one of {', '.join(known)}"}
        raise BadInput(f"the pack {pack.name} knows no cause {request.cause!r}", [problem], causes=known)
    return NamedCause(
        cause=request.cause,
        title=cause.title if cause else UNKNOWN_TITLE,
        note=redact(request.note.strip()).text,
        by=scope.principal.id,
        at=now,
    )


def _keep(session: Session, scope: Scope, incident: Incident) -> None:
    """The word stands on the incident, and its evidence can be looked up at once."""
    session.incidents.save(incident)
    session.incidents.put_evidence(list_said(scope.tenant_id, incident))


def _acts_on(session: Session, incident: Incident, cause: str) -> bool:
    """Whether this cause leads already, and what waits or is approved was proposed against it: then it may stand."""
    rows = session.actions.page(incident_id=incident.id, statuses=UNDECIDED)
    ranked = latest_step(session.incidents.steps(incident.id), "reason")
    leads = ranked is not None and Assessment.model_validate(ranked).best.cause == cause
    return leads and bool(rows) and all(row.decision.cause == cause for row in rows)


def _lesson_of(scope: Scope, incident: Incident, named: NamedCause) -> Lesson:
    return Lesson(
        id=shown_id(
            "LES", digest_of([scope.tenant_id, incident.id, AttemptEnd.NAMED, named.cause, named.plain()["at"]])
        ),
        incident_id=incident.id,
        type=incident.type,
        cause=named.cause,
        outcome=AttemptEnd.NAMED,
        summary=f"{incident.title}: {named.by} named the cause, {named.cause}.",
        feedback=named.note,
        at=named.at,
    )


def _reasoned(ctx: AppContext, scope: Scope, incident_id: str, *, changed: bool) -> WordAnswer:
    """The ranking with the word counted; where somebody else is at the incident just now, the worker makes it."""
    ctx.wake()
    if changed:
        with ctx.store.read(scope) as session:
            incident = session.incidents.get(incident_id)
        advance.advance(ctx, Scope(tenant_id=scope.tenant_id), incident)
    found = read_incident(ctx, scope, incident_id)
    return WordAnswer(changed=changed, incident=found.incident, assessment=found.assessment)
