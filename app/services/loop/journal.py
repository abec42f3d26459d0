"""Writes what each node of the loop returned into the store, and moves incident and action rows accordingly.

The nodes stay pure; this is the one place where their output becomes a fact. Every entry can be repeated: a node that
runs again after a crash finds its rows there and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import Approval, ApprovalKind, RowKind
from app.domain.base import JsonMapping
from app.domain.decisions import AttemptEnd, Decision, Tried, Verdict
from app.domain.errors import Conflict
from app.domain.evidence import Evidence
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import ACTIVE, IncidentStatus
from app.domain.lessons import Lesson
from app.domain.outcomes import Outcome
from app.domain.receipts import Receipt, ReceiptVerdict
from app.domain.tenants import SYSTEM, Scope
from app.ports.connectors import ToolResult
from app.ports.store import Session, Store
from app.ports.system import Clock
from app.services.loop.anew import extend_cure, find_unheard_word, reason_anew
from app.services.loop.closing import finish_closing
from app.services.loop.doubts import settle_doubt
from app.services.loop.plans import align_plan

log = structlog.get_logger()
_S = IncidentStatus


@dataclass(frozen=True)
class StoreJournal:
    """Implements the Journal port over the store: one transaction per entry."""

    store: Store
    clock: Clock

    def record(self, scope: Scope, incident_id: str, step: str, output: JsonMapping, *, seq: int) -> None:
        """Keep the step and its consequences."""
        with self.store.write(scope) as session:
            self.record_in(session, incident_id, step, output, seq=seq)
        log.debug("loop.step", tenant=scope.tenant_id, incident=incident_id, step=step)
        if step == "verify":
            _log_receipt(scope, incident_id, Receipt.model_validate(output))

    def record_in(self, session: Session, incident_id: str, step: str, output: JsonMapping, *, seq: int) -> None:
        """The same within a transaction that does more."""
        consequences: dict[str, Callable[[Session, str, JsonMapping], None]] = {
            "observe": self._observed,
            "reason": self._reasoned,
            "decide": self._decided,
            "approve": self._approved,
            "act": self._acted,
            "verify": self._verified,
            "learn": self._learned,
        }
        status = session.incidents.get(incident_id).status
        if status not in ACTIVE:
            raise Conflict(f"{incident_id} is {status.value}: somebody ended it meanwhile", ended=True)
        session.incidents.put_step(incident_id, step, output, at=self.clock.now(), seq=seq)
        consequences[step](session, incident_id, output)
        finish_closing(session, incident_id, self.clock.now())

    def _move(self, session: Session, incident_id: str, to: IncidentStatus, reason: str) -> None:
        if session.incidents.get(incident_id).status is not to:
            session.incidents.move(incident_id, to, at=self.clock.now(), reason=reason)

    def _snapshot(self, session: Session, incident_id: str, **facts: Any) -> None:
        incident = session.incidents.get(incident_id)
        session.incidents.save(incident.changed(metrics_snapshot={**incident.metrics_snapshot, **facts}))

    def _observed(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        dossier = Dossier.model_validate(output)
        session.incidents.put_evidence(dossier.evidence)
        per_hour = [item.middle.plain() for item in dossier.impact.per_hour]
        self._snapshot(
            session,
            incident_id,
            lost_orders=dossier.impact.lost_orders.middle,
            per_hour=per_hour,
            merchants=len(dossier.blast.merchants),
            signals=dossier.signal_count,
        )

    def _reasoned(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        assessment = Assessment.model_validate(output)
        best, said = assessment.best, assessment.headline
        known = {"cause": best.cause, "cause_title": best.title, "confidence": best.confidence}
        self._snapshot(session, incident_id, **known, headline=said.text if said else "")
        self._move(session, incident_id, _S.DIAGNOSED, f"{best.title}, confidence {best.confidence:.2f}")

    def _decided(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        decision = Decision.model_validate(output)
        self._snapshot(
            session,
            incident_id,
            proposal=decision.title,
            verdict=decision.ruling.verdict.value,
            rules=list(decision.ruling.rule_ids),
        )
        if decision.cause != session.incidents.get(incident_id).metrics_snapshot.get("cause"):
            self._snapshot(
                session,
                incident_id,
                cause=decision.cause,
                cause_title=_title_of(session, decision),
                confidence=decision.confidence,
            )
        now = self.clock.now()
        if decision.tool is None or decision.ruling.verdict is Verdict.DENY:
            align_plan(session, decision, now)
            return
        row = Action(
            id=decision.action_id,
            incident_id=incident_id,
            status=ActionStatus.PROPOSED,
            version=decision.version,
            digest=decision.digest,
            decision=decision,
            proposed_at=now,
        )
        if session.actions.add(row):
            self._walk(session, row, ActionStatus.PENDING)
        align_plan(session, decision, now)
        if decision.ruling.verdict is Verdict.ASK:
            self._move(session, incident_id, _S.AWAITING, decision.title)

    def _walk(self, session: Session, row: Action, *path: ActionStatus, by: str | None = None) -> Action:
        now = self.clock.now()
        for to in path:
            decided: ActionChanges = {"decided_by": by, "decided_at": now} if to is ActionStatus.APPROVED else {}
            row = session.actions.move(
                row.id, from_=row.status, to=to, version=row.version, digest=row.digest, at=now, by=by, changes=decided
            )
        return row

    def _approved(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        approval = Approval.model_validate(output)
        if approval.kind is ApprovalKind.SUPERSEDED:
            self._move(session, incident_id, _S.OPEN, "newer evidence or policies: the proposal was superseded")
        elif approval.kind is ApprovalKind.REJECTED:
            self._move(session, incident_id, _S.DIAGNOSED, f"rejected by {approval.by}")
        elif approval.kind is ApprovalKind.GRANTED:
            self._granted(session, approval)
            self._move(session, incident_id, _S.MITIGATING, f"granted by {approval.by}")

    def _granted(self, session: Session, approval: Approval) -> None:
        parent = session.actions.get(approval.action_id)
        if approval.step is RowKind.FIRST:
            if parent.status is ActionStatus.PENDING:
                self._walk(session, parent, ActionStatus.APPROVED, by=approval.by)
            return
        decision = approval.way_back or parent.decision
        child = Action(
            id=approval.row_id,
            incident_id=parent.incident_id,
            parent_id=parent.id,
            step=approval.step,
            cohort=approval.cohort,
            status=ActionStatus.PROPOSED,
            version=decision.version,
            digest=decision.digest,
            decision=decision,
            proposed_at=self.clock.now(),
        )
        if session.actions.add(child):
            self._walk(session, child, ActionStatus.PENDING, ActionStatus.APPROVED, by=approval.by)

    def _acted(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        outcome = Outcome.model_validate(output)
        if outcome.status is ActionStatus.IN_DOUBT and outcome.due_at is not None:
            self._move(session, incident_id, _S.VERIFYING, f"{outcome.row_id} is in doubt, and watched")
        if outcome.status is not ActionStatus.EXECUTED:
            return
        row = session.actions.get(outcome.row_id)
        if row.undo_asked_by:
            return
        self._move(session, incident_id, _S.VERIFYING, f"{outcome.row_id} executed")

    def _verified(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        receipt = Receipt.model_validate(output)
        row = session.actions.get(receipt.row_id)
        proof = Evidence(
            id=receipt.evidence_ids[0],
            incident_id=incident_id,
            kind="receipt",
            statement=receipt.statement,
            data={"verdict": receipt.verdict.value, "ratio": receipt.ratio, "row_id": receipt.row_id},
            count=receipt.treated_after.count,
        )
        session.incidents.put_evidence([proof])
        if row.status is ActionStatus.IN_DOUBT and receipt.done:
            known = ToolResult(status=ActionStatus.EXECUTED)
            said = f"what was seen since tells that it was done: {receipt.in_words}"
            row = settle_doubt(session, row, known, by=SYSTEM.id, source="receipt", reason=said, now=receipt.at)
        if row.status is ActionStatus.EXECUTED and receipt.verdict is not ReceiptVerdict.INCONCLUSIVE:
            session.actions.move(
                row.id,
                from_=ActionStatus.EXECUTED,
                to=ActionStatus(receipt.verdict.value),
                version=row.version,
                digest=row.digest,
                at=receipt.at,
                changes={"receipt": receipt},
            )

    def _learned(self, session: Session, incident_id: str, output: JsonMapping) -> None:
        lesson = Lesson.model_validate(output)
        for one in in_full(lesson):
            session.lessons.add(one)
        incident = session.incidents.get(incident_id)
        session.incidents.save(incident.changed(resolution=lesson.summary))
        why = _why_ended(session, incident_id, lesson)
        if lesson.outcome not in OVER:
            self._snapshot(
                session,
                incident_id,
                handed_over={"at": lesson.at.isoformat(), "why": why},
            )
        if lesson.outcome is AttemptEnd.VERIFIED and extend_cure(session, incident_id, self.clock.now()):
            return
        self._move(
            session,
            incident_id,
            _S.RESOLVED if lesson.outcome in OVER else _S.ESCALATED,
            why,
        )
        unheard = "" if lesson.outcome in OVER else find_unheard_word(session, incident_id)
        if unheard:
            reason_anew(session, incident_id, unheard, self.clock.now())


def _log_receipt(scope: Scope, incident_id: str, receipt: Receipt) -> None:
    """A receipt that settles nothing moves no row, and is told here; any other is told as the move of its action."""
    if receipt.verdict is ReceiptVerdict.INCONCLUSIVE:
        told = {"incident": incident_id, "action": receipt.row_id, "why": receipt.statement}
        log.info("receipt.inconclusive", tenant=scope.tenant_id, **told)


def _title_of(session: Session, decision: Decision) -> str:
    """How the cause that is acted upon is called, which need not be the likeliest."""
    reasoned = [one.output for one in session.incidents.steps(decision.incident_id) if one.step == "reason"]
    ranked = Assessment.model_validate(reasoned[-1]).hypotheses if reasoned else ()
    return next((one.title for one in ranked if one.cause == decision.cause), decision.cause)


def _why_ended(session: Session, incident_id: str, lesson: Lesson) -> str:
    """Why it ended as it did; where a person had it taken back, who and why."""
    why = ENDINGS.get(lesson.outcome, lesson.outcome.value)
    if lesson.outcome is AttemptEnd.INEFFECTIVE:
        return _why_unhelped(session, incident_id) or why
    if lesson.outcome is AttemptEnd.FAILED:
        return _why_not_done(session, incident_id) or why
    if lesson.outcome is not AttemptEnd.TAKEN_BACK:
        return why
    words = [one.output for one in session.incidents.steps(incident_id) if one.step == "approve"]
    return f"taken back by {words[-1].get('by', '?')}: {lesson.feedback}"


def _why_not_done(session: Session, incident_id: str) -> str:
    """Who found that what was sent last was not done, where it had been in doubt."""
    sent = [one.output for one in session.incidents.steps(incident_id) if one.step == "act"]
    row = session.actions.get(Outcome.model_validate(sent[-1]).row_id) if sent else None
    word = row.result.resolution if row and row.result else None
    return f"it was not done, says {word.by}: people are needed" if word and not word.happened else ""


def _why_unhelped(session: Session, incident_id: str) -> str:
    """Whether what did not help was taken back, where what was sent last was to do that."""
    sent = [one.output for one in session.incidents.steps(incident_id) if one.step == "act"]
    last = Outcome.model_validate(sent[-1]) if sent else None
    if last is None or last.step is not RowKind.UNDO:
        return ""
    if last.status is ActionStatus.EXECUTED:
        return f"it did not help and was taken back at {last.at:%H:%M} UTC; attempts are spent: people are needed"
    return f"it did not help, and to take it back ended {last.status.value}: people are needed"


def in_full(lesson: Lesson) -> list[Lesson]:
    """The lesson, and one for each attempt before it on the same incident."""
    return [lesson, *(_of_attempt(lesson, one, number) for number, one in enumerate(lesson.earlier))]


def _of_attempt(lesson: Lesson, one: Tried, number: int) -> Lesson:
    """The lesson of an earlier attempt on the same incident: what a person refused, or what did not help."""
    return lesson.changed(
        id=f"{lesson.id}-{number + 1}",
        cause=one.cause,
        tool=one.tool,
        action=one.tool.replace("_", " "),
        outcome=AttemptEnd.REFUTED if one.cause_is_wrong else one.ended,
        summary=(
            f"{one.tool} against {one.cause} ended"
            f" {one.ended}{', and the cause was called wrong' if one.cause_is_wrong else ''}"
            f"{': ' + one.reason if one.reason else ''}."
        ),
        feedback=one.reason if one.ended is AttemptEnd.REJECTED else "",
        metrics_before={},
        uncontrolled=False,
        metrics_after={},
        mttr=None,
        earlier=(),
    )


OVER = frozenset({AttemptEnd.VERIFIED, AttemptEnd.RECOVERED})
"""Nobody is needed any more."""
ENDINGS = {
    AttemptEnd.VERIFIED: "the receipt shows that it worked",
    AttemptEnd.ESCALATED: "handed to people, under a reference that can be read back",
    AttemptEnd.NOT_APPLIED: "shown, not applied",
    AttemptEnd.DENIED: "denied by policy: people are needed",
    AttemptEnd.NOTHING_TO_PROPOSE: "nothing to propose: people are needed",
    AttemptEnd.EXPIRED: "nobody answered in time: people are needed",
    AttemptEnd.FAILED: "the tool failed: people are needed",
    AttemptEnd.IN_DOUBT: "it is in doubt whether it was done: people are needed",
    AttemptEnd.RECOVERED: "it recovered on its own: no tool is credited with it",
    AttemptEnd.INCONCLUSIVE: "not testable: it cannot be told whether it worked, so people are needed",
    AttemptEnd.INEFFECTIVE: "attempts are spent: people are needed",
    AttemptEnd.UNDONE: "it did harm and was undone: people are needed",
    AttemptEnd.TAKEN_BACK: "taken back by a person: people are needed",
    AttemptEnd.HARMED: "it did harm and could not be undone: people are needed",
}
"""Why the incident ended as it did, in a sentence."""
