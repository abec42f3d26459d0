"""How a request's body becomes a value: bounded bytes, strict JSON, then a strict model, each refusing with
a sentence. And how bodies that the framework does not read or write itself stand in the OpenAPI document.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers

from app.api.context import application_of
from app.api.refusals import Responses
from app.domain.base import JsonMapping, JsonObject
from app.domain.errors import BadInput, Permanent, TooLarge
from app.validation.strict_json import Unreadable, strict_json

Model = TypeVar("Model", bound=BaseModel)
MOST_PROBLEMS = 10_000
OPEN_ITEMS = frozenset({"signals", "merchants"})
"""The lists whose items have `attributes` for what we have no field for."""


class UnsupportedMedia(Permanent):
    """The body is packed in a way we do not unpack."""

    status = 415


async def read_bounded(request: Request, most: int) -> bytes:
    """The body, read chunk by chunk and refused as soon as it is known to be too big."""
    refuse_packed(request.headers)
    refuse_oversize(request.headers, most)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large(most)
        parts.append(part)
    return b"".join(parts)


def refuse_packed(headers: Headers) -> None:
    """UnsupportedMedia for a compressed body: its real size would be known only after unpacking it."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise UnsupportedMedia(f"Content-Encoding {encoding[:40]!r} is not accepted; send the body as it is.")


def refuse_oversize(headers: Headers, most: int) -> None:
    """TooLarge before the first byte, when the request says itself how big it is."""
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > most):
        raise too_large(most)


def too_large(most: int) -> TooLarge:
    """The refusal of a body over the cap."""
    return TooLarge(
        f"The body is larger than the {most:,} bytes this server accepts; send it in smaller parts.", limit=most
    )


async def raw_body(request: Request) -> bytes:
    """The raw bytes of a JSON request, within the configured cap."""
    return await read_bounded(request, application_of(request).settings.max_body_bytes)


RawBody = Annotated[bytes, Depends(raw_body)]


def body_of(model: type[Model], *, optional: bool = False) -> Callable[[bytes], Model]:
    """A dependency that reads the JSON body into `model`; with `optional` an empty body means every default."""

    def read(raw: RawBody) -> Model:
        if optional and not raw.strip():
            return model()
        return validate_body(model, check_json(raw))

    return read


def check_json(raw: bytes) -> bytes:
    """The same bytes, known to be strict JSON."""
    if not raw.strip():
        raise Unreadable("The body is empty; send JSON.", line=1, column=1)
    strict_json(raw)
    return raw


def validate_body(model: type[Model], raw: bytes) -> Model:
    """The model of some JSON bytes; BadInput that lists every bad item."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise shape_error(error) from None


def shape_error(error: ValidationError) -> BadInput:
    """A validation error as ours: one entry per problem, with index, field and a sentence."""
    problems = [problem_of(item) for item in error.errors(include_url=False, include_input=False, include_context=True)]
    return refuse_problems(problems)


def refuse_problems(problems: Sequence[JsonMapping]) -> BadInput:
    """The refusal of a body for these problems; nothing of it is stored."""
    first = problems[0]
    where = first["path"] or "the body"
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return BadInput(
        f"Nothing was stored. {where}: {first['problem']}{more}",
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
    )


def problem_of(item: Any) -> JsonObject:
    """One pydantic error as {index, field, path, problem}."""
    place = tuple(item["loc"])
    index = next((part for part in place if isinstance(part, int)), None)
    after = place[place.index(index) + 1 :] if index is not None else place
    field = next((str(part)[:100] for part in after), "")
    return {
        "index": index,
        "field": field,
        "path": _path_of(place),
        "problem": problem_sentence(item["type"], place, item.get("ctx", {}), item["msg"]),
    }


def _path_of(place: tuple[Any, ...]) -> str:
    """signals[3].severity"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{str(part)[:100]}" for part in place).lstrip(".")


def problem_sentence(kind: str, place: tuple[Any, ...], context: JsonMapping, said: str) -> str:
    """What is wrong, for people."""
    name = str(place[-1])[:100] if place else "the body"
    if kind == "extra_forbidden":
        if place[0] in OPEN_ITEMS and len(place) == 3:
            return (
                f"`{name}` is not a field we know; put values of your own under `attributes`, such as"
                f" attributes.{name}."
            )
        return f"`{name}` is not a field of this request."
    if kind == "missing":
        return f"`{name}` is missing."
    if kind == "value_error":
        return f"{context.get('error', said)}."
    return f"{said}."


def document_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The OpenAPI entry of a body that is read as raw bytes; main.py moves its definitions to the components."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


def document_answer(media_type: str, *, binary: bool = False) -> Responses:
    """The `responses` of a route whose answer is no JSON."""
    return document_answers({media_type: binary})


def document_answers(media_types: Mapping[str, bool]) -> Responses:
    """The same of a route that answers in several formats; of each, whether it is binary."""
    schemas = {
        name: {"type": "string"} | ({"format": "binary"} if binary else {}) for name, binary in media_types.items()
    }
    content = {name: {"schema": schema} for name, schema in schemas.items()}
    return {200: {"description": "The content itself", "content": content}}
