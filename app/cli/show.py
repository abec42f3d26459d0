"""How answers look in a terminal: aligned columns for people, JSON for machines, and nothing that steers
the terminal.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from app.domain.base import visible_text

Cells = list[str | int | None]
"""A row of a table."""


def as_json(value: Any) -> None:
    """One JSON document."""
    typer.echo(json.dumps(value, indent=2))


def say(text: str = "") -> None:
    """A line for people; control characters of foreign text are dropped."""
    typer.echo(visible_text(text))


def say_or_json(value: Any, sentence: str, *, json_: bool) -> None:
    """An answer as JSON for machines, or the one sentence about it for people."""
    if json_:
        as_json(value)
    else:
        say(sentence)


def say_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """Columns as wide as their widest cell; long cells are cut."""
    cells = [[_cell_text(value) for value in row] for row in rows]
    if not cells:
        say(empty)
        return
    widths = [max(len(line[place]) for line in [list(heads), *cells]) for place in range(len(heads))]
    for line in [list(heads), *cells]:
        say("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cell_text(value: Any) -> str:
    text = " ".join(visible_text(str("" if value is None else value)).split())
    return text if len(text) <= 70 else f"{text[:69]}…"
