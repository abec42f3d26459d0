"""The documents are true where a machine can tell: what they name is there, and nobody needs a wide screen."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from app.cli.main import cli

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]
WIDE = frozenset({"scorecard.md", "adding.md"})
"""One is generated, the other shows files as they would be written."""
FOLDERS = ("app", "config", "docs", "graph", "packaging", "rag", "runbooks", "simulations", "tests", ".ci")
NOT_SHIPPED = frozenset({"cors_origin_missing.yaml", "cors-origin-missing.md"})
"""The files that the worked example of docs/adding.md would add."""
PLACEHOLDER = re.compile(r"[<>*{}]|\.\.\.")

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


@cache
def known_files() -> tuple[str, ...]:
    """Every file somebody could mean, from the root of the project."""
    below = [path for name in FOLDERS for path in (PROJECT / name).rglob("*") if "__pycache__" not in path.parts]
    return tuple(f"/{path.relative_to(PROJECT).as_posix()}" for path in [*below, *PROJECT.iterdir()] if path.is_file())


@cache
def code_in(document: Path) -> tuple[str, ...]:
    """What is set as code: each span, and each line of a block, without its comment."""
    text = document.read_text("utf-8")
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]
    return (*spans, *(line.split("  #")[0].strip() for block in blocks for line in block.splitlines()))


def files_named_in(document: Path) -> Iterator[tuple[str, str]]:
    """Each file or folder that is named as code, with the name in it that follows a colon."""
    for span in code_in(document):
        for word in span.split():
            path, _, name = word.rstrip(":,").partition(":")
            looks_like_one = path.startswith(tuple(f"{name}/" for name in FOLDERS)) or (
                re.fullmatch(r"[\w.-][\w./-]*\.(py|yaml|md|sh|json|toml)", path) is not None
            )
            if looks_like_one and not PLACEHOLDER.search(path) and path.split("/")[-1] not in NOT_SHIPPED:
                yield path, name


@cache
def names_defined_in(path: Path) -> frozenset[str]:
    """Its functions, classes and constants, and the methods and fields as Class.method."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for part in (node, *(node.body if isinstance(node, ast.ClassDef) else ())):
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(part.name if part is node else f"{owner}.{part.name}")
            targets = part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)]
            found |= {
                target.id if not owner else f"{owner}.{target.id}" for target in targets if isinstance(target, ast.Name)
            }
    return frozenset(found)


@every_document
def test_every_file_that_is_named_is_there(document: Path) -> None:
    """A reader who follows a path to nowhere trusts the next sentence less."""
    missing = [
        path
        for path, _ in files_named_in(document)
        if not (PROJECT / path).exists() and not any(known.endswith(f"/{path}") for known in known_files())
    ]
    links = re.findall(r"\]\((?!https?:)([^)#]*)", document.read_text("utf-8"))
    assert not missing
    assert not [link for link in links if not (document.parent / link).exists()]


@every_document
def test_every_function_that_is_named_with_its_file_is_defined_there(document: Path) -> None:
    """The trips through the code go stale one renaming at a time."""
    named = [(path, name) for path, name in files_named_in(document) if re.fullmatch(r"[A-Za-z_][\w.]*", name)]
    assert not [
        f"{path}:{name}"
        for path, name in named
        if path.endswith(".py") and name not in names_defined_in(PROJECT / path)
    ]


def command_problem(words: list[str]) -> str | None:
    """Why `python -m app ...` with these words would be misuse; capitals are for the reader to fill in."""
    command = typer.main.get_command(cli)
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"there is no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    options = {"--help", *(option for one in command.params for option in (*one.opts, *one.secondary_opts))}
    unknown = [word for word in words if word.startswith("--") and word.rstrip(",)") not in options]
    return f"{command.name} has no {', '.join(unknown)}" if unknown else None


@every_document
def test_every_command_that_is_named_exists_with_its_options(document: Path) -> None:
    """A command that is copied from a document runs."""
    lines = [span.split("python -m app ", 1)[1].split() for span in code_in(document) if "python -m app " in span]
    assert not [problem for words in lines if (problem := command_problem(words))]


@every_document
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    """So does a target."""
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    lines = [re.sub(r'="[^"]*"', "=", span) for span in code_in(document)]
    named = [
        word for line in lines if re.match(r"(\w+=\S+ )*make ", line) for word in line.split("make ", 1)[1].split()
    ]
    assert not [word for word in named if "=" not in word and word not in targets]


def test_the_readme_is_short() -> None:
    """What is read first is read whole: a hundred lines, and everything else where somebody looks for it."""
    assert len((PROJECT / "README.md").read_text("utf-8").splitlines()) <= 100


@every_document
def test_no_line_needs_a_wide_screen(document: Path) -> None:
    """Documents are read beside code, and in a terminal."""
    lines = document.read_text("utf-8").splitlines()
    assert not [
        f"{document.name}:{place}"
        for place, line in enumerate(lines, start=1)
        if len(line) > 120 and document.name not in WIDE
    ]
