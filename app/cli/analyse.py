"""The agent's arithmetic on a file of your own, without a store: unusual points, clusters of texts, what the broken
have in common, where a total deviates, and templates of log lines.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson
from app.cli.show import as_json, say, say_table
from app.cli.tables import TableRow, column_numbers, read_table, read_text_file, require_columns, typed_cell
from app.domain.errors import BadInput

group = typer.Typer(
    help="The agent's arithmetic on a file of your own: CSV, JSON or text; no store needed.", no_args_is_help=True
)
TableFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, JSON or JSON lines.")]
TextFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="One text per line, or CSV.")
]
Dimensions = Annotated[
    list[str] | None,
    typer.Option("--dimension", "-d", help="A column to look along; repeat it. All others by default."),
]
VALUE_NAMES, TIME_NAMES = ("value", "count", "y"), ("timestamp", "time", "date", "datetime", "ts")
TRUE_WORDS = frozenset({"1", "true", "yes", "y", "broken", "case", "sick"})
FALSE_WORDS = frozenset({"0", "false", "no", "n", "healthy", "control", ""})


@group.command()
def kpi(
    file: TableFile,
    value: Annotated[str | None, typer.Option(help="The column of the values.")] = None,
    time: Annotated[str | None, typer.Option(help="The column of the times.")] = None,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Show points that score at least this.")] = 0.9,
    json_: AsJson = False,
) -> None:
    """Score each point of a series by how unusual it is; with --json every point, else those over the threshold."""
    from app.services.analyse import score_series

    rows = read_table(file)
    value_column = value or _column_called(rows, VALUE_NAMES, "--value")
    time_column = time or next((name for name in rows[0] if name.lower() in TIME_NAMES), None)
    numbers = column_numbers(rows, value_column, may_miss=True)
    times = None
    if time_column is not None:
        require_columns(rows, [time_column])
        times = [_time_in(row.get(time_column), number, time_column) for number, row in enumerate(rows, start=1)]
    scores = score_series(numbers, times)
    points = [
        {"row": number, "time": None if times is None else times[number - 1], "value": measured, "score": score}
        for number, (measured, score) in enumerate(zip(numbers, scores, strict=True), start=1)
    ]
    if json_:
        as_json(points)
        return
    shown = [(one["row"], one["time"], one["value"], f"{one['score']:.3f}") for one in points]
    say_table(
        ("ROW", "TIME", "VALUE", "SCORE"),
        [one for one, score in zip(shown, scores, strict=True) if score >= threshold],
        empty=f"None of {len(points)} points scores {threshold:g} or more.",
    )


@group.command()
def clusters(
    file: TextFile,
    column: Annotated[str | None, typer.Option(help="The column of the texts, when the file is a table.")] = None,
    json_: AsJson = False,
) -> None:
    """Group texts that speak of the same thing."""
    from app.services.analyse import cluster_texts

    texts = _texts_in(file, column)
    found = cluster_texts(texts)
    if json_:
        as_json(found.plain())
        return
    counted = Counter(found.labels)
    say_table(
        ("CLUSTER", "TEXTS", "NAME", "FOR EXAMPLE"),
        [
            (label, counted[label], name, texts[found.representatives[label][0]])
            for label, name in enumerate(found.names)
        ],
        empty=f"No cluster among {len(texts)} texts.",
    )
    if found.names and counted[-1]:
        say(f"{counted[-1]} text(s) belong to none.")


@group.command()
def contrast(
    file: TableFile,
    case: Annotated[str, typer.Option(help="The column that says whether the row is broken (1/0, true/false).")],
    dimension: Dimensions = None,
    json_: AsJson = False,
) -> None:
    """What the broken rows have more often than the healthy ones."""
    from app.services.analyse import contrast as contrast_rows

    rows = read_table(file)
    require_columns(rows, [case, *(dimension or ())])
    names = dimension or [name for name in rows[0] if name != case]
    broken = [_flag_in(row.get(case), number, case) for number, row in enumerate(rows, start=1)]
    typed = [{name: typed_cell(row.get(name)) for name in names} for row in rows]
    sick = [row for row, flag in zip(typed, broken, strict=True) if flag]
    if not sick or len(sick) == len(rows):
        raise BadInput(f"Column {case} marks {len(sick)} of {len(rows)} rows; both kinds are needed to compare.")
    found = contrast_rows(sick, [row for row, flag in zip(typed, broken, strict=True) if not flag], names)
    if json_:
        as_json([one.plain() for one in found])
        return
    say_table(
        ("DIMENSION", "VALUE", "BROKEN", "HEALTHY", "LIFT", "P", "Q"),
        [
            (
                *(one.dimension, one.value, f"{one.cases_with}/{one.cases}", f"{one.controls_with}/{one.controls}"),
                *(f"{one.lift:.2f}", f"{one.p:.2g}", f"{one.q:.2g}"),
            )
            for one in found[:30]
        ],
        empty="Nothing to compare.",
    )


@group.command()
def localize(
    file: TableFile,
    actual: Annotated[str, typer.Option(help="The column of what was seen.")] = "actual",
    expected: Annotated[str, typer.Option(help="The column of what was expected.")] = "expected",
    dimension: Dimensions = None,
    max_slices: Annotated[int, typer.Option(min=1, max=20, help="At most so many.")] = 3,
    json_: AsJson = False,
) -> None:
    """The attribute combinations that explain why a total is not what was expected."""
    from app.services.analyse import localize as localize_rows

    rows = read_table(file)
    require_columns(rows, [actual, expected, *(dimension or ())])
    names = dimension or [name for name in rows[0] if name not in {actual, expected}]
    seen, wanted = column_numbers(rows, actual), column_numbers(rows, expected)
    leaves = [
        {**{name: row.get(name) or None for name in names}, "actual": real, "expected": guess}
        for row, real, guess in zip(rows, seen, wanted, strict=True)
    ]
    found = localize_rows(leaves, names, max_slices=max_slices)
    if json_:
        as_json([one.plain() for one in found])
        return
    say_table(
        ("SCORE", "DEVIATION", "WHERE"),
        [
            (
                f"{one.score:.2f}",
                f"{one.deviation:+,.6g}",
                _said(one.where),
            )
            for one in found
        ],
        empty="Nothing deviates by more than the usual.",
    )


@group.command()
def templates(file: TextFile, json_: AsJson = False) -> None:
    """The fixed parts of log lines, with how many lines have each."""
    from app.services.analyse import mine

    lines = [line for line in read_text_file(file).splitlines() if line.strip()]
    found = mine(lines)
    if json_:
        as_json([{"line": line, "template": template} for line, template in zip(lines, found, strict=True)])
        return
    say_table(("LINES", "TEMPLATE"), [(n, one) for one, n in Counter(found).most_common()], empty="No line.")


def _said(where: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in where.items())


def _column_called(rows: list[TableRow], usual: tuple[str, ...], option: str) -> str:
    names = list(rows[0])
    found = next((name for name in names if name.lower() in usual), None)
    if found is None and len(names) > 1:
        raise BadInput(f"Which of {', '.join(names)} holds the values? Say so with {option}.")
    return found or names[0]


def _time_in(cell: object, number: int, column: str) -> str | float:
    text = str(cell if cell is not None else "").strip()
    if not text:
        raise BadInput(f"Row {number}, column {column} is empty; every value needs its time.")
    try:
        return float(text)
    except ValueError:
        return text


def _flag_in(cell: object, number: int, column: str) -> bool:
    word = str(cell if cell is not None else "").strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise BadInput(f"Row {number}, column {column} is {word[:40]!r}; write 1 or 0.")
    return word in TRUE_WORDS


def _texts_in(file: Path, column: str | None) -> list[str]:
    if column is None and file.suffix.lower() not in {".csv", ".json", ".jsonl"}:
        return [line for line in read_text_file(file).splitlines() if line.strip()]
    rows = read_table(file)
    wanted = column or _column_called(rows, ("text", "body", "message", "subject"), "--column")
    require_columns(rows, [wanted])
    return [str(row.get(wanted) or "") for row in rows]
