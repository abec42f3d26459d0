"""What every operation may refuse, said in the OpenAPI document: one shape for all refusals, under each status that can
come.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CHANGING = frozenset({"post", "put", "patch", "delete"})
MEANINGS = {
    "400": "The body is not what it says it is; the answer names line and column.",
    "403": "Not from here, or not by this role.",
    "404": "There is no such thing in this tenant, or no such tenant.",
    "409": "Somebody was first, or the thing has moved on; the facts name how it stands.",
    "413": "More than is accepted.",
    "415": "Packed in a way that is not unpacked.",
    "422": "What was sent is wrong, and where.",
    "500": "Something went wrong on our side; the answer has an id to ask about.",
    "503": "It may work later; Retry-After says when.",
}
TENANTLESS = frozenset({"/health", "/api/health", "/health/db", "/metrics", "/simulations"})
"""What answers without looking for a tenant."""


class Refusal(BaseModel):
    """Every answer that is no success: the name of the error, a sentence for people, and the facts of the case beside
    them.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    error: str = Field(description="the name of the error, for programs")
    detail: str = Field(description="what happened, where, and what to do, for people")


def document_refusals(document: dict[str, Any]) -> None:
    """Give each operation its refusals, in place of the shape the framework would have used."""
    schemas = document["components"]["schemas"]
    for foreign in ("HTTPValidationError", "ValidationError"):
        schemas.pop(foreign, None)
    schemas["Refusal"] = Refusal.model_json_schema()
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            for status in _refused(path, method, operation):
                operation["responses"][status] = {"description": MEANINGS[status], "content": shape}


def _refused(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """The statuses an operation can refuse with."""
    found = {"403", "500", "503"}
    if path not in TENANTLESS:
        found.add("404")
    if method in CHANGING:
        found |= {"409", "413", "415", "422"}
    if "requestBody" in operation:
        found.add("400")
    if operation.get("parameters"):
        found.add("422")
    if path.endswith("/risk"):
        found.add("409")
    return sorted(found)
