"""An assessment and a proposed action, put into words from the same recorded facts as answers are, by rules or by a
model that may do so: within the same time, budget and gate, and with the same mark.
"""

from typing import Final

from app.context import AppContext
from app.domain.questions import AnswerText, ModelUse
from app.domain.tenants import Scope
from app.explain.answers import answer_part
from app.explain.case import Case
from app.explain.inquiry import Inquiry, TenantFacts
from app.explain.questions import Understood
from app.schemas.incidents import CaseWords, WordsRequest
from app.services.incidents.ask import read_case, record_wording
from app.services.incidents.model_desk import ModelDesk
from app.services.incidents.narrate import list_gate_names, word_answer
from app.services.incidents.tenant_facts import read_known_names, read_tenant_facts

ASSESSMENT, ACTION = "why_cause", "why_action"
"""The kinds of question that these answer."""
ASKED: Final = {ASSESSMENT: "What is it, and why?", ACTION: "What is proposed, and why?"}


def word_case(ctx: AppContext, scope: Scope, incident_id: str, request: WordsRequest) -> CaseWords:
    """What is concluded about an incident, and what is proposed against it, where something is."""
    with ctx.store.read(scope) as session:
        incident = session.incidents.get(incident_id)
        facts = read_tenant_facts(ctx, scope, session, (), ())
    case = read_case(ctx, scope, (incident, None), Understood(ASSESSMENT, Inquiry()), ())
    assert case is not None
    assessment = _word_part(ctx, scope, case, facts, ASSESSMENT, request)
    action = _word_part(ctx, scope, case, facts, ACTION, request) if case.proposal else None
    return CaseWords(assessment=assessment, action=action)


def _word_part(
    ctx: AppContext, scope: Scope, case: Case, facts: TenantFacts, kind: str, request: WordsRequest
) -> AnswerText:
    part = Understood(kind, Inquiry(language=request.language))
    told = answer_part(part, case, facts)
    desk = ModelDesk(ctx, scope, ModelUse(request.model))
    if not desk.is_open:
        return told
    with ctx.store.read(scope) as session:
        names = list_gate_names(desk, read_known_names(ctx, scope, session))
    said = word_answer(desk, ASKED[kind], told, names).changed(prompts=tuple(desk.prompts))
    with ctx.store.write(scope) as session:
        record_wording(session, said, case, ctx.clock(scope).now())
    return said
