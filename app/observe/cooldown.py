"""Damping: what was done lately to the merchants of an incident, so that a signal that flaps does not make the agent
flap with it.

Counted facts only. `observe` puts them into the dossier, `decide` asks them about one proposal:

    cooling   [{tool, merchants}] of actions within the cool-down, in flight and in doubt included
    undone    [{cause, tool, merchants}] of actions that did harm or were taken back within the last day
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.domain.actions import Action, ActionStatus
from app.domain.approvals import RowKind
from app.domain.decisions import Tried

REMEMBERED = timedelta(days=1)
"""How long a rollback keeps the same from being tried again without people."""

UNFINISHED = frozenset({ActionStatus.SENDING, ActionStatus.IN_DOUBT})
TAKEN_BACK = frozenset({ActionStatus.HARMED, ActionStatus.UNDONE})
DONE = frozenset({ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE, *TAKEN_BACK})
TREATED = frozenset({status.value for status in DONE})


def recent_treatments(
    rows: Iterable[Action], merchants: Collection[str], *, now: datetime, cooldown: timedelta
) -> dict[str, list[dict[str, Any]]]:
    """The facts about these merchants, from the rows of the ledger."""
    touching = [(row, sorted(set(treated_by(row)).intersection(merchants))) for row in rows]
    touching = [(row, shared) for row, shared in touching if shared]
    return {
        "cooling": [
            {"tool": tool_of(row), "merchants": shared} for row, shared in touching if _is_cooling(row, now - cooldown)
        ],
        "undone": [
            {"cause": row.decision.cause, "tool": tool_of(row), "merchants": shared}
            for row, shared in touching
            if _was_undone(row, now - REMEMBERED)
        ],
    }


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
        and row.step is not RowKind.UNDO
        and row.executed_at is not None
        and row.executed_at > since
    )


def cooling_down(facts: Mapping[str, object], tried: Iterable[Tried], *, tool: str, scope: Collection[str]) -> bool:
    """Whether the tool was used on one of these merchants within the cool-down, or in an earlier attempt on the same
    incident.
    """
    return any(one.tool == tool and one.ended in TREATED for one in tried) or bool(
        _rows_alike(facts.get("cooling"), scope, tool=tool)
    )


def undone_before(facts: Mapping[str, object], *, cause: str, tool: str, scope: Collection[str]) -> int:
    """How often the same treatment of the same cause did harm or was taken back on one of these merchants."""
    return len(_rows_alike(facts.get("undone"), scope, cause=cause, tool=tool))


def _rows_alike(counted: object, scope: Collection[str], **same: str) -> list[Mapping[str, Any]]:
    rows = counted if isinstance(counted, list | tuple) else ()
    return [
        row
        for row in rows
        if all(row.get(name) == value for name, value in same.items()) and set(row["merchants"]).intersection(scope)
    ]
