"""Dossier in, assessment out: ranked causes with what speaks for and against each, and an explicit unknown."""

from langgraph.runtime import Runtime

from app.domain.hypotheses import UNKNOWN
from app.reason.assess import assess
from app.reason.score import score
from graph import state as read
from graph.deps import Deps
from graph.state import LoopState

PASSAGES = 4


def reason(state: LoopState, runtime: Runtime[Deps]) -> LoopState:
    """Score every cause of the pack, and look up what the runbooks say about the likeliest."""
    deps = runtime.context
    dossier = read.dossier(state)
    with deps.store.read(deps.scope) as session:
        lessons = [lesson for lesson in session.lessons.page() if lesson.id in dossier.lesson_ids]
    hypotheses = score(dossier, dossier.evidence, deps.pack, read.tried(state), lessons)
    named = next((item for item in hypotheses if item.cause != UNKNOWN), None)
    cause = deps.pack.cause(named.cause) if named else None
    query = cause.runbook_query if cause else dossier.title
    passages = deps.librarian.search(deps.scope, query, k=PASSAGES)
    return {"assessment": assess(dossier, hypotheses, passages, deps.pack).plain()}
