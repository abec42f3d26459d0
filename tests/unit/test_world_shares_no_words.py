"""The world and whoever reasons about it share ids, codes, topics and endpoints, and not one phrase.

A world that spoke in the reasoner's own words would make every score a test of copying. A phrase is four words in a
row; a public code, a topic or an endpoint is one word, and so is a placeholder.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORLD = ROOT / "simulations"
REASONER = ROOT / "config" / "domain_packs"
PHRASE = 4
MOST_TOLD = 40
SHOWN_ALONE = "translated"
"""What only people read: nothing that comes in is compared with it."""

ESCAPE = re.compile(r"\\[a-zA-Z]")
"""Of a regular expression: the letter after a backslash is no word."""
WORD = re.compile(r"\{\w*\}|\w+(?:[./:]+\w+)*", re.UNICODE)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Phrase = tuple[str, ...]


class Shared(NamedTuple):
    """A phrase that both sides say, and where."""

    phrase: Phrase
    here: str
    there: str

    def __str__(self) -> str:
        return f"{self.here} says {' '.join(self.phrase)!r}, and so does {self.there}"


def phrases(text: str) -> set[Phrase]:
    words = WORD.findall(ESCAPE.sub(" ", text).casefold())
    return {tuple(words[place : place + PHRASE]) for place in range(len(words) - PHRASE + 1)}


def texts_in(path: Path) -> Iterator[str]:
    """Every text a file says: the strings of a program but for its docstrings, the keys and values of data."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _strings(ast.parse(content, path.name))
    elif path.suffix == ".json":
        yield from _scalars(json.loads(content))
    else:
        for document in yaml.load_all(content, Loader=LOADER):
            yield from _scalars(document)


def _strings(tree: ast.Module) -> Iterator[str]:
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values if isinstance(part, ast.Constant))
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _scalars(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _scalars(inner) if key != SHOWN_ALONE else ()
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)
    elif isinstance(value, str):
        yield value


def files_of(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in {".py", ".yaml", ".yml", ".json"} and "__pycache__" not in path.parts
    )


def said_by(paths: Iterable[Path], root: Path) -> dict[Phrase, str]:
    """Every phrase, and the first file that says it."""
    said: dict[Phrase, str] = {}
    for path in paths:
        name = path.relative_to(root).as_posix()
        for text in texts_in(path):
            for phrase in phrases(text):
                said.setdefault(phrase, name)
    return said


def shared(world: Path, reasoner: Path, root: Path) -> list[Shared]:
    """What both sides say, once for each file of the world that says it."""
    theirs = said_by(files_of(reasoner), root)
    found = (
        Shared(phrase, here, theirs[phrase])
        for path in files_of(world)
        for phrase, here in sorted(said_by([path], root).items())
        if phrase in theirs
    )
    return sorted(found, key=lambda one: (one.here, one.phrase))


def test_the_world_and_the_reasoner_share_no_phrase():
    assert len(files_of(WORLD)) > 20 and len(files_of(REASONER)) > 3
    none_of(shared(WORLD, REASONER, ROOT))


def none_of(found: list[Shared]) -> None:
    told = "\n".join(str(one) for one in found[:MOST_TOLD])
    assert not found, (
        f"{len(found)} phrases of {PHRASE} words are said on both sides; say them otherwise in one place:\n{told}"
    )


def test_both_sides_say_enough_for_that_to_mean_something():
    assert len(said_by(files_of(WORLD / "world" / "words"), ROOT)) > 10_000
    assert len(said_by(files_of(REASONER), ROOT)) > 300


PACK = "signs:\n- says: the moon fell into our well tonight\n  test:\n    text: '\\bnobody\\s+(heard|saw) it fall'\n"


@pytest.mark.parametrize(
    ("file", "content", "phrase"),
    [
        ("words/a.yaml", "en:\n- Yesterday THE MOON fell, into the sea\n", "the moon fell into"),
        ("deep/er/a.yml", "a key where moon fell into our well: 1\n", "moon fell into our"),
        ("a.json", '{"rows": [{"body": "moon\\nfell into\\tour lap"}]}', "moon fell into our"),
        ("a.py", 'WORDS = ("and the moon fell " "into a cup",)\n', "the moon fell into"),
        ("b.py", "def told(x):\n    return f'{x} moon fell into our {x}'\n", "moon fell into our"),
        ("c.py", "WORDS = 'Saw it fall? Nobody heard; nobody heard saw it fall.'\n", "nobody heard saw it"),
    ],
)
def test_a_copied_phrase_is_found_and_told_with_both_files(tmp_path: Path, file: str, content: str, phrase: str):
    found = planted(tmp_path, file, content)
    assert found and {(one.here, one.there) for one in found} == {
        (f"simulations/{file}", "config/domain_packs/pack/causes/c.yaml")
    }
    assert any(f"says {phrase!r}" in str(one) for one in found)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.yaml", "- the moon fell\n- into our well\n"),
        (
            "a.py",
            '"""The moon fell into our well tonight."""\n\n\ndef told():\n    """The moon fell into our well."""\n',
        ),
        ("b.py", "def told(x):\n    return f'the moon {x} fell into'\n"),
        ("b.yaml", "- the MOON_FELL_INTO our /well/tonight/or/never\n"),
    ],
)
def test_words_that_only_look_alike_are_no_phrase(tmp_path: Path, file: str, content: str):
    assert planted(tmp_path, file, content) == []


def test_a_code_a_topic_an_endpoint_and_a_placeholder_are_one_word_each():
    assert phrases("RATE_LIMIT_EXCEEDED on /v3/stock/levels") == set()
    assert phrases("order.created gave PRICE_VERSION_STALE to {merchant_id}") == {
        ("order.created", "gave", "price_version_stale", "to"),
        ("gave", "price_version_stale", "to", "{merchant_id}"),
    }


def planted(root: Path, file: str, content: str) -> list[Shared]:
    world, reasoner = root / "simulations", root / "config" / "domain_packs"
    pack, copy = reasoner / "pack" / "causes" / "c.yaml", world / file
    for path, text in ((pack, PACK), (copy, content)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return shared(world, reasoner, root)
