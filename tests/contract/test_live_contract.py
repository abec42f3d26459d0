"""What every way to act for real promises: this suite finds each file of config/vendors by itself, and holds each tool
in it to the same words, against a server that speaks the vendor's wire.
"""

import json
import logging
import shutil
import socket
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_string
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.config.load import load_config
from app.config.model import Config
from app.connectors.addresses import Address
from app.connectors.answers import HIDDEN
from app.connectors.egress import Egress
from app.connectors.live import LiveConnector, _signature
from app.connectors.mail import greet_server
from app.connectors.registry import NO_CONNECTOR, ConnectorRegistry
from app.connectors.request import digest_of_wire
from app.domain.action_states import ActionStatus
from app.domain.decisions import Request
from app.domain.errors import BadConfig, Temporary
from app.domain.tenants import Scope, ToolMode
from app.ports.connectors import SafeToRepeat, ToolResult, ToolSpec
from app.process.secret_values import read_secret
from app.validation.strict_yaml import read_yaml
from tests.standins.base import StandIn, served
from tests.standins.bigcommerce import BigCommerce
from tests.standins.events import Events
from tests.standins.jira import Jira
from tests.standins.mail import Mail, served_mail
from tests.standins.pagerduty import PagerDuty
from tests.standins.shopify import Shopify
from tests.standins.slack import Slack
from tests.standins.zendesk import Zendesk

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCOPE = Scope(tenant_id="default")
SECONDS = 1.5
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOP = "MERCH-A1B2C3"
ADDRESSES = {"v2": "https://hooks.example.com/v2", "v3": "https://hooks.example.com/v3"}
STANDINS: Mapping[str, tuple[type[StandIn], dict[str, Any], tuple[str, ...]]] = {
    "shopify": (Shopify, {"address": ADDRESSES}, ("token",)),
    "bigcommerce": (BigCommerce, {"address": ADDRESSES, "store": "abcde"}, ("token",)),
    "slack": (Slack, {"channel": "C0123456789"}, ("token",)),
    "jira": (Jira, {"project": "OPS", "issue_type": "Task"}, ("login",)),
    "pagerduty": (PagerDuty, {}, ("routing_key",)),
    "zendesk": (Zendesk, {}, ("login",)),
    "events": (Events, {"path": "causeway/incidents"}, ("signing",)),
    "mail": (Mail, {"from": "causeway@example.com", "to": "team@example.com"}, ()),
}
"""By the vendor: the server that speaks its wire, what a connection to it says, and its secrets."""
HOLES = "{secret.token} {secret.login|basic} {secret.routing_key} {secret.signing} {key} {found} {mark}"
ASKING = f'Since 09:00: "404" {HOLES} \ue000key\ue001'
"""What somebody writes who wants a secret."""
WORDS = {"title": "Webhooks fail {secret.signing}", "summary": ASKING, "incident_id": "INC-7K3M9QXA"}
ARGUMENTS: Mapping[str, dict[str, Any]] = {
    "resubscribe_webhook": {"merchant_ids": [SHOP], "topic": "orders/create", "webhook_version": "v3"},
    "escalate": {**WORDS, "team": "migration", "severity": "high"},
    "create_ticket": WORDS,
    "add_ticket_note": {"ticket": 35436, "note": ASKING},
    "mail_team": WORDS,
    "publish_event": {**WORDS, "severity": "high"},
    "restore_setting": {
        "merchant_ids": [SHOP],
        "setting": "webhook_version",
        "topic": "orders/create",
        "was_set_to": "v3",
    },
    "withdraw_escalation": {"reference": "{reference}"},
}
UNDOES = {"restore_setting": "resubscribe_webhook", "withdraw_escalation": "escalate"}
FILES = sorted((CONFIG / "vendors").glob("*.yaml"))
EVERY = [(path.stem, tool) for path in FILES for tool in read_yaml(path.read_bytes()).value["live"]]
BEFORE = ("error_before", "silent_before", "nonsense")
LATER = [pytest.mark.long, pytest.mark.ci]
OFTEN, SELDOM = ("error_before", "error_after"), ("silent_before", "nonsense", "silent_after", "nonsense_after")
AFTER = ("error_after", "silent_after", "nonsense_after")


@dataclass
class Place:
    """One tool over one vendor, ready to be sent."""

    vendor: str
    tool: str
    standin: Any
    config: Config
    tools: ConnectorRegistry
    folder: Path

    @property
    def spec(self) -> ToolSpec:
        return self.tools.specs()[self.tool]

    @property
    def removes(self) -> bool:
        return self.tool in UNDOES

    @property
    def lags(self) -> bool:
        look = self.spec.live[0].look
        return look is not None and not look.trust_missing

    def prepared(self) -> Request:
        """The request, and whatever it takes back."""
        arguments = dict(ARGUMENTS[self.tool])
        if self.removes:
            forward = UNDOES[self.tool]
            done = self.send(self.request(forward, ARGUMENTS[forward]), name=forward)
            assert done.status is ActionStatus.EXECUTED, done
            arguments = {key: done.reference if value == "{reference}" else value for key, value in arguments.items()}
        return self.request(self.tool, arguments)

    def request(self, name: str, arguments: Mapping[str, Any], mode: ToolMode = ToolMode.LIVE) -> Request:
        merchants = arguments.get("merchant_ids", ())
        return self.tools.request(name, arguments, merchants, scope=SCOPE, mode=mode)

    def send(self, request: Request, *, name: str = "", again: bool = False, **more: Any) -> ToolResult:
        given = {"mode": ToolMode.LIVE, "idempotency_key": "k" * 64, "expected_digest": request.digest, **more}
        return self.tools.send(SCOPE, name or self.tool, request, again=again, **given)

    def done(self) -> int:
        """How often the vendor did what this tool is for."""
        return sum(1 for what, _ in self.standin.done if what == ("deleted" if self.removes else "created"))


@dataclass
class House:
    """A vendor's server with a configuration that leads to it: opened once, and empty again for each test."""

    vendor: str
    standin: Any
    folder: Path
    config: Config

    def place(self, tool: str) -> Place:
        """Everything as if nothing had happened yet."""
        for kept in vars(self.standin).values():
            if isinstance(kept, list | dict | deque):
                kept.clear()
        (self.folder / "secret").write_text(self.standin.secret)
        quick = tuple(
            spec.changed(live=tuple(live.changed(timeout_seconds=SECONDS) for live in spec.live))
            for spec in self.config.tools
        )
        live = LiveConnector(
            self.config.connections,
            Egress(standins={self.standin.origin}),
            read_secret,
            lambda: NOW,
            harmless={one.name: (one.test, one.works) for one in self.config.vendors if one.test},
        )
        kinds: dict[str, Any] = dict.fromkeys({spec.kind for spec in quick})
        tools = ConnectorRegistry(quick, kinds, live=live)
        return Place(self.vendor, tool, self.standin, self.config, tools, self.folder)


@contextmanager
def open_house(vendor: str, folder: Path) -> Iterator[House]:
    assert vendor in STANDINS, (
        f"config/vendors/{vendor}.yaml has no server in tests/standins; write one, and name it in STANDINS"
    )
    kind, values, secrets = STANDINS[vendor]
    standin = kind()
    with served_mail(standin) if isinstance(standin, Mail) else served(standin):
        shutil.copytree(CONFIG, folder / "config")
        secret = folder / "secret"
        references = {name: {"file": str(secret)} for name in secrets}
        if vendor == "mail":
            path = folder / "config" / "vendors" / "mail.yaml"
            path.write_text(path.read_text().replace("secrets: [user, password]", "secrets: []"))
        connection = {"name": vendor, "host": "127.0.0.1", "port": standin.port, "unencrypted": True}
        connection |= {"values": values, "secrets": references}
        (folder / "config" / "connections.yaml").write_text(json.dumps({"connections": [connection]}))
        yield House(vendor, standin, folder, load_config(folder / "config"))


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], House]]:
    with ExitStack() as opened:
        known: dict[str, House] = {}

        def house(vendor: str) -> House:
            if vendor not in known:
                known[vendor] = opened.enter_context(open_house(vendor, tmp_path_factory.mktemp(vendor)))
            return known[vendor]

        yield house


@pytest.fixture(params=EVERY, ids=lambda one: f"{one[0]}-{one[1]}")
def place(request: pytest.FixtureRequest, houses: Callable[[str], House]) -> Place:
    vendor, tool = request.param
    return houses(vendor).place(tool)


def nowhere(secret: str, *said: object) -> None:
    """No text holds the secret, nor a part of it that would do."""
    for text in (repr(one) for one in said):
        for part in {secret, secret[-12:], secret.split(":")[-1]}:
            assert part not in text


@contextmanager
def every_log_line() -> Iterator[list[str]]:
    """Whatever anybody logs, libraries too, at every level."""
    lines: list[str] = []
    root, ear = logging.getLogger(), logging.Handler(logging.DEBUG)
    ear.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as events:
            yield lines
            lines += [repr(event) for event in events]
    finally:
        root.removeHandler(ear)
        root.setLevel(level)


def test_what_is_sent_is_what_was_approved_and_is_done_once(place: Place) -> None:
    request = place.prepared()
    before = len(place.standin.asked)
    with every_log_line() as lines:
        result = place.send(request)
    nowhere(place.standin.secret, lines)
    assert lines or place.vendor == "mail", "the client logs what it does"
    assert result.status is ActionStatus.EXECUTED, result
    assert place.done() == 1
    assert len(request.calls) == 1
    secret, call = place.standin.secret, request.calls[0]
    if place.spec.live[0].kind == "http":
        sent = [asked for asked in place.standin.asked[before:] if place.standin.writes(asked) and asked.raw]
        wanted = {call.body.replace("{secret.routing_key}", secret)}
        if place.removes:
            body = next((asked.raw.decode() for asked in sent if asked.path in call.url), call.body)
            wanted |= {body} if "{found}" in call.body else set()
        assert not sent or any(asked.raw.decode() in wanted for asked in sent)
    nowhere(secret, request, result)
    for asked in place.standin.asked:
        held = asked.raw.count(secret.encode())
        assert held == (place.vendor == "pagerduty"), "a secret is where the block puts it, and nowhere else"
    if not place.removes and "merchant_ids" not in ARGUMENTS[place.tool]:
        told = [json.dumps(asked.body, ensure_ascii=False) for asked in place.standin.asked]
        letters = [message_from_string(one).get_payload(decode=True) for one in getattr(place.standin, "letters", ())]
        assert any(HOLES in str(text) for text in (*told, *letters)), "it is told as it is"
    assert place.tools.find(SCOPE, result.reference, name=place.tool, live=request) is bool(result.reference)


def test_sent_again_after_it_was_done_it_stays_one(place: Place) -> None:
    if place.spec.repeat == "neither":
        pytest.skip("it is never sent again")
    request = place.prepared()
    assert place.send(request).status is ActionStatus.EXECUTED
    for _ in range(2):
        assert place.send(request, again=True).status is ActionStatus.EXECUTED
    assert place.done() == 1


def test_another_attempt_that_finds_it_undone_does_it(place: Place) -> None:
    if place.spec.repeat == "neither":
        pytest.skip("it is never sent again")
    result = place.send(place.prepared(), again=True)
    assert (result.status, place.done()) == ((ActionStatus.IN_DOUBT, 0) if place.lags else (ActionStatus.EXECUTED, 1))


@pytest.mark.parametrize("trouble", [*OFTEN, *(pytest.param(one, marks=LATER) for one in SELDOM)])
def test_an_answer_that_tells_nothing_leaves_a_doubt_that_the_next_attempt_settles(place: Place, trouble: str) -> None:
    request = place.prepared()
    place.standin.troubles.append(trouble)
    result = place.send(request)
    if place.vendor == "mail" and trouble.startswith("error"):
        assert result.status is ActionStatus.FAILED
        return
    if place.vendor == "events" and trouble.startswith("nonsense"):
        pytest.skip("its answer is a status only")
    if place.spec.live[0].send.method == "DELETE" and trouble == "nonsense_after":
        assert (result.response["read_back"], place.done()) == ("gone", 1), (
            "its answer is a status, and it was looked at"
        )
        return
    assert (result.status, result.unknown) == (ActionStatus.IN_DOUBT, True), result
    assert place.done() == (trouble in AFTER)
    if place.spec.repeat == "neither":
        return
    try:
        found = place.tools.look(SCOPE, place.tool, idempotency_key="k" * 64, live=request)
        assert (found is not None) == (trouble in AFTER)
    except SafeToRepeat:
        assert place.spec.live[0].repeatable
    except Temporary:
        assert place.lags and trouble in BEFORE
    settled = place.send(request, again=True)
    if place.lags and trouble in BEFORE:
        assert (settled.status, settled.unknown, place.done()) == (ActionStatus.IN_DOUBT, True, 0)
    else:
        assert (settled.status, place.done()) == (ActionStatus.EXECUTED, 1)


def test_asked_to_wait_it_says_that_nothing_was_done_and_for_how_long(place: Place) -> None:
    request = place.prepared()
    place.standin.troubles.append("throttled")
    result = place.send(request)
    assert (result.status, result.unknown, place.done()) == (ActionStatus.FAILED, False, 0)
    assert result.later is not None and 1 <= result.later <= 300


def test_a_credential_that_is_refused_changes_nothing_and_is_shown_nowhere(place: Place) -> None:
    if not place.config.connections[0].secrets:
        pytest.skip("it has none")
    request = place.prepared()
    wrong = "aNoThEr-secret-4711:of-ours-0815"
    (place.folder / "secret").write_text(wrong)
    with every_log_line() as lines:
        result = place.send(request)
    nowhere(wrong, lines)
    assert place.done() == 0
    assert result.status is ActionStatus.FAILED
    nowhere(wrong, result, request)
    (place.folder / "secret").unlink()
    missing = place.send(request)
    assert (missing.status, place.done()) == (ActionStatus.FAILED, 0)
    assert "cannot be read" in missing.error


def test_a_secret_that_the_other_side_says_aloud_is_kept_nowhere(place: Place) -> None:
    if not place.config.connections[0].secrets:
        pytest.skip("it has none")
    request = place.prepared()
    place.standin.troubles.append("echoes")
    with every_log_line() as lines:
        result = place.send(request)
    secret = place.standin.secret
    assert result.status is ActionStatus.FAILED and HIDDEN in repr(result)
    nowhere(secret, result, lines)
    for spelled in (b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex(), secret[::-1]):
        assert spelled not in repr(result)


def test_other_bytes_than_the_approved_ones_are_never_sent(place: Place) -> None:
    request = place.prepared()
    before, call = len(place.standin.asked), request.calls[0]
    forged = [
        request.changed(calls=()),
        request.changed(calls=(call.changed(url=call.url + "x"),)),
        request.changed(calls=(call.changed(body=call.body + " "),)),
        request.changed(calls=(call, call)),
        request.changed(body={**request.body, "sudo": True}),
    ]
    for other in forged:
        assert place.send(other).status is ActionStatus.FAILED
        whole = digest_of_wire(other.method, other.url, other.body, other.calls)
        assert place.send(other, expected_digest=whole).status is ActionStatus.FAILED, "they agree with themselves only"
    assert len(place.standin.asked) == before


def test_a_dry_run_shows_every_byte_and_sends_none(place: Place) -> None:
    request = place.request(place.tool, {**ARGUMENTS[place.tool]}, ToolMode.DRY_RUN)
    result = place.send(request, mode=ToolMode.DRY_RUN)
    assert result.status is ActionStatus.NOT_APPLIED
    assert result.response["request"]["calls"] == [call.plain() for call in request.calls]  # type: ignore[index,call-overload]
    assert place.standin.asked == []
    nowhere(place.standin.secret, result)


def test_another_tenant_has_no_connection(place: Place) -> None:
    other = Scope(tenant_id="other")
    request = place.tools.request(place.tool, ARGUMENTS[place.tool], (SHOP,), scope=other, mode=ToolMode.LIVE)
    assert request.calls == ()
    sent = place.tools.send(
        other, place.tool, request, mode=ToolMode.LIVE, idempotency_key="k", expected_digest=request.digest
    )
    assert (sent.status, sent.error) == (ActionStatus.FAILED, NO_CONNECTOR)
    assert place.standin.asked == []


def test_a_harmless_call_tells_whether_the_connection_works(place: Place) -> None:
    (call,) = place.tools.try_out(SCOPE, place.tool)
    if call["why"] == "no call is known that would change nothing":
        assert not call["works"]
        return
    assert call["works"] is True, call
    assert place.standin.effects() == []
    nowhere(place.standin.secret, call)
    if place.config.connections[0].secrets:
        (place.folder / "secret").write_text("wrong:wrong")
        assert place.tools.try_out(SCOPE, place.tool)[0]["works"] is False


def test_its_breaker_opens_after_failures_and_one_call_finds_out(place: Place) -> None:
    if place.vendor == "mail":
        pytest.skip("it fails in other words")
    request = place.prepared()
    seconds = [1000.0]
    place.tools._breakers.clock = lambda: seconds[0]
    place.standin.troubles.extend(["error_before"] * 4)
    for _ in range(4):
        place.send(request)
    asked = len(place.standin.asked)
    shut = place.send(request)
    assert shut.later is not None and "nothing was sent" in shut.error
    assert len(place.standin.asked) == asked
    assert place.tools.breakers_of("default")[place.tool] == "open"
    assert place.tools.breakers_of("other") == {}
    seconds[0] += 61
    assert place.tools.breakers_of("default")[place.tool] == "half_open"
    assert place.send(request).status is ActionStatus.EXECUTED
    assert place.tools.breakers_of("default")[place.tool] == "closed"


# --- words of their own
# ----------------------------------------------------------------------------------------------------


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The vector was computed elsewhere."""
    moment = datetime.fromtimestamp(1_700_000_000, UTC)
    said = _signature("secret", "msg_1", moment, b'{"a":1}')
    assert said["webhook-signature"] == "v1,Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY="


def test_a_mail_server_that_says_a_letter_now_and_then_is_left_in_time() -> None:
    ear, over = socket.create_server(("127.0.0.1", 0)), Event()

    def dribble() -> None:
        came, _ = ear.accept()
        with came, suppress(OSError):
            while not over.wait(0.05):
                came.sendall(b"2")

    thread = Thread(target=dribble, daemon=True)
    thread.start()
    place = Address("smtp", "127.0.0.1", ear.getsockname()[1])
    began = time.monotonic()
    said = greet_server(Egress(standins={place.origin}), place, {}, 0.5)
    assert "broke off" in said and time.monotonic() - began < 5
    over.set()
    thread.join(5)
    ear.close()


def test_what_was_there_before_is_no_success_of_ours(houses: Callable[[str], House]) -> None:
    place = houses("shopify").place("resubscribe_webhook")
    request = place.prepared()
    place.send(request)
    before = place.send(request)
    assert (before.status, place.done()) == (ActionStatus.FAILED, 1)
    assert "from before" in before.error


def test_what_was_said_to_be_done_and_is_not_there_is_a_doubt(houses: Callable[[str], House]) -> None:
    place = houses("shopify").place("resubscribe_webhook")
    request = place.prepared()
    place.standin.held = _Leaky()
    result = place.send(request)
    assert (result.status, result.unknown) == (ActionStatus.IN_DOUBT, True)
    assert "says otherwise" in result.error


class _Leaky(dict[str, Any]):
    """Keeps nothing."""

    def __setitem__(self, key: str, value: Any) -> None:
        return None


def test_a_jira_whose_search_lags_behind_is_not_given_the_same_twice(houses: Callable[[str], House]) -> None:
    place = houses("jira").place("escalate")
    request = place.prepared()
    place.standin.troubles.append("silent_after")
    place.standin.lags = True
    assert place.send(request).unknown
    assert place.send(request, again=True).unknown
    assert place.done() == 1
    place.standin.lags = False
    assert place.send(request, again=True).status is ActionStatus.EXECUTED
    assert place.done() == 1


TWO = {"merchant_ids": ["MERCH-1", "MERCH-2"], "topic": "orders/create", "webhook_version": "v3"}


def test_of_several_shops_what_was_done_in_part_is_a_doubt_and_is_gone_on_with(houses: Callable[[str], House]) -> None:
    place = houses("bigcommerce").place("resubscribe_webhook")
    stores = {"MERCH-1": "abcde", "MERCH-2": "fghij"}
    path = place.folder / "config" / "connections.yaml"
    (one,) = json.loads(path.read_text())["connections"]
    shops = [{**one, "merchant": who, "values": {**one["values"], "store": of}} for who, of in stores.items()]
    path.write_text(json.dumps({"connections": shops}))
    live = LiveConnector(
        load_config(path.parent).connections, Egress(standins={place.standin.origin}), read_secret, lambda: NOW
    )
    tools = ConnectorRegistry(
        place.tools.specs().values(),
        dict.fromkeys(("setting", "ticket", "escalation", "logs", "document")),
        live=live,
    )  # type: ignore[arg-type]
    place.tools = tools
    request = tools.request("resubscribe_webhook", TWO, TWO["merchant_ids"], scope=SCOPE, mode=ToolMode.LIVE)
    assert [call.merchant for call in request.calls] == ["MERCH-1", "MERCH-2"]
    place.standin.full = "fghij"
    partly = place.send(request)
    assert (partly.status, partly.unknown, place.done()) == (ActionStatus.IN_DOUBT, False, 1)
    assert partly.error.startswith("1 of 2 were done; then ")
    with pytest.raises(SafeToRepeat, match="1 of 2 were done"):
        tools.look(SCOPE, "resubscribe_webhook", idempotency_key="k" * 64, live=request)
    place.standin.full = ""
    assert place.send(request, again=True).status is ActionStatus.EXECUTED
    assert place.done() == 2


BAD_BLOCKS = [
    ("    look:", "    x_look:", "is not a known key"),
    ("    connection: shopify", "    connection: shop", "write shopify"),
    ("{topic|enum}", "{tpoic|enum}", "names {tpoic}, which nobody fills"),
    ("path: /admin/api/2026-10/graphql.json", 'path: "/{secret.token}"', "holds a secret"),
    ('hosts: "[a-z0-9][a-z0-9-]*', 'hosts: "([', "is no pattern"),
    (
        "only: {setting: [webhook_version]}",
        "only: {settings: [webhook_version]}",
        "is not an argument of restore_setting",
    ),
]


@pytest.mark.parametrize(("said", "instead", "problem"), BAD_BLOCKS)
def test_a_block_that_could_not_be_sent_is_refused_at_start(
    tmp_path: Path, said: str, instead: str, problem: str
) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    secret = {"token": {"env": "NOT_THERE"}}
    shop = {"name": "shopify", "host": "a.myshopify.com", "secrets": secret, "values": {"address": ADDRESSES}}
    (tmp_path / "config" / "connections.yaml").write_text(json.dumps({"connections": [shop]}))
    path = tmp_path / "config" / "vendors" / "shopify.yaml"
    text = path.read_text()
    assert said in text
    path.write_text(text.replace(said, instead))
    with pytest.raises(BadConfig) as refused:
        load_config(tmp_path / "config")
    assert any(one.startswith("vendors/shopify.yaml:") and problem in one for one in refused.value.problems), (
        refused.value.problems
    )


BAD_CONNECTIONS = [
    ({"name": "shopfy"}, "is no vendor and no live block names it"),
    ({"host": "evil.example.com"}, "is no host of Shopify"),
    ({"host": "a.myshopify.com.evil.example"}, "is no host of Shopify"),
    ({"host": "127.0.0.1"}, "is no host of Shopify"),
    ({"host": "A.myshopify.com"}, "is no host"),
    ({"secrets": {}}, "lacks 'token'"),
    ({"secrets": {"token": {}}}, "names either env or file"),
    ({"values": {}}, "lacks 'address'"),
]


@pytest.mark.parametrize(("changes", "problem"), BAD_CONNECTIONS)
def test_a_connection_that_leads_elsewhere_or_lacks_something_is_refused_at_start(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    shop = {"name": "shopify", "host": "a.myshopify.com", "secrets": {"token": {"env": "X"}}}
    shop |= {"values": {"address": ADDRESSES}, **changes}
    (tmp_path / "config" / "connections.yaml").write_text(json.dumps({"connections": [shop]}))
    with pytest.raises(BadConfig) as refused:
        load_config(tmp_path / "config")
    assert any(one.startswith("connections.yaml:") and problem in one for one in refused.value.problems), (
        refused.value.problems
    )


def test_a_tool_is_not_live_without_a_connection(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    modes = [{"tool": "escalate", "mode": "live"}, {"tool": "escalte", "mode": "dry_run"}]
    (tmp_path / "config" / "connections.yaml").write_text(json.dumps({"modes": modes}))
    with pytest.raises(BadConfig) as refused:
        load_config(tmp_path / "config")
    assert len(refused.value.problems) == 2
