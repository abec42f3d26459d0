"""Small laws over the source, each naming the harm it prevents."""

import ast
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for folder in ("app", "graph", "rag", "simulations") for path in (PROJECT / folder).rglob("*.py"))
TESTS = sorted((PROJECT / "tests").rglob("*.py"))
TRACKED_TEXT = {".py", ".md", ".yaml", ".toml", ".sh", ".json", ".lock", ".example", ""}


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Every call in a file, with the name it is made by: read once for all laws."""
    return [(dotted(node.func), node) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]


def dotted(node: ast.expr) -> str:
    """The name something is called by; what a name hangs on is left out where it is no name itself."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def short(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def test_nothing_sleeps_but_the_one_waiting_function() -> None:
    """A sleep is a guess about time: too short it flakes, too long it wastes everybody's."""
    found = [
        f"{short(path)}: {name}"
        for path in [*SOURCES, *TESTS]
        if "sleep" in path.read_text("utf-8")
        for name, _ in calls(path)
        if name.split(".")[-1] == "sleep"
    ]
    assert found == ["tests/waiting.py: time.sleep"]


def test_only_the_ambient_clock_reads_the_time() -> None:
    """A second reader of the clock could not be simulated, and its decision could not be replayed."""
    readers = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.datetime.now"}
    asking = [path for path in SOURCES if re.search(r"\b(?:now|utcnow|today|time)\s*\(", path.read_text("utf-8"))]
    found = sorted({short(path) for path in asking for name, _ in calls(path) if name in readers} - {"app/system.py"})
    assert not [path for path in found if not path.startswith(("app/console/", "app/cli/"))]


def test_everything_is_caught_in_the_permitted_places_only() -> None:
    """A blind except hides the failure it did not expect, and around an interrupt it would skip the gate."""
    permitted = {
        "app/connectors/registry.py",
        "app/services/agent/worker.py",
        "app/services/watch/sweep.py",
        "app/services/watch/sift.py",
        "app/services/loop/advance.py",
        "app/services/agent/pulse.py",
        "app/api/errors.py",
        "app/policy/engine.py",
    }
    found = Counter(
        short(path)
        for path in SOURCES
        if "except" in path.read_text("utf-8")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    )
    assert set(found) == permitted, "a file that needs it no more is taken off the list"
    assert found["app/services/agent/worker.py"] == 1, "a turn of the worker is outlived in one way"


def test_the_gate_has_no_try() -> None:
    """A broad except around interrupt() swallows it, and the graph runs on to act unapproved."""
    for name in ("graph/nodes/approve.py", "graph/build.py"):
        assert not [node for node in ast.walk(parsed(PROJECT / name)) if isinstance(node, ast.Try)], name


def test_nodes_stay_thin() -> None:
    """A node that grows hides what it is made of from the use cases that need the same."""
    long = {short(path): len(path.read_text("utf-8").splitlines()) for path in (PROJECT / "graph/nodes").glob("*.py")}
    assert max(long.values()) <= 70, long


def test_interrupt_is_called_in_one_place() -> None:
    """A second gate would be a second audit shape, and a second place to get wrong."""
    found = [short(path) for path in SOURCES for name, _ in calls(path) if name.split(".")[-1] == "interrupt"]
    assert found == ["graph/nodes/approve.py"]


def test_nothing_dangerous_is_called() -> None:
    """Each of these turns data into code."""
    banned = {"eval", "exec", "pickle.loads", "pickle.load", "yaml.load", "load_prompt", "os.system", "marshal.loads"}
    found = [f"{short(path)}: {name}" for path in SOURCES for name, _ in calls(path) if name in banned]
    shells = [
        short(path) for path in SOURCES for _, node in calls(path) if any(word.arg == "shell" for word in node.keywords)
    ]
    assert not found and not shells


OUTWARD = ("socket", "ssl", "smtplib", "http.client", "urllib.request", "httpcore", "httpx", "requests", "aiohttp")
DOORS = {
    "app/connectors/egress.py": "the door through which tools reach the world outside",
    "app/connectors/mail.py": "a session over a connection that the door opened",
    "app/client.py": "the console and the command line call our own API",
    "app/cli/client.py": "the command line calls our own API",
    "app/console/client.py": "the console calls our own API",
    "app/cli/ports.py": "whether a port of this machine is free",
    "app/cli/serve.py": "the ports of this machine that the servers listen on",
    "app/bootstrap.py": "the name of this machine",
}


def test_tools_reach_the_world_outside_through_one_door() -> None:
    """A second way out would be one whose addresses nobody checked."""
    found = {
        short(path)
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if any(name == one or name.startswith(f"{one}.") for one in OUTWARD)
    }
    assert found - {"app/connectors/egress.py"} == DOORS.keys() - {"app/connectors/egress.py"}
    opened = {"create_connection", "getaddrinfo", "connect_tcp", "urlopen"}
    calling = {short(path) for path in SOURCES for name, _ in calls(path) if name.split(".")[-1] in opened}
    assert calling - {"app/connectors/egress.py"} <= {"app/cli/ports.py", "app/cli/serve.py"}, "only the door dials"


def test_values_are_built_past_their_checks_in_one_place() -> None:
    """A second place that fills pydantic's own attributes breaks with its next version, unseen by the first."""
    private = re.compile(r"__pydantic_|model_construct|__setattr__")
    assert [short(path) for path in SOURCES if private.search(path.read_text("utf-8"))] == ["app/domain/signals.py"]


def test_the_console_entry_stays_a_door() -> None:
    """A door that grows becomes a room nobody planned."""
    assert len((PROJECT / "streamlit_app.py").read_text("utf-8").splitlines()) <= 40


def test_no_file_names_a_place_of_one_machine() -> None:
    """A path or a package host of one machine breaks every other."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wrong = re.compile(
        r"/(home|root|Users)/\w|files\.pythonhosted|pypi\.org|download\.pytorch|registry\.npmjs|deb\.debian"
    )
    for name in tracked:
        path = PROJECT / name
        if path.suffix in TRACKED_TEXT and path.is_file() and name != short(Path(__file__)):
            assert not wrong.search(path.read_text("utf-8", errors="ignore")), name
