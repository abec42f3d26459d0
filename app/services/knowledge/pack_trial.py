"""A dry run of an uploaded pack: the incidents that were recorded, weighed with it and with the pack in force.

Each is looked at twice, over the same signals and as of the same moment, so that all that differs is the pack. What a
person said of its cause is left out of both, and is what they are held against. Nothing is changed but the record that
the pack was tried.
"""

from dataclasses import replace

import structlog

from app.access import UseCase, require
from app.config.packs_in_force import PackInForce, read_choice
from app.context import EVERY_ONE, AppContext
from app.domain.checks import NAMED
from app.domain.errors import Conflict
from app.domain.hypotheses import Assessment, Dossier, Hypothesis
from app.domain.incidents import ASKED_FOR, Incident
from app.domain.known_causes import KnownCause, list_known_causes
from app.domain.packs import PACK_CHOICE, PackTried
from app.domain.tenants import Scope
from app.reason.score import score_causes
from app.schemas.packs import PackTrial, PackWeighed
from app.services.incidents.cases import latest_step
from app.services.knowledge.packs import subject_of
from graph.facts import look_at

log = structlog.get_logger()
FEW = 30
"""With fewer incidents of known cause than this, a difference may well be chance."""


def try_pack(ctx: AppContext, scope: Scope, number: int, incidents: int) -> PackTrial:
    """Weigh the newest incidents with an upload, and say whose leading cause would be another one."""
    require(scope, UseCase.TRY_PACK)
    tenant = ctx.tenant(scope)
    with ctx.store.read(scope) as session:
        tried, now = ctx.packs.version(session, tenant, number), ctx.packs.read(session, tenant)
        if tried.trouble:
            raise Conflict(tried.trouble, number=number)
        known = list_known_causes(session.lessons.page(limit=EVERY_ONE))
        every = (one for one in session.incidents.page(limit=EVERY_ONE) if one.type != ASKED_FOR)
        recorded = []
        for one in every:
            steps = session.incidents.steps(one.id)
            looked, reasoned = latest_step(steps, "observe"), latest_step(steps, "reason")
            if looked and reasoned:
                recorded.append((one, Dossier.model_validate(looked), Assessment.model_validate(reasoned)))
            if len(recorded) == incidents:
                break
    rows = [
        _weigh(ctx, scope, one, dossier, assessed, (now, tried), known.get(one.id))
        for one, dossier, assessed in recorded
    ]
    rows.sort(key=lambda row: not row.changed)
    labelled = [row for row in rows if row.known_cause]
    came_to = PackTried(
        by=scope.principal.id,
        at=ctx.clock(scope).now(),
        incidents=len(rows),
        differ=sum(row.changed for row in rows),
        labelled=len(labelled),
        right_before=sum(row.cause_before == row.known_cause for row in labelled),
        right_after=sum(row.cause_after == row.known_cause for row in labelled),
    )
    with ctx.store.write(scope) as session:
        choice = read_choice(session)
        session.notes.put(PACK_CHOICE, choice.changed(tried={**choice.tried, str(number): came_to}).plain())
        counts = came_to.model_dump(mode="json", exclude={"by", "at"})
        session.events.append("pack.tried", subject_of(number), {"against": now.label, **counts}, at=came_to.at)
    log.info("pack.tried", tenant=scope.tenant_id, pack=number, differ=came_to.differ, incidents=came_to.incidents)
    return PackTrial(
        number=number,
        label=tried.label,
        against=now.label,
        tried=came_to,
        sentence=word_trial(came_to),
        incidents=rows,
    )


def word_trial(tried: PackTried) -> str:
    """What a dry run came to, with what it cannot tell."""
    if not tried.incidents:
        return "No incident was recorded yet, so nothing could be weighed."
    said = f"{tried.differ} of {tried.incidents} recorded incidents would have another cause first."
    if not tried.labelled:
        return f"{said} Of none of them the cause is known, so nobody can tell which pack is right."
    right = f"Of {tried.labelled} whose cause is known, {tried.right_before} are right now, {tried.right_after} then."
    few = f" So few prove little; from {FEW} on it means something." if tried.labelled < FEW else ""
    return f"{said} {right}{few}"


def _weigh(
    ctx: AppContext,
    scope: Scope,
    incident: Incident,
    recorded: Dossier,
    assessed: Assessment,
    packs: tuple[PackInForce, PackInForce],
    known: KnownCause | None,
) -> PackWeighed:
    looked = [_look(ctx, scope, incident, recorded, pack) for pack in packs]
    before, after = (_lead(dossier, pack) for dossier, pack in zip(looked, packs, strict=True))
    return PackWeighed(
        incident_id=incident.id,
        title=incident.title,
        detected_at=incident.detected_at,
        recorded_cause=assessed.best.cause,
        recorded_confidence=assessed.best.confidence,
        cause_before=before.cause,
        confidence_before=before.confidence,
        cause_after=after.cause,
        confidence_after=after.confidence,
        changed=before.cause != after.cause,
        known_cause=known.cause if known else "",
        known_by=known.by if known else "",
        from_record=looked[0] is recorded,
    )


def _look(ctx: AppContext, scope: Scope, incident: Incident, recorded: Dossier, pack: PackInForce) -> Dossier:
    """What is to be seen of an incident with a pack; what was recorded where its signals are gone."""
    if incident.signals_gone:
        return recorded
    node = replace(ctx.node_context(scope), in_force=pack)
    return look_at(node, incident.id, at=incident.resolved_at or incident.last_seen, judged=recorded.directory)


def _lead(dossier: Dossier, pack: PackInForce) -> Hypothesis:
    """What leads by the evidence alone, whatever a person named."""
    evidence = [row for row in dossier.evidence if row.kind != NAMED]
    return score_causes(dossier.changed(named=None), evidence, pack.pack)[0]
