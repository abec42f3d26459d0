"""A decision about a decision: who granted or refused it, bound to the digest of what they saw."""

from enum import StrEnum

from pydantic import Field

from app.domain.base import Moment, Value
from app.domain.decisions import Decision


class ApprovalKind(StrEnum):
    """How the question ended."""

    GRANTED = "granted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class RowKind(StrEnum):
    """What a grant covers: the first cohort, a later one of the same rollout, or the undo of a harmed one."""

    FIRST = "first"
    COHORT = "cohort"
    UNDO = "undo"


class Approval(Value):
    """The answer, as the loop records it. `by` is a principal, or policy:<rule id>, or approval:<id>."""

    id: str
    action_id: str
    kind: ApprovalKind
    step: RowKind = RowKind.FIRST
    cohort: int = Field(default=0, ge=0)
    row_id: str = Field(
        default="", description="the action row to carry out: the action itself, or its cohort or undo row"
    )
    by: str
    label: str = ""
    feedback: str = ""
    cause_is_wrong: bool = False
    digest: str
    version: int = 1
    taken_back_by: str = Field(
        default="",
        description="who had it taken back after it was sent; nobody asks for the undo of a harm",
        exclude_if=lambda by: not by,
    )
    cohorts_left: tuple[int, ...] = Field(
        default=(),
        description="the cohorts that the same word takes back after this one",
        exclude_if=lambda cohorts: not cohorts,
    )
    way_back: Decision | None = Field(
        default=None,
        description="what the undo of a harm is sent from, where somebody had a part of it taken back before: for the"
        " others alone",
        exclude_if=lambda decision: decision is None,
    )
    at: Moment


class FirstApproval(Value):
    """The word of the first of two people: for one version, by its digest. It decides nothing by itself."""

    by: str
    label: str = ""
    feedback: str = ""
    digest: str
    at: Moment


class Snooze(Value):
    """That a question is not shown among the others until then; it stays one, and its deadline stays."""

    until: Moment
    by: str
    reason: str = ""
    at: Moment


class Answer(Value):
    """What resumes an interrupted thread; written from the action row, never from a client's bytes."""

    kind: ApprovalKind
    by: str
    label: str = ""
    feedback: str = ""
    cause_is_wrong: bool = False
    digest: str
    version: int
    at: Moment
