"""The rules both stores share: which moves exist, what a move may set, what the loser is told, and which event each
change leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

from app.domain.action_states import ACTION_MOVES, ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import FirstApproval, Snooze
from app.domain.base import digest_of
from app.domain.errors import Conflict, LeaseLost, NotFound, Permanent
from app.domain.events import Event
from app.domain.incidents import INCIDENT_MOVES, Incident, IncidentStatus
from app.domain.knowledge import Chunk, KnowledgeDocument
from app.domain.lessons import Lesson
from app.domain.notices import NoticeState
from app.domain.playbooks import PlaybookRun
from app.domain.tenants import Fence, KillSwitch, Tenant
from app.domain.work import ConfigVersion, Intent
from app.store import codec

K = TypeVar("K")
SETTABLE = frozenset(ActionChanges.__annotations__)
"""What a move of an action may set besides its status."""

KNOWLEDGE_KINDS = ("knowledge.added", "knowledge.removed")
"""The events that tell of a change of knowledge; the number of the last one is the change sequence."""

KILL_SWITCH = "kill_switch"
"""The installation's fact that is there while everything is stopped."""

POLICIES = "policies"
"""The kind of configuration whose newest version an action must have been ruled by."""

SWITCH_KINDS = {True: "kill_switch.on", False: "kill_switch.off"}
"""The events that tell who turned a tenant's kill switch, and why."""

COUNTED_AS_SENT = frozenset({NoticeState.SENT, NoticeState.SHOWN, NoticeState.IN_DOUBT})
"""What went to a target, would have gone, or may have: it counts for how many an hour may have."""

_HEAVY = frozenset({"result", "receipt"})


class EventDraft(NamedTuple):
    """What the chain will say about a change."""

    kind: str
    subject: str
    payload: codec.Columns


def incident_sources(to: IncidentStatus, allowed_from: Iterable[IncidentStatus] | None) -> frozenset[IncidentStatus]:
    """The states an incident may come from; Permanent when the table knows no such move."""
    known = frozenset(status for status, targets in INCIDENT_MOVES.items() if to in targets)
    asked = known if allowed_from is None else known & frozenset(allowed_from)
    if not asked:
        raise Permanent(f"no incident moves to {to.value} from there")
    return asked


def resolution_fields(incident: Incident, to: IncidentStatus, at: datetime) -> dict[str, datetime | float | None]:
    """What a move sets besides the status: the end and the time to recovery, when it is recovered; neither, when it is
    open again, or what cured it is taken back.
    """
    if to in {IncidentStatus.OPEN, IncidentStatus.MITIGATING}:
        return {"resolved_at": None, "mttr_seconds": None}
    if to is not IncidentStatus.RESOLVED:
        return {}
    return {"resolved_at": at, "mttr_seconds": max((at - incident.detected_at).total_seconds(), 0.0)}


def merge_saved(now: Incident, asked: Incident) -> Incident:
    """A replacement that keeps what only a move may set: the status, and the end once there is one."""
    return asked.changed(
        status=now.status,
        resolved_at=asked.resolved_at or now.resolved_at,
        mttr_seconds=now.mttr_seconds if asked.mttr_seconds is None else asked.mttr_seconds,
    )


def action_fields(
    current: Action, *, from_: ActionStatus, to: ActionStatus, at: datetime, by: str | None, changes: ActionChanges
) -> ActionChanges:
    """Everything a move sets besides the status, validated; Permanent for a move or a field that the tables do not
    know.

    An answer to a question (a move from PENDING) names who gave it and when, also when the caller only said `by`.
    """
    if to not in ACTION_MOVES[from_]:
        raise Permanent(f"no action moves from {from_.value} to {to.value}")
    foreign = sorted(set(changes) - SETTABLE)
    if foreign:
        raise Permanent(f"a move does not set {', '.join(foreign)}")
    wanted = ActionChanges(**changes)
    decider = by or changes.get("decided_by") or ""
    if (from_, to) == (ActionStatus.PENDING, ActionStatus.APPROVED) and current.awaits_another(decider):
        raise conflict_for(current, f"{current.id} needs the approval of two different people", needs_another=True)
    if from_ is ActionStatus.PENDING and by is not None:
        wanted = {"decided_by": by, "decided_at": at, **changes}
    moved = current.changed(**codec.clean_text(wanted))
    checked: ActionChanges = {name: getattr(moved, name) for name in wanted}  # type: ignore[assignment]
    return checked


def check_edit(action: Action, version: int, digest: str) -> None:
    """An edit is PENDING, of a higher version and of another digest; Permanent otherwise."""
    stays = action.status is ActionStatus.PENDING and action.first_approval is None and action.snoozed is None
    if not stays or action.version <= version or action.digest == digest:
        raise Permanent("an edit stays PENDING, raises the version, has a new digest, no approval and no snooze")


def conflict_for(action: Action, sentence: str, **more: Any) -> Conflict:
    """What whoever changed no row is told: how the row stands, and who brought it there."""
    kept = action.plain()
    facts = {name: kept[name] for name in ("status", "version", "digest", "decided_by", "label", "decided_at")}
    if action.withdrawn_because:
        facts["withdrawn_because"] = action.withdrawn_because
    return Conflict(sentence, **facts, **more)


def lost_move(
    action: Action, *, from_: ActionStatus, version: int, digest: str, held: bool = False, outdated: bool = False
) -> Conflict:
    """Why a guarded move changed nothing, from the row as it stands; `held` and `outdated` say what stood against
    sending it.
    """
    if action.status is not from_:
        who = f" by {action.decided_by}" if action.decided_by else ""
        why = f": {action.withdrawn_because}" if action.withdrawn_because else ""
        return conflict_for(action, f"{action.id} is {action.status.value}{who}, not {from_.value}{why}")
    if action.version != version or action.digest != digest:
        return conflict_for(action, f"{action.id} is now version {action.version}; what was decided was another one")
    if outdated and not held:
        return conflict_for(action, f"{action.id} was ruled by policies that are no longer in force", outdated=True)
    return conflict_for(
        action, f"{action.id} is held in {from_.value}: the kill switch is on, or the tenant is not known", held=True
    )


def longest_lease(seconds: float) -> float:
    """How long a lease may have left when others are asked for that long; beyond that the clock was set back since."""
    return 2 * max(seconds, 0.0) + 60.0


def lease_lost(fence: Fence) -> LeaseLost:
    """What a worker is told that comes back after its lease was taken over."""
    return LeaseLost(
        f"the lease {fence.name} is no longer held under token {fence.token}: another worker has taken it over",
        name=fence.name,
    )


def known_tenant(stored: str | None, tenant_id: str) -> Tenant:
    """The tenant of a row, or NotFound."""
    if stored is None:
        raise NotFound(f"there is no tenant {tenant_id}")
    return codec.read_value(Tenant, stored)


def known_pack(stored: K | None, number: int) -> K:
    """What is kept of an uploaded pack, or NotFound."""
    if stored is None:
        raise NotFound(f"no uploaded pack has the number {number}")
    return stored


def taken_number(number: int) -> Conflict:
    """What whoever brings a pack under a number that is taken is told."""
    return Conflict(f"pack {number} is there already; what was uploaded once is never changed")


def known_intent(intent: Intent | None, key: str) -> Intent:
    """The intent, or NotFound."""
    if intent is None:
        raise NotFound(f"nothing is to be sent under the key {key}")
    return intent


def known_run(run: PlaybookRun | None, run_id: str) -> PlaybookRun:
    """The run of a playbook, or NotFound."""
    if run is None:
        raise NotFound(f"there is no plan {run_id}")
    return run


def lost_run(run: PlaybookRun) -> Conflict:
    """What whoever writes an older version of a run is told."""
    return Conflict(f"{run.id} has gone on meanwhile (version {run.version}); look again", run_id=run.id)


def closed_intent(intent: Intent) -> Conflict:
    """What whoever tries a closed intent once more is told."""
    return Conflict(
        f"what was to be sent for {intent.action_id} has ended as {intent.ending}; it is not sent again", key=intent.key
    )


def lost_edit(action: Action) -> Conflict:
    """Why an edit changed nothing."""
    why = f": {action.withdrawn_because}" if action.withdrawn_because else ""
    return conflict_for(
        action, f"{action.id} is {action.status.value} in version {action.version} and was not edited{why}"
    )


def incident_opened(incident: Incident) -> EventDraft:
    """A new incident."""
    payload = {
        "key": incident.key,
        "type": incident.type,
        "title": incident.title,
        "severity": incident.severity,
        "digest": incident.digest,
    }
    return EventDraft(
        "incident.opened", incident.id, {**payload, "status": incident.status, "previous_id": incident.previous_id}
    )


def incident_moved(incident: Incident, to: IncidentStatus, reason: str) -> EventDraft:
    """A change of status; `incident` as it stood before."""
    return EventDraft("incident.moved", incident.id, {"from": incident.status, "to": to, "reason": reason})


def step_recorded(incident_id: str, step: str, seq: int, output: str) -> EventDraft:
    """What a node returned, as canonical text: the row keeps it whole, the chain binds its digest."""
    return EventDraft(
        f"step.{codec.clean_text(step)}",
        incident_id,
        {"seq": seq, "output_digest": sha256(output.encode()).hexdigest()},
    )


def action_proposed(action: Action) -> EventDraft:
    """A new row of the ledger."""
    decision = action.decision
    payload: codec.Columns = {
        "incident_id": action.incident_id,
        "status": action.status,
        "version": action.version,
        "digest": action.digest,
    }
    return EventDraft(
        "action.proposed",
        action.id,
        {**payload, "tool": decision.tool, "title": decision.title, "parent_id": action.parent_id},
    )


def action_moved(action: Action, *, from_: ActionStatus, by: str | None, changes: ActionChanges) -> EventDraft:
    """A move of an action; `action` as it stands after it. Results and receipts are bound by their digest."""
    payload: codec.Columns = {
        "incident_id": action.incident_id,
        "from": from_,
        "to": action.status,
        "version": action.version,
    }
    payload |= {"digest": action.digest, "by": by}
    for name in sorted(changes):
        told = getattr(action, name)
        payload |= {f"{name}_digest": digest_of(codec.to_plain(told))} if name in _HEAVY else {name: told}
    return EventDraft(f"action.{action.status.value.lower()}", action.id, payload)


def action_edited(action: Action, *, before: str, by: str) -> EventDraft:
    """An edit; `before` is the digest that no longer counts."""
    payload: codec.Columns = {
        "incident_id": action.incident_id,
        "version": action.version,
        "digest": action.digest,
        "before": before,
        "by": by,
    }
    return EventDraft("action.edited", action.id, payload)


def check_first_approval(now: Action, first: FirstApproval, version: int) -> None:
    """The first word is about a question of this version that two people must approve and nobody has; Conflict."""
    if (now.status, now.version, now.digest) != (ActionStatus.PENDING, version, first.digest):
        raise lost_move(now, from_=ActionStatus.PENDING, version=version, digest=first.digest)
    if now.decision.approvers < 2 or now.approved_first_by:
        raise conflict_for(now, f"{now.id} was approved by {now.approved_first_by or 'nobody'} meanwhile; look again")


def action_approved_first(action: Action, first: FirstApproval) -> EventDraft:
    """The first of two people approved it; it stays a question."""
    payload: codec.Columns = {"incident_id": action.incident_id, "version": action.version, "digest": first.digest}
    payload |= {"by": first.by, "label": first.label, "feedback": first.feedback, "needed": action.decision.approvers}
    return EventDraft("action.first_approval", action.id, payload)


def check_snooze(now: Action, version: int, digest: str) -> None:
    """Only a question can be put off, in the version that was seen; Conflict."""
    if (now.status, now.version, now.digest) != (ActionStatus.PENDING, version, digest):
        raise lost_move(now, from_=ActionStatus.PENDING, version=version, digest=digest)


def action_snoozed(action: Action, snooze: Snooze) -> EventDraft:
    """A question was put off, or is asked again at once."""
    payload: codec.Columns = {"incident_id": action.incident_id, "version": action.version, "digest": action.digest}
    payload |= {"until": snooze.until.isoformat(), "by": snooze.by, "reason": snooze.reason}
    return EventDraft("action.snoozed", action.id, payload)


def action_sent_again(intent: Intent) -> EventDraft:
    """One more attempt at what may have been sent before; `intent` with this attempt counted."""
    return EventDraft(
        "action.sent_again", intent.action_id, {"tool": intent.tool, "key": intent.key, "attempts": intent.attempts}
    )


def switch_turned(tenant_id: str, on: bool, reason: str) -> EventDraft:
    """A tenant's kill switch was turned."""
    return EventDraft(SWITCH_KINDS[on], tenant_id, {"reason": reason})


def own_switch(on: bool, last: Event | None) -> KillSwitch:
    """A tenant's own switch, with who turned it, why and when, from the last event that tells of it (if it tells of
    this state).
    """
    if last is None or last.kind != SWITCH_KINDS[on]:
        return KillSwitch(on=on)
    return KillSwitch(on=on, by=last.principal, reason=last.payload["reason"], at=last.at)


def knowledge_added(document: KnowledgeDocument, chunks: int) -> EventDraft:
    """A document came or was replaced."""
    payload: codec.Columns = {
        "title": document.title,
        "trust": document.trust,
        "content_hash": document.content_hash,
        "uploader": document.uploader,
    }
    return EventDraft("knowledge.added", document.id, {**payload, "chunks": chunks})


def knowledge_removed(document_id: str) -> EventDraft:
    """A document went."""
    return EventDraft("knowledge.removed", document_id, {})


def lesson_learned(lesson: Lesson) -> EventDraft:
    """A lesson was kept."""
    return EventDraft(
        "lesson.learned",
        lesson.id,
        {"incident_id": lesson.incident_id, "cause": lesson.cause, "outcome": lesson.outcome},
    )


def check_chunks(document: KnowledgeDocument, chunks: Sequence[Chunk]) -> None:
    """Every chunk is of this document, and no two are the same."""
    if any(chunk.document_id != document.id for chunk in chunks):
        raise Permanent(f"a chunk of another document cannot be kept with {document.id}")
    if len({chunk.id for chunk in chunks}) != len(chunks):
        raise Permanent(f"{document.id} has two chunks with one id")


def changed_versions(known: Mapping[tuple[str, str], str], loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
    """Those whose version is not the newest known of their kind and name."""
    newest = dict(known)
    fresh = []
    for given in loaded:
        kind, name, version = (codec.clean_text(text) for text in (given.kind, given.name, given.version))
        if newest.get((kind, name)) != version:
            fresh.append(given)
            newest[kind, name] = version
    return fresh
