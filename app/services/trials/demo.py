"""The whole loop over the example signals, told in the terminal for people: what is seen, why, what is proposed, and
whether it worked.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.hypotheses import Assessment
from app.domain.questions import AnswerText, ModelUse, Sentence
from app.domain.receipts import Receipt
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.schemas.actions import ApproveRequest
from app.schemas.incidents import AskRequest
from app.schemas.signals import CycleAnswer
from app.services.actions import rows
from app.services.actions.review import decide_action
from app.services.agent import cycle
from app.services.incidents import ask, cases
from app.services.intake import signals
from app.services.loop import advance
from app.services.trials import worlds

Say = Callable[[str], None]
LABEL = "the demo script"
TICK = timedelta(minutes=5)
MOST_TICKS = 24
SHOWN_PATTERNS, SHOWN_CAUSES, SHOWN_IDS = 8, 3, 3


def run_demo(ctx: AppContext, say: Say, use: ModelUse = ModelUse.OFF) -> bool:
    """Observe, reason, propose, approve one, act, verify, explain; whether the receipt says that it worked."""
    scope = Scope(tenant_id=worlds.DEMO.id, principal=LOCAL_ADMIN)
    _tell_signals(ctx, scope, say)
    turn = cycle.run_cycle(ctx, scope)
    _tell_patterns(turn, say)
    _tell_causes(ctx, scope, turn, say)
    proposals = rows.list_actions(ctx, scope, statuses=[ActionStatus.PENDING], incident_id=None, limit=50, offset=0)
    granted = rows.list_actions(ctx, scope, statuses=[ActionStatus.EXECUTED], incident_id=None, limit=50, offset=0)
    _tell_proposals([*proposals, *granted], say)
    chosen = _most_worth_it(ctx, scope, proposals)
    if chosen is None:
        say("Nothing can be approved.")
        return False
    return _carry_through(ctx, scope, chosen, say, use)


def _say_heading(say: Say, text: str) -> None:
    say("")
    say(f"== {text}")


def _tell_signals(ctx: AppContext, scope: Scope, say: Say) -> None:
    _say_heading(say, "Observe: what came in")
    waiting = signals.list_pending(ctx, scope, 100_000)
    for kind, count in Counter(signal.signal_type.value for signal in waiting).most_common():
        say(f"  {count:>5}  {kind}")


def _tell_patterns(turn: CycleAnswer, say: Say) -> None:
    _say_heading(say, "Patterns, most important first")
    for pattern in turn.observed.patterns[:SHOWN_PATTERNS]:
        spike = f", {pattern.spike.ratio:.0f} times its baseline" if pattern.spike and pattern.spike.ratio > 1 else ""
        say(f"  {pattern.title}: {pattern.count} from {len(pattern.merchants)} merchant(s){spike}")


def _tell_causes(ctx: AppContext, scope: Scope, turn: CycleAnswer, say: Say) -> None:
    _say_heading(say, "Reason: why")
    for incident in turn.incidents:
        assessment = cases.read_incident(ctx, scope, incident.id).assessment
        say(f"  {incident.id}  {incident.title}  [{incident.status.value}]")
        for line in _cause_lines(assessment):
            say(f"      {line}")
        report = cases.report_risk(ctx, scope, incident.id)
        for sentence in report.sentences[:3]:
            say(f"      {sentence}")


def _cause_lines(assessment: Assessment | None) -> list[str]:
    if assessment is None:
        return ["not looked at yet"]
    return [f"{item.confidence:4.0%}  {item.title}" for item in assessment.hypotheses[:SHOWN_CAUSES]]


def _tell_proposals(proposals: list[Action], say: Say) -> None:
    _say_heading(say, "Decide: what is proposed, and what policy says")
    for row in proposals:
        ruling = row.decision.ruling
        say(f"  {row.id}  {row.decision.title}")
        state = (
            "waits for a person"
            if row.status is ActionStatus.PENDING
            else f"{row.status.value}, granted by {row.decided_by}"
        )
        say(f"      {ruling.verdict.value} by {', '.join(ruling.rule_ids)}; risk {row.decision.risk.level}; {state}")
        say(f"      promise: {row.decision.forecast.statement if row.decision.forecast else 'none'}")


def _most_worth_it(ctx: AppContext, scope: Scope, proposals: list[Action]) -> Action | None:
    """The proposal that cures something and whose incident costs most by the hour."""
    cures = [row for row in proposals if row.decision.forecast and row.decision.forecast.metric == "error_rate"]
    costs = {row.id: _hourly_cost_of(ctx, scope, row) for row in cures}
    return max(cures, key=lambda row: costs[row.id], default=None)


def _hourly_cost_of(ctx: AppContext, scope: Scope, row: Action) -> float:
    incident = cases.read_incident(ctx, scope, row.incident_id).incident
    return sum(float(money.minor) for money in incident.hourly_costs)


def _carry_through(ctx: AppContext, scope: Scope, chosen: Action, say: Say, use: ModelUse) -> bool:
    _say_heading(say, f"Approve: {chosen.id}, in the name of {LABEL}")
    decide_action(
        ctx,
        scope,
        ApproveRequest(
            action_id=chosen.id, approved=True, reviewer=LABEL, feedback="looks right", digest=chosen.digest
        ),
    )
    advance.advance_all(ctx, scope)
    row = rows.read_action(ctx, scope, chosen.id)
    _say_heading(say, "Act: on the simulated shop")
    request = row.decision.requests[0]
    say(f"  {row.status.value}: {request.method} {request.url}  {request.body}")
    receipt = _wait_for_receipt(ctx, scope, chosen.id)
    _say_heading(say, "Verify: the receipt")
    say(f"  {receipt.verdict.value}: {receipt.in_words}. {receipt.statement}" if receipt else "  no receipt came")
    _say_heading(say, "Ask: why did you propose this?")
    wanted = AskRequest(question="why did you propose this?", about=chosen.id, model=use.value)
    told = ask.answer_question(ctx, scope, wanted)
    for sentence in told.answer.sentences:
        say(f"  {sentence.text}  [{_sources_line(sentence)}]")
    if use is not ModelUse.OFF:
        say(f"  (worded by {told.answer.wording}{_reason_of(told.answer)})")
    return receipt is not None and receipt.verdict.value == "VERIFIED"


def _reason_of(answer: AnswerText) -> str:
    return f", the model was of no use: {answer.fallback.value}" if answer.fallback else ""


def _sources_line(sentence: Sentence) -> str:
    names = [*sentence.evidence_ids, *(f"passage {name[:8]}" for name in sentence.citations)]
    names += [f"rule {rule}" for rule in sentence.rule_ids]
    more = f" and {len(names) - SHOWN_IDS} more" if len(names) > SHOWN_IDS else ""
    return ", ".join(names[:SHOWN_IDS]) + more


def _wait_for_receipt(ctx: AppContext, scope: Scope, action_id: str) -> Receipt | None:
    """Let simulated time pass until the receipt is due and written."""
    for _ in range(MOST_TICKS):
        worlds.let_time_pass(ctx, scope, TICK)
        advance.advance_all(ctx, scope)
        row = rows.read_action(ctx, scope, action_id)
        if row.receipt:
            return row.receipt
    looked = cases.read_incident(ctx, scope, row.incident_id).receipts
    return next((one for one in looked if one.row_id == action_id), None)
