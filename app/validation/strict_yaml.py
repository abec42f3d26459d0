"""YAML as plain data with line numbers, and nothing surprising: no duplicate keys, no aliases, no odd numbers, no tags.

YAML reads `on` as true, `010` as eight, `1:30` as ninety and `.inf` as a number; a file that decides what an agent may
do says plainly what it means, or is refused with the line.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from app.domain.base import Json, JsonObject

BIGGEST_FILE = 1_000_000
DEEPEST = 30
KeyPath = tuple[str | int, ...]
PREFIX = "tag:yaml.org,2002:"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same rules either way; the one in C is ten times as fast, where PyYAML was built with it."""


@dataclass(frozen=True)
class Problem:
    """Something wrong at a line and key path."""

    line: int
    path: KeyPath
    what: str

    def shown(self, filename: str) -> str:
        """`file:line: key.path: what`, as an editor understands it."""
        where = shown_path(self.path)
        return f"{filename}:{self.line}: {where + ': ' if where else ''}{self.what}"


@dataclass
class Read:
    """What a file says: its plain value, the line of every key path, and what is wrong with it."""

    value: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: KeyPath) -> int:
        """The line of a key path, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def add(self, path: KeyPath, what: str) -> None:
        """Note a problem at a key path."""
        self.problems.append(Problem(self.line_of(path), path, what))


def shown_path(path: KeyPath) -> str:
    """A key path for people: rules[3].when."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def read_yaml(content: bytes) -> Read:
    """The plain value of one YAML document, or every problem that keeps it from being one."""
    found = Read()
    text = _decode_text(content, found)
    if text is None or not _shape_is_bounded(text, found):
        return found
    node = yaml.compose(text, Loader=LOADER)
    if node is None:
        found.problems.append(Problem(1, (), "the file is empty; write its keys"))
    else:
        found.value = _build_node(node, (), found)
    return found


def _decode_text(content: bytes, found: Read) -> str | None:
    if len(content) > BIGGEST_FILE:
        found.problems.append(Problem(1, (), f"the file is larger than {BIGGEST_FILE} bytes"))
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        found.problems.append(
            Problem(content.count(b"\n", 0, error.start) + 1, (), "is not UTF-8; save the file as UTF-8")
        )
        return None


def _shape_is_bounded(text: str, found: Read) -> bool:
    """Walk the events before anything is built: aliases, anchors, several documents and deep nesting are refused."""
    try:
        depth, documents = 0, 0
        for event in yaml.parse(text, Loader=LOADER):
            documents += isinstance(event, yaml.DocumentStartEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            refusal = _refuse_event(event, depth, documents)
            if refusal:
                found.problems.append(Problem(_line_of(event.start_mark), (), refusal))
                return False
    except yaml.YAMLError as error:
        found.problems.append(_syntax_problem(error))
    return not found.problems


def _refuse_event(event: yaml.Event, depth: int, documents: int) -> str | None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "anchors (&) and aliases (*) are refused; write the value out"
    if depth > DEEPEST:
        return f"is nested deeper than {DEEPEST} levels"
    return "holds more than one document; split the file at ---" if documents > 1 else None


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return Problem(_line_of(mark), (), f"is not YAML: {what}")


def _line_of(mark: object) -> int:
    return int(getattr(mark, "line", 0)) + 1


def _build_node(node: yaml.Node, path: KeyPath, found: Read) -> Any:
    found.lines.setdefault(path, _line_of(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, path, found)
    if isinstance(node, yaml.SequenceNode) and node.tag == f"{PREFIX}seq":
        return [_build_node(child, (*path, place), found) for place, child in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _read_scalar(node, path, found)
    found.add(path, f"has the tag {node.tag}; write plain values")
    return None


def _build_mapping(node: yaml.MappingNode, path: KeyPath, found: Read) -> JsonObject:
    built: JsonObject = {}
    if node.tag != f"{PREFIX}map":
        found.add(path, f"has the tag {node.tag}; write plain values")
    for key_node, value_node in node.value:
        line = _line_of(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != f"{PREFIX}str":
            found.problems.append(Problem(line, path, f"the key {key_node.value!r} is not a text; put it in quotes"))
            continue
        key = key_node.value
        if key in built:
            first = found.lines[(*path, key)]
            found.problems.append(
                Problem(line, (*path, key), f"is written twice (first on line {first}); keep one of them")
            )
            continue
        found.lines[(*path, key)] = line
        built[key] = _build_node(value_node, (*path, key), found)
    return built


def _read_scalar(node: yaml.ScalarNode, path: KeyPath, found: Read) -> Any:
    read = READERS.get(node.tag.removeprefix(PREFIX))
    if read is None:
        found.add(path, f"{node.value!r} would be read as {node.tag.removeprefix(PREFIX)}; put it in quotes")
        return None
    try:
        return read(node.value)
    except ValueError as error:
        found.add(path, str(error))
        return None


def _read_integer(text: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        raise ValueError(f"{text!r} is not a plain whole number; write it in digits, or in quotes when it is a text")
    return int(text)


def _read_number(text: str) -> float:
    if not re.fullmatch(r"-?[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?", text) or not math.isfinite(float(text)):
        raise ValueError(f"{text!r} is not a plain finite number; write it like 0.7")
    return float(text)


def _yes_no(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"{text!r} would be read as yes or no; write true or false, or put it in quotes")
    return text == "true"


READERS: Mapping[str, Callable[[str], Json]] = {
    "str": str,
    "int": _read_integer,
    "float": _read_number,
    "bool": _yes_no,
    "null": lambda _: None,
}
