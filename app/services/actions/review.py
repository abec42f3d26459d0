"""A person's word on a proposal: one compare-and-set on the action row, with its event; only then is the loop woken."""

from datetime import datetime

from app.access import UseCase, require
from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import FirstApproval
from app.domain.base import JsonObject, digest_of
from app.domain.decisions import Decision, Verdict
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.hypotheses import Dossier
from app.domain.incidents import ACTIVE, Incident, IncidentStatus
from app.domain.tenants import Scope
from app.domain.validity import Withdrawal, valid_until, withdrawal_of
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.actions import ApproveRequest, BatchAnswer, BatchOutcome, BatchRequest, EditRequest
from app.schemas.base import EditAnswer
from app.services.incidents.cases import latest_step
from app.services.loop import advance
from app.services.loop.held_back import read_cap_hold, read_quiet
from app.services.loop.plans import refuse_before_turn
from app.services.loop.tool_modes import modes_in
from graph.decisions import edit_decision


def decide_action(ctx: AppContext, scope: Scope, request: ApproveRequest) -> Action:
    """Approve or reject the version that was seen; whoever comes second learns who was first."""
    require(scope, UseCase.DECIDE_ACTION)
    if not request.approved and not request.feedback.strip():
        raise BadInput("a rejection needs its reason in `feedback`: the next proposal depends on it")
    if request.approved and request.cause_is_wrong:
        raise BadInput("`cause_is_wrong` belongs to a rejection: what is approved is approved against its cause")
    said: ActionChanges = {"label": request.reviewer, "feedback": redact(request.feedback).text}
    if request.cause_is_wrong:
        said["cause_is_wrong"] = True
    with ctx.store.write(scope) as session:
        row = session.actions.get(request.action_id)
        now = ctx.clock(scope).now()
        refuse_when_over(ctx, session, row, now)
        digest = request.digest or _current_digest(row)
        if request.approved and row.status is ActionStatus.PENDING and row.awaits_another(scope.principal.id):
            return _approve_first(session, row, digest, said, now)
        decided = session.actions.move(
            row.id,
            from_=ActionStatus.PENDING,
            to=ActionStatus.APPROVED if request.approved else ActionStatus.REJECTED,
            version=row.version,
            digest=digest,
            at=now,
            by=scope.principal.id,
            changes={"decided_by": scope.principal.id, "decided_at": now, **said},
        )
    ctx.wake()
    return decided


def _approve_first(session: Session, row: Action, digest: str, said: ActionChanges, now: datetime) -> Action:
    """The first of two approvals is kept and shown; the row stays a question for somebody else."""
    by = session.scope.principal.id
    if row.digest == digest and row.approved_first_by:
        raise Conflict(
            f"{row.id} needs two different people, and {by} approved it already: somebody else must approve it, too",
            action_id=row.id,
            first_by=by,
            needed=row.decision.approvers,
        )
    first = FirstApproval(
        by=by, label=said.get("label") or "", feedback=said.get("feedback") or "", digest=digest, at=now
    )
    return session.actions.note_first_approval(row.id, first, version=row.version)


def decide_actions(ctx: AppContext, scope: Scope, request: BatchRequest) -> BatchAnswer:
    """Each decision by itself, in order: one that is refused keeps no other from being taken."""
    outcomes = [_decide_one(ctx, scope, one) for one in request.decisions]
    refused = sum(bool(one.refused) for one in outcomes)
    waiting = sum(bool(one.note) for one in outcomes)
    return BatchAnswer(outcomes=outcomes, decided=len(outcomes) - refused - waiting, refused=refused, waiting=waiting)


def _decide_one(ctx: AppContext, scope: Scope, request: ApproveRequest) -> BatchOutcome:
    try:
        decided = decide_action(ctx, scope, request)
    except (BadInput, Conflict, NotFound) as refusal:
        return BatchOutcome(action_id=request.action_id, refused=refusal.detail, http_status=refusal.status)
    return BatchOutcome(action_id=decided.id, status=decided.status, http_status=200, note=decided.still_needs_another)


def refuse_when_over(ctx: AppContext, session: Session, row: Action, now: datetime) -> None:
    """A question that has ended, expired or been overtaken is no question any more, even if nobody took it back yet."""
    incident = session.incidents.get(row.incident_id)
    if row.status is ActionStatus.SUPERSEDED and incident.status is IncidentStatus.RESOLVED and incident.resolution:
        raise Conflict(
            f"{row.id} is no question any more. {incident.resolution.rstrip('.')}",
            status=row.status.value,
            incident=incident.status.value,
        )
    if row.status is not ActionStatus.PENDING:
        return
    modes = modes_in(session, ctx.config, ctx.tenant(session.scope))
    mode = modes.of(row.decision.tool) if row.decision.tool else None
    pack = ctx.packs.read(session, ctx.tenant(session.scope)).label
    rule = withdrawal_of(row, incident, policy_version=ctx.config.policy_version, now=now, mode=mode, pack=pack)
    if rule is Withdrawal.ENDED:
        raise Conflict(f"{incident.standing}; nothing of it can be decided any more", **incident.facts())
    until = valid_until(row)
    if rule is Withdrawal.EXPIRED and until is not None:
        raise Conflict(f"{row.id} expired at {until.isoformat()} ({rule.value})", status="EXPIRED", rule=rule.value)
    if rule is not None:
        raise Conflict(
            f"{row.id} is overtaken: {rule.sentence}; a fresh proposal follows", status="SUPERSEDED", rule=rule.value
        )


def _current_digest(row: Action) -> str:
    if row.decision.risk.level in {"high", "critical"} and row.status is ActionStatus.PENDING:
        raise Conflict(
            f"{row.id} is of {row.decision.risk.level} risk: send the digest of the card you saw, so that you approve"
            " what you read",
            action_id=row.id,
            digest=row.digest,
        )
    return row.digest


def edit_action(ctx: AppContext, scope: Scope, action_id: str, request: EditRequest) -> EditAnswer:
    """New arguments for a pending proposal: a new version, a new digest, a new ruling; it stays pending. The same
    arguments change nothing.
    """
    require(scope, UseCase.EDIT_ACTION)
    with ctx.store.read(scope) as session:
        row = session.actions.get(action_id)
        refuse_when_over(ctx, session, row, ctx.clock(scope).now())
        dossier = Dossier.model_validate(latest_step(session.incidents.steps(row.incident_id), "observe"))
    if _same_question(row, request):
        note = f"Nothing was changed: {row.id} has these arguments already and stays version {row.version}."
        return EditAnswer(**dict(row), changed_by_edit=False, note=note)
    _refuse_strangers(dossier, request.arguments)
    decision = _decision_with(ctx, scope, row, dossier, request.arguments)
    if decision.ruling.verdict is Verdict.DENY:
        raise Forbidden(
            "policy denies this change: " + " ".join(decision.ruling.reasons), rule_ids=list(decision.ruling.rule_ids)
        )
    changed = row.changed(
        status=ActionStatus.PENDING,
        decision=decision,
        version=decision.version,
        digest=decision.digest,
        author=scope.principal.id,
        first_approval=None,
        snoozed=None,
    )
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        kept = session.actions.replace_pending(
            changed, version=row.version, digest=request.digest, at=now, by=scope.principal.id
        )
    ruling = decision.ruling.verdict.value
    return EditAnswer(
        **dict(kept), note=f"Saved as version {kept.version}; policy says {ruling}. It still waits for a decision."
    )


def _same_question(row: Action, request: EditRequest) -> bool:
    """Whether an edit of the version that was seen asks for exactly what that version does."""
    return (
        row.status is ActionStatus.PENDING
        and row.digest == request.digest
        and digest_of(row.decision.plain()["arguments"]) == digest_of(request.arguments)
    )


def _refuse_strangers(dossier: Dossier, arguments: JsonObject) -> None:
    """An edit stays in scope: the merchants of the incident, whom its fault covers, and those who share what the broken
    ones have."""
    named = arguments.get("merchant_ids")
    in_scope = {*dossier.merchants, *dossier.blast.concerned, *dossier.blast.at_risk}
    strangers = [name for name in named if name not in in_scope] if isinstance(named, list) else []
    if strangers:
        problems = [
            {"field": "arguments.merchant_ids", "problem": f"{name} is not part of this incident"} for name in strangers
        ]
        raise BadInput(f"{len(strangers)} merchant(s) are outside this incident", problems)


def _decision_with(ctx: AppContext, scope: Scope, row: Action, dossier: Dossier, arguments: JsonObject) -> Decision:
    assert row.decision.tool is not None
    ctx.tools.check(row.decision.tool, arguments)
    return edit_decision(ctx.node_context(scope), row.decision, dossier, arguments)


def _refuse_held(ctx: AppContext, scope: Scope, row: Action, incident: Incident) -> None:
    """Conflict that says what keeps a granted action from being sent."""
    now, most = ctx.clock(scope).now(), ctx.config.policies.merchants_per_hour.most_in(scope.tenant_id)
    with ctx.store.read(scope) as session:
        hold = read_quiet(session, now).find_send_hold(row, incident)
        capped = read_cap_hold(session, row, most, now)
        if row.status is ActionStatus.APPROVED:
            refuse_before_turn(session, row)
    if row.status is ActionStatus.APPROVED and (hold or capped):
        why = f"{hold.sentence}: {hold.reason}" if hold else capped and capped.sentence
        raise Conflict(f"{row.id} is {why}", action_id=row.id, held=True)


def execute_action(ctx: AppContext, scope: Scope, action_id: str) -> Action:
    """Run an approved action now; one that was executed already is answered with its outcome."""
    require(scope, UseCase.EXECUTE_ACTION)
    with ctx.store.read(scope) as session:
        row = session.actions.get(action_id)
        incident = session.incidents.get(row.incident_id)
    if row.status is ActionStatus.APPROVED and incident.status in ACTIVE:
        advance.advance(ctx, Scope(tenant_id=scope.tenant_id), incident)
        with ctx.store.read(scope) as session:
            row = session.actions.get(action_id)
    if row.result is None:
        _refuse_held(ctx, scope, row, incident)
        why = f" ({row.withdrawn_because})" if row.withdrawn_because else ""
        raise Conflict(
            f"{row.id} is {row.status.value}{why}; only an APPROVED action can be executed",
            action_id=row.id,
            status=row.status.value,
        )
    return row
