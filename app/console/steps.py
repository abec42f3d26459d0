"""The seven steps of the loop as a line that fills, and the receipt at its end."""

from collections.abc import Mapping
from typing import Final, Literal

import streamlit as st

from app.console import format as fmt
from app.console import safe_text
from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, list_in, object_in
from app.domain.incidents import ACTIVE, IncidentStatus, RecordedStep
from app.domain.receipts import Measure, Receipt, ReceiptVerdict
from app.schemas.incidents import IncidentDetail

ORDER: Final = ("observe", "reason", "decide", "approve", "act", "verify", "learn")
State = Literal["running", "complete", "error"]
VERDICTS: Final[dict[ReceiptVerdict, safe_text.Kind]] = {
    ReceiptVerdict.VERIFIED: "success",
    ReceiptVerdict.INEFFECTIVE: "warning",
    ReceiptVerdict.HARMED: "error",
    ReceiptVerdict.INCONCLUSIVE: "info",
}


def draw_steps(detail: IncidentDetail, first_seq: int = 0, *, stopped: bool = False) -> None:
    """Every step that ran, oldest first, then the one it is at; `stopped` while the kill switch is on."""
    ran = [step for step in detail.steps if step.seq >= first_seq]
    for step in ran:
        with st.status(
            safe_text.label(f"{step.step.capitalize()}: {outcome_words(step.step, step.output)}", limit=160),
            state="complete",
            type="step",
        ):
            safe_text.caption(f"step {step.seq} at {step.at:%Y-%m-%d %H:%M:%S} UTC")
            for words in detail_lines(step.step, step.output):
                safe_text.plain(words)
    held = stopped and _send_is_held(detail)
    coming = "Act: held" if held else _next_words(detail, ran)
    if coming:
        st.status(safe_text.label(coming), state="error" if held else "running", type="step")


def _send_is_held(detail: IncidentDetail) -> bool:
    """Whether what comes next is a send that a kill switch holds."""
    return _is_granted(detail) and detail.incident.status is IncidentStatus.MITIGATING


def _is_granted(detail: IncidentDetail) -> bool:
    """Whether something is approved and not sent yet."""
    return any(row.status is ActionStatus.APPROVED for row in detail.actions)


def _next_words(detail: IncidentDetail, ran: list[RecordedStep]) -> str:
    if detail.incident.status not in ACTIVE:
        return ""
    reasons = {
        "OPEN": "Observe: the worker takes it up next",
        "DIAGNOSED": "Decide: choosing what to propose",
        "AWAITING": "Approve: waiting for a person",
        "MITIGATING": "Act: granted, and to be sent" if _is_granted(detail) else "Act: carrying it out",
        "VERIFYING": "Verify: waiting until the receipt is due",
    }
    return reasons[detail.incident.status.value] if ran or detail.incident.status.value == "OPEN" else ""


def outcome_words(name: str, output: JsonMapping) -> str:
    """What a step came to, in half a sentence."""
    reach = fmt.stores(len(list_in(output, "merchants")))
    sentences = {
        "observe": f"{output.get('signal_count', 0)} signals, {len(list_in(output, 'evidence_ids'))} facts, {reach}",
        "decide": f"{output.get('title', '')} · policy says {object_in(output, 'ruling').get('verdict', '?')}",
        "approve": _answered_words(output),
        "act": f"{output.get('status', '?')} for {reach}",
        "learn": f"remembered as {output.get('outcome', '?')}",
    }
    told = {"reason": _reasoned_words, "verify": _verified_words}
    return told[name](output) if name in told else sentences.get(name, "done")


def _answered_words(output: JsonMapping) -> str:
    if output.get("taken_back_by"):
        return f"to be taken back, says {output['taken_back_by']}"
    return f"{output.get('kind', '?')} by {output.get('by', '?')}"


def _verified_words(output: JsonMapping) -> str:
    """The verdict, and what it means to whoever does not know the word."""
    receipt = Receipt.model_validate(output)
    return f"{receipt.verdict.value} · {receipt.in_words}"


def _reasoned_words(output: JsonMapping) -> str:
    best = next((one for one in list_in(output, "hypotheses") if isinstance(one, Mapping)), {})
    share = best.get("confidence", 0)
    known = float(share) if isinstance(share, int | float) else 0.0
    return f"{best.get('title', best.get('cause', '?'))}, {fmt.confidence(known)}"


def detail_lines(name: str, output: JsonMapping) -> list[str]:
    """More about a step, for whoever opens it."""
    if name == "decide":
        ruling = object_in(output, "ruling")
        pairs = zip(list_in(ruling, "rule_ids"), list_in(ruling, "reasons"), strict=False)
        others = [one for one in list_in(output, "alternatives") if isinstance(one, Mapping)]
        return [
            *(f"{rule}: {why}" for rule, why in pairs),
            *(f"Not {one.get('cause', '?')}: {one.get('why_not', '')}" for one in others),
        ]
    keys = {
        "observe": ("title", "since", "severity"),
        "reason": ("summary", "uncertainties"),
        "approve": ("feedback", "label", "digest"),
        "act": ("reference", "error", "due_at"),
        "verify": ("forecast", "statement"),
        "learn": ("summary", "feedback"),
    }
    values = [(key, output.get(key)) for key in keys.get(name, ())]
    return [
        f"{fmt.words(key)}: {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in values
        if value
    ]


def draw_receipt(row: Receipt) -> None:
    """What was promised and what was seen, for the treated stores and for the others."""
    safe_text.notice(VERDICTS[row.verdict], f"{row.in_words}. {row.statement}")
    left, right, third = st.columns(3)
    with left:
        safe_text.metric(
            "Treated stores: errors an hour",
            f"{row.treated_before.per_hour:.1f} → {row.treated_after.per_hour:.1f}",
            _window_words(row.treated_before, row.treated_after),
        )
    with right:
        safe_text.metric(
            "Other stores: errors an hour",
            f"{row.control_before.per_hour:.1f} → {row.control_after.per_hour:.1f}",
            _window_words(row.control_before, row.control_after),
        )
    with third:
        ratio = "no errors before" if row.ratio is None else f"{row.ratio:.0%} of before"
        bounds = f"{row.left.low:.0%} to {row.left.high:.0%} of what was to come, with 95 %; " if row.left else ""
        alive = f"{row.traffic_after} signs of life of the treated stores afterwards"
        safe_text.metric("What is left", ratio, bounds + alive)
    again = f" · looked at again {fmt.moment(row.due_at)}" if row.due_at else ""
    safe_text.caption(f"Promised: {row.forecast} · receipt written {fmt.moment(row.at)}{again}")


def _window_words(before: Measure, after: Measure) -> str:
    return f"{before.count} in {before.minutes:.0f} minutes before, {after.count} in {after.minutes:.0f} after"
