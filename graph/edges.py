"""The edges that depend on what a node concluded; each names its targets, so that the drawn graph is the
whole truth.
"""

from typing import Literal

from app.domain.action_states import ActionStatus
from app.domain.approvals import ApprovalKind
from app.domain.decisions import Verdict
from app.domain.receipts import NextStep
from graph import state as read
from graph.state import LoopState


def after_decide(state: LoopState) -> Literal["approve", "learn"]:
    """Nothing to propose, or denied by policy: handed to people."""
    decision = read.read_decision(state)
    if decision.tool is None or decision.ruling.verdict is Verdict.DENY:
        return "learn"
    return "approve"


def after_approve(state: LoopState) -> Literal["act", "observe", "decide", "learn"]:
    """Only a grant goes to act."""
    targets: dict[ApprovalKind, Literal["act", "observe", "decide", "learn"]] = {
        ApprovalKind.GRANTED: "act",
        ApprovalKind.SUPERSEDED: "observe",
        ApprovalKind.REJECTED: "decide",
        ApprovalKind.EXPIRED: "learn",
    }
    return targets[read.read_approval(state).kind]


def after_act(state: LoopState) -> Literal["approve", "verify", "learn"]:
    """What was executed is verified, and so is what may have been, where what happens tells. What a person has taken
    back was no promise: the next cohort follows at once, and after the last, or one that failed, people take over. On
    what could not be taken back nothing is laid.
    """
    word, outcome = read.word_to_undo(state), read.read_outcome(state)
    done = outcome.status is ActionStatus.EXECUTED
    if word is not None:
        return "approve" if done and word.cohorts_left else "learn"
    watched = outcome.status is ActionStatus.IN_DOUBT and outcome.due_at is not None
    return "verify" if done or watched else "learn"


def after_verify(state: LoopState) -> Literal["approve", "reason", "learn", "verify"]:
    """The next cohort or an undo passes the gate again; a miss is reasoned about again while attempts are left; what
    cannot be told yet is looked at once more.
    """
    step = read.read_receipt(state).next
    if step is NextStep.WAIT:
        return "verify"
    if step in {NextStep.COHORT, NextStep.UNDO}:
        return "approve"
    return "reason" if step is NextStep.RETRY else "learn"
