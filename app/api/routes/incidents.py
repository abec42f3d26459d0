"""Incidents: lists, everything about one, and what a person may do with it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api.bodies import body_of, document_answers, document_body
from app.api.context import Acting, Built, Known, Limit, Offset
from app.api.refusals import state_refusals
from app.api.report import build_report
from app.api.report_markdown import render_report
from app.api.report_pdf import render_pdf
from app.domain.events import Event
from app.domain.hypotheses import Dossier
from app.domain.incidents import Incident, IncidentStatus
from app.schemas.incidents import (
    CaseWords,
    CauseRequest,
    CheckRequest,
    IncidentDetail,
    ManageRequest,
    RiskReport,
    RiskTotal,
    WordAnswer,
    WordsRequest,
)
from app.services.actions import waiting
from app.services.incidents import case_words, cases, said
from app.services.incidents.risk import total_risk

router = APIRouter(prefix="/incidents", tags=["incidents"])
Verb = Literal["assign", "acknowledge", "note", "merge", "close", "mute"]
MARKDOWN, PDF = "text/markdown", "application/pdf"
Statuses = Annotated[list[IncidentStatus] | None, Query(description="only these; repeat for several")]


@router.get("", summary="List incidents")
def list_incidents(
    ctx: Built, scope: Acting, status: Statuses = None, limit: Limit = 100, offset: Offset = 0
) -> list[Incident]:
    """Incidents, newest detected first."""
    return cases.list_incidents(ctx, scope, statuses=status, limit=limit, offset=offset)


@router.get("/risk", summary="Read what all open incidents cost")
def read_total_risk(ctx: Built, scope: Acting) -> RiskTotal:
    """What all open incidents cost together: each merchant's time and each payment counts once."""
    return total_risk(ctx, scope)


@router.get("/{incident_id}", summary="Get everything about one incident")
def read_incident(ctx: Built, scope: Acting, incident_id: Known) -> IncidentDetail:
    """Everything about one incident."""
    return cases.read_incident(ctx, scope, incident_id)


@router.post(
    "/{incident_id}/words",
    summary="Say in words what is concluded and proposed",
    openapi_extra=document_body(WordsRequest),
)
def word_case(
    ctx: Built, scope: Acting, incident_id: Known, request: Annotated[WordsRequest, Depends(body_of(WordsRequest))]
) -> CaseWords:
    """The assessment and the proposed action, worded by rules, or by a language model from the same facts; what it
    writes beyond them is dropped. Nothing is changed.
    """
    return case_words.word_case(ctx, scope, incident_id, request)


@router.get("/{incident_id}/timeline", summary="Read an incident's timeline")
def read_timeline(ctx: Built, scope: Acting, incident_id: Known) -> list[Event]:
    """Every event about the incident and its actions, oldest first."""
    return cases.list_timeline(ctx, scope, incident_id)


@router.get("/{incident_id}/dossier", summary="Read what the agent observed")
def read_dossier(ctx: Built, scope: Acting, incident_id: Known) -> Dossier | None:
    """What the agent observed before it reasoned; null until it has looked."""
    return cases.read_incident(ctx, scope, incident_id).dossier


@router.get("/{incident_id}/risk", summary="Read what an incident costs", responses=state_refusals(409))
def read_risk(ctx: Built, scope: Acting, incident_id: Known) -> RiskReport:
    """What it costs, in numbers and in sentences."""
    return cases.report_risk(ctx, scope, incident_id)


@router.get(
    "/{incident_id}/report",
    summary="Get the report of an incident",
    response_class=Response,
    responses=document_answers({MARKDOWN: False, PDF: True}),
)
def read_report(
    request: Request,
    ctx: Built,
    scope: Acting,
    incident_id: Known,
    format: Annotated[
        Literal["markdown", "pdf"] | None, Query(description="which format; else what `Accept` asks for, or Markdown")
    ] = None,
) -> Response:
    """When what happened, why, what it cost, what was done and what keeps it from coming back."""
    found = cases.read_incident(ctx, scope, incident_id)
    bill = cases.report_risk(ctx, scope, incident_id) if found.dossier else None
    report = build_report(found, bill, cases.list_timeline(ctx, scope, incident_id))
    if format == "pdf" or (format is None and PDF in request.headers.get("accept", "").lower()):
        named = {"Content-Disposition": f'attachment; filename="{incident_id}.pdf"'}
        return Response(render_pdf(report), media_type=PDF, headers={**named, "Vary": "Accept"})
    return Response(render_report(report), media_type=MARKDOWN, headers={"Vary": "Accept"})


@router.post("/{incident_id}/retry", summary="Try an incident again that was set aside")
def retry_incident(ctx: Built, scope: Acting, incident_id: Known) -> Incident:
    """FAILED becomes what it was before; the worker takes it up at once. Needs the role operator."""
    return waiting.retry_incident(ctx, scope, incident_id)


@router.post(
    "/{incident_id}/checks/{sign}",
    summary="Say whether a sign of an incident holds",
    openapi_extra=document_body(CheckRequest),
)
def answer_check(
    ctx: Built,
    scope: Acting,
    incident_id: Known,
    sign: Annotated[str, Path(min_length=1, max_length=200, description="cause.sign, as next_checks name it")],
    wanted: Annotated[CheckRequest, Depends(body_of(CheckRequest))],
) -> WordAnswer:
    """The answer counts on this incident, which is reasoned about anew at once. Needs the role operator."""
    return said.answer_check(ctx, scope, incident_id, sign, wanted)


@router.post(
    "/{incident_id}/cause",
    summary="Say what the cause of an incident is",
    openapi_extra=document_body(CauseRequest),
)
def name_cause(
    ctx: Built,
    scope: Acting,
    incident_id: Known,
    wanted: Annotated[CauseRequest, Depends(body_of(CauseRequest))],
) -> WordAnswer:
    """The named cause leads on this incident from now on, whatever is observed. Needs the role approver."""
    return said.name_cause(ctx, scope, incident_id, wanted)


@router.post(
    "/{incident_id}/{verb}",
    summary="Assign, acknowledge, note, merge, close or mute an incident",
    openapi_extra=document_body(ManageRequest, required=False),
)
def manage_incident(
    ctx: Built,
    scope: Acting,
    incident_id: Known,
    verb: Verb,
    wanted: Annotated[ManageRequest, Depends(body_of(ManageRequest, optional=True))],
) -> Incident:
    """Assign, acknowledge, note, merge into another, close or mute; each leaves an event. Closing needs the role
    operator.
    """
    return cases.manage_incident(ctx, scope, incident_id, verb, wanted.value)
