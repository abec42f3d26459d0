"""Incident id in, dossier out: what is breaking, for whom, since when, and what it costs."""

from langgraph.runtime import Runtime

from graph.context import NodeContext
from graph.facts import look_at
from graph.state import LoopState, incident_id


def observe(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Read the incident's signals and those around them, and count."""
    return {"dossier": look_at(runtime.context, incident_id(state)).plain()}
