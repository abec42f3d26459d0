"""The command line starts light and tells misuse from failure."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import cli
from app.cli.signals import read_items, read_merchants
from app.domain.errors import BadInput

PROJECT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "chromadb", "langgraph", "sqlalchemy", "fastapi", "streamlit", "numpy", "pydantic_settings"}
HELP = ["-X", "importtime", "-m", "app", "--help"]


def seconds(*command: str) -> float:
    """The processor time of a command: what it costs, not how long a busy machine lets it wait."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=PROJECT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def test_help_takes_at_most_four_times_as_long_as_importing_typer() -> None:
    """The best of at most five runs of each counts, taken in turns."""
    bare, told = [], []
    for _ in range(5):
        bare.append(seconds("-c", "import typer"))
        told.append(seconds("-m", "app", "--help"))
        if len(told) > 1 and min(told) <= 4 * min(bare):
            return
    raise AssertionError(f"typer took {min(bare):.3f} s, and --help {min(told):.3f} s")


def test_help_imports_nothing_heavy() -> None:
    told = subprocess.run([sys.executable, *HELP], cwd=PROJECT, check=True, capture_output=True, text=True).stderr
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in told.splitlines() if "|" in line}
    assert "typer" in imported
    assert not imported & HEAVY


COMMANDS = [
    "up",
    "api",
    "console",
    "demo",
    "ingest",
    "sweep",
    "incidents",
    "ask",
    "approve",
    "reject",
    "doctor",
    "replay",
]
GROUPED = (
    ["merchants import", "merchants list", "audit verify", "audit export", "audit accept"]
    + ["backup", "restore", "prune"]
    + [f"analyse {verb}" for verb in ("kpi", "clusters", "contrast", "localize", "templates")]
    + [f"db {verb}" for verb in ("upgrade", "current", "revision")]
    + [f"runbooks {verb}" for verb in ("add", "list", "search", "approve", "remove")]
)


@pytest.mark.parametrize("command", COMMANDS + GROUPED)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize(
    "command",
    [
        ["nonsense"],
        ["ingest"],
        ["ingest", "/no/such/file"],
        ["incidents", "--limit", "0"],
        ["up", "--api-port", "99999"],
        ["ask"],
        ["runbooks", "search", "x", "--k", "51"],
    ],
)
def test_misuse_exits_with_two(command: list[str]) -> None:
    assert CliRunner().invoke(cli, command).exit_code == 2


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, {"b": 2}]', '{"signals": [{"a": 1}, {"b": 2}]}', '{"a": 1}\n\n{"b": 2}\n']
)
def test_a_file_of_signals_is_read_in_any_of_three_ways(text: str) -> None:
    assert read_items(text, "signals") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("text", ["", "nope", '{"signals": []}', "[]", '{"a": 1}\n{"b": \n'])
def test_a_file_without_signals_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_items(text, "signals")


def test_unknown_columns_of_a_merchant_file_become_attributes() -> None:
    rows = read_merchants("id,wave,health,plugins,cdn\nM-1,2,0.5,a; b,edge\nM-2,,,,\n")
    assert rows[0] == {"id": "M-1", "wave": 2, "health": 0.5, "plugins": ["a", "b"], "attributes": {"cdn": "edge"}}
    assert rows[1] == {"id": "M-2", "attributes": {}}


@pytest.mark.parametrize("text", ["id,wave\nM-1,two\n", "id,wave\nM-1,1,2\n", "id,wave\nM-1\n"])
def test_a_bad_cell_is_named_with_its_line(text: str) -> None:
    with pytest.raises(BadInput, match="Line 2"):
        read_merchants(text)


def test_doctor_lists_what_it_checked(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["doctor", "--json"], env={"CAUSEWAY_DATA": str(tmp_path), "LITE": "1"})
    checks = {item["check"]: item["ok"] for item in json.loads(result.stdout)}
    assert checks["python"]
    assert checks["configuration"]
