"""The server that the tests share: one a run, gone when the run is, and it says what it suffers from."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import UNPRIVILEGED, Refused, Run, Server, run_program
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]

SOMEBODY_WITH_A_SERVER = """
import sys
from pathlib import Path
from tests.postgres import Run

run = Run.begin()
print(run.shared_server(Path(sys.argv[1])).home, flush=True)
print(Run.join(run.known_as).shared_server(Path(sys.argv[1])).home, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def programs_in_a_closed_folder(tmp_path: Path, postgres_programs: Path) -> Path:
    """PostgreSQL below a folder that nobody but its owner may enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "site").symlink_to(postgres_programs.parents[1])
    return closed / "site" / postgres_programs.parent.name / postgres_programs.name


def test_a_server_leaves_closed_folders_closed_and_dies_with_its_run(programs_in_a_closed_folder: Path) -> None:
    started = [sys.executable, "-c", SOMEBODY_WITH_A_SERVER, str(programs_in_a_closed_folder)]
    with subprocess.Popen(started, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        homes = [Path(run.stdout.readline().strip()) for _ in range(2)]
        assert homes[0] == homes[1]
        server = int((homes[0] / "data" / "postmaster.pid").read_text("utf-8").split()[0])
        owner = pwd.getpwuid(homes[0].stat().st_uid).pw_name
        run.kill()
    assert owner == (UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    assert programs_in_a_closed_folder.parents[2].stat().st_mode & 0o777 == 0o700
    wait_until(lambda: not homes[0].exists() and not runs(server), 30, "the end of the server")


def runs(process: int) -> bool:
    """Whether there is such a process; a dead one that nobody has asked about does not run."""
    asked = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()[:1] not in {"", "Z"}


def test_why_a_server_does_not_start_is_told_to_every_worker_and_tried_once(tmp_path: Path) -> None:
    for folder in ("bin", "lib", "share"):
        (tmp_path / "pg" / folder).mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        program = tmp_path / "pg" / "bin" / name
        program.write_text(f"#!/bin/sh\necho a try of {name}; echo no room here >&2; exit 3\n", encoding="utf-8")
        program.chmod(0o755)
    run = Run.begin()
    told = []
    for worker in (run, Run.join(run.known_as)):
        with pytest.raises(Refused) as refusal:
            worker.shared_server(tmp_path / "pg")
        told.append(str(refusal.value))
    tries = list(Path(run.known_as).glob("*.home"))
    run.end()
    assert told[0] == told[1]
    assert "bin/initdb -D" in told[0] and "ended with 3 and said:\na try of initdb\nno room here" in told[0]
    assert len(tries) == 1


def test_what_the_server_wrote_before_it_gave_up_is_told_too(postgres_server: Server) -> None:
    home = postgres_server.home
    with pytest.raises(Refused) as refusal:
        run_program(home, "pg_ctl", "start", "-D", str(home / "data"), "-l", str(home / "log"), "-w", "-t", "60")
    assert "another server might be running" in str(refusal.value)
    assert 'lock file "postmaster.pid" already exists' in str(refusal.value).partition("The server's log:")[2]


CTRL_C = "os.kill(os.getppid(), signal.SIGINT)"
CASE = """
import os, signal
from pathlib import Path

def test_it(postgres_url, postgres_server, worker_id):
    (Path(__file__).parent / f"{worker_id}-NUMBER.home").write_text(str(postgres_server.home))
    WHAT
"""


def homes_seen(folder: Path, parts: list[str], *options: str) -> tuple[int, dict[str, Path]]:
    """How a run over files of one test each ended, and the server each worker saw."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    for number, what in enumerate(parts):
        case = CASE.replace("NUMBER", str(number)).replace("WHAT", what)
        (folder / f"test_{number}.py").write_text(case, encoding="utf-8")
    settings = ("-q", "-p", "no:cacheprovider", "-c", str(PROJECT / "pyproject.toml"))
    command = [sys.executable, "-m", "pytest", *settings, *options, str(folder)]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=180)
    print(ended.stdout, ended.stderr)
    notes = {note.name.partition("-")[0]: Path(note.read_text("utf-8")) for note in folder.glob("*.home")}
    return ended.returncode, notes


@pytest.mark.long
@pytest.mark.ci
@pytest.mark.parametrize(("last", "code"), [("pass", 0), (CTRL_C, 2)], ids=["finished", "interrupted"])
def test_the_workers_of_a_run_share_one_server(tmp_path: Path, postgres_programs: Path, last: str, code: int) -> None:
    ended, homes = homes_seen(tmp_path, ["pass", "pass", "pass", last], "-n", "2", "--dist", "loadfile")
    assert ended in (0, code), "the signal may come when everything has passed already"
    assert sorted(homes) == ["gw0", "gw1"]
    assert homes["gw0"] == homes["gw1"] and not homes["gw0"].exists()


@pytest.mark.long
@pytest.mark.ci
def test_a_worker_in_place_of_a_crashed_one_has_the_server_of_its_run(tmp_path: Path, postgres_programs: Path) -> None:
    ended, homes = homes_seen(tmp_path, ["os._exit(1)", "pass", "pass"], "-n", "1")
    assert ended == 1
    assert sorted(homes) == ["gw0", "gw1"]
    assert homes["gw0"] == homes["gw1"] and not homes["gw0"].exists()
