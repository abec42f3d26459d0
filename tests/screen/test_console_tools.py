"""The page of the tools: what each may do here, a request that is shown and not sent, and how far it may reach."""

import json

from tests.screen.conftest import Desk, said
from tests.screen.test_console_migrations import cells
from tests.screen.test_console_pages import press


def test_every_tool_is_listed_with_how_far_it_reaches(desk: Desk) -> None:
    drawn = desk.open("tools", tenant="demo")
    tools = desk.get("/tools")
    assert not drawn.exception
    assert cells(drawn, "tool")[: len(tools)] == [one["title"] for one in tools]
    assert set(cells(drawn, "reaches")) == {"▷ Simulated shop"}
    assert "Shopify" in "".join(cells(drawn, "could act through"))


def test_a_request_is_shown_and_not_sent(desk: Desk) -> None:
    before = len(desk.get("/tools/executions"))
    drawn = desk.open("tools", tenant="demo", tool="hold_cutover_wave")
    drawn.text_area(key="arguments-hold_cutover_wave").set_value(json.dumps({"wave": 3, "reason": "a try"}))
    drawn = press(drawn, "show-hold_cutover_wave")
    words = said(drawn)
    assert "/v1/migration/waves/3/hold" in words and "digest" in words
    assert len(desk.get("/tools/executions")) == before
    drawn.text_area(key="arguments-hold_cutover_wave").set_value("{")
    assert "not JSON" in said(press(drawn, "show-hold_cutover_wave"))


def test_a_tool_is_switched_off_with_a_reason_and_on_again(desk: Desk) -> None:
    drawn = desk.open("tools", tenant="demo", tool="query_logs")
    drawn.selectbox(key="mode-query_logs").set_value("off")
    assert "Say why" in said(press(drawn, "set-query_logs-now"))
    drawn = desk.open("tools", tenant="demo", tool="query_logs")
    drawn.selectbox(key="mode-query_logs").set_value("off")
    drawn.text_input(key="reason-query_logs").set_value("nobody needs it")
    drawn = press(drawn, "set-query_logs-now")
    assert "■ Off" in cells(drawn, "reaches") and "nobody needs it" in said(drawn)
    desk.post("/tools/query_logs/setting", {"on": True, "reason": "the test is over"})
    assert desk.get("/tools/query_logs")["on"] is True
