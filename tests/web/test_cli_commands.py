"""Commands without a server work on the data folder itself, and servers start and stop with one sentence each."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli.main import cli
from app.cli.ports import claim_port, nobody_else_at
from tests.builders import PACK_CAUSE
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
SIGNAL = {
    "signal_type": "api_error",
    "source": "datadog",
    "severity": "high",
    "error_code": "PAYMENT_CALLBACK_INVALID",
    "endpoint": "/api/v3/checkout/complete",
    "merchant_id": "MERCH-A1B2C3",
}
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "A" * 22 + "==",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A data folder and ports of this module's own."""
    return {
        "CAUSEWAY_DATA": str(tmp_path_factory.mktemp("cli") / "data"),
        "CAUSEWAY_API_PORT": str(free_port()),
        "CAUSEWAY_CONSOLE_PORT": str(free_port()),
        "CAUSEWAY_DEMO": "false",
        "LITE": "1",
    }


def run(surroundings: dict[str, str], *command: str) -> Any:
    return CliRunner().invoke(cli, list(command), env=surroundings)


def told(surroundings: dict[str, str], *command: str) -> Any:
    result = run(surroundings, *command, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_first_signal_goes_the_whole_way_without_a_server(surroundings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "signals.json"
    file.write_text(json.dumps([SIGNAL]))
    assert told(surroundings, "ingest", str(file))["accepted"] == 1
    assert run(surroundings, "status").output.startswith(
        "watching: 1 signal(s) wait for the next sweep.\n1 signal(s) not looked at; "
    )
    (action_id,) = told(surroundings, "sweep")["pending_actions"]
    assert told(surroundings, "approve", action_id, "--label", "me")["status"] == "NOT_APPLIED"


def test_an_incident_is_reported_in_the_terminal_and_as_a_file(surroundings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "signals.json"
    file.write_text(json.dumps([SIGNAL]))
    told(surroundings, "ingest", str(file))
    told(surroundings, "sweep")
    incident = told(surroundings, "incidents")[0]["id"]
    shown = run(surroundings, "report", incident)
    assert shown.exit_code == 0 and incident in shown.output and "## What was done" in shown.output
    written = run(surroundings, "report", incident, "--pdf", str(tmp_path / "report.pdf"))
    assert written.exit_code == 0 and (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert run(surroundings, "report", "INC-NONE").exit_code == 1


def test_a_bad_item_of_a_file_is_counted_from_the_beginning_of_the_file(
    surroundings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.signals.MOST_AT_ONCE", 2)
    file = tmp_path / "signals.json"
    late = {**SIGNAL, "occurred_at": "9999-12-31T00:00:00Z"}
    file.write_text(
        json.dumps([{**SIGNAL, "event_id": "a"}, {**SIGNAL, "event_id": "b"}, {**SIGNAL, "event_id": "c"}, late])
    )
    result = run(surroundings, "ingest", str(file))
    assert result.exit_code == 1
    assert "Nothing from item 2 on was stored; of the 2 before it 2 were new and are kept." in result.output
    assert (
        "signals[3].occurred_at: occurred_at is 9999-12-31T00:00:00Z, more than a day ahead; the limit is "
        in result.output
    )


@pytest.mark.long
@pytest.mark.ci
def test_the_shipped_examples_are_taken_as_they_are_and_end_at_the_present(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    alone = {**surroundings, "CAUSEWAY_DATA": str(tmp_path / "data"), "CAUSEWAY_API_PORT": str(free_port())}
    began = datetime.now(UTC)
    for name in ("migration_states.json", "tickets.json", "api_errors.json", "webhook_failures.json"):
        file = PROJECT / "simulations" / name
        rows = json.loads(file.read_text())
        taken = told(alone, "ingest", str(file))
        assert (taken["accepted"], taken["notes"]) == (len(rows), []), name
        if name == "migration_states.json":
            shops = {row["id"]: row["attributes"] for row in told(alone, "merchants", "list")}
            assert shops == {row["merchant_id"]: row["attributes"] for row in rows}
    assert told(alone, "sweep")["observed"]["opened"]
    (seen, *_) = told(alone, "incidents")
    assert began - timedelta(hours=3) < datetime.fromisoformat(seen["last_seen"]) < datetime.now(UTC)


@pytest.mark.parametrize("command", ["up", "api", "console"])
def test_a_public_address_is_refused_in_one_sentence(surroundings: dict[str, str], command: str) -> None:
    result = run(surroundings, command, "--host", "0.0.0.0")
    assert result.exit_code == 1
    assert "this machine only" in result.output


@pytest.mark.parametrize(
    ("command", "setting"), [("up", "CAUSEWAY_API_PORT"), ("up", "CAUSEWAY_CONSOLE_PORT"), ("api", "CAUSEWAY_API_PORT")]
)
def test_a_taken_port_is_named_in_one_sentence(surroundings: dict[str, str], command: str, setting: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(surroundings[setting])))
        other.listen()
        result = run(surroundings, command)
    assert result.exit_code == 1
    assert (
        result.output.strip()
        == f"Port {surroundings[setting]} is taken by another program; stop it or choose another port."
    )


@pytest.mark.parametrize("command", ["up", "api", "console"])
def test_a_program_that_could_pass_for_us_under_the_name_localhost_keeps_us_from_starting(
    surroundings: dict[str, str], command: str
) -> None:
    port = int(surroundings["CAUSEWAY_CONSOLE_PORT" if command == "console" else "CAUSEWAY_API_PORT"])
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", port))
        other.listen()
        result = run(surroundings, command)
    assert result.exit_code == 1
    assert result.output.strip() == f"Port {port} is taken by another program at ::1; stop it or choose another port."


def test_while_we_serve_nobody_else_answers_for_localhost_on_our_port() -> None:
    port = free_port()
    with claim_port("127.0.0.1", port), nobody_else_at("127.0.0.1", port):
        for family, address in ((socket.AF_INET6, "::1"), (socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0")):
            with socket.socket(family) as squatter, pytest.raises(OSError, match="in use"):
                squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                squatter.bind((address, port))
                squatter.listen()
        with socket.create_connection(("localhost", port), timeout=30) as reached:
            assert reached.getpeername()[0] == "127.0.0.1"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("::1", port), timeout=5)


def test_a_data_folder_that_cannot_be_made_is_named_in_one_sentence(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = run(surroundings, "api", "--data", str(tmp_path / "file" / "data"))
    assert result.exit_code == 1
    assert "cannot be used" in result.output


def test_a_single_problem_is_told_once(surroundings: dict[str, str]) -> None:
    result = run({**surroundings, "CAUSEWAY_DATABASE_URL": "mysql://127.0.0.1/shop"}, "incidents")
    assert result.exit_code == 1
    assert result.output.strip() == "the store is kept in SQLite or PostgreSQL; mysql is not supported"


@pytest.mark.parametrize("command", ["api", "worker", "incidents"])
def test_a_database_that_does_not_answer_is_named_by_its_setting(surroundings: dict[str, str], command: str) -> None:
    silent = f"postgresql://causeway:hidden@127.0.0.1:{free_port()}/causeway"
    result = run({**surroundings, "CAUSEWAY_DATABASE_URL": silent, "CAUSEWAY_API_PORT": str(free_port())}, command)
    assert result.exit_code == 1
    assert "The database that CAUSEWAY_DATABASE_URL names cannot be used" in result.output
    assert "hidden" not in result.output


@pytest.fixture
def started(surroundings: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of a test, ended at its end whatever happens."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def start(
    surroundings: dict[str, str], running: list[subprocess.Popen[bytes]], command: str
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", command],
        cwd=PROJECT,
        env={**os.environ, **surroundings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running.append(process)
    return process


def listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def asked(port: int, headers: dict[str, str], path: str = "/") -> HTTPResponse:
    """What a door says to exactly these headers."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request("GET", path, headers=headers)
        return line.getresponse()


def healthy(surroundings: dict[str, str]) -> bool:
    try:
        return httpx.get(
            f"http://127.0.0.1:{surroundings['CAUSEWAY_API_PORT']}/health", trust_env=False, verify=False
        ).is_success
    except httpx.HTTPError:
        return False


@pytest.mark.long
@pytest.mark.ci
def test_commands_talk_to_a_running_server_which_alone_owns_the_folder(
    surroundings: dict[str, str], started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    server = start(surroundings, started, "api")
    wait_until(lambda: healthy(surroundings), 60, "the server's health")
    decisions(surroundings, tmp_path)
    knowledge(surroundings, tmp_path)
    packs(surroundings, tmp_path)
    merchants(surroundings, tmp_path)
    rival = run({**surroundings, "CAUSEWAY_API_PORT": str(free_port())}, "incidents")
    assert rival.exit_code == 1
    assert "in use by process" in rival.output and "--data or CAUSEWAY_DATA" in rival.output
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
    assert not listens(surroundings["CAUSEWAY_API_PORT"])


def decisions(surroundings: dict[str, str], folder: Path) -> None:
    """A bad file is named by its place; a good one leads to an action that can be asked about and rejected only with a
    reason.
    """
    file = folder / "signals.json"
    file.write_text(json.dumps([SIGNAL, {**SIGNAL, "colour": "red"}]))
    assert "signals[1].colour" in run(surroundings, "ingest", str(file)).output
    file.write_text(json.dumps([{**SIGNAL, "event_id": f"refused-{number}"} for number in range(3)]))
    assert told(surroundings, "ingest", str(file))["accepted"] == 3
    assert run(surroundings, "sweep").exit_code == 0
    assert "MERCH-A1B2C3" in [name for item in told(surroundings, "incidents") for name in item["merchants"]]
    assert told(surroundings, "ask", "what is going on?")["answer"]["intent"]
    refused = run(surroundings, "reject", "ACT-NOBODY", "--feedback", "no", "--cause-is-wrong")
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
    opened = next(item["id"] for item in told(surroundings, "incidents") if item["status"] != "CLOSED")
    assert "--reason is empty" in run(surroundings, "close", opened, "--reason", " ").output
    assert told(surroundings, "close", opened, "--reason", "we are counting")["status"] == "CLOSED"
    asked = f"SELECT status FROM incidents WHERE incident_id = '{opened}'"
    assert told(surroundings, "sql", asked) == [{"status": "CLOSED"}], "also while the server has the store open"
    exported = folder / "audit.jsonl"
    assert run(surroundings, "audit", "verify").exit_code == 0
    assert run(surroundings, "audit", "export", "--out", str(exported)).exit_code == 0
    replayed = told(surroundings, "replay", str(exported))
    assert replayed["check"]["ok"] and replayed["events"]["signals.ingested"] >= 1
    exported.write_text(exported.read_text().replace("signals.ingested", "signals.imagined", 1))
    assert run(surroundings, "replay", str(exported)).exit_code == 1


def knowledge(surroundings: dict[str, str], folder: Path) -> None:
    """A runbook goes in, is found, and goes out."""
    runbook = folder / "zebra.md"
    runbook.write_text("# Zebra gateway\n\nTurn the zebra valve to the left.\n")
    (document,) = told(surroundings, "runbooks", "add", str(runbook))["documents"]
    assert document["id"] in [item["id"] for item in told(surroundings, "runbooks", "list")]
    assert told(surroundings, "runbooks", "search", "zebra valve")[0]["document_id"] == document["id"]
    assert run(surroundings, "runbooks", "remove", document["id"]).exit_code == 0


def packs(surroundings: dict[str, str], folder: Path) -> None:
    """A pack is uploaded, tried, put in force, and taken back."""
    added = folder / "wheel_fell_off.yaml"
    added.write_text(PACK_CAUSE)
    wrong = folder / "wheel_is_square.yaml"
    wrong.write_text(PACK_CAUSE)
    refused = run(surroundings, "packs", "upload", str(wrong))
    assert refused.exit_code == 1 and "causes/wheel_is_square.yaml:1: id: is 'wheel_fell_off'" in refused.output
    kept = told(surroundings, "packs", "upload", str(added), "--note", "toys")
    number = str(kept["number"])
    assert kept["added"] == ["wheel_fell_off"]
    assert run(surroundings, "packs", "activate", number, "--reason", "now").exit_code == 1
    assert told(surroundings, "packs", "try", number)["number"] == kept["number"]
    assert told(surroundings, "packs", "activate", number, "--reason", "it was tried")["number"] == kept["number"]
    assert "in force" in run(surroundings, "packs", "list").output
    shown = json.loads(run(surroundings, "packs", "show", number).output)
    assert shown["in_force"] and shown["content"]["causes/wheel_fell_off.yaml"] == PACK_CAUSE
    assert told(surroundings, "packs", "back", "--reason", "it was worse")["number"] == 0


def merchants(surroundings: dict[str, str], folder: Path) -> None:
    """Merchants go in from CSV and are listed with their attributes."""
    file = folder / "merchants.csv"
    file.write_text("id,stage,wave,cdn\nM-1,post_migration,1,edge\n")
    assert told(surroundings, "merchants", "import", str(file))["imported"] == 1
    assert {"cdn": "edge"} in [item["attributes"] for item in told(surroundings, "merchants", "list")]


@pytest.mark.long
@pytest.mark.ci
@pytest.mark.skipif(not (PROJECT / "streamlit_app.py").exists(), reason="needs the console")
def test_up_starts_both_behind_a_guard_and_ctrl_c_stops_both(
    surroundings: dict[str, str], started: list[subprocess.Popen[bytes]]
) -> None:
    both = start(surroundings, started, "up")
    wait_until(lambda: healthy(surroundings) and listens(surroundings["CAUSEWAY_CONSOLE_PORT"]), 90, "API and console")
    console, own = int(surroundings["CAUSEWAY_CONSOLE_PORT"]), f"localhost:{surroundings['CAUSEWAY_CONSOLE_PORT']}"
    page = asked(console, {"Host": own})
    assert (page.status, page.headers["X-Frame-Options"], page.headers["Content-Security-Policy"]) == (
        200,
        "DENY",
        "frame-ancestors 'none'",
    )
    assert asked(console, {"Host": f"evil.example:{console}"}).status == 403
    assert (
        asked(
            int(surroundings["CAUSEWAY_API_PORT"]), {"Host": f"evil.example:{surroundings['CAUSEWAY_API_PORT']}"}
        ).status
        == 403
    )
    statuses = {
        origin: asked(
            console, {"Host": own, **UPGRADE, **({"Origin": origin} if origin else {})}, "/_stcore/stream"
        ).status
        for origin in (f"http://{own}", "http://localhost:9999", "")
    }
    assert statuses == {f"http://{own}": 101, "http://localhost:9999": 403, "": 403}
    both.send_signal(signal.SIGINT)
    assert both.wait(30) == 0
    assert not listens(surroundings["CAUSEWAY_API_PORT"])
    assert not listens(surroundings["CAUSEWAY_CONSOLE_PORT"])


def test_a_table_is_sent_by_its_columns_and_a_bad_row_is_named(surroundings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("\ufeffNo.;Shop;Total\n7;MERCH-CSV;12,50\n8;MERCH-CSV;a lot\n", "utf-8")
    how = ["--type", "order", "--set", "order_id=No.", "--set", "merchant_id=Shop", "--set", "amount=Total | minor"]
    refused = run(surroundings, "ingest", str(file), *how)
    assert refused.exit_code == 1 and "row 3, column Total: 'a lot' is not an amount" in refused.output
    shown = run(surroundings, "ingest", str(file), *how, "--dry-run")
    assert "2 row(s), 1 bad; nothing was sent." in shown.output
    assert told(surroundings, "ingest", str(file), *how, "--partial")["accepted"] == 1
    assert told(surroundings, "ingest", str(file), *how, "--partial")["duplicates"] == 1
    assert "--set wants field=column" in run(surroundings, "ingest", str(file), "--set", "nonsense").output


def test_what_nobody_could_read_is_listed_and_mapped_in_the_terminal(surroundings: dict[str, str]) -> None:
    assert "Everything could be read." in run(surroundings, "unmapped", "list").output
    refused = run(surroundings, "unmapped", "map", "SHP-NONE", "--type", "log", "--set", "message=a", "--dry-run")
    assert refused.exit_code == 1 and "no unmapped shape" in refused.output


def test_a_wave_is_looked_at_and_proposed_to_be_held(surroundings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "wave.csv"
    file.write_text("id,wave,stage,cutover_date,callback_scheme\nMERCH-WAVE,41,pre_migration,,http\n", "utf-8")
    assert told(surroundings, "merchants", "import", str(file))["imported"] == 1
    (wave,) = [one for one in told(surroundings, "migrations", "waves") if one["wave"] == 41]
    assert wave["readiness"] == "no_go" and wave["without_date"] == 1
    said = run(surroundings, "migrations", "waves").stdout
    assert "NO GO" in said and "not known" in said and "callback_scheme is http" in said
    (row,) = told(surroundings, "migrations", "merchants", "--wave", "41")
    assert row["readiness"] == "no_go" and row["reasons"]
    assert "MERCH-WAVE" in run(surroundings, "migrations", "merchants", "--wave", "41").stdout
    asked = run(surroundings, "migrations", "hold", "41")
    assert asked.exit_code == 0 and "Hold wave 41" in asked.stdout and "Nothing is done yet" in asked.stdout
    assert "hold PENDING" in run(surroundings, "migrations", "waves").stdout
    refused = run(surroundings, "migrations", "release", "41", "--reason", "never mind")
    assert refused.exit_code == 1 and "asks about wave 41 already" in refused.stderr
