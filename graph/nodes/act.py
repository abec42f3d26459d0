"""The only change to the world: claim the ledger row, send exactly what was approved, settle it with what happened.

The intent and each attempt are committed before the call they announce. A row found in SENDING was perhaps sent: what
may be repeated is sent again under the same key, what can be looked up is looked up first, and the rest is left to a
person.
"""

from langgraph.runtime import Runtime

from graph import state as read
from graph.context import NodeContext
from graph.sending import send_row
from graph.state import LoopState


def act(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Send one cohort's request once; a row that was settled before is reported, never sent again."""
    ctx, approval = runtime.context, read.read_approval(state)
    outcome = send_row(ctx, approval.row_id, digest=approval.digest, version=approval.version)
    return {"outcome": outcome.plain()}
