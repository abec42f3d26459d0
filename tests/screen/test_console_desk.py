"""The kill switch, the doubts and the incidents that were set aside, on the screen."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from app.api.main import create_app
from app.bootstrap import Application, build_application
from app.cli.main import cli
from app.console import queries
from app.domain.approvals import FirstApproval
from app.domain.base import Money
from app.domain.tenants import LOCAL_ADMIN, Scope, ToolMode
from app.process.vital_signs import Part, Trouble
from app.settings import Settings
from app.store.sql.engine import SqlStore
from tests.builders import make_signal, minutes
from tests.screen.conftest import Desk, free_port, opened, said
from tests.troubles import put_approved, put_carried_out, put_doubt, put_handed_over, put_question, put_set_aside
from tests.waiting import wait_until

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
HOSTILE = "![x](http://127.0.0.1:9/pixel.png) :material/bolt: [click](http://evil.example)"


@dataclass(frozen=True)
class Troubled:
    """A server of this module's own, whose worker rests, and the application in it."""

    application: Application
    port: int


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    port = free_port()
    application = build_application(
        Settings(data=tmp_path_factory.mktemp("desk"), lite=True, demo=False, api_port=port)
    )
    put_approved(application.store, SCOPE, 1)
    config = uvicorn.Config(
        create_app(application), host="127.0.0.1", port=port, log_level="critical", lifespan="off", ws="none"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_until(lambda: running.started, 60, "the API")
    yield Troubled(application, port)
    running.should_exit = True
    thread.join(30)
    application.stop()


@pytest.fixture
def desk(troubled: Troubled, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(troubled.port))
    for found in opened(troubled.port):
        yield found
        for everywhere in (True, False):
            found.post("/kill-switch", {"on": False, "everywhere": everywhere}, tenant="default")


def press(drawn: AppTest, key: str) -> AppTest:
    return drawn.button(key=key).click().run()


# --- the kill switch
# ---------------------------------------------------------------------------------------------------


def test_stopping_needs_a_reason_and_shows_on_every_page(desk: Desk) -> None:
    drawn = desk.open(tenant="default")
    assert drawn.button(key="stop").disabled
    drawn.text_input(key="stop_reason").set_value("we are counting").run()
    press(drawn, "stop")
    assert desk.get("/kill-switch", tenant="default")["on"]
    for page in ("", "incidents", "ask", "knowledge", "signals", "audit"):
        words = said(desk.open(page, tenant="default"))
        assert "Nothing is sent in this tenant" in words and "local:admin" in words and "we are counting" in words, page


def test_an_approved_action_says_that_it_is_held_until_the_switch_is_off(desk: Desk) -> None:
    desk.post("/kill-switch", {"on": True, "reason": "a storm", "everywhere": True}, tenant="default")
    drawn = desk.open(tenant="default", show="decided", action="ACT-00000001")
    assert "Held: the kill switch is on, turned on by local:admin" in said(drawn)
    assert "Nothing is sent in any tenant" in said(drawn)
    assert [step.label.replace("\\", "") for step in drawn.status] == ["Act: held"]
    press(drawn, "release")
    assert not desk.get("/kill-switch", tenant="default")["on"]
    assert "Held" not in said(desk.open(tenant="default", show="decided", action="ACT-00000001"))


def test_a_reason_from_outside_means_nothing_but_itself(desk: Desk) -> None:
    desk.post("/kill-switch", {"on": True, "reason": HOSTILE}, tenant="default")
    drawn = desk.open(tenant="default")
    raw = [str(part.value) for part in (*drawn.error, *drawn.markdown, *drawn.caption)]
    assert not any("![x](" in value or "[click](" in value for value in raw)


# --- in doubt
# ----------------------------------------------------------------------------------------------------------


def test_a_doubt_shows_what_is_known_and_a_person_settles_it_with_a_reason(troubled: Troubled, desk: Desk) -> None:
    row = put_doubt(troubled.application.store, SCOPE, 2)
    drawn = desk.open(tenant="default", show="doubt")
    words = said(drawn)
    assert "Nobody knows whether this was done" in words and "It failed" not in words
    known = {
        line["known"]: line["about it"]
        for frame in drawn.dataframe
        for line in frame.value.to_dict("records")
        if "known" in line
    }
    assert (
        row.idempotency_key == known["key of the call"]
        and "interrupted" in known["what went wrong"]
        and known["attempts"].startswith("1")
    )
    drawn = press(drawn, "was-not-done")
    assert drawn.button(key="confirm-settle").disabled
    drawn.text_input(key=f"seen-{row.digest}").set_value("their log is empty").run()
    drawn = press(drawn, "confirm-settle")
    assert desk.get(f"/actions/{row.id}", tenant="default")["status"] == "FAILED"
    assert "Settled by local:admin: their log is empty" in said(drawn)


def test_asking_the_tool_settles_what_it_knows(troubled: Troubled, desk: Desk) -> None:
    row = put_doubt(troubled.application.store, SCOPE, 3)
    drawn = press(desk.open(tenant="default", show="doubt", action=row.id), "ask-tool")
    assert desk.get(f"/actions/{row.id}", tenant="default")["status"] == "FAILED"
    assert "it never arrived" in said(drawn) and "who asked the tool" in said(drawn)


def test_a_doubt_that_somebody_else_settled_says_who(troubled: Troubled, desk: Desk) -> None:
    row = put_doubt(troubled.application.store, SCOPE, 4)
    drawn = press(desk.open(tenant="default", show="doubt", action=row.id), "was-done")
    drawn.text_input(key=f"seen-{row.digest}").set_value("it is there").run()
    desk.post(f"/actions/{row.id}/settle", {"happened": False, "feedback": "it is not"}, tenant="default")
    drawn = press(drawn, "confirm-settle")
    assert any(
        "settled by local:admin" in str(part.value).replace("\\", "").replace("\u2060", "") for part in drawn.warning
    )
    assert desk.get(f"/actions/{row.id}", tenant="default")["status"] == "FAILED"


# --- two people
# ---------------------------------------------------------------------------------------------------------


def test_a_card_that_needs_two_people_shows_the_first_and_takes_the_second(troubled: Troubled, desk: Desk) -> None:
    stake = Money(minor=1_234_500, currency="EUR")
    fresh, row = (put_question(troubled.application.store, SCOPE, n, approvers=2, at_stake=stake) for n in (95, 96))
    shown = said(desk.open(tenant="default", action=fresh.id))
    refused = {"action_id": fresh.id, "approved": False, "feedback": "not this one"}
    desk.post("/actions/approve", refused, tenant="default")
    assert "Two different people must approve it; nobody has yet. About 12,345.00 EUR is at stake" in shown
    first = FirstApproval(by="person:ada", digest=row.digest, at=row.proposed_at)
    with troubled.application.store.write(SCOPE) as session:
        session.actions.note_first_approval(row.id, first, version=row.version)
    drawn = desk.open(tenant="default", action=row.id)
    assert "1 of 2: person:ada approved it, and it still needs another person" in said(drawn)
    press(press(drawn, "approve"), "confirm")
    decided = desk.get(f"/actions/{row.id}", tenant="default")
    assert (decided["status"], decided["decided_by"]) == ("APPROVED", "local:admin")


def test_what_nobody_has_looked_at_yet_has_its_title_once(troubled: Troubled, desk: Desk) -> None:
    row = put_question(troubled.application.store, SCOPE, 104)
    title = desk.get(f"/incidents/{row.incident_id}", tenant="default")["incident"]["title"]
    for drawn in (
        desk.open(tenant="default", action=row.id),
        desk.open("incidents", tenant="default", incident=row.incident_id),
    ):
        assert title in said(drawn) and title not in [part.value.replace("\\", "") for part in drawn.caption]
    refused = {"action_id": row.id, "approved": False, "feedback": "not this one"}
    desk.post("/actions/approve", refused, tenant="default")


# --- pressed twice
# ---------------------------------------------------------------------------------------------------


def press_twice(drawn: AppTest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """Confirm an approval, and again while the answer to the first press is on its way; what is read in the end, and
    how often the server was asked. The second press ends the work of the first where it next touches the screen.
    """
    api, asked = queries.api(), []
    send = api.post
    drawn.button(key="confirm").click()
    pressed = RerunData(widget_states=drawn._tree.get_widget_states(), query_string=urlencode(drawn.query_params, True))

    def press_meanwhile(*args: Any, **kwargs: Any) -> Any:
        asked.append(args)
        try:
            return send(*args, **kwargs)
        finally:
            run = get_script_run_ctx()
            if len(asked) == 1 and run is not None and run.script_requests is not None:
                run.script_requests.request_rerun(pressed)

    with monkeypatch.context() as patch:
        patch.setattr(api, "post", press_meanwhile)
        return said(drawn.run()), len(asked)


def test_whoever_presses_twice_is_told_that_it_is_approved_and_another_window_that_it_came_late(
    troubled: Troubled, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = put_question(troubled.application.store, SCOPE, 103)
    one, other = (press(desk.open(tenant="default", action=row.id), "approve") for _ in range(2))
    words, asked = press_twice(one, monkeypatch)
    assert asked == 2 and "Approved:" in words and "Nothing was changed" not in words
    words, asked = press_twice(other, monkeypatch)
    assert asked == 2 and "Approved:" not in words
    assert "Nothing was changed" in words and "Decided by local:admin as console" in words


# --- put off
# ---------------------------------------------------------------------------------------------------------


def test_a_question_is_put_off_from_its_card_and_waits_apart(troubled: Troubled, desk: Desk) -> None:
    row = put_question(troubled.application.store, SCOPE, 98)
    drawn = press(desk.open(tenant="default", action=row.id), "snooze")
    drawn.text_input(key=f"snooze-why-{row.digest}").set_value("after the sale").run()
    drawn = press(drawn, "put-off")
    assert "It is asked again at" in said(drawn) and "put off by local:admin: after the sale" in said(drawn)
    assert row.id not in {one["id"] for one in desk.get("/actions/pending", tenant="default")}
    assert [one["id"] for one in desk.get("/actions/pending", tenant="default", snoozed=True)] == [row.id]
    apart = desk.open(tenant="default", show="snoozed")
    assert apart.button(key=f"open-{row.id}") and "Asked again" in said(apart)
    shown = CliRunner().invoke(cli, ["desk", "--api-port", str(desk.port)])
    assert f"{row.id} {row.decision.title}" in shown.output and "put off until" in shown.output
    again = CliRunner().invoke(cli, ["snooze", row.id, "--minutes", "0", "--api-port", str(desk.port)])
    assert again.exit_code == 0 and "asked again at once" in again.output
    refused = {"action_id": row.id, "approved": False, "feedback": "not this one"}
    desk.post("/actions/approve", refused, tenant="default")


# --- quiet
# ---------------------------------------------------------------------------------------------------------


def test_a_mute_is_added_and_ended_on_the_page_of_tools_and_its_incident_says_so(
    troubled: Troubled, desk: Desk
) -> None:
    row = put_question(troubled.application.store, SCOPE, 99)
    drawn = desk.open("tools", tenant="default")
    drawn.selectbox(key="quiet-subject").set_value("A merchant").run()
    for field, words in (("what", "MERCH-A1B2C3"), ("name", "the move"), ("why", HOSTILE)):
        drawn.text_input(key=f"quiet-{field}").set_value(words).run()
    drawn = press(drawn, "add-quiet")
    (shown,) = desk.get("/quiet", tenant="default")
    assert (shown["rule"]["merchants"], shown["holds_now"]) == (["MERCH-A1B2C3"], True)
    incident = desk.open("incidents", tenant="default", incident=row.incident_id)
    assert "held back by the mute the move until" in said(incident)
    assert not any("![x](" in str(part.value) for part in (*incident.info, *incident.markdown))
    listed = CliRunner().invoke(cli, ["quiet", "list", "--api-port", str(desk.port)])
    assert shown["rule"]["id"] in listed.output and "the move" in listed.output
    press(desk.open("tools", tenant="default"), f"end-{shown['rule']['id']}")
    assert desk.get("/quiet", tenant="default")[0]["over"]
    wish = ["--reason", "r", "--day", "sat", "--begins", "22:00", "--ends", "02:00", "--wave", "99"]
    opened_one = CliRunner().invoke(cli, ["quiet", "window", "weekly", *wish, "--api-port", str(desk.port)])
    assert opened_one.exit_code == 0 and "(window weekly) holds" in opened_one.output
    newest = desk.get("/quiet", tenant="default")[0]["rule"]["id"]
    ended = CliRunner().invoke(cli, ["quiet", "end", newest, "--api-port", str(desk.port)])
    assert ended.exit_code == 0 and "is over: weekly" in ended.output
    refused = {"action_id": row.id, "approved": False, "feedback": "not this one"}
    desk.post("/actions/approve", refused, tenant="default")


# --- taken back
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "incidents"])
def test_what_was_carried_out_is_taken_back_for_a_reason_from_its_card_and_its_incident(
    troubled: Troubled, desk: Desk, page: str
) -> None:
    row = put_carried_out(troubled.application.store, SCOPE, 80 + len(page), mode=ToolMode.DRY_RUN)
    where = {"incident": row.incident_id} if page else {"show": "decided", "action": row.id}
    drawn = desk.open(page, tenant="default", **where)
    assert drawn.button(key=f"undo-{row.id}").disabled
    drawn.text_input(key=f"undo-why-{row.id}").set_value(HOSTILE).run()
    drawn = press(drawn, f"undo-{row.id}")
    assert desk.get(f"/actions/{row.id}-U0", tenant="default")["decided_by"] == "local:admin"
    words = said(drawn)
    assert "To be taken back, says local:admin" in words
    assert not any("![x](" in str(part.value) for part in (*drawn.markdown, *drawn.caption))
    assert not [button for button in drawn.button if button.key == f"undo-{row.id}"]


# --- set aside
# ---------------------------------------------------------------------------------------------------------


def test_an_incident_set_aside_shows_why_and_is_retried(troubled: Troubled, desk: Desk) -> None:
    incident = put_set_aside(troubled.application.store, SCOPE, reason=f"KeyError: {HOSTILE}")
    drawn = desk.open(tenant="default", show="aside")
    words = said(drawn)
    assert "Webhooks are lost" in words and "3 failures" in words and "it was OPEN" in words
    assert any(HOSTILE in str(block.value) for block in drawn.code)
    drawn = press(drawn, "retry")
    assert desk.get(f"/incidents/{incident.id}", tenant="default")["incident"]["status"] == "OPEN"
    assert "it is OPEN again" in said(drawn) and "Nothing was set aside" in said(drawn)


@pytest.mark.parametrize(
    ("number", "verb", "field"), [(60, "acknowledge", ""), (61, "assign", "assignee"), (62, "close", "closing")]
)
def test_what_was_handed_over_says_why_and_leaves_when_somebody_takes_it(
    troubled: Troubled, desk: Desk, number: int, verb: str, field: str
) -> None:
    incident = put_handed_over(troubled.application.store, SCOPE, number)
    drawn = desk.open(tenant="default", show="handed", incident=incident.id)
    table = {
        line["known"]: line["about it"]
        for frame in drawn.dataframe
        for line in frame.value.to_dict("records")
        if "known" in line
    }
    assert incident.title in said(drawn)
    assert (
        table["cause"] == "Somebody else is down (third_party_outage)"
        and table["why you"] == "Nothing to propose: people are needed."
    )
    assert "EUR" in table["cost of waiting"] and table["lost so far"] == "about 7 orders"
    if field:
        assert drawn.button(key=verb).disabled
        drawn.text_input(key=f"{field}-{incident.id}").set_value("the night shift").run()
    drawn = press(drawn, verb)
    assert not drawn.exception and incident.id in said(drawn)
    assert incident.id not in [one["incident"]["id"] for one in desk.get("/desk", tenant="default")["handed_over"]]
    kept = desk.get(f"/incidents/{incident.id}", tenant="default")["incident"]
    assert (kept["acknowledged_by"] or kept["assignee"] or kept["status"]) in {
        "local:admin",
        "the night shift",
        "CLOSED",
    }


def test_the_list_counts_what_waits_in_each_section(troubled: Troubled, desk: Desk) -> None:
    put_doubt(troubled.application.store, SCOPE, 5)
    put_set_aside(troubled.application.store, SCOPE, 51)
    put_handed_over(troubled.application.store, SCOPE, 63)
    options = desk.open(tenant="default").segmented_control(key="inbox_show").options
    waiting = desk.get("/desk", tenant="default")
    counted = [
        f"Handed over ({len(waiting['handed_over'])})",
        f"In doubt ({len(waiting['in_doubt'])})",
        f"Set aside ({len(waiting['set_aside'])})",
    ]
    assert [str(option) for option in options] == ["Needs a decision", *counted, "Decided"]


def test_signals_set_aside_are_shown_with_their_reason_and_brought_back(troubled: Troubled, desk: Desk) -> None:
    with troubled.application.store.write(SCOPE) as session:
        session.signals.add([make_signal(71, source=HOSTILE[:120])])
        session.signals.set_aside({"SIG-00071": f"a sweep failed over it: {HOSTILE}"}, at=minutes(71))
    assert desk.get("/desk", tenant="default")["signals_set_aside"][0]["signal"]["id"] == "SIG-00071"
    drawn = desk.open(page="signals", tenant="default")
    assert any("SIG-00071" in table.value.to_csv() for table in drawn.dataframe)
    drawn = desk.open(tenant="default", show="signals")
    options = [str(option) for option in drawn.segmented_control(key="inbox_show").options]
    assert "Signals set aside (1)" in options
    assert any(HOSTILE in table.value.to_csv() for table in drawn.dataframe)
    drawn = press(drawn, "bring-back")
    assert "The next sweep looks again at 1 signal." in said(drawn)
    assert desk.get("/signals/aside", tenant="default") == []


def test_the_header_says_live_only_while_what_comes_in_is_looked_at(troubled: Troubled, desk: Desk) -> None:
    store = troubled.application.store
    with store.write(SCOPE) as session:
        session.signals.mark_swept(dict.fromkeys((signal.id for signal in session.signals.unswept()), None))
    assert "● Live" in said(desk.open(tenant="default"))
    with store.write(SCOPE) as session:
        session.signals.add([make_signal(72), make_signal(73)])
    assert isinstance(store, SqlStore)
    with store.writing.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE signals SET arrived = arrived - 14500 WHERE swept = 0")
    behind = "◔ 2 signals not looked at, 4 hours behind"
    words = wait_until(
        lambda: shown if behind in (shown := said(desk.open(page="signals", tenant="default"))) else "",
        30,
        "the header's news",
    )
    assert "● Live" not in words
    assert "The agent is not live: 2 signals not looked at, 4 hours behind." in words
    with store.write(SCOPE) as session:
        session.signals.mark_swept(dict.fromkeys(["SIG-00072", "SIG-00073"], None))


@pytest.fixture
def lost_store(troubled: Troubled) -> Iterator[Trouble]:
    """A server whose store does not serve, as it says itself."""
    trouble = Trouble(cause=f"its file was replaced {HOSTILE}", where="causeway.sqlite", remedy="put the file back")
    vitals = troubled.application.ctx.vitals
    for part in (Part.READ, Part.WRITE):
        vitals.ill(part, trouble)
    yield trouble
    for part in (Part.READ, Part.WRITE):
        vitals.well(part)


def test_every_page_says_that_the_server_is_not_well_and_what_to_do(lost_store: Trouble, desk: Desk) -> None:
    for page in ("", "signals"):
        drawn = desk.open(page, tenant="default")
        words = said(drawn)
        assert "✕ The server is not well" in words and "● Live" not in words, page
        assert f"read and write: its file was replaced {HOSTILE} (causeway.sqlite). Put the file back." in words, page
        raw = [str(part.value) for part in (*drawn.error, *drawn.markdown, *drawn.caption)]
        assert not any("![x](" in value or "[click](" in value for value in raw)


def test_no_page_speaks_of_trouble_while_there_is_none(desk: Desk) -> None:
    assert "not well" not in said(desk.open(tenant="default"))


def test_the_terminal_says_what_is_not_well_where_and_what_to_do(
    troubled: Troubled, lost_store: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(troubled.port))
    monkeypatch.setenv("CAUSEWAY_DATA", str(troubled.application.settings.data))
    monkeypatch.setenv("LITE", "1")
    line = f"read and write: {lost_store.sentence}"
    status = CliRunner().invoke(cli, ["status"])
    assert status.exit_code == 0 and f"Not well: {line}" in status.output
    doctor = CliRunner().invoke(cli, ["doctor"])
    assert doctor.exit_code == 1 and f"BAD  health: {line}" in doctor.output
    for part in (Part.READ, Part.WRITE):
        troubled.application.ctx.vitals.well(part)
    assert "Not well" not in CliRunner().invoke(cli, ["status"]).output
    assert "ok   health: nothing is in trouble" in CliRunner().invoke(cli, ["doctor"]).output


def test_what_waits_besides_questions_is_counted_on_top_and_the_inbox_opens_on_it(
    troubled: Troubled, desk: Desk
) -> None:
    put_doubt(troubled.application.store, SCOPE, 6)
    waiting = desk.get("/desk", tenant="default")
    assert waiting["questions"] == 0
    drawn = desk.open(tenant="default")
    words = said(drawn)
    assert f"{len(waiting['in_doubt']) + len(waiting['set_aside'])} wait" in words and "Nothing waits" not in words
    assert (
        drawn.segmented_control(key="inbox_show").value == "In doubt" and "Nobody knows whether this was done" in words
    )
    drawn = drawn.segmented_control(key="inbox_show").set_value("Needs a decision").run()
    assert drawn.segmented_control(key="inbox_show").value == "Needs a decision" and "Nothing needs you" not in said(
        drawn
    )


def test_an_incident_is_closed_on_its_page_once_a_reason_stands_there(troubled: Troubled, desk: Desk) -> None:
    incident = put_set_aside(troubled.application.store, SCOPE, 52)
    drawn = desk.open("incidents", tenant="default", incident=incident.id)
    assert drawn.button(key="close").disabled
    drawn.text_input(key=f"closing-{incident.id}").set_value("the vendor mends it").run()
    drawn = press(drawn, "close")
    kept = desk.get(f"/incidents/{incident.id}", tenant="default")["incident"]
    assert not drawn.exception and kept["status"] == "CLOSED"
    assert "local:admin" in kept["resolution"] and "the vendor mends it" in kept["resolution"]
    assert not [button for button in drawn.button if button.key == "close"]
