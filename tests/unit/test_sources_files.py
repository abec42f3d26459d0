"""Tables and other files become signals, or a message with row and column."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import BadInput
from app.domain.signals import SignalType
from app.domain.unmapped import FieldMapping
from app.sources.files import FileReading, read_file
from app.sources.mapping import list_mapping_problems, list_paths, read_by_mapping
from app.validation.strict_json import Unreadable

PLAIN = """signal_type,severity,merchant_id,error_code,occurred_at,plugin
api_error,high,MERCH-1,X1,2026-11-20T10:00:00Z,a b
"""
MAPPING = FieldMapping(
    signal_type=SignalType.ORDER,
    fields={
        "merchant_id": "Shop",
        "order_id": "No.",
        "amount": "Total | minor",
        "currency": "=EUR",
        "occurred_at": "When",
        "attributes.note": "Remark",
    },
)
TABLE = '"No.";Shop;Total;When;Remark\n7;MERCH-1;"12,50";2026-11-20 10:00:00;"two\nlines; one cell"\n'


def only(reading: FileReading) -> object:
    assert not reading.problems, reading.problems
    ((_, signal),) = reading.signals
    return signal


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_columns_named_like_fields_are_these_and_others_are_attributes(mark: bytes, ends: str) -> None:
    signal = only(read_file("errors.csv", mark + PLAIN.replace("\n", ends).encode()))
    assert (signal.signal_type, signal.severity, signal.merchant_id) == (SignalType.API_ERROR, "high", "MERCH-1")
    assert signal.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (signal.attributes, signal.source) == ({"plugin": "a b"}, "errors")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_whatever_separates_the_cells_of_the_header_separates_all(separator: str) -> None:
    assert only(read_file("a.csv", PLAIN.replace(",", separator).encode())).error_code == "X1"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_with_semicolons_and_quotes_is_read_by_its_mapping(encoding: str) -> None:
    signal = only(read_file("orders.csv", TABLE.encode(encoding), MAPPING, "shop export"))
    assert (signal.order_id, signal.amount, signal.currency, signal.merchant_id) == ("7", 1250, "EUR", "MERCH-1")
    assert signal.attributes == {"note": "two\nlines; one cell"} and signal.source == "shop export"


def test_every_bad_row_is_named_with_its_row_and_column_and_the_good_ones_are_read() -> None:
    rows = [
        "7;MERCH-1;12.50;2026-11-20T10:00:00Z;",
        "8;MERCH-1;a lot;2026-11-20T10:00:00Z;",
        "9;MERCH-1;1.00;yesterday;",
        "10;a shop;1.00;2026-11-20T10:00:00Z;",
        "11;MERCH-1",
        '12;MERCH-1;1.00;2026-11-20T10:00:00Z;"two',
        'lines"',
        "13;MERCH-1;1.00;2026-11-20T10:00:00Z;;;x",
    ]
    reading = read_file("orders.csv", ("No.;Shop;Total;When;Remark\n" + "\n".join(rows)).encode(), MAPPING)
    assert [(one.row, one.column) for one in reading.problems] == [
        (3, "Total"),
        (4, "When"),
        (5, "Shop"),
        (6, "Total"),
        (9, ""),
    ]
    assert "'a lot'" in reading.problems[0].problem and reading.problems[0].plain()["path"] == "row 3, column Total"
    assert [row for row, _ in reading.signals] == [2, 7] and reading.rows == 7


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "signal_type"),
        (b"signal_type,,x\nlog,1,2\n", "column 2 of the header"),
        (b"signal_type,x,x\nlog,1,2\n", "like another one"),
        (b"signal_type\n", "holds no signals"),
    ],
)
def test_a_table_that_as_a_whole_is_none_is_told(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_file("a.csv", content)


def test_a_mapping_that_reads_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(BadInput, match=r"'Total', which is not among No\., Shop, When, Remark"):
        read_file("a.csv", b"No.;Shop;When;Remark\n1;2;3;4\n", MAPPING)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", "signal_type\ncaf\u00e9".encode("latin-1"), "byte 4 of line 2"),
        ("a.csv", b'signal_type,message\nlog,"never ends', "row 2"),
        ("a.json", b"{", "line 1, column 2"),
        ("a.csv", b"{", "line 1, column 2"),
        ("a.json", b'{"a": 1, "a": 2}', "appears twice"),
    ],
)
def test_what_cannot_be_read_at_all_is_told_with_its_place(name: str, content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_file(name, content)


@pytest.mark.parametrize(
    ("said", "minor"),
    [("12.5", 1250), ("12,50", 1250), ("1.250,00", 125_000), ("1,250.00", 125_000), ("7", 700), ("1,250", None)],
)
def test_amounts_are_read_as_they_are_written_here_and_there_and_never_guessed(said: str, minor: int | None) -> None:
    read = read_by_mapping("x", {"Shop": "M-1", "Total": said}, MAPPING)
    assert (read.signal.amount if read.signal else None) == minor and bool(read.problems) == (minor is None)


def test_json_and_lines_of_json_are_read_and_a_bad_line_is_named() -> None:
    good = '{"signal_type": "log", "message": "a", "source": "x"}'
    for content in (f"[{good}]", f'{{"signals": [{good}]}}', good, f"\n{good}\n"):
        assert only(read_file("a.json", content.encode())).message == "a"
    reading = read_file("a.jsonl", f'{good}\n\n{{"signal_type": "log"\n{{"signal_type": "nonsense"}}\n'.encode())
    assert [row for row, _ in reading.signals] == [1]
    assert [(one.row, one.column) for one in reading.problems] == [(3, ""), (4, "signal_type")]
    mapped = FieldMapping(signal_type=SignalType.LOG, fields={"message": "text.0.said"})
    assert only(read_file("a.json", b'[{"text": [{"said": "hello"}]}]', mapped)).message == "hello"


def test_a_row_without_an_id_or_a_time_is_known_again_by_its_file() -> None:
    content = b"signal_type,message\nlog,a\nlog,a\n"
    first, again = read_file("a.csv", content), read_file("b.csv", content)
    ids = [signal.event_id for _, signal in first.signals]
    assert ids == [signal.event_id for _, signal in again.signals] and len(set(ids)) == 2


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (FieldMapping(), "what kind of signal"),
        (FieldMapping(signal_type=SignalType.LOG, fields={"mesage": "a"}), "no field of a signal"),
        (FieldMapping(signal_type=SignalType.LOG, fields={"amount": "a"}), "not a field of a log"),
        (FieldMapping(signal_type=SignalType.LOG, fields={"message": " "}), "place is empty"),
        (FieldMapping(signal_type=SignalType.LOG, fields={"attributes.": "a"}), "no field of a signal"),
    ],
)
def test_a_mapping_that_cannot_work_is_told_before_it_is_used(mapping: FieldMapping, said: str) -> None:
    assert said in next(list_mapping_problems(mapping)).problem


def test_a_value_that_is_not_what_its_field_needs_is_told_and_never_guessed() -> None:
    content = {"n": "x", "s": "dire", "t": "soon", "kind": "riddle", "deep": {"a": 1}, "ok": True}
    for field, place in [
        ("amount", "n"),
        ("severity", "s"),
        ("occurred_at", "t"),
        ("signal_type", "kind"),
        ("order_id", "deep"),
        ("attributes.x", "deep"),
    ]:
        mapping = FieldMapping(signal_type=None if field == "signal_type" else SignalType.ORDER, fields={field: place})
        (problem,) = read_by_mapping("other", content, mapping).problems
        assert (problem.field, problem.place) == (field, place)
    assert list_paths(content) == ["deep.a", "kind", "n", "ok", "s", "t"]
