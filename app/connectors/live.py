"""Carries tools out for real: sends what was approved, looks up what became of it, and says of every ending what it
means. Secrets are read for the moment of one call.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.connectors.addresses import NotAllowed
from app.connectors.answers import End, Ended, find_in, hide_secrets, judge_answer, record_answer
from app.connectors.egress import NoAnswer, OutsideDoor, Unreachable, WireAnswer, WireRequest
from app.connectors.mail import deliver_letter, greet_server
from app.connectors.templates import fill_holes, fill_late
from app.connectors.wire import Route, calls_of, routes_of
from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, JsonObject
from app.domain.decisions import Request, WireCall
from app.domain.errors import Temporary, Unavailable
from app.domain.tenants import Scope
from app.ports.connectors import SafeToRepeat, ToolResult, ToolSpec
from app.ports.live import AnswerSpec, CallSpec, Connection, LookSpec, SecretReference

LAGS: Final = "its search does not find it, which may only be because the search lags behind"
EXISTED: Final = "the other side says that it is there already, from before this was sent"
NOT_SEEN: Final = "the other side said that it was done, and what it shows says otherwise"
NOT_IN_TIME: Final = "there was no time left to send it"


@dataclass(frozen=True)
class LiveConnector:
    """The accounts of every tenant on other systems, behind one door."""

    connections: Sequence[Connection]
    door: OutsideDoor
    read_secret: Callable[[SecretReference], bytes]
    now: Callable[[], datetime]
    harmless: Mapping[str, tuple[CallSpec, AnswerSpec]] = field(default_factory=dict)
    """By the name of a connection, a call that changes nothing, and what its answer must say."""
    budget_seconds: float = 20.0
    """All calls of one request end before a lease could."""

    def calls(
        self, scope: Scope, spec: ToolSpec, arguments: JsonMapping, merchants: Sequence[str]
    ) -> tuple[WireCall, ...]:
        """What would be sent; nothing where the tenant has no connection for this tool."""
        return calls_of(self._routes(scope, spec, arguments, merchants))

    def send(self, scope: Scope, spec: ToolSpec, request: Request, *, key: str, again: bool) -> ToolResult:
        """Send each call once, in order, as long as all goes well. `again` looks first where an earlier attempt may
        have arrived.
        """
        routes = self._routes(scope, spec, request.body, request.merchants)
        until = time.monotonic() + self.budget_seconds
        ended: list[Ended] = []
        for route, call in zip(routes, request.calls, strict=True):
            left = until - time.monotonic()
            one = (
                Ended(End.LATER, NOT_IN_TIME)
                if left < min(1.0, self.budget_seconds / 4)
                else _Attempt(self, route, key, until).carry(call, again=again)
            )
            ended.append(one)
            if one.end is not End.DONE:
                break
        return _result_of(request.calls, ended)

    def look(self, scope: Scope, spec: ToolSpec, request: Request, *, key: str) -> ToolResult | None:
        """What became of it: done when all is found, None when nothing is. Temporary when nobody can tell,
        SafeToRepeat when it may be gone on with all the same.
        """
        routes = self._routes(scope, spec, request.body, request.merchants)
        until = time.monotonic() + self.budget_seconds
        done = [one for route in routes if (one := _Attempt(self, route, key, until).looked_up()) is not None]
        if done and len(done) < len(routes):
            raise SafeToRepeat(f"{len(done)} of {len(routes)} were done, the others were not")
        return _result_of(request.calls, done) if done else None

    def find(self, scope: Scope, spec: ToolSpec, request: Request, reference: str) -> bool:
        """Whether it can be read back. Where a vendor cannot be asked, the id it gave is all there is."""
        routes = self._routes(scope, spec, request.body, request.merchants)
        if any(route.live.look is None or route.live.removes for route in routes):
            return bool(reference)
        until = time.monotonic() + self.budget_seconds
        found = [_Attempt(self, route, "", until).found(route.live.look) for route in routes if route.live.look]
        return bool(found) and all(one is not None for one in found)

    def try_out(self, scope: Scope, spec: ToolSpec) -> list[JsonObject]:
        """Make a harmless call over each connection this tool would use, and say what came back."""
        names = {live.connection: live for live in reversed(spec.live)}
        said: list[JsonObject] = []
        for one in self.connections:
            live = names.get(one.name)
            if live is None or one.tenant != scope.tenant_id:
                continue
            words = {f"value.{name}": value for name, value in one.values.items()}
            until = time.monotonic() + live.timeout_seconds
            attempt = _Attempt(self, Route(live, one, one.merchant, words), "", until)
            said.append(attempt.try_out(self.harmless.get(one.name)))
        return said

    def _routes(
        self, scope: Scope, spec: ToolSpec, arguments: JsonMapping, merchants: Sequence[str]
    ) -> tuple[Route, ...]:
        return routes_of(spec, self.connections, scope.tenant_id, arguments, merchants)


@dataclass
class _Attempt:
    """One attempt at one call."""

    house: LiveConnector
    route: Route
    key: str
    until: float

    @property
    def seconds(self) -> float:
        """How long one call may still take; Unreachable when there is no time left to begin one."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Unreachable(NOT_IN_TIME)
        return min(left, self.route.live.timeout_seconds)

    def looked_up(self) -> Ended | None:
        """What an earlier attempt at this call came to; None when it never arrived."""
        look, removes = self.route.live.look, self.route.live.removes
        if look is None:
            kind = SafeToRepeat if self.route.live.repeatable else Temporary
            raise kind(f"{self.route.connection.name} cannot be asked what became of it")
        found = self.found(look)
        if (found is None) is removes:
            return Ended(End.DONE, reference=found or "", said={"looked_up": True})
        if found is None and not look.trust_missing:
            raise Temporary(f"{self.route.connection.name} was asked, and {LAGS}")
        return None

    def carry(self, call: WireCall, *, again: bool) -> Ended:
        """Send it, or see that it is done already; every ending is a value."""
        look, late = self.route.live.look, {}
        try:
            if look is not None and (again or self.route.live.removes):
                found = self.found(look)
                if self.route.live.removes and found is None:
                    return Ended(End.DONE, said={"looked_up": True, "there": False})
                if not self.route.live.removes and found is not None:
                    return Ended(End.DONE, reference=found, said={"looked_up": True, "there": True})
                if found is None and not look.trust_missing:
                    return Ended(End.UNKNOWN, LAGS)
                late = {} if found is None else {"found": found}
        except Temporary as silent:
            return Ended(End.UNKNOWN if again else End.LATER, silent.detail, wait=silent.delay)
        except NotAllowed as refused:
            return Ended(End.REFUSED, f"nothing was sent: {refused.detail}")
        return self._sent(call, late, again=again)

    def _sent(self, call: WireCall, late: Mapping[str, str], *, again: bool) -> Ended:
        try:
            secrets = self._secrets()
            if self.route.live.kind == "mail":
                return deliver_letter(self.house.door, self.route.place, call, secrets, self.seconds, key=self.key)
            answer = self._exchange(call, {**late, **secrets})
        except NotAllowed as refused:
            return Ended(End.REFUSED, f"nothing was sent: {refused.detail}")
        except (Unreachable, Unavailable) as missed:
            return Ended(End.LATER, f"nothing was sent: {missed.detail}", wait=max(missed.delay, 1.0))
        except NoAnswer as silent:
            return Ended(End.UNKNOWN, silent.detail)
        ended = judge_answer(answer, self.route.live, secrets.values(), self.house.now())
        if ended.end is End.DONE and self.route.live.done.reference.startswith("{"):
            ended = replace(ended, reference=str(fill_holes(self.route.live.done.reference, self.route.words)))
        if ended.already:
            return self._existing(ended, again=again)
        return self._read_back(ended) if ended.end is End.DONE and self.route.live.look else ended

    def _read_back(self, ended: Ended) -> Ended:
        """What was said to be done is looked for: a word is no effect. A look that fails takes nothing back."""
        look, removes = self.route.live.look, self.route.live.removes
        assert look is not None
        try:
            found = self.found(look)
        except (Temporary, NotAllowed):
            return replace(ended, said={**ended.said, "read_back": "could not be asked"})
        if (found is None) is removes:
            return replace(ended, said={**ended.said, "read_back": "gone" if removes else "there"})
        if look.trust_missing:
            return replace(ended, end=End.UNKNOWN, error=NOT_SEEN)
        return replace(ended, said={**ended.said, "read_back": "not seen yet"})

    def _existing(self, ended: Ended, *, again: bool) -> Ended:
        """It was so already: by an earlier attempt of ours, or from before, which is no success of ours."""
        look, removes = self.route.live.look, self.route.live.removes
        if not (again or removes):
            return replace(ended, error=EXISTED)
        try:
            found = self.found(look) if look else None
        except (Temporary, NotAllowed):
            found = None
        return Ended(End.DONE, reference=found or "", said=ended.said)

    def found(self, look: LookSpec) -> str | None:
        """The id of what is looked for; Temporary when nobody can tell."""
        secrets = self._secrets()
        answer = self._exchange(self.route.call(look.call), secrets)
        match = {path: str(fill_holes(text, self.route.words)) for path, text in look.match.items()}
        try:
            return find_in(answer, look, match)
        except ValueError as unclear:
            raise Temporary(str(unclear), delay=5.0) from None

    def try_out(self, harmless: tuple[CallSpec, AnswerSpec] | None) -> JsonObject:
        """What a harmless call came back with."""
        shown: JsonObject = {"connection": self.route.connection.name, "merchant": self.route.merchant}
        try:
            secrets = self._secrets()
            if self.route.live.kind == "mail":
                why = greet_server(self.house.door, self.route.place, secrets, self.seconds)
                return {**shown, "works": not why, "why": why}
            if harmless is None:
                return {**shown, "works": False, "why": "no call is known that would change nothing"}
            made = self.route.call(harmless[0])
            came = self._exchange(made, secrets)
        except (NotAllowed, Temporary) as failure:
            return {**shown, "works": False, "why": failure.detail}
        plain = self.route.live.changed(done=harmless[1], already=None)
        ended = judge_answer(came, plain, secrets.values(), self.house.now())
        works, said = ended.end is End.DONE, record_answer(came, secrets.values())
        return {**shown, "call": f"{made.method} {made.url}", "works": works, "why": ended.error, "answer": said}

    def _secrets(self) -> dict[str, str]:
        """The secrets of this connection, by the names that texts use."""
        kept = self.route.connection.secrets
        return {
            f"secret.{name}": self.house.read_secret(reference).decode("utf-8", "replace")
            for name, reference in kept.items()
        }

    def _exchange(self, call: WireCall, late: Mapping[str, str]) -> WireAnswer:
        """Send these very bytes to the one origin of this connection, with what was left open filled in."""
        body = fill_late(call.body, late, within="json").encode()
        headers = {
            name: fill_late(text, {**late, "key": self.key}, within="header") for name, text in call.headers.items()
        }
        if self.route.live.signed:
            headers |= _signature(late.get("secret.signing", ""), self.key, self.house.now(), body)
        url = fill_late(call.url, late, within="path")
        outgoing = WireRequest(call.method, url, headers, body, self.seconds)
        return self.house.door.exchange(outgoing, {self.route.place.origin})


def _signature(secret: str, key: str, now: datetime, body: bytes) -> dict[str, str]:
    """What proves to the receiver who sent this, when, and that it is the same when it comes twice."""
    keyed = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    stamp = str(int(now.timestamp()))
    signed = hmac.new(keyed, f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _result_of(calls: Sequence[WireCall], ended: Sequence[Ended]) -> ToolResult:
    """All of it as one result. What was done in part is a doubt: a person decides whether to go on or back."""
    done = [one for one in ended if one.end is End.DONE]
    response: JsonObject = (
        dict(ended[0].said)
        if len(calls) == 1 and ended
        else {
            "calls": [
                {"merchant": call.merchant, "ended": one.end.value, **one.said}
                for call, one in zip(calls, ended, strict=False)
            ]
        }
    )
    reference = next((one.reference for one in done if one.reference), "")
    if len(done) == len(calls):
        return ToolResult(status=ActionStatus.EXECUTED, reference=reference, response=response)
    last = ended[-1]
    parts = f"{len(done)} of {len(calls)} were done; then " if done else ""
    settled = ActionStatus.IN_DOUBT if done or last.end is End.UNKNOWN else ActionStatus.FAILED
    return ToolResult(
        status=settled,
        reference=reference,
        response=response,
        error=f"{parts}{last.error}"[:500],
        unknown=last.end is End.UNKNOWN,
        later=last.wait if last.end is End.LATER else None,
    )


def clean_result(result: ToolResult) -> ToolResult:
    """The same without what looks like anybody's secret in its sentence."""
    return result.changed(error=str(hide_secrets(result.error, ())))
