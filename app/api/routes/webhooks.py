"""Webhooks: each sender's own format, proven by its own signature."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.api.bodies import RawBody
from app.api.context import Acting, Built
from app.api.refusals import state_refusals
from app.domain.tenants import Scope
from app.schemas.sources import LogsAnswer, SourceInfo, WebhookAnswer
from app.services.intake import webhooks
from app.sources.base import Delivery
from app.sources.otlp import NAME as OTLP
from app.sources.otlp import PROTOBUF, is_protobuf

router = APIRouter(tags=["webhooks"])
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"title": "WebhookBody", "type": ["object", "array"]}}},
    }
}
LOGS_SHAPE = {"type": "object", "properties": {"resourceLogs": {"type": "array"}}}
LOGS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {**LOGS_SHAPE, "title": "LogsExport"}},
            PROTOBUF: {"schema": {"title": "PackedLogs", "type": "string", "format": "binary"}},
        },
    }
}
SourceName = Annotated[str, Path(min_length=1, max_length=64, description="a name of GET /webhooks, or auto")]


def delivery_of(ctx: Built, request: Request, raw: RawBody) -> Delivery:
    """The request as it came; of a header that came several times, all values."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
    return Delivery(headers, raw, webhooks.arrived_at(ctx))


Delivered = Annotated[Delivery, Depends(delivery_of)]


def _named_tenant(scope: Scope, delivery: Delivery) -> str | None:
    """The tenant that X-Tenant names; where it names none, the secret says it."""
    return scope.tenant_id if delivery.headers.get("x-tenant") else None


@router.get("/webhooks", summary="List the senders whose webhooks are read")
def list_sources(ctx: Built, scope: Acting) -> list[SourceInfo]:
    """Each with what it must prove, and whether this tenant names a secret for it."""
    return webhooks.list_sources(ctx, scope)


@router.post(
    "/webhooks/{source}",
    summary="Take a webhook",
    status_code=202,
    openapi_extra=BODY,
    responses={**state_refusals(401), 200: {"model": WebhookAnswer, "description": "Nothing in it was new."}},
)
def take_webhook(
    ctx: Built,
    scope: Acting,
    source: SourceName,
    delivery: Delivered,
    response: Response,
) -> WebhookAnswer:
    """Take what a sender posts in its own format. Its signature is checked against the secrets of config/sources.yaml,
    and the secret says which tenant is written into; 200 when nothing in it was new.
    """
    answer = webhooks.take_delivery(ctx, source, delivery, _named_tenant(scope, delivery))
    if not answer.accepted and not answer.unmapped:
        response.status_code = 200
    return answer


@router.post(
    "/v1/logs",
    summary="Take logs of OpenTelemetry",
    response_model=LogsAnswer,
    openapi_extra=LOGS,
    responses={**state_refusals(401), 200: {"content": {PROTOBUF: {"schema": {"type": "string", "format": "binary"}}}}},
)
def take_logs(ctx: Built, scope: Acting, delivery: Delivered) -> LogsAnswer | Response:
    """Take an export of OTLP/HTTP, as JSON or protobuf; it is proven like the webhook `otlp`."""
    answer = webhooks.take_delivery(ctx, OTLP, delivery, _named_tenant(scope, delivery))
    if is_protobuf(delivery):
        return Response(b"", media_type=PROTOBUF)
    unread = {"errorMessage": "Some of it is no record of a log."} if answer.unmapped else {}
    return LogsAnswer(partialSuccess=unread)
