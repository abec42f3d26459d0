"""Every page of the console against a real server: what it shows, what its buttons do, and what it says when something
is wrong.
"""

import http.server
import threading
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.screen.conftest import Desk, free_port, opened, said

PAGES = ("", "incidents", "ask", "knowledge", "signals", "migrations", "causes", "tools", "audit")
HOSTILE = "![x](http://127.0.0.1:9/pixel.png) <img src=x onerror=alert(1)> :material/bolt: [click](http://evil.example)"


def press(drawn: AppTest, key: str) -> AppTest:
    return drawn.button(key=key).click().run()


def url(drawn: AppTest, name: str) -> str:
    """A value of the page's URL; AppTest keeps what the script wrote and what the test gave in two forms."""
    value = drawn.query_params[name]
    return value if isinstance(value, str) else value[0]


def waiting(desk: Desk) -> dict[str, object]:
    """One action that waits for a person, after a cycle."""
    rows = desk.get("/actions/pending") or (desk.post("/run_cycle") and desk.get("/actions/pending")) or one_more(desk)
    assert rows, "the demo proposes something that a person must decide"
    return dict(rows[0])


def one_more(desk: Desk, message: str = "callback refused") -> list[dict[str, object]]:
    """A single alarm of a shop nobody knows: what is proposed is to tell people."""
    number = len(desk.get("/incidents"))
    signal = {
        "signal_type": "api_error",
        "source": "test",
        "severity": "high",
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "endpoint": f"/api/v3/payments/callback/{number}",
        "merchant_id": f"MERCH-NEW{number}",
        **({"error_message": message} if message else {}),
    }
    desk.post("/signals/ingest", {"signals": [signal]})
    desk.post("/run_cycle")
    return list(desk.get("/actions/pending"))


@pytest.mark.parametrize("page", PAGES[1:])
def test_a_page_draws_without_any_data(desk: Desk, page: str) -> None:
    drawn = desk.open(page, tenant="default")
    assert not drawn.exception and not drawn.error
    assert drawn.chat_input and "● Live" in said(drawn)


def test_the_console_opens_the_demo_while_default_is_empty_and_says_so_in_the_url(desk: Desk) -> None:
    drawn = desk.open()
    assert url(drawn, "tenant") == "demo"
    assert "default" in drawn.selectbox(key="tenant_pick").options[0]


def test_choosing_another_tenant_leaves_nothing_of_the_old_one_in_the_url(desk: Desk) -> None:
    drawn = desk.open(tenant="demo", action=str(waiting(desk)["id"]))
    drawn.selectbox(key="tenant_pick").set_value("default").run()
    assert url(drawn, "tenant") == "default"
    assert "action" not in drawn.query_params


def test_an_empty_inbox_says_what_to_do(desk: Desk) -> None:
    drawn = desk.open(tenant="default")
    assert "No signals yet" in said(drawn)
    assert drawn.button(key="open-demo")


def test_the_card_shows_everything_a_decision_needs(desk: Desk) -> None:
    row = desk.get(f"/actions/{waiting(desk)['id']}")
    words = said(desk.open(tenant="demo", action=row["id"]))
    decision = row["decision"]
    for part in (
        decision["title"],
        *decision["ruling"]["rule_ids"],
        *decision["scope"],
        "Waiting costs per hour",
        row["digest"],
        decision["forecast"]["statement"],
    ):
        assert part in words, part
    assert all(request["url"] in words for request in decision["requests"])
    assert "Evidence" in words and "lines" in words and "Undo:" in words


def test_a_card_and_its_row_say_what_is_broken_before_what_would_be_done(desk: Desk) -> None:
    row = desk.get(f"/actions/{waiting(desk)['id']}")
    incident = desk.get(f"/incidents/{row['incident_id']}")["incident"]
    drawn = desk.open(tenant="demo", action=row["id"])
    opener = drawn.button(key=f"open-{row['id']}").label
    words, broken = said(drawn), incident["metrics_snapshot"]["headline"]
    assert "store" in broken and incident["title"] not in broken and incident["title"] in words
    assert broken in unmarked(opener) and broken in [unmarked(part.value) for part in drawn.subheader]
    proposed = row["decision"]["title"]
    assert proposed not in unmarked(opener) and words.count(proposed) >= 2


def unmarked(label: str) -> str:
    """A label as it reads once drawn: without the escapes that take the meaning out of its marks."""
    return label.replace("\\", "").replace("\u2060", "")


def test_a_fact_opens_to_the_exact_signals_it_was_counted_from(desk: Desk) -> None:
    incident = desk.get(f"/incidents/{waiting(desk)['incident_id']}")
    ids = next(row["signal_ids"] for row in incident["evidence"] if row["signal_ids"])[:5]
    assert [row["id"] for row in desk.get("/signals", id=ids)] == ids


def test_nothing_is_approved_by_one_press(desk: Desk) -> None:
    row = waiting(desk)
    drawn = press(desk.open(tenant="demo", action=str(row["id"])), "approve")
    assert desk.get(f"/actions/{row['id']}")["status"] == "PENDING"
    assert drawn.button(key="confirm")
    press(drawn, "cancel")
    assert desk.get(f"/actions/{row['id']}")["status"] == "PENDING"


def test_a_rejection_without_a_reason_is_refused(desk: Desk) -> None:
    drawn = press(desk.open(tenant="demo", action=str(waiting(desk)["id"])), "reject")
    assert drawn.button(key="confirm-reject").disabled


def test_an_edit_makes_a_new_version_that_still_waits(desk: Desk) -> None:
    waiting(desk)
    row, name = next(
        (row, "merchant_ids")
        for row in desk.get("/actions/pending")
        if len(row["decision"]["arguments"].get("merchant_ids", ())) > 1
    )
    drawn = press(desk.open(tenant="demo", action=row["id"]), "edit")
    assert drawn.button(key="save-edit").disabled
    drawn.multiselect(key=f"arg-{row['digest']}-{name}").set_value(row["decision"]["arguments"][name][:-1]).run()
    assert not drawn.button(key="save-edit").disabled
    drawn = press(drawn, "save-edit")
    after = desk.get(f"/actions/{row['id']}")
    assert (after["status"], after["version"]) == ("PENDING", row["version"] + 1)
    assert f"Saved as version {after['version']}" in said(drawn)


def test_a_card_that_changed_under_the_hand_decides_nothing_and_shows_the_winner(desk: Desk) -> None:
    row = waiting(desk)
    drawn = press(desk.open(tenant="demo", action=str(row["id"])), "reject")
    drawn.text_input(key=f"words-{row['digest']}").set_value("not today").run()
    desk.post(
        "/actions/approve",
        {
            "action_id": row["id"],
            "approved": False,
            "reviewer": "the night shift",
            "feedback": "first",
            "digest": row["digest"],
        },
    )
    drawn = press(drawn, "confirm-reject")
    words = said(drawn)
    assert "Nothing was changed" in words and "the night shift" in words
    assert desk.get(f"/actions/{row['id']}")["feedback"] == "first"
    assert "Reason: first" in words


def test_a_rejection_with_a_reason_is_kept_and_shown(desk: Desk) -> None:
    row = waiting(desk)
    drawn = press(desk.open(tenant="demo", action=str(row["id"])), "reject")
    drawn.text_input(key=f"words-{row['digest']}").set_value("the stores are moved back tonight").run()
    drawn.checkbox(key=f"wrong-{row['digest']}").check().run()
    drawn = press(drawn, "confirm-reject")
    after = desk.get(f"/actions/{row['id']}")
    assert (after["status"], after["feedback"]) == ("REJECTED", "the stores are moved back tonight")
    assert after["cause_is_wrong"]
    assert "the stores are moved back tonight" in said(drawn)


def test_an_approval_carries_the_digest_and_the_card_turns_into_its_outcome(desk: Desk) -> None:
    row = waiting(desk)
    drawn = press(desk.open(tenant="demo", action=str(row["id"])), "approve")
    if drawn.button(key="confirm").disabled:
        drawn.text_input(key=f"typed-{row['digest']}").set_value(
            desk.get(f"/actions/{row['id']}")["decision"]["scope"][0]
        ).run()
    drawn = press(drawn, "confirm")
    assert "Approved:" in said(drawn) and not drawn.exception
    assert desk.get(f"/actions/{row['id']}")["status"] not in {"PENDING", "REJECTED"}
    desk.post("/run_cycle")
    again = said(desk.open(tenant="demo", action=str(row["id"]), show="decided"))
    assert "local:admin" in again and "The steps of the loop" in again


def test_an_unknown_action_or_incident_is_a_sentence(desk: Desk) -> None:
    assert "There is no action ACT-NONE0000 in demo." in said(desk.open(tenant="demo", action="ACT-NONE0000"))
    assert "There is no incident INC-NONE0000 in demo." in said(
        desk.open("incidents", tenant="demo", incident="INC-NONE0000")
    )


def test_an_incident_shows_cost_causes_clusters_passages_and_history(desk: Desk) -> None:
    name = waiting(desk)["incident_id"]
    whole = desk.get(f"/incidents/{name}")
    drawn = desk.open("incidents", tenant="demo", incident=str(name))
    words = said(drawn)
    assert not drawn.exception and whole["incident"]["title"] in words
    assert whole["assessment"]["headline"]["text"] in words, "what is wrong, in the words of a shop"
    for part in (
        "Orders lost so far",
        "The loop so far",
        "1. ",
        "unknown: something nobody catalogued",
        "What it does not know",
        "Runbook passages",
    ):
        assert part in words, part
    assert all(pattern["title"] in words for pattern in whole["patterns"])
    offered = [one.proto.label for one in drawn.get("download_button")]
    assert offered == ["↓ Report as PDF", "↓ as Markdown"]


def test_the_filters_of_the_incidents_stand_in_the_url(desk: Desk) -> None:
    waiting(desk)
    drawn = desk.open("incidents", tenant="demo", status="CLOSED")
    assert drawn.multiselect(key="f_status").value == ["CLOSED"] and "No incident fits these filters" in said(drawn)
    drawn = press(drawn, "clear")
    assert "status" not in drawn.query_params and drawn.dataframe


def test_a_question_is_about_what_is_on_the_screen_and_survives_a_reload(desk: Desk) -> None:
    row = waiting(desk)
    drawn = desk.open(tenant="demo", action=str(row["id"]))
    drawn = drawn.chat_input(key="question").set_value("Why did you propose this?").run()
    conversation = url(drawn, "conversation")
    turns = desk.get(f"/conversations/{conversation}")
    assert turns[0]["answer"]["about"] == row["id"]
    assert turns[0]["answer"]["sentences"][0]["text"] in said(drawn)
    reloaded = said(desk.open("ask", tenant="demo", conversation=conversation))
    assert "Why did you propose this?" in reloaded and "Recorded facts" in reloaded and "[1" in reloaded


def test_suggestions_stand_where_nothing_was_asked(desk: Desk) -> None:
    waiting(desk)
    drawn = press(desk.open("ask", tenant="demo"), "suggested-0")
    assert not drawn.exception and drawn.query_params["conversation"]


def test_each_uploaded_file_gets_its_own_result_and_is_found(desk: Desk) -> None:
    drawn = desk.open("knowledge", tenant="demo")
    runbook = (
        "# Parcel labels print upside down\n\n## Fix\n\nTurn the zebraquill printer driver round and restart the"
        " spooler.\n"
    )
    drawn.file_uploader(key="files-0").upload("labels.md", runbook.encode()).upload("broken.pdf", b"this is not a pdf")
    drawn = press(drawn.run(), "upload-now")
    words = said(drawn)
    assert "labels.md: kept as Parcel labels print upside down" in words and "broken.pdf:" in words
    drawn = drawn.text_input(key="knowledge_query").set_value("zebraquill printer driver").run()
    assert "[1] Parcel labels print upside down · Fix · lines" in said(drawn)
    assert url(drawn, "q") == "zebraquill printer driver"


def test_a_text_from_outside_is_never_markup(desk: Desk) -> None:
    ticket = {
        "signal_type": "ticket",
        "source": "zendesk",
        "severity": "critical",
        "merchant_id": "MERCH-A1B2C3",
        "subject": HOSTILE,
        "body": HOSTILE,
    }
    error = {
        **{name: ticket[name] for name in ("source", "severity", "merchant_id")},
        "signal_type": "api_error",
        "endpoint": HOSTILE,
        "error_message": HOSTILE,
    }
    desk.post("/signals/ingest", {"signals": [ticket, {**error, "error_code": HOSTILE}]})
    desk.post("/run_cycle")
    for page in PAGES:
        drawn = desk.open(page, tenant="demo")
        assert not drawn.exception
        marked = [
            *drawn.markdown,
            *drawn.caption,
            *drawn.error,
            *drawn.warning,
            *drawn.success,
            *drawn.info,
            *drawn.subheader,
        ]
        labels = [part.label for part in (*drawn.button, *drawn.expander, *drawn.metric)]
        assert not [words for words in (*(part.value for part in marked), *labels) if "](" in words or "<img" in words]


def test_the_chain_is_verified_on_request(desk: Desk) -> None:
    drawn = press(desk.open("audit", tenant="demo"), "verify")
    assert "The chain holds" in said(drawn)


def test_the_header_buttons_say_what_they_did(desk: Desk) -> None:
    drawn = desk.open(tenant="demo")
    assert "signals of the last" in said(press(drawn, "observe"))
    assert "One cycle:" in said(press(drawn, "cycle"))


def test_a_server_that_is_down_is_a_sentence_with_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(port))
    for desk in opened(port):
        for page in ("", "knowledge"):
            drawn = desk.open(page, tenant="demo")
            assert not drawn.exception
            assert "does not answer. Nothing was changed" in said(drawn)
            assert any((button.key or "").startswith("retry-") for button in drawn.button)
        assert "does not answer" in said(desk.open())


class _Failing(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"error": "InternalError", "detail": "Something went wrong on our side and was logged as ERR-1."}'
        self.send_response(500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Failing) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        monkeypatch.setenv("CAUSEWAY_API_PORT", str(running.server_port))
        yield from opened(running.server_port)
        running.shutdown()


def test_a_server_that_fails_is_its_sentence_and_never_a_traceback(failing: Desk) -> None:
    for page in ("", "incidents", "ask", "audit"):
        drawn = failing.open(page, tenant="demo")
        assert not drawn.exception
        assert "logged as ERR-1" in said(drawn)
