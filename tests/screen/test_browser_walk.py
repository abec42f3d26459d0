"""A newcomer's walk through the real product in a real Chromium: API and console as processes, a fresh data folder, the
demo running fast.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.waiting import wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright on this machine: the browser tests need it")
pytestmark = pytest.mark.browser

PATIENCE = 60_000
RUNBOOK = """# Payment callback on plain HTTP: the quokka procedure

Causes: callback_not_https

## When it applies

Checkout fails with PAYMENT_CALLBACK_INVALID at /api/v3/checkout/complete because the payment callback
address does not use HTTPS.

## Fix

Move the payment callback of the affected merchants to HTTPS and watch the refused callbacks
stop, as the quokka procedure says.
"""


class House:
    """The running product and a browser in front of it."""

    def __init__(self, api: int, console: int, page: Any) -> None:
        self.api, self.console, self.page = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{console}", page
        self.asked: set[str] = set()
        page.on("request", lambda request: self.asked.add(request.url))

    def get(self, path: str) -> Any:
        return (
            httpx.get(f"{self.api}{path}", headers={"X-Tenant": "demo"}, timeout=60, trust_env=False)
            .raise_for_status()
            .json()
        )

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return (
            httpx.post(f"{self.api}{path}", headers={"X-Tenant": "demo"}, json=body, timeout=60, trust_env=False)
            .raise_for_status()
            .json()
        )

    def see(self, words: str | re.Pattern[str], patience: int = PATIENCE) -> Any:
        """The first element with these words, once it is visible."""
        found = self.page.get_by_text(words).first
        sync_api.expect(found).to_be_visible(timeout=patience)
        return found

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click(timeout=PATIENCE)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.console}/{path}")

    def ask(self, question: str) -> None:
        box = self.page.get_by_test_id("stChatInputTextArea")
        box.fill(question, timeout=PATIENCE)
        box.press("Enter")


@pytest.fixture
def ctx(ports: tuple[int, int], browser: Any) -> Iterator[House]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    sync_api.expect.set_options(timeout=PATIENCE)
    yield House(*ports, page)
    page.close()


def approvable(ctx: House) -> dict[str, Any]:
    """The callback proposal: the one a person must decide, with a cure that shows in the error stream."""

    def found() -> dict[str, Any] | None:
        rows = ctx.get("/actions/pending")
        return next((row for row in rows if row["decision"]["tool"] == "update_callback_url"), None)

    row = wait_until(found, 90, "a proposal to move the payment callback")
    assert row is not None
    return row


def status_of(ctx: House, action_id: str) -> str:
    return str(ctx.get(f"/actions/{action_id}")["status"])


def decide_in_time(ctx: House) -> str:
    """Approve the card through the screen; when newer evidence replaced it under the hand, the newest one."""
    confirm = ctx.page.get_by_role("button", name=re.compile("Confirm approval"))
    overtaken = ctx.page.get_by_text(
        re.compile("can no longer be carried out|This card has changed|Nothing was changed")
    )
    told = ctx.page.get_by_text(re.compile("Approved:"))
    for _ in range(6):
        row = approvable(ctx)
        ctx.go(f"?tenant=demo&action={row['id']}")
        approve = ctx.page.get_by_role("button", name=re.compile("Approve"))
        sync_api.expect(approve.or_(overtaken).first).to_be_visible()
        if overtaken.count():
            continue
        approve.first.click()
        sync_api.expect(confirm.or_(overtaken).first).to_be_visible()
        if overtaken.count():
            continue
        confirm.click()
        sync_api.expect(told.or_(overtaken).first).to_be_visible()
        if told.count():
            return str(row["id"])
    raise AssertionError("every proposal was superseded before it could be approved")


@pytest.mark.ci
@pytest.mark.long
def test_a_newcomer_reads_why_asks_why_approves_and_sees_the_errors_stop(ctx: House) -> None:
    ctx.go("")
    ctx.see("● Live")
    ctx.see(re.compile("simulated$"))
    row = approvable(ctx)

    ctx.go(f"?tenant=demo&action={row['id']}")
    ctx.see("Waiting costs per hour")
    ctx.see(re.compile("callback address does not use HTTPS: "))
    ctx.see(re.compile(r"Evidence · \d+ facts"))

    ctx.press(re.compile("Ask why"))
    ctx.see(re.compile("was proposed because"))
    sync_api.expect(ctx.page).to_have_url(re.compile("conversation=CONV-"))
    ctx.page.reload()
    ctx.see(re.compile("was proposed because"))
    ctx.press(re.compile("Close"))

    action_id = decide_in_time(ctx)
    ctx.page.reload()
    ctx.see("The steps of the loop")
    wait_until(lambda: status_of(ctx, action_id) == "VERIFIED", 120, "the receipt")
    ctx.see(re.compile("Fixed, and proven"))
    ctx.see(re.compile("Treated stores: errors an hour"))
    receipt = ctx.get(f"/actions/{action_id}")["receipt"]
    assert receipt["treated_after"]["per_hour"] < 0.2 * receipt["treated_before"]["per_hour"]


@pytest.mark.long
def test_an_uploaded_runbook_is_found_and_cited_by_the_next_answer_and_the_next_decision(
    ctx: House, tmp_path: Path
) -> None:
    ctx.go("knowledge?tenant=demo")
    written = tmp_path / "quokka.md"
    written.write_text(RUNBOOK, "utf-8")
    ctx.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(written))
    ctx.see("quokka.md")
    ctx.press("Add to the knowledge")
    ctx.see(re.compile("kept as Payment callback on plain HTTP"))

    box = ctx.page.get_by_label("What should a runbook answer?")
    box.fill("quokka procedure for the payment callback")
    box.press("Enter")
    ctx.see(re.compile(r"\[1\] Payment callback on plain HTTP"))
    ctx.page.reload()
    ctx.see(re.compile(r"\[1\] Payment callback on plain HTTP"))

    ctx.go("ask?tenant=demo")
    ctx.ask("Which runbook covers the quokka procedure for the payment callback?")
    ctx.see(re.compile(r"The runbook .?Payment callback on plain HTTP|\[\d+\] Payment callback on plain HTTP"))

    tenant = {
        "signal_type": "api_error",
        "source": "gateway",
        "severity": "high",
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "status": 400,
    }
    more = {
        "endpoint": "/api/v3/checkout/complete",
        "error_message": "Payment callback URL validation failed: scheme must be https",
    }
    stores = [store["merchant"]["id"] for store in ctx.get("/migrations")]
    batch = [
        {**tenant, **more, "merchant_id": store, "event_id": f"q-{store}-{place}", "attributes": {"cart": str(place)}}
        for store in stores[-2:]
        for place in range(12)
    ]
    ctx.post("/signals/ingest", {"signals": batch})
    chunks = {row["chunk_id"] for row in ctx.get("/rag/search?q=quokka+procedure&k=20") if "quokka" in row["title"]}

    def cited() -> str:
        ctx.post("/run_cycle", {})
        return next(
            (row["id"] for row in ctx.get("/actions?limit=500") if chunks & set(row["decision"]["citations"])), ""
        )

    action_id = wait_until(cited, 90, "a decision that cites the uploaded runbook")
    ctx.go(f"?tenant=demo&show=decided&action={action_id}")
    ctx.see(re.compile(r"\[\d+\] Payment callback on plain HTTP"))


@pytest.mark.long
@pytest.mark.ci
def test_nothing_on_any_page_is_fetched_from_elsewhere_even_when_a_ticket_asks_for_it(ctx: House) -> None:
    hostile = "![x](http://203.0.113.7/pixel.png) <img src=http://203.0.113.7/a> :material/bolt: http://203.0.113.7/z"
    common = {"source": "zendesk", "severity": "critical", "merchant_id": "MERCH-A1B2C3"}
    errors = [
        {
            **common,
            "signal_type": "api_error",
            "error_code": hostile,
            "endpoint": hostile,
            "error_message": hostile,
            "event_id": f"odd-{place}",
            "attributes": {"session_id": f"odd-{place}"},
        }
        for place in range(15)
    ]
    ctx.post(
        "/signals/ingest",
        {"signals": [{**common, "signal_type": "ticket", "subject": hostile, "body": hostile}, *errors]},
    )
    ctx.post("/run_cycle", {})

    def opened() -> str:
        ctx.post("/run_cycle", {})
        return next((row["id"] for row in ctx.get("/incidents?limit=500") if "203.0.113.7" in row["title"]), "")

    odd = wait_until(opened, 90, "an incident with the hostile title")
    for page in ("", "incidents", f"incidents?incident={odd}", "ask", "knowledge", "signals", "audit"):
        ctx.go(page)
        ctx.see("● Live")
        sync_api.expect(ctx.page.locator('[data-test-script-state="notRunning"]').first).to_be_visible()
    elsewhere = {
        url
        for url in ctx.asked
        if not url.startswith((ctx.console, ctx.console.replace("http", "ws"), "data:", "blob:"))
    }
    assert not elsewhere
