"""How every client of ours asks the server: each call that changes something has a key of its own, and a connection
that breaks on the way is no reason to do it twice, nor to give up.
"""

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter

from app.system import FreshIds

if TYPE_CHECKING:
    import httpx

IDS = FreshIds()
T = TypeVar("T")
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def parse_answer(kind: type[T], answer: object) -> T:
    """An answer in the shape that the API declares for it. Members that only a newer server knows are left out;
    pydantic's ValidationError when one is missing that this version needs.
    """
    return TypeAdapter(kind).validate_json(json.dumps(answer), extra="ignore")


def ask_server(client: "httpx.Client", method: str, path: str, *, asker: str, **request: Any) -> "httpx.Response":
    """One request; what breaks before an answer is httpx's own error.

    When the connection breaks after it stood, nobody knows whether the server has acted: the call is made once more
    under the same key, so that what was done is told again and nothing is done twice. The key begins with who asks.
    """
    import httpx

    if method not in HARMLESS:
        request["headers"] = {"Idempotency-Key": IDS.fresh(asker), **request.get("headers", {})}
    try:
        return client.request(method, path, **request)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        return client.request(method, path, **request)
