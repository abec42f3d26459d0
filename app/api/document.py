"""The operations, and the OpenAPI document that tells of them: what a caller may send, and every answer that may
come. It needs no application, so that a client can be made from it without a server.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline

from app.api.idempotency import document_keys
from app.api.refusals import TENANTLESS, document_refusals
from app.api.routes import (
    actions,
    agent,
    ask,
    audit,
    controls,
    health,
    incidents,
    knowledge,
    merchants,
    migrations,
    notices,
    packs,
    playbooks,
    quiet,
    signals,
    simulations,
    tools,
    unmapped,
    upkeep,
    webhooks,
)

TOPICS = (
    *(
        signals,
        unmapped,
        webhooks,
        merchants,
        migrations,
        agent,
        incidents,
        actions,
        playbooks,
        ask,
        knowledge,
        simulations,
        controls,
        quiet,
        tools,
        packs,
        notices,
    ),
    *(audit, upkeep, health),
)
ABOUT = (
    "A self-healing support agent: signals in, incidents explained, fixes approved and proven. Local mode; the header"
    " X-Tenant chooses the tenant."
)
TRIALS = "/simulations/run"
"""What opens a tenant of its own, named in its body."""
TENANT = {
    "name": "X-Tenant",
    "in": "header",
    "required": False,
    "description": "Whose data it is about; those of the tenant `default` when left out (the examples: of `demo`).",
    "schema": {"type": "string"},
}


def describe_server(**more: Any) -> FastAPI:
    """A server with every operation, and nothing behind them yet."""
    server = FastAPIOffline(
        title="Causeway",
        version="0.1.0",
        description=ABOUT,
        strict_content_type=False,
        redirect_slashes=False,
        generate_unique_id_function=_name_operation,
        **more,
    )
    for topic in TOPICS:
        server.include_router(topic.router)
    _complete_document(server)
    return server


def _name_operation(route: APIRoute) -> str:
    """An operation is called as its function is: a generated client gets that name."""
    return route.name


def _complete_document(server: FastAPI) -> None:
    """Have the framework's document say also what it cannot see: the raw bodies, refusals, keys, tenants."""
    generated = server.openapi

    def openapi() -> dict[str, Any]:
        if server.openapi_schema is None:
            document = generated()
            _lift_bodies(document)
            document_refusals(document)
            document_keys(document)
            _document_tenants(document)
        return generated()

    server.openapi = openapi  # type: ignore[method-assign]


def _lift_bodies(document: dict[str, Any]) -> None:
    """Bodies are read raw, so their schemas stand in their operations and bring their own definitions; a client wants
    them by name among the components.
    """
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for path in document["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                body = content["schema"]
                schemas.update(body.pop("$defs", {}))
                if "title" in body:
                    schemas[body["title"]] = body
                    content["schema"] = {"$ref": f"#/components/schemas/{body['title']}"}


def _document_tenants(document: dict[str, Any]) -> None:
    """Say of every operation in a tenant that a header chooses which."""
    for path, operations in document["paths"].items():
        if path not in TENANTLESS | {TRIALS}:
            for operation in operations.values():
                others = [one for one in operation.get("parameters", ()) if one["name"].lower() != "x-tenant"]
                operation["parameters"] = [*others, TENANT]
