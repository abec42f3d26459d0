"""A request as it goes out, byte for byte: what a person approves is what is drawn here."""

import json

from app.console import safe_text
from app.domain.decisions import Request


def draw_request(request: Request) -> None:
    """What the tool is asked for, and every call that is sent for it, with its secrets named and not shown."""
    who = f" · for {', '.join(request.merchants)}" if request.merchants else ""
    safe_text.caption(f"{request.method} {request.url}{who} · digest {request.digest[:12]}")
    if not request.calls:
        safe_text.json_block(json.dumps(request.body, indent=2, ensure_ascii=False))
        return
    for call in request.calls:
        lines = [f"{call.method} {call.url}", *(f"{name}: {value}" for name, value in call.headers.items())]
        safe_text.block("\n".join([*lines, "", _pretty_body(call.body)]).rstrip())


def _pretty_body(body: str) -> str:
    """The body with line ends for people; the digest is of it as it is sent."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
