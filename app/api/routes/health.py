"""Whether the server is well, for people, probes and Prometheus."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.bodies import document_answer
from app.api.context import Built, application_of
from app.api.refusals import Responses
from app.context import AppContext
from app.domain.errors import Temporary
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.process.vital_signs import Part, list_troubles
from app.schemas.base import HealthAnswer, Lag
from app.schemas.operations import AgentState, DatabaseAnswer
from app.services.intake.lag import lags
from app.services.operations import agent_status

router = APIRouter(tags=["health"])
STORED = frozenset({Part.READ, Part.WRITE, Part.RECORD})


def _lag(ctx: AppContext) -> dict[str, Lag]:
    """How far each tenant's sweeps are behind; of a store that does not answer nothing is known."""
    try:
        return lags(ctx)
    except Temporary:
        return {}


WELL_OR_NOT: Responses = {503: {"description": "The same answer while something is not well", "model": HealthAnswer}}


@router.get("/health", summary="Check the server", responses=WELL_OR_NOT)
@router.get(
    "/api/health",
    name="check_api_health",
    summary="Check the server (the same under its other name)",
    responses=WELL_OR_NOT,
)
def check_health(request: Request, response: Response) -> HealthAnswer:
    """Whether it runs, and how its parts are; 503 with the same content while one of them is in trouble."""
    found = application_of(request).health()
    response.status_code = 200 if found.status == "ok" else 503
    if all(sign.ok for sign in found.signs if sign.part is Part.READ):
        found.lag.update(_lag(application_of(request).ctx))
    return found


@router.get(
    "/health/db",
    summary="Check the database",
    response_model_exclude_unset=True,
    responses={503: {"description": "The same answer while it does not serve", "model": DatabaseAnswer}},
)
def check_database(ctx: Built, response: Response) -> DatabaseAnswer:
    """The store: dialect, version, migration, reachable or not, and what is not well about it; 503 when it does not
    serve.
    """
    found = ctx.store.health()
    troubles = list_troubles(sign for sign in ctx.vitals.signs() if sign.part in STORED)
    response.status_code = 200 if found["reachable"] and not troubles else 503
    return DatabaseAnswer(**found, troubles=troubles)


@router.get(
    "/metrics",
    summary="Read the metrics for Prometheus",
    response_class=Response,
    responses=document_answer("text/plain"),
)
def read_metrics(request: Request, ctx: Built) -> Response:
    """Counters and gauges in Prometheus' text format."""

    def states() -> list[AgentState]:
        lasting = [tenant.id for tenant in ctx.store.tenants() if not tenant.passing]
        return [agent_status.read_agent_state(ctx, Scope(tenant_id=name, principal=LOCAL_ADMIN)) for name in lasting]

    return Response(request.app.state.meters.page(states), media_type=CONTENT_TYPE_LATEST)
