"""Tables that somebody has in a file: CSV with any usual separator, a JSON list, or one JSON object per line. What is
wrong is told with its row and column.
"""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.domain.errors import BadInput

SEPARATORS = ",;\t|"
MOST_PROBLEMS = 20
Cell = str | float | int | bool | None
TableRow = Mapping[str, Any]


def read_text_file(file: Path) -> str:
    """The text of a file, whatever mark it begins with."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8 first.") from None
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None


def read_table(file: Path) -> list[TableRow]:
    """The rows of a file, every cell as it is written; numbers stay texts in CSV."""
    text = read_text_file(file)
    if not text.strip():
        raise BadInput(f"{file} is empty.")
    rows = _rows_of_json(text) if text.lstrip()[0] in "[{" else _rows_of_csv(text)
    if not rows:
        raise BadInput(f"{file} has a header and no row.")
    return rows


def column_numbers(rows: Sequence[TableRow], column: str, *, may_miss: bool = False) -> list[float | None]:
    """A column as numbers; every cell that is none is told. Row 1 is the first after the header."""
    require_columns(rows, [column])
    found: list[float | None] = []
    problems: list[dict[str, str]] = []
    for number, row in enumerate(rows, start=1):
        cell = row.get(column)
        value = _plain_number(cell)
        empty = cell is None or str(cell).strip().lower() in {"", "nan", "null", "none", "na"}
        if value is None and not (empty and may_miss):
            what = "is empty" if empty else f"is {str(cell)[:40]!r}"
            problems.append({"path": f"row {number}, column {column}", "problem": f"{what}; a number belongs there"})
        found.append(value)
    _raise_for(problems)
    return found


def require_columns(rows: Sequence[TableRow], wanted: Sequence[str]) -> None:
    """Refuse a table without a column that is asked for, and name those it has."""
    there = list(dict.fromkeys(name for row in rows[:200] for name in row))
    missing = [name for name in wanted if name not in there]
    if missing:
        raise BadInput(f"There is no column {', '.join(missing)}; the file has {', '.join(there)}.")


def typed_cell(cell: Any) -> Cell:
    """A cell of a CSV file as what it looks like: a number, or text; None when it is empty."""
    if not isinstance(cell, str):
        return None if isinstance(cell, list | dict) else cell
    if not cell.strip():
        return None
    number = _plain_number(cell)
    if number is None or (cell.strip().startswith(("0", "+")) and cell.strip() not in {"0", "0.0"} and "." not in cell):
        return cell.strip()
    return int(number) if number.is_integer() and "." not in cell else number


def _plain_number(cell: Any) -> float | None:
    if cell is None or isinstance(cell, bool):
        return None
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _rows_of_csv(text: str) -> list[TableRow]:
    head = next(line for line in text.splitlines() if line.strip())
    separator = max(SEPARATORS, key=head.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=separator))
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    names = [name.strip() for name in lines[0]]
    if all(_plain_number(name) is not None for name in names):
        names, lines = [f"column{place}" for place in range(1, len(names) + 1)], [[], *lines]
        if len(names) == 1:
            names = ["value"]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        raise BadInput(f"The header names {'a column twice: ' + ', '.join(twice) if twice else 'a column nothing'}.")
    problems = [
        {
            "path": f"row {number}, column {names[len(line)] if len(line) < len(names) else len(names) + 1}",
            "problem": f"the row has {len(line)} cells, and the header {len(names)}",
        }
        for number, line in enumerate(lines[1:], start=1)
        if len(line) != len(names)
    ]
    _raise_for(problems)
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def _rows_of_json(text: str) -> list[TableRow]:
    found: list[Any] = []
    problems: list[dict[str, str]] = []
    try:
        whole = json.loads(text)
        found = whole if isinstance(whole, list) else [whole]
    except ValueError:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    found.append(json.loads(line))
                except ValueError as error:
                    problems.append({"path": f"row {number}", "problem": f"is no JSON: {error}"})
    problems += [
        {"path": f"row {number}", "problem": "is no object with columns as keys"}
        for number, row in enumerate(found, start=1)
        if not isinstance(row, dict)
    ]
    _raise_for(problems)
    return found


def _raise_for(problems: Sequence[Mapping[str, str]]) -> None:
    if problems:
        more = f" and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
        raise BadInput(f"{len(problems)} cell(s) or row(s) cannot be used{more}:", problems[:MOST_PROBLEMS])
