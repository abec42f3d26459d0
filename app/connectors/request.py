"""The exact request of a tool: constants and encoded, schema-checked segments, in one canonical spelling with one
digest.
"""

import json
from collections.abc import Sequence
from urllib.parse import quote

from app.config.model import names_in_template
from app.domain.base import JsonMapping, JsonObject, canonical_json, digest_of
from app.domain.decisions import Request, WireCall
from app.domain.errors import BadInput
from app.ports.connectors import ToolSpec

PLATFORM = "https://platform.invalid"
"""Where the platform's API would be; a name that can never resolve, until a live connector is configured."""
DOTS = frozenset({".", ".."})


def request_of(
    spec: ToolSpec, arguments: JsonMapping, merchants: Sequence[str], calls: Sequence[WireCall] = ()
) -> Request:
    """The request for arguments that were checked and made for one cohort; with calls, the first says where it goes."""
    body: JsonObject = json.loads(canonical_json(dict(arguments)))
    method, url = (calls[0].method, calls[0].url) if calls else (spec.method, PLATFORM + filled_path(spec, body))
    return Request(
        merchants=tuple(merchants),
        method=method,
        url=url,
        body=body,
        calls=tuple(calls),
        digest=digest_of_wire(method, url, body, calls),
    )


def filled_path(spec: ToolSpec, arguments: JsonMapping) -> str:
    """The path with each name replaced by one encoded segment, which can neither add nor leave a segment."""
    segments = {name: str(arguments[name]) for name in names_in_template(spec.path)}
    wrong = sorted(name for name, text in segments.items() if text in DOTS or not text)
    if wrong:
        raise BadInput(
            f"{spec.name}: {', '.join(wrong)} cannot be part of an address",
            [{"where": name, "what": "is no segment"} for name in wrong],
        )
    return spec.path.format_map({name: quote(text, safe="") for name, text in segments.items()})


def wire_bytes(method: str, url: str, body: JsonMapping, calls: Sequence[WireCall] = ()) -> bytes:
    """What is sent, as bytes."""
    return canonical_json(_wire(method, url, body, calls))


def digest_of_wire(method: str, url: str, body: JsonMapping, calls: Sequence[WireCall] = ()) -> str:
    """The sha256 of those bytes."""
    return digest_of(_wire(method, url, body, calls))


def _wire(method: str, url: str, body: JsonMapping, calls: Sequence[WireCall]) -> JsonObject:
    asked: JsonObject = {"method": method, "url": url, "body": dict(body)}
    return {**asked, "calls": [call.plain() for call in calls]} if calls else asked
