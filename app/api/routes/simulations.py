"""The example signals and the scenarios: what there is, loading the ones, and letting one of the others run."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.api.auth import scope_of
from app.api.bodies import body_of, document_body
from app.api.context import Built, application_of
from app.bootstrap import seed_runbooks
from app.schemas.operations import FixtureFile, FixturesAnswer, ScenarioLine, SimulationAnswer, SimulationRequest
from app.services.trials import catalogue, fixtures

router = APIRouter(prefix="/simulations", tags=["simulations"])


@router.get("", summary="List the example signals and the scenarios")
def list_simulations(ctx: Built) -> list[FixtureFile | ScenarioLine]:
    """The fixture files and how many items each holds, then the scenarios that can be run."""
    return [*fixtures.list_fixtures(ctx), *catalogue.list_scenarios(ctx)]


@router.get("/load", summary="Load the example signals")
def load_fixtures(request: Request, ctx: Built) -> FixturesAnswer:
    """Load the fixtures into `demo`, or the tenant X-Tenant names; once: a second call adds nothing. The answer says
    where they are.
    """
    return fixtures.load(ctx, scope_of(ctx, request.headers.get("x-tenant") or fixtures.HOME))


@router.post("/run", summary="Run a scenario", status_code=201, openapi_extra=document_body(SimulationRequest))
def run_scenario(
    request: Request, ctx: Built, wish: Annotated[SimulationRequest, Depends(body_of(SimulationRequest))]
) -> SimulationAnswer:
    """Let a scenario begin now in a tenant of its own, whose time passes at the speed asked for; the same again changes
    only the speed.
    """
    answer = catalogue.start_trial(ctx, wish)
    seed_runbooks(ctx, answer.tenant, application_of(request).settings.runbooks, answer.began)
    return answer
