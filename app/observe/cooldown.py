"""Damping: what was done lately to the merchants of an incident, so that a signal that flaps does not make the agent
flap with it.

Counted facts only. `observe` puts them into the dossier, `decide` asks them about one proposal.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import AttemptEnd, Tried
from app.domain.dossier_facts import RecentReversal, RecentTreatment

REMEMBERED = timedelta(days=1)
"""How long a rollback keeps the same from being tried again without people."""

UNFINISHED = frozenset({ActionStatus.SENDING, ActionStatus.IN_DOUBT})
TAKEN_BACK = frozenset({ActionStatus.HARMED, ActionStatus.UNDONE})
DONE = frozenset({ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE, *TAKEN_BACK})
TREATED = frozenset({AttemptEnd.TAKEN_BACK, *(AttemptEnd(status.value) for status in DONE)})


class Lately(NamedTuple):
    """What was done lately to some merchants."""

    cooling: tuple[RecentTreatment, ...]
    """Of actions within the cool-down, in flight and in doubt included."""
    undone: tuple[RecentReversal, ...]
    """Of actions that did harm or that a person had taken back within the last day."""


def recent_treatments(
    rows: Iterable[Action], merchants: Collection[str], *, now: datetime, cooldown: timedelta
) -> Lately:
    """The facts about these merchants, from the rows of the ledger."""
    touching = [(row, tuple(sorted(set(treated_by(row)).intersection(merchants)))) for row in rows]
    touching = [(row, shared) for row, shared in touching if shared]
    return Lately(
        cooling=tuple(
            RecentTreatment(tool=tool_of(row), merchants=shared)
            for row, shared in touching
            if _is_cooling(row, now - cooldown)
        ),
        undone=tuple(
            RecentReversal(cause=row.decision.cause, tool=tool_of(row), merchants=shared)
            for row, shared in touching
            if _was_undone(row, now - REMEMBERED)
        )
        + tuple(
            RecentReversal(cause=row.decision.cause, tool=row.decision.tool or "", merchants=shared, singled_out=True)
            for row, _ in touching
            if (shared := tuple(sorted(_singled_out(row, now - REMEMBERED).intersection(merchants))))
        ),
    )


def _singled_out(row: Action, since: datetime) -> frozenset[str]:
    """Whom a person had it taken back for, while it stood for others."""
    lately = row.executed_at is not None and row.executed_at > since
    if not (lately and row.aside and row.undo_asked_by and row.status is ActionStatus.EXECUTED):
        return frozenset()
    return frozenset(row.decision.undo_requests[row.cohort].merchants)


def tool_of(row: Action) -> str:
    """The tool a row used: that of its decision, or that of its undo."""
    undo = row.decision.undo
    return undo.tool if row.step is RowKind.UNDO and undo else row.decision.tool or ""


def treated_by(row: Action) -> Sequence[str]:
    """The merchants of a row's cohort; of the whole scope where nothing is rolled out."""
    cohorts = row.decision.rollout
    return cohorts[row.cohort] if row.cohort < len(cohorts) else row.decision.scope


def _is_cooling(row: Action, since: datetime) -> bool:
    if row.status in UNFINISHED:
        return True
    return row.status in DONE and row.executed_at is not None and row.executed_at > since


def _was_undone(row: Action, since: datetime) -> bool:
    return (
        row.status in TAKEN_BACK
        and not row.was_taken_back_unhelped
        and row.step is not RowKind.UNDO
        and row.executed_at is not None
        and row.executed_at > since
    )


def cooling_down(
    cooling: Iterable[RecentTreatment], tried: Iterable[Tried], *, tool: str, scope: Collection[str]
) -> bool:
    """Whether the tool was used on one of these merchants within the cool-down, or in an earlier attempt on the same
    incident.
    """
    return any(one.tool == tool and one.ended in TREATED for one in tried) or any(
        one.tool == tool and not set(scope).isdisjoint(one.merchants) for one in cooling
    )


def undone_before(undone: Iterable[RecentReversal], *, cause: str, tool: str, scope: Collection[str]) -> int:
    """How often the same treatment of the same cause did harm or was taken back on one of these merchants."""
    return sum(
        1 for one in undone if (one.cause, one.tool) == (cause, tool) and not set(scope).isdisjoint(one.merchants)
    )
