"""Brings messages to people: over the same accounts, through the same door and with the same breakers as tools, but by
nobody's approval, since nothing is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.config.model import VendorFile
from app.config.notices import find_connection_of
from app.connectors.breaker import OPEN, Breakers
from app.connectors.live import LiveConnector, clean_result
from app.connectors.request import request_of
from app.domain.action_states import ActionStatus
from app.domain.base import JsonObject
from app.domain.decisions import Request
from app.domain.errors import BadInput, Permanent, Temporary
from app.domain.notices import Notice, NoticeTarget
from app.domain.tenants import Scope
from app.ports.connectors import ToolResult, ToolSpec
from app.ports.notices import make_notice_spec

UNREPEATABLE = (
    "an earlier attempt may have arrived; the other side can neither be asked nor told that it is the same, so it was"
    " not sent again"
)


@dataclass(frozen=True)
class VendorMessenger:
    """Implements Messenger over the vendors that bring messages."""

    vendors: Sequence[VendorFile]
    live: LiveConnector
    breakers: Breakers = field(default_factory=Breakers)

    def is_silent(self, scope: Scope, target: NoticeTarget) -> bool:
        """Whether it did not answer several times, so that nothing is sent to it for a while."""
        return self.breakers.state(scope.tenant_id, target.name) == OPEN

    def try_out(self, scope: Scope, target: NoticeTarget) -> JsonObject:
        """What a harmless call of its vendor came back with."""
        spec, live = self._route_to(target)
        return live.try_out(scope, spec)[0]

    def show(self, scope: Scope, target: NoticeTarget, notice: Notice) -> JsonObject:
        """Every byte that would be sent; what is secret is only named. BadInput when it cannot be sent at all."""
        spec, live = self._route_to(target)
        return _request_of(live, scope, spec, notice).plain()

    def send(self, scope: Scope, target: NoticeTarget, notice: Notice, *, again: bool) -> ToolResult:
        """Send it once, under its id. Where an earlier attempt may have arrived it is looked for, or sent again if
        twice is once.
        """
        try:
            spec, live = self._route_to(target)
            if again and spec.repeat == "neither":
                return ToolResult(status=ActionStatus.IN_DOUBT, error=UNREPEATABLE)
            return self._sent(scope, spec, live, target, notice, again=again)
        except Temporary as silent:
            return ToolResult(status=ActionStatus.FAILED, error=silent.detail, later=silent.delay)
        except Permanent as refused:
            return ToolResult(status=ActionStatus.FAILED, error=refused.detail)

    def _sent(
        self, scope: Scope, spec: ToolSpec, live: LiveConnector, target: NoticeTarget, notice: Notice, *, again: bool
    ) -> ToolResult:
        request = _request_of(live, scope, spec, notice)
        wait = self.breakers.wait_before(scope.tenant_id, target.name)
        if wait is not None:
            return ToolResult(status=ActionStatus.FAILED, error="the target did not answer several times", later=wait)
        well = False
        try:
            result = live.send(scope, spec, request, key=notice.id, again=again)
            well = result.later is None and not result.unknown
        finally:
            self.breakers.tell(scope.tenant_id, target.name, well=well)
        may_repeat = result.unknown and spec.repeat != "neither"
        return clean_result(result.changed(later=0.0) if may_repeat else result)

    def _route_to(self, target: NoticeTarget) -> tuple[ToolSpec, LiveConnector]:
        """How it is sent, and by an account that says what this target says."""
        vendor = next((one for one in self.vendors if one.name == target.over), None)
        account = find_connection_of(target, self.live.connections)
        if vendor is None or vendor.notice is None or account is None:
            raise BadInput(f"{target.name} cannot be told anything: there is no connection {target.over!r} for it")
        return make_notice_spec(vendor.notice), replace(self.live, connections=(account,))


def _request_of(live: LiveConnector, scope: Scope, spec: ToolSpec, notice: Notice) -> Request:
    arguments = _arguments_of(scope, notice)
    return request_of(spec, arguments, (), live.calls(scope, spec, arguments, ()))


def _arguments_of(scope: Scope, notice: Notice) -> JsonObject:
    """What the notice block of a vendor may name."""
    words = notice.words
    return {
        **words.plain(),
        "text": words.text,
        "notice_id": notice.id,
        "kind": notice.kind.value,
        "tenant": scope.tenant_id,
        "severity": notice.severity.value if notice.severity else "",
        "subject": notice.subject,
        "incident_id": notice.incident_id,
        "action_id": notice.action_id,
    }
