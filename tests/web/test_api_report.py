"""The report of an incident: what it says, that each id in it is there, who may read it, and that no text breaks it."""

import io
import re

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from app.api.report import Report, ReportSection, Table, build_report
from app.api.report_markdown import escape_text, render_report
from app.api.report_pdf import render_pdf
from app.bootstrap import Application
from app.domain.base import Untrusted
from app.domain.tenants import Tenant
from tests.web.test_api_routes import NEWCOMER

SECTIONS = (
    "Summary",
    "Timeline",
    "Cause",
    "Evidence for it",
    "Evidence against it",
    "Impact",
    "What was done",
    "What keeps it from returning",
    "Evidence",
)
SCRIPTS = "Grüße ĄŻ Привет Αθήνα 注文 订单 주문 طلب הזמנה 🛒 \x00 \u202e <b>&amp; | [x](http://evil.example) `rm`"


@pytest.fixture(scope="module")
def incident(client: TestClient) -> str:
    """An incident whose action was approved."""
    client.post("/signals/ingest", json=NEWCOMER)
    client.post("/run_cycle")
    waiting = client.get("/actions/pending").json()[0]
    decided = {"action_id": waiting["id"], "approved": True, "reviewer": "admin@example.com", "feedback": "Go ahead"}
    assert client.post("/actions/approve", json=decided).status_code == 200
    client.post("/run_cycle")
    return str(waiting["incident_id"])


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_it_says_when_why_what_it_cost_what_was_done_and_what_lasts(client: TestClient, incident: str) -> None:
    reply = client.get(f"/incidents/{incident}/report")
    assert reply.headers["content-type"].startswith("text/markdown")
    for title in SECTIONS:
        assert re.search(rf"^##+ {title}$", reply.text, re.MULTILINE), title
    detail = client.get(f"/incidents/{incident}").json()
    best = detail["assessment"]["hypotheses"][0]
    assert "with a confidence of" in reply.text and best["cause"] in reply.text
    assert all(name in reply.text for name in detail["incident"]["merchants"])
    assert "Decided by local:admin (admin@example.com)" in reply.text and "Go ahead" in reply.text
    assert detail["actions"][0]["digest"] in reply.text
    for event in client.get(f"/incidents/{incident}/timeline").json():
        assert event["kind"] in reply.text


def test_each_id_in_it_can_be_looked_up(client: TestClient, incident: str) -> None:
    text = client.get(f"/incidents/{incident}/report").text
    detail = client.get(f"/incidents/{incident}").json()
    cited = set(re.findall(r"\bEV-[0-9A-Z]+", text))
    assert cited and cited == {row["id"] for row in detail["evidence"]}
    actions = set(re.findall(r"\bACT-[0-9A-Z]+", text))
    assert actions and all(client.get(f"/actions/{one}").status_code == 200 for one in actions)
    for one in re.findall(r"\bINC-[0-9A-Z]+", text):
        assert client.get(f"/incidents/{one}").status_code == 200


def test_it_comes_as_pdf_when_asked_for_by_either_way(client: TestClient, incident: str) -> None:
    place = f"/incidents/{incident}/report"
    for reply in (
        client.get(place, params={"format": "pdf"}),
        client.get(place, headers={"Accept": "application/pdf"}),
    ):
        assert reply.headers["content-type"] == "application/pdf"
        assert f'filename="{incident}.pdf"' in reply.headers["content-disposition"]
        said = pdf_text(reply.content)
        assert all(title in said for title in SECTIONS) and incident in said
    wanted = client.get(place, params={"format": "markdown"}, headers={"Accept": "application/pdf"})
    assert wanted.headers["content-type"].startswith("text/markdown")
    assert client.get(place, params={"format": "word"}).status_code == 422


def test_another_tenant_has_no_such_report(client: TestClient, application: Application, incident: str) -> None:
    application.ctx.store.put_tenant(Tenant(id="elsewhere", title="Elsewhere"))
    for kind in ("markdown", "pdf"):
        reply = client.get(f"/incidents/{incident}/report", params={"format": kind}, headers={"X-Tenant": "elsewhere"})
        assert reply.status_code == 404 and incident not in str(reply.json().get("merchants", ""))


def test_one_that_nobody_looked_at_yet_has_a_report_too(client: TestClient, incident: str, application: Application):
    from app.domain.tenants import LOCAL_ADMIN, Scope
    from app.services.incidents import cases

    found = cases.read_incident(application.ctx, Scope(tenant_id="default", principal=LOCAL_ADMIN), incident)
    bare = found.model_copy(
        update={"assessment": None, "dossier": None, "actions": [], "evidence": [], "receipts": [], "lessons": []}
    )
    report = build_report(bare, None, [])
    text = render_report(report)
    assert "has not reasoned about it yet" in text and "Nothing was proposed yet" in text
    assert render_pdf(report).startswith(b"%PDF-")


def odd(text: str) -> Report:
    table = Table(heads=("Id", "What"), rows=(("EV-1", text), ("EV-2", "x" * 5_000)))
    return Report(title=text, subtitle="s", sections=(ReportSection(title=text, lines=(text, ""), table=table),))


def test_no_script_and_no_mark_breaks_the_pdf_and_names_of_other_scripts_are_there() -> None:
    said = pdf_text(render_pdf(odd(str(Untrusted(SCRIPTS).for_ui()))))
    for word in ("Grüße", "Привет", "注文", "订单", "주문", "<b>&amp;"):
        assert word in said, word


def test_what_others_wrote_steers_no_markdown() -> None:
    text = render_report(odd("[click](https://evil.example) <script>alert(1)</script> | `x` *bold*"))
    assert "\\[click\\]" in text and "\\<script\\>" in text and "https://" not in text and "\\`x\\`" in text
    assert escape_text("snake_case stays, EV-1 too") == "snake_case stays, EV-1 too"
