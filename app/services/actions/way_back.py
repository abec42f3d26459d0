"""Whether a decision declares a way back that can be gone from here."""

from app.domain.actions import Action
from app.domain.errors import Conflict
from graph.decisions import is_complete_undo


def refuse_without_way_back(row: Action) -> None:
    """Conflict where the tool declares no undo, or one that needs what it did not answer."""
    undo, reference = row.decision.undo, row.result.reference if row.result else ""
    if undo is None:
        raise Conflict(f"{row.id} cannot be taken back: the tool {row.decision.tool} declares no way back")
    if not (is_complete_undo(undo) or reference):
        raise Conflict(
            f"{row.id} cannot be taken back from here: the way back needs a reference, and the tool answered with none"
            f" ({undo.statement or undo.tool})"
        )
