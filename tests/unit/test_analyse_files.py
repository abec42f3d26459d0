"""A file of one's own is read as it is, and what is wrong with it is told with row and column."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import cli


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["analyse", *words])
    return result.exit_code, result.stdout, result.stderr


def test_marks_separators_and_missing_points_are_no_trouble(tmp_path: Path) -> None:
    file = tmp_path / "kpi.csv"
    file.write_text("\ufefftime;value\n" + "".join(f"2026-03-01 {n % 24:02}:00;{n % 3}\n" for n in range(9)) + "\n")
    code, out, _ = run("kpi", str(file), "--json")
    assert code == 0 and [one["row"] for one in json.loads(out)] == list(range(1, 10))
    file.write_text("value\n1\n\n2\nnan\n3\n")
    assert [one["value"] for one in json.loads(run("kpi", str(file), "--json")[1])] == [1, 2, None, 3]


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("a,value\n1,2\n1,x\n", ["kpi"], "row 2, column value: is 'x'"),
        ("a,value\n1,2\n1\n", ["kpi"], "row 2, column value: the row has 1 cells, and the header 2"),
        ("a,b\n1,2\n", ["kpi"], "--value"),
        ("", ["kpi"], "is empty"),
        ("value\n", ["kpi"], "has a header and no row"),
        ('{"value": 1}\n{"value": \n', ["kpi"], "row 2: is no JSON"),
        ("a,actual,expected\nx,1,\n", ["localize"], "row 1, column expected: is empty"),
        ("a,actual\nx,1\n", ["localize"], "no column expected; the file has a, actual"),
        ("shop,bad\n1,perhaps\n", ["contrast", "--case", "bad"], "Row 1, column bad is 'perhaps'"),
        ("shop,bad\n1,1\n", ["contrast", "--case", "bad"], "marks 1 of 1 rows"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, words: list[str], told: str) -> None:
    file = tmp_path / "some.csv"
    file.write_text(text)
    code, out, err = run(words[0], str(file), *words[1:])
    assert code == 1 and not out and told in err


def test_a_file_that_is_not_there_is_misuse() -> None:
    assert run("kpi", "/no/such/file")[0] == 2


def test_json_lines_and_lists_are_tables_too(tmp_path: Path) -> None:
    rows = [
        {"api": api, "actual": 1 if api == "v2" else 50, "expected": 50} for api in ("v1", "v2", "v3") for _ in "abcd"
    ]
    for text in (json.dumps(rows), "\n".join(map(json.dumps, rows))):
        file = tmp_path / "leaves.jsonl"
        file.write_text(text)
        code, out, _ = run("localize", str(file), "--json")
        assert code == 0 and [one["where"] for one in json.loads(out)] == [{"api": "v2"}]
