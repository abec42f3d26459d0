"""Arguments held against a tool's JSON Schema (draft 2020-12), with every problem named."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from app.domain.base import JsonMapping, JsonObject, canonical_json, object_in

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


def problems_of_arguments(schema: JsonMapping, arguments: JsonMapping) -> list[dict[str, str]]:
    """Every reason why the arguments do not fit, as {where, what}; empty when they do."""
    try:
        canonical_json(dict(arguments))
    except (TypeError, ValueError) as error:
        return [{"where": "arguments", "what": f"cannot be written as JSON: {_shorten_message(str(error))}"}]
    errors = sorted(
        _strict_validator()(schema).iter_errors(dict(arguments)),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    return [
        {
            "where": ".".join(str(part) for part in error.absolute_path) or "arguments",
            "what": _shorten_message(error.message),
        }
        for error in errors
    ]


@cache
def _strict_validator() -> "type[Draft202012Validator]":
    """A kind of validator for which 1.0 is no whole number: what is approved is sent as it is written."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    made: type[Draft202012Validator] = extend(Draft202012Validator, type_checker=whole)  # type: ignore[no-untyped-call]
    return made


def _shorten_message(message: str, limit: int = 300) -> str:
    return message if len(message) <= limit else f"{message[:limit]} ..."


def problems_of_schema(schema: JsonMapping) -> list[str]:
    """Why a schema cannot be trusted to bound what a tool is sent; empty when it can."""
    return list(_schema_problems(canonical_json(dict(schema))))


@lru_cache(maxsize=256)
def _schema_problems(spelt: bytes) -> Sequence[str]:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    schema: JsonObject = json.loads(spelt)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return [f"is not a JSON Schema: {_shorten_message(error.message)}"]
    if schema.get("type") != "object":
        return ["must describe an object (type: object)"]
    return list(_unbounded_parts(schema, ""))


def _unbounded_parts(schema: JsonMapping, where: str) -> Iterator[str]:
    """References and open ends: anything that could smuggle an argument the card does not show."""
    name = where or "the arguments"
    if "$ref" in schema or "$dynamicRef" in schema:
        yield f"{name}: references are refused; write the schema out"
    kind = schema.get("type")
    fixed = "enum" in schema or "const" in schema
    if kind is None and not fixed:
        yield f"{name}: needs a type, an enum or a const"
    if kind == "object" and schema.get("additionalProperties") is not False:
        yield f"{name}: needs additionalProperties: false"
    if kind == "string" and not fixed and "maxLength" not in schema:
        yield f"{name}: needs maxLength"
    if kind == "array" and not {"items", "maxItems"} <= schema.keys():
        yield f"{name}: needs items and maxItems"
    if kind in {"integer", "number"} and not fixed and not {"minimum", "maximum"} <= schema.keys():
        yield f"{name}: needs minimum and maximum"
    yield from _unbounded_children(schema, where)


def _unbounded_children(schema: JsonMapping, where: str) -> Iterator[str]:
    properties = object_in(schema, "properties")
    for key in properties:
        yield from _unbounded_parts(object_in(properties, key), f"{where}.{key}".removeprefix("."))
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _unbounded_parts(items, f"{where}[]")
