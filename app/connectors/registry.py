"""The registry of tools: checks arguments, builds the exact request, and sends it once, turning every ending into a
value.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from app.connectors.request import request_of, wire_bytes
from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, JsonObject, canonical_json
from app.domain.decisions import Request
from app.domain.errors import BadConfig, BadInput, NotFound, Permanent, Temporary
from app.domain.tenants import Scope, ToolMode
from app.ports.connectors import Connector, ToolResult, ToolSpec
from app.validation.schema import problems_of_arguments

LONGEST_ERROR = 500
NO_CONNECTOR = "No live connector is configured for this tool, so nothing was sent."
MISMATCH = "digest mismatch: these are not the bytes that were approved, so nothing was sent"


class ConnectorRegistry:
    """The tools of config/tools.yaml, each carried out by the connector of its kind; BadConfig for a kind without one.

    Today's connectors are simulated: they are asked for tenants in that mode only.
    """

    def __init__(
        self, specs: Iterable[ToolSpec], connectors: Mapping[str, Connector], *, max_response_chars: int = 20_000
    ) -> None:
        self._specs = {spec.name: spec for spec in specs if spec.enabled}
        self._connectors = dict(connectors)
        homeless = [spec for spec in self._specs.values() if spec.kind not in self._connectors]
        if homeless:
            kinds = ", ".join(sorted(self._connectors))
            raise BadConfig(
                [
                    f"tools.yaml: {spec.name}: kind: no connector carries out {spec.kind!r}; write one of {kinds}"
                    for spec in homeless
                ]
            )
        self._max_response_chars = max_response_chars

    def specs(self) -> Mapping[str, ToolSpec]:
        """Every enabled tool by name."""
        return dict(self._specs)

    def check(self, name: str, arguments: JsonMapping) -> None:
        """BadInput with every problem when the arguments do not fit the tool's JSON Schema; NotFound for an unknown
        tool.
        """
        problems = problems_of_arguments(self._spec(name).arguments, arguments)
        if problems:
            said = "; ".join(f"{problem['where']}: {problem['what']}" for problem in problems)
            raise BadInput(f"{name} cannot take these arguments: {said}", problems)

    def request(self, name: str, arguments: JsonMapping, merchants: Sequence[str]) -> Request:
        """The exact request for one cohort, with the digest of its canonical bytes. Pure."""
        spec = self._spec(name)
        whole = spec.narrow(arguments, merchants)
        self.check(name, whole)
        return request_of(spec, whole, merchants)

    def send(
        self, scope: Scope, name: str, request: Request, *, mode: ToolMode, idempotency_key: str, expected_digest: str
    ) -> ToolResult:
        """Recompute the digest from the bytes to be sent, refuse a mismatch, then send (or show, in dry_run). Never
        raises.
        """
        on_its_way = False
        try:
            wire = wire_bytes(request.method, request.url, request.body)
            refusal = self._refusal(name, request, wire, expected_digest)
            if refusal or mode is not ToolMode.SIMULATED:
                return _not_sent(wire, mode, refusal)
            on_its_way = True
            answer = self._connector(name).apply(scope, name, json.loads(wire)["body"], idempotency_key=idempotency_key)
            return self._answered(answer)
        except Exception as error:  # noqa: BLE001 - a tool that blows up is an outcome, not a crash of the loop
            return _blown_up(error, on_its_way=on_its_way)

    def look(self, scope: Scope, name: str, *, idempotency_key: str) -> ToolResult | None:
        """What became of an earlier send under this key, asked of the other side; Temporary when nobody can tell."""
        connector = self._connector(name)
        try:
            answer = connector.look(scope, name, idempotency_key=idempotency_key)
            found = None if answer is None else self._answered(answer)
        except Exception as error:
            raise Temporary(f"{name} could not be asked what became of it: {_error_name(error)}", delay=5.0) from error
        if found is not None and found.unknown:
            raise Temporary(f"{name} gave no clear answer about what became of it: {found.error}", delay=5.0)
        return found

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a tool recorded under this reference can be read back."""
        distinct = {id(connector): connector for connector in self._connectors.values()}
        return bool(reference) and any(connector.find(scope, reference) for connector in distinct.values())

    def _connector(self, name: str) -> Connector:
        return self._connectors[self._spec(name).kind]

    def _spec(self, name: str) -> ToolSpec:
        spec = self._specs.get(name)
        if spec is None:
            raise NotFound(f"there is no tool named {name!r}; the tools are {', '.join(sorted(self._specs))}")
        return spec

    def _refusal(self, name: str, request: Request, wire: bytes, expected_digest: str) -> str | None:
        """Why these bytes are not sent: another request than the approved one, or not what this tool would send."""
        if hashlib.sha256(wire).hexdigest() != expected_digest:
            return MISMATCH
        ours = self.request(name, request.body, request.merchants)
        return None if ours.digest == expected_digest else MISMATCH

    def _answered(self, answer: JsonMapping) -> ToolResult:
        """The platform's answer as a result: 2xx is done, 4xx and 5xx are not, anything else is not known."""
        status = answer.get("http_status")
        response, reference = self._capped(answer), str(answer.get("reference") or "")[:200]
        if type(status) is not int or not 200 <= status < 600 or 300 <= status < 400:
            error = f"the tool answered with an unknown status: {str(status)[:80]}"
            return ToolResult(
                status=ActionStatus.IN_DOUBT, reference=reference, response=response, error=error, unknown=True
            )
        if status >= 400:
            return ToolResult(
                status=ActionStatus.FAILED,
                reference=reference,
                response=response,
                error=f"the tool answered {status}{_answer_detail(answer)}",
            )
        return ToolResult(status=ActionStatus.EXECUTED, reference=reference, response=response)

    def _capped(self, answer: JsonMapping) -> JsonObject:
        """The answer as plain JSON, cut when it is longer than a row should hold."""
        try:
            text = canonical_json(dict(answer)).decode()
        except (TypeError, ValueError):
            return {"http_status": answer.get("http_status"), "unreadable": True}
        if len(text) <= self._max_response_chars:
            plain: JsonObject = json.loads(text)
            return plain
        return {
            "http_status": answer.get("http_status"),
            "truncated": True,
            "characters": len(text),
            "text": text[: self._max_response_chars],
        }


def _not_sent(wire: bytes, mode: ToolMode, refusal: str | None) -> ToolResult:
    """What a request that stays here ends as: refused, shown, or without a way out."""
    if refusal:
        return ToolResult(status=ActionStatus.FAILED, error=refusal)
    shown = {"request": json.loads(wire)}
    if mode is ToolMode.DRY_RUN:
        return ToolResult(status=ActionStatus.NOT_APPLIED, response=shown)
    return ToolResult(status=ActionStatus.FAILED, response=shown, error=NO_CONNECTOR)


def _blown_up(error: Exception, *, on_its_way: bool) -> ToolResult:
    """A refusal is a failure, and so is what never left the house; anything else leaves open whether it was done."""
    unknown = on_its_way and not isinstance(error, Permanent)
    return ToolResult(
        status=ActionStatus.IN_DOUBT if unknown else ActionStatus.FAILED, error=_error_name(error), unknown=unknown
    )


def _error_name(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:LONGEST_ERROR]}"


def _answer_detail(answer: JsonMapping) -> str:
    body = answer.get("body")
    said = body.get("detail") or body.get("error") if isinstance(body, Mapping) else None
    return f": {str(said)[:LONGEST_ERROR]}" if said else ""
