"""Tools: what there is, how far each may reach here, whether its connection works, and what was sent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built
from app.domain.decisions import Request
from app.schemas.tools import (
    CatalogueEntry,
    ExecutionDetail,
    ExecutionShown,
    ToolSettingRequest,
    ToolShown,
    ToolTestAnswer,
    ToolTryRequest,
)
from app.services.operations import tools

router = APIRouter(tags=["tools"])
ToolName = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="the tool's name")]
ExecutionId = Annotated[str, Path(max_length=80, description="the id of the action's row it was sent for")]


@router.get("/tools", summary="List the tools of this tenant")
def list_tools(ctx: Built, scope: Acting) -> list[ToolShown]:
    """What each does, how far it may reach here, over which connections, and whether its breaker is open."""
    return tools.list_tools(ctx, scope)


@router.get("/tools/catalogue", summary="List every tool of the product")
def list_catalogue(ctx: Built, _: Acting) -> list[CatalogueEntry]:
    """Whatever a tenant has: what they do, and which vendors they could act through."""
    return tools.list_catalogue(ctx)


@router.get("/tools/executions", summary="List what was sent through tools")
def list_executions(
    ctx: Built,
    scope: Acting,
    tool: Annotated[str | None, Query(max_length=64, description="only of this tool")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ExecutionShown]:
    """Newest first: requested, running, succeeded, failed, shown (a dry run), or in doubt."""
    return tools.list_executions(ctx, scope, tool=tool, limit=limit)


@router.get("/tools/executions/{execution_id}", summary="Show what became of one request")
def read_execution(ctx: Built, scope: Acting, execution_id: ExecutionId) -> ExecutionDetail:
    """What was sent, what came back without any secret, and every event about it."""
    return tools.read_execution(ctx, scope, execution_id)


@router.get("/tools/{name}", summary="Show one tool")
def read_tool(ctx: Built, scope: Acting, name: ToolName) -> ToolShown:
    """As it is in this tenant."""
    return tools.read_tool(ctx, scope, name)


@router.post(
    "/tools/{name}/setting",
    summary="Change how far a tool may reach",
    openapi_extra=document_body(ToolSettingRequest),
)
def set_tool(
    ctx: Built,
    scope: Acting,
    name: ToolName,
    wanted: Annotated[ToolSettingRequest, Depends(body_of(ToolSettingRequest))],
) -> ToolShown:
    """Its mode in this tenant, or whether it is on. What was approved in another mode is not sent. Needs the role
    admin.
    """
    return tools.set_tool(ctx, scope, name, wanted)


@router.post("/tools/{name}/test", summary="Try the connections of a tool")
def test_tool(ctx: Built, scope: Acting, name: ToolName) -> ToolTestAnswer:
    """Make the vendor's harmless call and say what came back; nothing is changed. Needs the role operator."""
    return tools.test_tool(ctx, scope, name)


@router.post(
    "/tools/{name}/try",
    summary="Show the exact request of a tool without sending it",
    openapi_extra=document_body(ToolTryRequest),
)
def try_tool(
    ctx: Built, scope: Acting, name: ToolName, wanted: Annotated[ToolTryRequest, Depends(body_of(ToolTryRequest))]
) -> Request:
    """Every byte that would go out for these arguments, with the digest that an approval would bind to."""
    return tools.try_tool(ctx, scope, name, wanted)
