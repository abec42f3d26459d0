"""What docs/analyse.md shows is run as it is written, and so are the examples of the functions."""

import doctest
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

import app.observe.attribute_cuts
import app.services.analyse
from app.cli.main import cli

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "analyse.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
EXAMPLES = [block for language, block in BLOCKS if language == "python"]
COMMANDS = [block for language, block in BLOCKS if not language]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_of_the_page_holds(example: str) -> None:
    exec(compile(example, "docs/analyse.md", "exec"), {})


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_of_the_page_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    making, running = command.strip().splitlines()
    subprocess.run(["sh", "-c", making], check=True)
    words = shlex.split(running)
    assert words[:3] == ["python", "-m", "app"]
    result = CliRunner().invoke(cli, words[3:])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) > 1, result.output


def test_the_examples_of_the_functions_hold() -> None:
    for module in (app.services.analyse, app.observe.attribute_cuts):
        names = {"contrast": app.services.analyse.contrast}
        found = doctest.testmod(module, extraglobs=names)
        assert found.attempted > 1 and not found.failed
