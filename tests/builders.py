"""Builders: a whole, valid value with one line, and only what matters to the test spelled out.

Every builder takes the fields to change by name. Ids follow from a number, so that two calls with different numbers
never collide.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.base import Severity, Stage, Untrusted, digest_of
from app.domain.decisions import Decision, Effect, Forecast, Request, RiskScore, Ruling, Undo, Verdict
from app.domain.events import GENESIS, Event
from app.domain.evidence import Evidence
from app.domain.incidents import Incident
from app.domain.knowledge import Chunk, KnowledgeDocument, Trust
from app.domain.lessons import Lesson
from app.domain.merchants import Merchant
from app.domain.notices import Notice, NoticeKind, NoticeWords, notice_identity
from app.domain.outcomes import Outcome
from app.domain.patterns import Pattern, PatternKind
from app.domain.playbooks import Plan, PlannedStep, PlaybookRun, StepKind, WaitedFor, begin_run
from app.domain.questions import AnswerText, Sentence, Turn
from app.domain.receipts import Measure, Receipt, ReceiptVerdict
from app.domain.rollups import Awaited, Cell, slot_of
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Principal, Role, Scope, Tenant
from app.domain.unmapped import UnmappedItem, UnmappedShape
from app.domain.work import ConfigVersion, Intent, RetryState, StoredResponse

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The moment every builder starts from."""


def minutes(count: float) -> datetime:
    """That many minutes after NOW."""
    return NOW + timedelta(minutes=count)


def make_scope(tenant_id: str = "demo", principal: str = "person:ada", role: Role = Role.APPROVER) -> Scope:
    """A scope of somebody who may decide."""
    return Scope(tenant_id=tenant_id, principal=Principal(id=principal, role=role))


def make_tenant(tenant_id: str = "demo", **changes: Any) -> Tenant:
    """A tenant whose kill switch is off."""
    return Tenant.model_validate({"id": tenant_id, "title": tenant_id.title(), **changes})


def make_signal(number: int = 1, **changes: Any) -> Signal:
    """An API error of a merchant after its migration; other types by signal_type (then give their own fields)."""
    error = {"error_code": "PAYMENT_CALLBACK_INVALID", "endpoint": "/api/v3/checkout/complete", "status": 422}
    fields: dict[str, Any] = {
        "id": f"SIG-{number:05d}",
        "signal_type": SignalType.API_ERROR,
        "source": "datadog",
        "severity": Severity.HIGH,
        "merchant_id": "MERCH-A1B2C3",
        "stage": Stage.POST,
        "occurred_at": minutes(number),
        "received_at": minutes(number),
    }
    own = error if changes.get("signal_type", SignalType.API_ERROR) == SignalType.API_ERROR else {}
    return Signal.model_validate({**fields, **own, **changes})


def make_ticket(number: int = 1, **changes: Any) -> Signal:
    """A support ticket."""
    fields = {
        "ticket_id": f"T-{number}",
        "subject": "Checkout is broken",
        "body": "Customers cannot pay since the cutover.",
    }
    return make_signal(number, **{"signal_type": SignalType.TICKET, "source": "zendesk", **fields, **changes})


def make_cell(slot: int = 0, **changes: Any) -> Cell:
    """One error of a merchant, so many slots after NOW."""
    return Cell(slot_of(NOW) + slot, "MERCH-A1B2C3", "errors|api_error", 1.0, 1.0, 0.0)._replace(**changes)


def make_awaited(number: int = 1, **changes: Any) -> Awaited:
    """A payment that awaits its order."""
    fields = Awaited("payment>order", f"pay-{number}", "MERCH-A1B2C3", minutes(number), 4_900, "EUR")
    return fields._replace(**changes)


def make_merchant(merchant_id: str = "MERCH-A1B2C3", **changes: Any) -> Merchant:
    """A merchant in the second wave."""
    fields = {
        "name": "Harbour Goods",
        "plan": "plus",
        "region": "eu",
        "gateway": "stripe",
        "api_version": "v3",
        "wave": 2,
        "stage": Stage.POST,
    }
    return Merchant.model_validate({"id": merchant_id, **fields, "average_order_value": 6_500, **changes})


def make_pattern(number: int = 1, **changes: Any) -> Pattern:
    """A group of equal errors."""
    fields: dict[str, Any] = {
        "id": f"PAT-{number:08d}",
        "kind": PatternKind.ERROR_GROUP,
        "title": "PAYMENT_CALLBACK_INVALID at /api/v3/checkout/complete",
        "key": {"signal_type": "api_error", "error_code": "PAYMENT_CALLBACK_INVALID"},
        "severity": Severity.HIGH,
        "count": 12,
        "merchants": ("MERCH-A1B2C3",),
        "first_seen": NOW,
        "last_seen": minutes(number),
    }
    return Pattern.model_validate({**fields, **changes})


def make_incident(number: int = 1, **changes: Any) -> Incident:
    """An open incident; each number has its own key."""
    fields: dict[str, Any] = {
        "id": f"INC-{number:08d}",
        "digest": digest_of(["incident", number]),
        "key": f"api_error:{number}",
        "type": "api_error",
        "title": "Payment callbacks are refused",
        "severity": Severity.HIGH,
        "detected_at": minutes(number),
        "first_seen": NOW,
        "last_seen": minutes(number),
        "merchants": ("MERCH-A1B2C3",),
    }
    return Incident.model_validate({**fields, **changes})


def make_evidence(number: int = 1, incident_id: str = "INC-00000001", **changes: Any) -> Evidence:
    """A counted fact."""
    fields = {
        "kind": "error_group",
        "statement": "12 errors PAYMENT_CALLBACK_INVALID from one merchant.",
        "data": {"count": 12},
        "count": 12,
    }
    return Evidence.model_validate({"id": f"EV-{number:010d}", "incident_id": incident_id, **fields, **changes})


def make_plan(**changes: Any) -> Plan:
    """A treatment, a proof, and a person who tells of it."""
    words = {"forecast": "it works", "undo": "it is undone"}
    steps = (
        PlannedStep(id="fix", kind=StepKind.CALL_TOOL, title="Mend it", treatment=True, tool="x", **words),
        PlannedStep(
            id="proof", kind=StepKind.WAIT_FOR, title="Prove it", after=("fix",), waits_for=WaitedFor.RECEIPT, **words
        ),
        PlannedStep(
            id="tell", kind=StepKind.ASK_MERCHANT, title="Tell it", after=("proof",), by_person=True, says="x", **words
        ),
    )
    fields = {"playbook": "callback_not_https", "title": "Callbacks", "version": "1", "steps": steps}
    return Plan.model_validate({**fields, **changes})


def make_run(number: int = 1, **changes: Any) -> PlaybookRun:
    """The plan of an incident, of which nothing was done yet."""
    run = begin_run("demo", f"INC-{number:08d}", 1, make_plan(), f"ACT-{number:08d}", 1, minutes(number))
    return run.changed(**changes)


def make_request(merchants: tuple[str, ...] = ("MERCH-A1B2C3",), **changes: Any) -> Request:
    """The request of one cohort, with the digest of its body."""
    body = {"merchants": list(merchants), "callback_url": "https://shop.example/callback"}
    fields = {
        "merchants": merchants,
        "method": "POST",
        "url": "/tools/update_callback_url",
        "body": body,
        "digest": digest_of(body),
    }
    return Request.model_validate({**fields, **changes})


def make_decision(number: int = 1, tenant_id: str = "demo", **changes: Any) -> Decision:
    """A sealed decision that policy wants a person for."""
    fields: dict[str, Any] = {
        "incident_id": f"INC-{number:08d}",
        "cause": "callback_not_https",
        "confidence": 0.82,
        "tool": "update_callback_url",
        "title": "Set the payment callback to https",
        "effect": Effect.MERCHANT_SETTING,
        "arguments": {"scheme": "https"},
        "scope": ("MERCH-A1B2C3",),
        "rollout": (("MERCH-A1B2C3",),),
        "requests": (make_request(),),
        "risk": RiskScore(level="medium", score=0.4, factors=("changes a merchant's setting",)),
        "forecast": Forecast(
            metric="error_rate", merchants=("MERCH-A1B2C3",), statement="errors fall to a fifth within ten minutes"
        ),
        "undo": Undo(tool="update_callback_url", arguments={"scheme": "http"}),
        "ruling": Ruling(
            verdict=Verdict.ASK, rule_ids=("default.ask",), reasons=("not low risk",), policy_version="policy-1"
        ),
        "evidence": {"EV-0000000001": "0" * 64},
    }
    given = {**fields, **changes}
    return Decision.model_validate(given).sealed(tenant_id, given.get("action_id"))


def make_action(number: int = 1, tenant_id: str = "demo", **changes: Any) -> Action:
    """A pending row of the ledger, of its own decision (or the one given)."""
    decision = changes.get("decision") or make_decision(number, tenant_id, action_id=f"ACT-{number:08d}")
    fields: dict[str, Any] = {
        "id": decision.action_id,
        "incident_id": decision.incident_id,
        "status": ActionStatus.PENDING,
        "version": decision.version,
        "digest": decision.digest,
        "decision": decision,
        "proposed_at": minutes(number),
    }
    return Action.model_validate({**fields, **changes})


def make_outcome(number: int = 1, **changes: Any) -> Outcome:
    """What became of that action's first request: it was carried out."""
    fields: dict[str, Any] = {
        "action_id": f"ACT-{number:08d}",
        "row_id": f"ACT-{number:08d}",
        "status": ActionStatus.EXECUTED,
        "merchants": ("MERCH-A1B2C3",),
        "at": minutes(number + 1),
        "request": make_request(),
    }
    return Outcome.model_validate({**fields, **changes})


def make_receipt(number: int = 1, **changes: Any) -> Receipt:
    """Twelve errors before, none after."""
    quiet, loud = Measure(count=0, minutes=10, per_hour=0), Measure(count=12, minutes=10, per_hour=72)
    fields: dict[str, Any] = {
        "action_id": f"ACT-{number:08d}",
        "row_id": f"ACT-{number:08d}",
        "verdict": ReceiptVerdict.VERIFIED,
        "forecast": "errors fall to a fifth within ten minutes",
        **{"treated_before": loud, "treated_after": quiet, "control_before": quiet, "control_after": quiet},
        "ratio": 0.0,
        "statement": "From 72 errors an hour to none.",
        "at": minutes(number + 11),
    }
    return Receipt.model_validate({**fields, **changes})


def make_document(number: int = 1, **changes: Any) -> KnowledgeDocument:
    """A trusted runbook."""
    fields = {
        "title": f"Runbook {number:03d}",
        "filename": f"runbook-{number}.md",
        "trust": Trust.TRUSTED,
        "content_hash": digest_of(number),
    }
    return KnowledgeDocument.model_validate(
        {"id": f"DOC-{number}", **fields, "uploaded_at": minutes(number), **changes}
    )


def make_chunk(document_id: str = "DOC-1", position: int = 0, **changes: Any) -> Chunk:
    """A piece of a runbook."""
    text = Untrusted(f"Step {position}: check that the callback address of the shop starts with https.")
    fields = {
        "id": f"CHK-{document_id}-{position}",
        "section": "Checks",
        "location": f"lines {position * 10 + 1}-{position * 10 + 9}",
        "text": text,
    }
    return Chunk.model_validate({"document_id": document_id, "position": position, **fields, **changes})


def make_lesson(number: int = 1, **changes: Any) -> Lesson:
    """A lesson of an incident that ended well."""
    fields = {
        "incident_id": f"INC-{number:08d}",
        "type": "api_error",
        "cause": "callback_not_https",
        "tool": "update_callback_url",
    }
    ending = {
        "outcome": "VERIFIED",
        "summary": "The https callback stopped the errors.",
        "metrics_before": {"per_hour": 40.0},
        "mttr": 900.0,
    }
    return Lesson.model_validate({"id": f"LES-{number}", **fields, **ending, "at": minutes(number), **changes})


def make_turn(number: int = 1, **changes: Any) -> Turn:
    """A question and its answer."""
    answer = AnswerText(
        intent="why_action",
        sentences=(Sentence(text="Because 12 errors share one code.", evidence_ids=("EV-0000000001",)),),
    )
    return Turn.model_validate(
        {"question": f"Why number {number}?", "answer": answer, "at": minutes(number), "by": "person:ada", **changes}
    )


def make_intent(number: int = 1, **changes: Any) -> Intent:
    """Something to be sent, not yet tried."""
    fields = {
        "key": f"key-{number}",
        "action_id": f"ACT-{number:08d}",
        "tool": "update_callback_url",
        "mode": "simulated",
    }
    return Intent.model_validate({**fields, "request": make_request(), "created_at": minutes(number), **changes})


def make_setback(number: int = 1, **changes: Any) -> RetryState:
    """An incident that failed once and may be tried again in a while."""
    fields = {
        "incident_id": f"INC-{number:08d}",
        "failures": 1,
        "not_before": minutes(number + 5),
        "reason": "the shop is busy",
    }
    return RetryState.model_validate({**fields, "at": minutes(number), **changes})


def make_reply(number: int = 1, **changes: Any) -> StoredResponse:
    """A question that waits for its answer."""
    fields = {
        "key": f"key-{number}",
        "route": "POST /actions/{id}/approve",
        "fingerprint": digest_of(["asked", number]),
    }
    return StoredResponse.model_validate({**fields, "at": minutes(number), **changes})


def make_version(number: int = 1, **changes: Any) -> ConfigVersion:
    """A version of the policies."""
    fields = {"kind": "policies", "name": "agent", "version": f"policy-{number}", "body": {"rules": [number]}}
    return ConfigVersion.model_validate({**fields, "loaded_at": minutes(number), **changes})


def make_shape(number: int = 1, **changes: Any) -> UnmappedShape:
    """A shape that nobody could read."""
    fields = {
        "id": f"SHP-{number}",
        "source": "other",
        "paths": ("a", "b.c"),
        "first_at": NOW,
        "last_at": NOW,
        "count": 1,
    }
    return UnmappedShape.model_validate({**fields, **changes})


def make_event(number: int = 1, **changes: Any) -> Event:
    """A link of some chain."""
    fields: dict[str, Any] = {
        "seq": number,
        "at": NOW,
        "kind": "incident.opened",
        "subject": f"INC-{number:08d}",
        "principal": "system:worker",
        "prev_hash": GENESIS,
        "hash": digest_of(["event", number]),
    }
    return Event.model_validate({**fields, **changes})


def make_notice(number: int = 1, **changes: Any) -> Notice:
    """A question that one target is to be told of."""
    subject, target = f"ACT-{number:08d}", changes.get("target", "ops")
    fields: dict[str, Any] = {
        "id": notice_identity("demo", target, NoticeKind.PENDING, subject, 1),
        "target": target,
        "kind": NoticeKind.PENDING,
        "subject": subject,
        "incident_id": f"INC-{number:08d}",
        "action_id": subject,
        "severity": Severity.HIGH,
        "words": NoticeWords(headline="Checkout fails at 2 stores", asked="Approve or reject it."),
        "created_at": minutes(number),
        "not_before": minutes(number),
    }
    return Notice.model_validate({**fields, **changes})


def make_item(number: int = 1, **changes: Any) -> UnmappedItem:
    """Something of that shape."""
    fields = {"id": f"UNM-{number}", "shape_id": "SHP-1", "at": NOW, "content": {"a": number, "b": {"c": ["x", None]}}}
    return UnmappedItem.model_validate({**fields, **changes})


PACK_CAUSE = """\
id: wheel_fell_off
category: merchant_configuration
title: a wheel fell off
explanation: Wheels fall off when nobody looks.
signs:
  - {id: code, test: {code: [WHEEL_OFF]}, weight: 2.0, absent: 0.5, says: "{count} toys are broken."}
  - {id: status, test: {status: [409]}, weight: 1.0, says: "{share} are refused."}
runbook_query: wheel
"""
"""A cause that an upload may add to a pack."""
