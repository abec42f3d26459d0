"""Somebody proposes to hold a wave, or to let it go again. The proposal is a decision of the loop on an incident of its
own: policy rules on it, a person answers it, the loop sends it and reads it back, like every other.

It is an incident of its own because a fault's incident has its own question, which must not be taken back for this one.
"""

from collections import Counter
from typing import Final

import structlog

from app.access import UseCase, require
from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.base import Severity
from app.domain.decisions import fingerprint_request
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.evidence import Evidence, evidence_id
from app.domain.hypotheses import UNKNOWN, Assessment, Dossier, Finding, Hypothesis
from app.domain.impact import BlastRadius, Impact, Interval
from app.domain.incidents import ASKED_FOR, Incident, incident_identity
from app.domain.playbooks import PartOfPlan
from app.domain.tenants import Scope
from app.observe.readiness import Readiness, WaveOutlook
from app.observe.words import count_noun
from app.playbooks.hold import propose_wave_hold
from app.playbooks.model import Proposal
from app.playbooks.waves import HOLD, RELEASE
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.migrations import HoldRequest
from app.services.incidents.outlooks import list_reasons, read_outlooks
from app.services.loop.asked_for import open_question
from app.services.migrations.readiness import WaveHold, find_hold
from graph.context import NodeContext
from graph.decisions import decision_for
from graph.facts import with_recent_actions

log = structlog.get_logger()
FROM_THE_DIRECTORY: Final = 0.5
"""How sure it is that something breaks which only the directory tells of."""
MOST_REASONS: Final = 5
RUNBOOK_QUERY: Final = "hold a wave of the migration before its cutover"
PASSAGES: Final = 3
NOTHING: Final = Interval(low=0, middle=0, high=0)


def propose_hold(
    ctx: AppContext,
    scope: Scope,
    wave: int,
    request: HoldRequest,
    *,
    release: bool = False,
    part_of: PartOfPlan | None = None,
) -> Action:
    """Open the proposal that a wave is not cut over, or that a held one may be again; its card says what is known
    against the cutover. Conflict when it is so already or the question waits, Forbidden when policy denies it or a
    person refused the same. A step of a plan says of which it is a part, and finds what it has asked before.
    """
    tool = RELEASE if release else HOLD
    require(scope, UseCase.PROPOSE_HOLD)
    node = ctx.node_context(scope)
    passages = tuple(node.retriever.search(scope, RUNBOOK_QUERY, k=PASSAGES))
    with ctx.store.write(scope) as session:
        outlook = _find_wave(read_outlooks(ctx, scope, session), wave)
        reason = _find_reason(outlook, tool, request)
        incident = _open_incident(ctx, scope, outlook, tool, reason, part_of)
        known = session.actions.page(incident_id=incident.id, limit=1)
        if known:
            return known[0]
        _refuse_twice(find_hold(session, wave), tool, wave)
        dossier = _write_dossier(session, scope, incident, outlook)
        dossier = with_recent_actions(node, session, dossier, node.clock.now())
        assessment = _assess_wave(node, session, incident, outlook).changed(passages=passages)
        proposal = _propose(node, outlook, assessment, tool, reason)
        _refuse_refused(session, proposal)
        decision = decision_for(node, dossier, assessment, proposal, ()).changed(part_of=part_of)
        sealed = decision.sealed(scope.tenant_id)
        row = open_question(session, ctx.store, node.clock, incident, dossier, assessment, sealed)
    told = {"incident": row.incident_id, "action": row.id, "by": scope.principal.id}
    log.info("wave.proposed", tenant=scope.tenant_id, wave=wave, tool=tool, **told)
    ctx.wake()
    return row


def _find_wave(waves: list[WaveOutlook], wave: int) -> WaveOutlook:
    found = next((one for one in waves if one.wave == wave), None)
    if found is None:
        raise NotFound(f"no merchant belongs to wave {wave}")
    if found.readiness is Readiness.DONE:
        raise Conflict(f"nobody of wave {wave} is left to be cut over")
    return found


def _refuse_twice(hold: WaveHold, tool: str, wave: int) -> None:
    if hold.asked is not None:
        facts = {"action_id": hold.asked.id, "status": hold.asked.status.value}
        raise Conflict(f"{hold.asked.id} asks about wave {wave} already: {hold.asked.decision.title}", **facts)
    if tool == HOLD and hold.held is not None:
        raise Conflict(f"wave {wave} is held already ({hold.held.id})", action_id=hold.held.id)
    if tool == RELEASE and hold.held is None:
        raise Conflict(f"wave {wave} is not held")


def _find_reason(outlook: WaveOutlook, tool: str, request: HoldRequest) -> str:
    """What the person said, else what is known against the cutover."""
    said = redact(request.reason).text.strip()
    if not said and (tool == RELEASE or outlook.readiness is Readiness.GO):
        known = "to release a wave" if tool == RELEASE else f"nothing is known against the cutover of {outlook.wave}"
        raise BadInput(f"{known}: say in `reason` why")
    return said or " ".join(f"{one}." for one in list_reasons(outlook)[:MOST_REASONS])


def _refuse_refused(session: Session, proposal: Proposal) -> None:
    same = fingerprint_request(proposal.tool, proposal.arguments)
    for row in session.actions.page(statuses=[ActionStatus.REJECTED]):
        if row.decision.tool == HOLD and fingerprint_request(HOLD, row.decision.arguments) == same:
            raise Forbidden(f"exactly this was refused ({row.id}): {row.feedback}", action_id=row.id)


def _open_incident(
    ctx: AppContext, scope: Scope, outlook: WaveOutlook, tool: str, reason: str, part_of: PartOfPlan | None
) -> Incident:
    """It names no merchant: nothing is broken yet, and who is not ready is not ill."""
    now = ctx.clock(scope).now()
    asking = f"{part_of.run_id}:{part_of.step_id}" if part_of else ctx.ids.fresh("HOLD")
    key = f"{ASKED_FOR}:{outlook.wave}:{asking}"
    digest, shown = incident_identity(scope.tenant_id, key, reason)
    asked = "is not ready for its cutover" if tool == HOLD else "is to be cut over after all"
    return Incident(
        id=shown,
        digest=digest,
        key=key,
        type=ASKED_FOR,
        title=f"Wave {outlook.wave} {asked}",
        severity=Severity.MEDIUM,
        detected_at=now,
        first_seen=now,
        last_seen=now,
    )


def _write_dossier(session: Session, scope: Scope, incident: Incident, outlook: WaveOutlook) -> Dossier:
    """Each risk is a row of evidence, so that an approval binds to what was known; it rests on the signals of the
    incidents that show it.
    """
    rows = tuple(_evidence_rows(scope, incident, outlook))
    shown_by = {one for risk, _ in outlook.shared_risks() for one in risk.incident_ids}
    return Dossier(
        incident_id=incident.id,
        evidence_version=incident.evidence_version,
        title=incident.title,
        severity=incident.severity.value,
        since=incident.first_seen.isoformat(),
        signal_count=sum(session.incidents.get(one).signal_count for one in sorted(shown_by)),
        evidence=rows,
        evidence_ids=tuple(one.id for one in rows),
        impact=Impact(lost_orders=NOTHING, basis="Nothing is lost before the cutover."),
        blast=BlastRadius(
            merchants=tuple(one.merchant.id for one in outlook.waiting),
            stages=Counter(one.merchant.stage.value for one in outlook.waiting),
        ),
        directory=tuple(one.merchant for one in outlook.waiting),
        asked_for=True,
    )


def _evidence_rows(scope: Scope, incident: Incident, outlook: WaveOutlook) -> list[Evidence]:
    everyone = count_noun(len(outlook.waiting), "merchant")
    return [
        Evidence(
            id=evidence_id(scope.tenant_id, incident.id, ASKED_FOR, [risk.kind.value, risk.shared, risk.what]),
            incident_id=incident.id,
            kind=ASKED_FOR,
            statement=f"{len(merchants)} of {everyone} to be cut over: {risk.sentence}.",
            data={"merchants": merchants, "cause": risk.cause, "incidents": list(risk.incident_ids)},
            count=len(merchants),
        )
        for risk, merchants in outlook.shared_risks()
    ]


def _assess_wave(node: NodeContext, session: Session, incident: Incident, outlook: WaveOutlook) -> Assessment:
    """The risk that reaches furthest is the cause; it is as sure as the incident that shows it."""
    risks = outlook.shared_risks()
    lead = next((risk for risk, _ in risks if risk.blocks and risk.cause), None)
    cause = node.pack.cause(lead.cause) if lead else None
    shown = [session.incidents.get(one).metrics_snapshot.get("confidence") for one in lead.incident_ids] if lead else []
    confidence = max((one for one in shown if one is not None), default=FROM_THE_DIRECTORY if cause else 0.0)
    rows = _evidence_rows(node.scope, incident, outlook)
    hypothesis = Hypothesis(
        cause=cause.id if cause else UNKNOWN,
        category=cause.category if cause else UNKNOWN,
        title=cause.title if cause else "Not known",
        confidence=confidence,
        score=0.0,
        findings_for=tuple(
            Finding(sign=ASKED_FOR, statement=one.statement, weight=0.0, evidence_ids=(one.id,)) for one in rows
        ),
    )
    summary = f"{incident.title}. {' '.join(one.statement for one in rows)}"
    return Assessment(incident_id=incident.id, summary=summary, hypotheses=(hypothesis,))


def _propose(node: NodeContext, outlook: WaveOutlook, assessment: Assessment, tool: str, reason: str) -> Proposal:
    assert outlook.wave is not None
    specs = node.tools_on()
    if tool not in specs:
        raise Conflict(f"the tool {tool} is switched off")
    proposal = propose_wave_hold(
        specs,
        tool=tool,
        wave=outlook.wave,
        merchants=[one.merchant.id for one in outlook.waiting],
        cause=assessment.best.cause,
        confidence=assessment.best.confidence,
        reason=reason,
        mode=node.modes.of(tool),
    )
    node.tools.check(tool, proposal.arguments)
    return proposal
