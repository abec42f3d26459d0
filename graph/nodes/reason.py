"""Dossier in, assessment out: ranked causes with what speaks for and against each, and an explicit unknown."""

from langgraph.runtime import Runtime

from app.domain.hypotheses import Dossier
from app.domain.lessons import Lesson
from app.reason.assess import assess_incident
from app.reason.score import score_causes
from app.wording.seen import word_query
from graph import state as read
from graph.context import NodeContext
from graph.state import LoopState

PASSAGES = 4


def reason(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Score every cause of the pack, and look up what the runbooks say about the likeliest; about what was seen when
    no known one fits.
    """
    ctx = runtime.context
    dossier = read.read_dossier(state)
    lessons = _read_lessons(ctx, dossier) if dossier.lesson_ids else []
    hypotheses = score_causes(dossier, dossier.evidence, ctx.pack, read.list_tried(state), lessons)
    cause = ctx.pack.cause(hypotheses[0].cause)
    query = cause.runbook_query if cause else word_query(dossier)
    passages = ctx.retriever.search(ctx.scope, query, k=PASSAGES)
    return {"assessment": assess_incident(dossier, hypotheses, passages, ctx.pack).plain()}


def _read_lessons(ctx: NodeContext, dossier: Dossier) -> list[Lesson]:
    with ctx.store.read(ctx.scope) as session:
        return [lesson for lesson in session.lessons.page() if lesson.id in dossier.lesson_ids]
