"""The registry of tools: checks arguments, builds the exact request, and sends it once, turning every ending into a
value.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from app.connectors.breaker import Breakers
from app.connectors.live import LiveConnector, clean_result
from app.connectors.request import request_of, wire_bytes
from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, JsonObject, canonical_json
from app.domain.decisions import Request, WireCall
from app.domain.errors import BadConfig, BadInput, NotFound, Permanent, Temporary
from app.domain.tenants import Scope, ToolMode
from app.ports.connectors import Connector, ToolResult, ToolSpec
from app.validation.schema import problems_of_arguments

LONGEST_ERROR = 500
TOO_LATE = 408
NO_CONNECTOR = "No live connector is configured for this tool, so nothing was sent."
BROKEN = "The other side did not answer several times, so nothing was sent; it is tried again in {wait:.0f} s."
MISMATCH = "digest mismatch: these are not the bytes that were approved, so nothing was sent"


class ConnectorRegistry:
    """The tools of config/tools.yaml. Simulated, each is carried out by the connector of its kind (BadConfig for a kind
    without one); live, over the connections of the tenant.
    """

    def __init__(
        self,
        specs: Iterable[ToolSpec],
        connectors: Mapping[str, Connector],
        *,
        live: LiveConnector | None = None,
        breakers: Breakers | None = None,
        max_response_chars: int = 20_000,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs if spec.enabled}
        self._connectors = dict(connectors)
        self._live = live
        self._breakers = breakers or Breakers()
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

    def request(
        self,
        name: str,
        arguments: JsonMapping,
        merchants: Sequence[str],
        *,
        scope: Scope | None = None,
        mode: ToolMode = ToolMode.SIMULATED,
    ) -> Request:
        """The exact request for one cohort, with the digest of its canonical bytes; outside of simulations with every
        call that a tenant's connections make of it. Pure.
        """
        spec = self._spec(name)
        whole = spec.narrow(arguments, merchants)
        self.check(name, whole)
        return request_of(spec, whole, merchants, self._calls(spec, whole, merchants, scope, mode))

    def _calls(
        self, spec: ToolSpec, arguments: JsonMapping, merchants: Sequence[str], scope: Scope | None, mode: ToolMode
    ) -> tuple[WireCall, ...]:
        if scope is None or mode is ToolMode.SIMULATED or self._live is None or not spec.live:
            return ()
        try:
            return self._live.calls(scope, spec, arguments, merchants)
        except BadInput:
            return ()

    def send(
        self,
        scope: Scope,
        name: str,
        request: Request,
        *,
        mode: ToolMode,
        idempotency_key: str,
        expected_digest: str,
        again: bool = False,
    ) -> ToolResult:
        """Recompute the digest from the bytes to be sent, refuse a mismatch, then send (or show, in dry_run). Never
        raises. `again` says that an earlier attempt may have arrived.
        """
        on_its_way = False
        try:
            wire = wire_bytes(request.method, request.url, request.body, request.calls)
            refusal = self._refusal(scope, name, request, wire, mode, expected_digest)
            if refusal or mode is ToolMode.DRY_RUN:
                return _not_sent(wire, refusal)
            if mode is ToolMode.LIVE:
                if self._live is None or not request.calls:
                    return self._without_connection(scope, name, request, wire)
                on_its_way = True
                return self._sent_live(self._live, scope, name, request, key=idempotency_key, again=again)
            on_its_way = True
            answer = self._connector(name).apply(scope, name, json.loads(wire)["body"], idempotency_key=idempotency_key)
            return self._answered(answer)
        except Exception as error:  # noqa: BLE001 - a tool that blows up is an outcome, not a crash of the loop
            return _blown_up(error, on_its_way=on_its_way)

    def _sent_live(
        self, live: LiveConnector, scope: Scope, name: str, request: Request, *, key: str, again: bool
    ) -> ToolResult:
        wait = self._breakers.wait_before(scope.tenant_id, name)
        if wait is not None:
            return ToolResult(status=ActionStatus.FAILED, error=BROKEN.format(wait=wait), later=wait)
        well = False
        try:
            result = live.send(scope, self._spec(name), request, key=key, again=again)
            well = result.later is None and not result.unknown
            return clean_result(result.changed(response=self._capped(result.response)))
        finally:
            self._breakers.tell(scope.tenant_id, name, well=well)

    def _looked_live(
        self, live: LiveConnector, scope: Scope, name: str, request: Request, *, key: str
    ) -> ToolResult | None:
        try:
            found = live.look(scope, self._spec(name), request, key=key)
        except Permanent as refused:
            raise Temporary(f"{name} could not be asked what became of it: {refused.detail}", delay=5.0) from refused
        return found and clean_result(found)

    def _without_connection(self, scope: Scope, name: str, request: Request, wire: bytes) -> ToolResult:
        """Why nothing can be sent for real."""
        why, spec = NO_CONNECTOR, self._spec(name)
        if self._live is not None and spec.live:
            try:
                self._live.calls(scope, spec, request.body, request.merchants)
            except BadInput as missing:
                why = f"{missing.detail}, so nothing was sent."
        return ToolResult(status=ActionStatus.FAILED, response={"request": json.loads(wire)}, error=why)

    def look(self, scope: Scope, name: str, *, idempotency_key: str, live: Request | None = None) -> ToolResult | None:
        """What became of an earlier send under this key, asked of the other side; Temporary when nobody can tell."""
        if live is not None and self._live is not None:
            return self._looked_live(self._live, scope, name, live, key=idempotency_key)
        connector = self._connector(name)
        try:
            answer = connector.look(scope, name, idempotency_key=idempotency_key)
            found = None if answer is None else self._answered(answer)
        except Exception as error:
            raise Temporary(f"{name} could not be asked what became of it: {_error_name(error)}", delay=5.0) from error
        if found is not None and found.unknown:
            raise Temporary(f"{name} gave no clear answer about what became of it: {found.error}", delay=5.0)
        return found

    def find(self, scope: Scope, reference: str, *, name: str = "", live: Request | None = None) -> bool:
        """Whether what a tool recorded under this reference can be read back."""
        if live is not None and self._live is not None and name in self._specs:
            try:
                return self._live.find(scope, self._specs[name], live, reference)
            except Permanent:
                return False
        distinct = {id(connector): connector for connector in self._connectors.values()}
        return bool(reference) and any(connector.find(scope, reference) for connector in distinct.values())

    def try_out(self, scope: Scope, name: str) -> list[JsonObject]:
        """What a harmless call over each connection of a tool came back with."""
        return self._live.try_out(scope, self._spec(name)) if self._live else []

    def breakers_of(self, tenant_id: str) -> Mapping[str, str]:
        """Whether the breaker of each tool of a tenant is closed, open or half open."""
        return {tool: state for (tenant, tool), state in self._breakers.states().items() if tenant == tenant_id}

    def _connector(self, name: str) -> Connector:
        return self._connectors[self._spec(name).kind]

    def _spec(self, name: str) -> ToolSpec:
        spec = self._specs.get(name)
        if spec is None:
            raise NotFound(f"there is no tool named {name!r}; the tools are {', '.join(sorted(self._specs))}")
        return spec

    def _refusal(
        self, scope: Scope, name: str, request: Request, wire: bytes, mode: ToolMode, expected_digest: str
    ) -> str | None:
        """Why these bytes are not sent: another request than the approved one, or not what this tool would send."""
        if hashlib.sha256(wire).hexdigest() != expected_digest:
            return MISMATCH
        ours = self.request(name, request.body, request.merchants, scope=scope, mode=mode)
        return None if ours.digest == expected_digest else MISMATCH

    def _answered(self, answer: JsonMapping) -> ToolResult:
        """The platform's answer as a result: 2xx is done, 4xx is not. What broke on the other side, or came too late,
        may have been done before it did, and of anything else nobody knows either.
        """
        status = answer.get("http_status")
        response, reference = self._capped(answer), str(answer.get("reference") or "")[:200]
        if type(status) is not int or not 200 <= status < 600 or 300 <= status < 400:
            error = f"the tool answered with an unknown status: {str(status)[:80]}"
            return ToolResult(
                status=ActionStatus.IN_DOUBT, reference=reference, response=response, error=error, unknown=True
            )
        if status >= 500 or status == TOO_LATE:
            error = f"the tool answered {status}{_answer_detail(answer)}, which tells nothing of it"
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


def _not_sent(wire: bytes, refusal: str | None) -> ToolResult:
    """What a request that stays here ends as: refused or shown."""
    if refusal:
        return ToolResult(status=ActionStatus.FAILED, error=refusal)
    return ToolResult(status=ActionStatus.NOT_APPLIED, response={"request": json.loads(wire)})


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
