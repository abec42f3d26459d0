"""What every operation may refuse, said in the OpenAPI document: one shape for all refusals, under each status that can
come. What stands around all routes (guard, tenants, keys, bodies, store, last handler) refuses by the rules below; what
only one route refuses is stated beside it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CHANGING = frozenset({"post", "put", "patch", "delete"})
MEANINGS = {
    "400": "The body is not what it says it is; the answer names line and column.",
    "401": "Nothing proves who sent this; it was noted, and nothing of it was kept.",
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
STORELESS = frozenset({"/simulations"})
"""What is read from the program's own files, so that no store can keep it waiting."""


Responses = dict[int | str, dict[str, Any]]
"""What a route says of its answers, as the framework takes it."""


class Refusal(BaseModel):
    """Every answer that is no success: the name of the error, a sentence for people, and the facts of the case beside
    them.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    error: str = Field(description="the name of the error, for programs")
    detail: str = Field(description="what happened, where, and what to do, for people")


def state_refusals(*statuses: int) -> Responses:
    """The `responses` of a route for what it refuses besides the rules."""
    return {status: {"description": MEANINGS[str(status)], "model": Refusal} for status in statuses}


def document_refusals(document: dict[str, Any]) -> None:
    """Give each operation its refusals, in place of the shape the framework would have used; what a route states itself
    stays.
    """
    schemas = document["components"]["schemas"]
    for foreign in ("HTTPValidationError", "ValidationError"):
        schemas.pop(foreign, None)
    schemas["Refusal"] = Refusal.model_json_schema()
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            responses.pop("422", None)
            for status in _refused_by_rule(path, method, operation):
                responses.setdefault(status, {"description": MEANINGS[status], "content": shape})


def _refused_by_rule(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """The statuses that an operation refuses with because of where it stands, each of them for sure: tests produce
    every one.
    """
    found = {"403", "500"}
    if path not in STORELESS:
        found.add("503")
    if path not in TENANTLESS:
        found.add("404")
    if method in CHANGING:
        found |= {"409", "413", "415", "422"}
    if "requestBody" in operation:
        found.add("400")
    if operation.get("parameters"):
        found.add("422")
    return sorted(found)
