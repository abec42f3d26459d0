"""Each guard against acting twice is needed: with any of them taken out, a named test of the default suite fails.

The tree is copied, one line is changed, and the named test runs in the copy with this Python. A line that is not found
any more is an error: then the mutant must be drawn anew, and not pass by changing nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("app", "graph", "rag", "simulations", "config", "runbooks", "tests")
FILES = ("pyproject.toml", "streamlit_app.py")
LONGEST = 240
FAILED = 1
"""What pytest answers when a test failed, as against one that could not be collected."""


class Mutant(NamedTuple):
    """A line of the product, what stands in its place, and the test that must notice."""

    file: str
    line: str
    instead: str
    test: str


MUTANTS = {
    "no compare-and-set": Mutant(
        "app/store/sql/actions.py",
        "            actions.c.status == status.value,\n            actions.c.version == version,\n"
        "            actions.c.digest == digest,\n",
        "",
        "tests/durability/test_approvers.py::test_of_many_approvers_one_wins_each_action_and_every_loser_learns_who",
    ),
    "no intent row": Mutant(
        "app/services/loop/ledger.py",
        "            session.outbox.put(intent)\n            self._keep_lease(session)\n"
        "            return claimed, intent if intent.attempts else session.outbox.attempt(intent.key, at=now)\n",
        "            return claimed, intent.changed(attempts=1)\n",
        "tests/durability/test_frozen_worker.py::test_a_worker_that_wakes_up_after_its_lease_writes_nothing[between"
        " claim and send]",
    ),
    "no token check": Mutant(
        "app/store/sql/engine.py",
        "                    session.check_fence()\n",
        "",
        "tests/durability/test_frozen_worker.py::test_a_sweep_that_wakes_up_after_its_lease_writes_nothing",
    ),
    "a deferred transaction": Mutant(
        "app/store/sql/sqlite.py",
        'begin="BEGIN IMMEDIATE"',
        'begin="BEGIN DEFERRED"',
        "tests/durability/test_two_writers.py::test_writers_of_one_file_wait_for_each_other_and_lose_nothing",
    ),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product with its tests."""
    copy = tmp_path_factory.mktemp("mutants") / "tree"
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, copy / file)
    return copy


def run(tree: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    """The named tests in the copy, with nothing of this checkout on the path."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH", "COV_"))
    }
    asked = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(asked, cwd=tree, env=environment, capture_output=True, text=True, timeout=LONGEST)


def mutated(text: str, mutant: Mutant) -> str:
    """The file with that one line changed."""
    assert text.count(mutant.line) == 1, (
        f"{mutant.file} has the line {text.count(mutant.line)} times: draw the mutant anew\n{mutant.line}"
    )
    return text.replace(mutant.line, mutant.instead)


@pytest.mark.long
def test_the_named_tests_pass_in_an_unchanged_copy(tree: Path) -> None:
    seen = run(tree, [mutant.test for mutant in MUTANTS.values()])
    assert seen.returncode == 0, seen.stdout[-3_000:]


@pytest.mark.long
@pytest.mark.parametrize("name", list(MUTANTS))
def test_a_mutant_makes_its_named_test_fail(tree: Path, name: str) -> None:
    mutant = MUTANTS[name]
    file = tree / mutant.file
    sound = file.read_text()
    file.write_text(mutated(sound, mutant))
    try:
        seen = run(tree, [mutant.test])
    finally:
        file.write_text(sound)
    assert seen.returncode == FAILED, seen.stdout[-3_000:] + seen.stderr[-1_000:]
    assert f"FAILED {mutant.test.partition('[')[0]}" in seen.stdout
    print(f"{name}: {[line for line in seen.stdout.splitlines() if line.startswith('E  ')][:1]}")


@pytest.mark.parametrize("name", list(MUTANTS))
def test_the_line_of_every_mutant_is_still_there(name: str) -> None:
    mutant = MUTANTS[name]
    text = (ROOT / mutant.file).read_text()
    assert mutated(text, mutant) != text
