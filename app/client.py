"""How every client of ours asks the server: each call that changes something has a key of its own, and a connection
that breaks on the way is no reason to do it twice, nor to give up.
"""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import TypeAdapter

from app.system import FreshIds

if TYPE_CHECKING:
    import httpx

IDS = FreshIds()
T = TypeVar("T")
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
KEY: Final = "Idempotency-Key"
CONFLICT: Final = 409
MOST_WAITS: Final = 20


def parse_answer(kind: type[T], answer: object) -> T:
    """An answer in the shape that the API declares for it. Members that only a newer server knows are left out;
    pydantic's ValidationError when one is missing that this version needs.
    """
    return TypeAdapter(kind).validate_json(json.dumps(answer), extra="ignore")


def ask_server(
    client: "httpx.Client",
    method: str,
    path: str,
    *,
    asker: str,
    pause: Callable[[float], object] = time.sleep,
    **request: Any,
) -> "httpx.Response":
    """One request; what breaks before an answer is httpx's own error.

    When the connection breaks after it stood, nobody knows whether the server has acted: the call is made once more
    under the same key, so that what was done is told again and nothing is done twice. While the server is still at the
    first of them, the answer is waited for. The key begins with who asks, unless the caller has one of its own.
    """
    import httpx

    if method not in HARMLESS:
        request["headers"] = {KEY: IDS.fresh(asker), **request.get("headers", {})}
    try:
        answer = client.request(method, path, **request)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        answer = client.request(method, path, **request)
    for _ in range(MOST_WAITS):
        if not is_still_answering(answer):
            break
        pause(float(answer.headers["Retry-After"]))
        answer = client.request(method, path, **request)
    return answer


def is_still_answering(answer: "httpx.Response") -> bool:
    """Whether the server is at the first request with this key, so that there is nothing to tell yet."""
    return answer.status_code == CONFLICT and "Retry-After" in answer.headers
