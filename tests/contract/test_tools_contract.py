"""What every tool promises, whatever it does: this suite finds every entry of config/tools.yaml by itself."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.config.model import RiskMatrix, ToolsFile
from app.connectors.registry import NO_CONNECTOR, ConnectorRegistry
from app.domain.action_states import ActionStatus
from app.domain.base import canonical_json, digest_of
from app.domain.decisions import Effect, Request
from app.domain.errors import BadConfig, BadInput, Forbidden, NotFound, Temporary
from app.domain.tenants import Scope, ToolMode
from app.ports.connectors import ToolGateway, ToolSpec
from app.validation.strict_yaml import read_yaml
from simulations.connector import KINDS
from simulations.world.tool_effects import HANDLERS, SETTING_OF

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCOPE = Scope(tenant_id="demo")
MERCHANTS = ("MERCH-A1B2C3", "MERCH-B2C3D4")


def shipped(name: str, shape: type[Any]) -> Any:
    return shape.model_validate_json(canonical_json(read_yaml((CONFIG / name).read_bytes()).value), strict=True)


SPECS: tuple[ToolSpec, ...] = shipped("tools.yaml", ToolsFile).tools
MATRIX: RiskMatrix = shipped("risk_matrix.yaml", RiskMatrix)
EVERY = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


class Platform:
    """A small platform that answers once per key and remembers what it was asked."""

    def __init__(self, answer: Mapping[str, Any] | Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any], str]] = []
        self.answered: dict[str, dict[str, Any]] = {}

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        if idempotency_key not in self.answered:
            self.asked.append((tool, dict(arguments), idempotency_key))
            if isinstance(self.answer, Exception):
                raise self.answer
            reference = f"REF-{len(self.asked)}"
            self.answered[idempotency_key] = dict(
                self.answer or {"http_status": 200, "reference": reference, "body": {}}
            )
        return self.answered[idempotency_key]

    def find(self, scope: Scope, reference: str) -> bool:
        return any(answer.get("reference") == reference for answer in self.answered.values())


FORMATS = {
    "uri": "https://shop.example",
    "hostname": "shop.example",
    "email": "shop@shop.example",
    "date": "2026-03-02",
    "date-time": "2026-03-02T12:00:00Z",
    "time": "12:00:00Z",
    "uuid": "6f2d8c1e-0b3a-4c5d-8e7f-9a0b1c2d3e4f",
    "ipv4": "192.0.2.1",
}
"""A text of each format that a schema may ask for without an example of its own."""


def example(schema: Mapping[str, Any]) -> Any:
    """A value a schema of our kind accepts: its own example, else the smallest."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    if schema["type"] == "object":
        return {name: example(field) for name, field in schema["properties"].items()}
    if schema["type"] == "array":
        return [example(schema["items"])]
    if schema["type"] == "string":
        return (
            FORMATS.get(schema.get("format", ""))
            or "a sentence".ljust(schema.get("minLength", 0), ".")[: schema["maxLength"]]
        )
    return True if schema["type"] == "boolean" else schema["minimum"]


def fields_of(schema: Mapping[str, Any], where: str = "arguments") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema inside a schema, with its place."""
    yield where, schema
    for name, field in schema.get("properties", {}).items():
        yield from fields_of(field, f"{where}.{name}")
    if "items" in schema:
        yield from fields_of(schema["items"], f"{where}[]")


def good(spec: ToolSpec) -> dict[str, Any]:
    arguments = example(spec.arguments)
    return {**arguments, "merchant_ids": list(MERCHANTS)} if "merchant_ids" in arguments else dict(arguments)


def registry(platform: Platform | None = None, specs: tuple[ToolSpec, ...] = SPECS, **limits: int) -> ConnectorRegistry:
    return ConnectorRegistry(specs, dict.fromkeys({spec.kind for spec in specs}, platform or Platform()), **limits)


def send(
    tools: ToolGateway,
    spec: ToolSpec,
    request: Request,
    mode: ToolMode = ToolMode.SIMULATED,
    key: str = "k1",
    expected: str | None = None,
) -> Any:
    return tools.send(
        SCOPE,
        spec.name,
        request,
        mode=mode,
        idempotency_key=key,
        expected_digest=request.digest if expected is None else expected,
    )


# --- every tool
# --------------------------------------------------------------------------------------------------------


@EVERY
def test_its_schema_is_valid_closed_and_bounded(spec: ToolSpec) -> None:
    Draft202012Validator.check_schema(spec.arguments)
    assert spec.arguments["additionalProperties"] is False
    for field in spec.arguments["properties"].values():
        assert field["type"] != "string" or "maxLength" in field or "enum" in field


@EVERY
def test_a_pattern_comes_with_examples_and_every_example_is_accepted(spec: ToolSpec) -> None:
    for where, schema in fields_of(spec.arguments):
        assert "pattern" not in schema or schema.get("examples"), (
            f"config/tools.yaml: {spec.name}: {where} has a pattern; add `examples: [...]` beside it with a text that"
            " matches"
        )
        for given in schema.get("examples", ()):
            problems = [
                error.message
                for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(given)
            ]
            assert problems == [], (
                f"config/tools.yaml: {spec.name}: {where}: the example {given!r} is refused by its own schema:"
                f" {problems}"
            )


@EVERY
def test_it_says_in_words_what_it_does(spec: ToolSpec) -> None:
    assert all((spec.title, spec.description, spec.diff, spec.kind))
    assert spec.description.endswith(".")


@EVERY
def test_a_good_example_is_accepted(spec: ToolSpec) -> None:
    registry().check(spec.name, good(spec))


@EVERY
def test_an_unknown_key_a_missing_one_and_a_wrong_type_are_named_together(spec: ToolSpec) -> None:
    required = spec.arguments["required"]
    bad = {name: value for name, value in good(spec).items() if name != required[0]} | {"sudo": True}
    bad |= {name: {"not": "this"} for name in required[1:2]}
    with pytest.raises(BadInput) as refused:
        registry().check(spec.name, bad)
    said = json.dumps(refused.value.problems)
    assert "sudo" in said
    assert required[0] in said
    assert len(refused.value.problems) >= min(3, 1 + len(required))


@EVERY
@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "\ud800", {1, 2}, 2**70, "x" * 100_000, None, [[]]],
    ids=lambda value: str(type(value)),
)
def test_a_value_that_is_no_plain_json_or_too_big_is_refused(spec: ToolSpec, value: Any) -> None:
    name = spec.arguments["required"][-1]
    with pytest.raises(BadInput):
        registry().check(spec.name, {**good(spec), name: value})
    with pytest.raises(BadInput):
        registry().request(spec.name, {**good(spec), name: value}, () if name == "merchant_ids" else MERCHANTS)


@EVERY
def test_the_request_and_its_digest_are_stable(spec: ToolSpec) -> None:
    arguments = good(spec)
    first = registry().request(spec.name, arguments, MERCHANTS)
    second = registry().request(spec.name, dict(reversed(list(arguments.items()))), MERCHANTS)
    assert first == second
    assert first.digest == digest_of({"method": first.method, "url": first.url, "body": first.body})
    assert first.url.startswith("https://platform.invalid/")
    assert "{" not in first.url


@EVERY
def test_another_argument_or_merchant_is_another_digest(spec: ToolSpec) -> None:
    tools = registry()
    first = tools.request(spec.name, good(spec), MERCHANTS)
    if "merchant_ids" in spec.arguments["properties"]:
        assert tools.request(spec.name, good(spec), MERCHANTS[:1]).digest != first.digest
        assert tools.request(spec.name, good(spec), MERCHANTS[:1]).body["merchant_ids"] == [MERCHANTS[0]]
    else:
        assert tools.request(spec.name, good(spec), MERCHANTS[:1]).digest == first.digest


@EVERY
def test_it_has_a_way_back_or_says_that_there_is_none(spec: ToolSpec) -> None:
    if spec.undo is None:
        assert spec.effect is Effect.READ or not spec.reversible
        return
    tools = registry()
    words = {**good(spec), "reference": "REF-1"}
    arguments = {
        key: words[value.strip("{}")] if str(value).startswith("{") else value
        for key, value in spec.undo["arguments"].items()
    }
    tools.check(spec.undo["tool"], arguments)
    assert spec.undo["statement"].endswith(".")


@EVERY
def test_its_effect_is_known_to_the_risk_matrix(spec: ToolSpec) -> None:
    assert spec.effect.value in MATRIX.effect
    assert spec.external == (spec.effect in {Effect.EXTERNAL_ESCALATION, Effect.MERCHANT_CONTACT})


@EVERY
def test_the_shipped_tools_touch_neither_payments_nor_data_nor_merchants_inboxes(spec: ToolSpec) -> None:
    assert spec.effect not in {Effect.PAYMENT_DATA, Effect.PRODUCTION_DATA, Effect.MERCHANT_CONTACT}


@EVERY
def test_a_dry_run_shows_the_exact_request_and_sends_nothing(spec: ToolSpec) -> None:
    platform = Platform()
    tools = registry(platform)
    request = tools.request(spec.name, good(spec), MERCHANTS)
    result = send(tools, spec, request, ToolMode.DRY_RUN)
    assert result.status is ActionStatus.NOT_APPLIED
    assert result.response["request"] == {"method": request.method, "url": request.url, "body": request.body}
    assert digest_of(result.response["request"]) == request.digest
    assert platform.asked == []


@EVERY
def test_simulated_it_is_done_once_for_each_key(spec: ToolSpec) -> None:
    platform = Platform()
    tools = registry(platform)
    request = tools.request(spec.name, good(spec), MERCHANTS)
    results = [send(tools, spec, request) for _ in range(3)]
    assert {result.status for result in results} == {ActionStatus.EXECUTED}
    assert platform.asked == [(spec.name, request.body, "k1")]
    assert results[0].reference == "REF-1"
    assert tools.find(SCOPE, "REF-1")
    assert not tools.find(SCOPE, "REF-2")
    assert not tools.find(SCOPE, "")


@EVERY
def test_live_without_a_connector_nothing_is_sent(spec: ToolSpec) -> None:
    platform = Platform()
    tools = registry(platform)
    result = send(tools, spec, tools.request(spec.name, good(spec), MERCHANTS), ToolMode.LIVE)
    assert (result.status, result.error) == (ActionStatus.FAILED, NO_CONNECTOR)
    assert platform.asked == []


@EVERY
@pytest.mark.parametrize("mode", list(ToolMode))
def test_other_bytes_than_the_approved_ones_are_never_sent(spec: ToolSpec, mode: ToolMode) -> None:
    platform = Platform()
    tools = registry(platform)
    request = tools.request(spec.name, good(spec), MERCHANTS)
    name = spec.arguments["required"][0]
    forged = [
        request.changed(body={**request.body, name: "other"}),
        request.changed(url=request.url + "/extra"),
        request.changed(url="https://elsewhere.invalid/v1"),
        request.changed(method="DELETE"),
        request.changed(body={**request.body, "x": float("nan")}),
    ]
    for other in forged:
        result = send(tools, spec, other, mode, expected=request.digest)
        assert result.status is ActionStatus.FAILED
    for expected in ("", "0" * 64, request.digest.upper()):
        assert "digest mismatch" in send(tools, spec, request, mode, expected=expected).error
    assert platform.asked == []


@EVERY
def test_bytes_that_agree_with_their_own_digest_must_still_be_this_tools_request(spec: ToolSpec) -> None:
    platform = Platform()
    tools = registry(platform)
    request = tools.request(spec.name, good(spec), MERCHANTS)
    for changes in (
        {"url": "https://elsewhere.invalid/"},
        {"method": "DELETE"},
        {"body": {**request.body, "sudo": True}},
    ):
        whole = {"method": request.method, "url": request.url, "body": request.body} | changes
        forged = request.changed(**changes, digest=digest_of(whole))
        assert send(tools, spec, forged).status is ActionStatus.FAILED
    other = next(one for one in SPECS if one.name != spec.name)
    assert send(tools, other, request).status is ActionStatus.FAILED
    assert platform.asked == []


# --- the simulated world
# -------------------------------------------------------------------------------------------------


@EVERY
def test_the_simulated_world_can_carry_it_out(spec: ToolSpec) -> None:
    assert spec.name in HANDLERS, (
        f"the simulated world has no tool {spec.name}, so it would answer 404: in simulations/world/tool_effects.py add"
        f" it to SETTINGS when it changes a setting of merchants ({spec.name!r}: (the setting, a function that gives"
        " the new value)), else to HANDLERS"
    )


@EVERY
def test_a_connector_carries_out_its_kind(spec: ToolSpec) -> None:
    assert spec.kind in KINDS, f"config/tools.yaml: {spec.name}: write one of {sorted(KINDS)} as its kind"


def test_the_world_answers_to_no_tool_that_policy_does_not_know() -> None:
    unknown = sorted(HANDLERS.keys() - {spec.name for spec in SPECS})
    assert unknown == [], (
        f"simulations/world/tool_effects.py carries out {unknown}, which config/tools.yaml does not name: add an entry"
        " there, or remove the handler"
    )


@EVERY
def test_every_setting_it_restores_exists_in_the_world(spec: ToolSpec) -> None:
    known = set(SETTING_OF.values())
    for setting in settings_named_by(spec):
        assert setting in known, (
            f"config/tools.yaml: {spec.name} names the setting {setting}, which no tool of the world changes: add a"
            f" tool about it to SETTINGS in simulations/world/tool_effects.py (there are {sorted(known)})"
        )


@pytest.mark.parametrize("tool", sorted(SETTING_OF))
def test_what_a_tool_of_the_world_changes_can_be_restored(tool: str) -> None:
    setting = SETTING_OF[tool]
    restore, spec = (next(spec for spec in SPECS if spec.name == name) for name in ("restore_setting", tool))
    assert setting in settings_named_by(restore), (
        f"config/tools.yaml: add {setting} to the enum of restore_setting, so that {tool} can be taken back"
    )
    if spec.undo is not None and spec.undo["tool"] == "restore_setting":
        assert spec.undo["arguments"]["setting"] == setting, (
            f"config/tools.yaml: the undo of {tool} must restore {setting}, which is what it changes"
        )


def settings_named_by(spec: ToolSpec) -> set[str]:
    """The settings a tool's arguments or its way back name outright."""
    named = set(spec.arguments["properties"]["setting"]["enum"]) if spec.name == "restore_setting" else set()
    undo = (spec.undo or {}).get("arguments", {}).get("setting", "{setting}")
    return named | ({undo} if "{" not in undo else set())


# --- endings
# -------------------------------------------------------------------------------------------------------------

ONE = next(spec for spec in SPECS if spec.name == "update_callback_url")
ONCE_ONLY = ONE.changed(repeat="neither")


def ending(answer: Mapping[str, Any] | Exception, spec: ToolSpec = ONE, **limits: int) -> Any:
    tools = registry(Platform(answer), (spec,), **limits)
    return send(tools, spec, tools.request(spec.name, good(spec), MERCHANTS))


@pytest.mark.parametrize(
    "status,expected",
    [
        (200, ActionStatus.EXECUTED),
        (204, ActionStatus.EXECUTED),
        (400, ActionStatus.FAILED),
        (404, ActionStatus.FAILED),
        (408, ActionStatus.IN_DOUBT),
        (500, ActionStatus.IN_DOUBT),
        (503, ActionStatus.IN_DOUBT),
    ],
)
def test_the_platforms_status_decides_the_ending(status: int, expected: ActionStatus) -> None:
    result = ending({"http_status": status, "reference": "R", "body": {"detail": "no such merchant"}})
    assert result.status is expected
    doubt = ", which tells nothing of it" if expected is ActionStatus.IN_DOUBT else ""
    assert result.error == ("" if status < 400 else f"the tool answered {status}: no such merchant{doubt}")
    assert result.response["http_status"] == status


@pytest.mark.parametrize("status", [None, 0, 102, 301, 600, "200", True])
def test_an_unknown_status_leaves_a_doubt(status: Any) -> None:
    for spec in (SPECS[0], ONCE_ONLY):
        result = ending({"http_status": status}, spec)
        assert (result.status, result.unknown) == (ActionStatus.IN_DOUBT, True)


@pytest.mark.parametrize(
    "error",
    [TimeoutError("too slow"), Temporary("busy"), RuntimeError("boom" * 1_000), KeyError("x")],
    ids=lambda error: type(error).__name__,
)
def test_a_tool_that_blows_up_is_an_outcome(error: Exception) -> None:
    for spec in (SPECS[0], ONCE_ONLY):
        result = ending(error, spec)
        assert (result.status, result.unknown) == (ActionStatus.IN_DOUBT, True)
        assert result.error.startswith(type(error).__name__)
        assert len(result.error) < 700


def test_a_platform_that_refuses_is_a_failure_and_no_doubt() -> None:
    result = ending(Forbidden("not for you"))
    assert (result.status, result.unknown) == (ActionStatus.FAILED, False)


def test_a_refusal_before_sending_is_never_a_doubt() -> None:
    tools = registry(specs=(ONCE_ONLY,))
    request = tools.request(ONCE_ONLY.name, good(ONCE_ONLY), MERCHANTS)
    assert send(tools, ONCE_ONLY, request, expected="0" * 64).status is ActionStatus.FAILED
    assert send(tools, SPECS[0], request).status is ActionStatus.FAILED


def test_a_long_answer_is_cut_and_an_unreadable_one_is_still_an_ending() -> None:
    result = ending(
        {"http_status": 200, "reference": "R" * 900, "body": {"log": "x" * 50_000}}, max_response_chars=1_000
    )
    assert result.status is ActionStatus.EXECUTED
    assert result.response["truncated"] is True
    assert len(json.dumps(result.response)) < 1_300
    assert len(result.reference) == 200
    unreadable = ending({"http_status": 200, "reference": "R", "body": {"number": float("nan")}})
    assert (unreadable.status, unreadable.response) == (ActionStatus.EXECUTED, {"http_status": 200, "unreadable": True})


# --- the registry
# ----------------------------------------------------------------------------------------------------------


def test_an_unknown_or_disabled_tool_is_not_there() -> None:
    off = ONE.changed(enabled=False)
    tools = registry(specs=(off,))
    assert tools.specs() == {}
    for call in (lambda: tools.check(off.name, {}), lambda: tools.request("rm_rf", {}, ())):
        with pytest.raises(NotFound, match="there is no tool named"):
            call()


def test_a_call_goes_to_the_connector_of_its_kind_and_to_no_other() -> None:
    platforms = {kind: Platform() for kind in KINDS}
    tools = ConnectorRegistry(SPECS, platforms)
    for spec in SPECS:
        send(tools, spec, tools.request(spec.name, good(spec), MERCHANTS), key=spec.name)
    for kind, platform in platforms.items():
        assert [name for name, _, _ in platform.asked] == [spec.name for spec in SPECS if spec.kind == kind]
    assert tools.find(SCOPE, "REF-1")


def test_a_kind_that_nothing_carries_out_is_refused_with_file_and_key_unless_the_tool_is_off() -> None:
    odd = ONE.changed(kind="teleport")
    with pytest.raises(BadConfig) as refused:
        ConnectorRegistry([*SPECS, odd.changed(name="beam")], dict.fromkeys(KINDS, Platform()))
    assert "tools.yaml: beam: kind: no connector carries out 'teleport'; write one of document, " in str(refused.value)
    ConnectorRegistry([odd.changed(enabled=False)], dict.fromkeys(KINDS, Platform()))


@pytest.mark.parametrize("reference", ["..", ".", "a/b", "a?b=c", "a#b", "%2e%2e", "ä ö", "a\\b", "a\nb"])
def test_an_argument_in_the_address_stays_one_segment(reference: str) -> None:
    tools = registry()
    if reference in {"..", "."}:
        with pytest.raises(BadInput, match="cannot be part of an address"):
            tools.request("close_ticket", {"reference": reference}, ())
        return
    url = tools.request("close_ticket", {"reference": reference}, ()).url
    path = url.removeprefix("https://platform.invalid/v1/tickets/").removesuffix("/close")
    assert not set(path) & set("/?#\\ \n")
    assert url.count("/") == 6


def test_a_whole_number_is_written_as_one() -> None:
    arguments = {"merchant_ids": ["MERCH-1"], "requests_per_minute": 60.0}
    with pytest.raises(BadInput, match="not of type 'integer'"):
        registry().check("adjust_rate_limit", arguments)
    with pytest.raises(BadInput):
        registry().check("adjust_rate_limit", {**arguments, "requests_per_minute": True})
    registry().check("adjust_rate_limit", {**arguments, "requests_per_minute": 60})


def test_the_tools_that_were_promised_are_there() -> None:
    promised = {
        "create_ticket",
        "query_logs",
        "escalate",
        "propose_doc_update",
        "update_callback_url",
        "resubscribe_webhook",
        "rotate_token",
    }
    assert promised | {"purge_cache", "adjust_rate_limit", "hold_cutover_wave", "restore_setting"} <= set(
        registry().specs()
    )
