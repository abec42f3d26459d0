"""Files of signals: JSON, one JSON object a line, or a table with a header whose columns are mapped to fields.

Everything that is wrong is told with row and column; what is right can be taken all the same where that is asked for.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from app.domain.base import JsonObject
from app.domain.errors import BadInput
from app.domain.unmapped import FieldMapping
from app.schemas.signals import IncomingSignal
from app.sources.mapping import ATTRIBUTE, MAPPABLE, list_mapping_problems, read_by_mapping
from app.validation.strict_json import Unreadable, strict_json

MOST_ROWS = 200_000
LONGEST_CELL = 131_072
MOST_TOLD = 1_000
SEPARATORS = (",", ";", "\t", "|")
TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row: the line of the file it begins in, and its column or field."""

    row: int
    column: str
    problem: str

    def plain(self) -> JsonObject:
        """The same for an answer."""
        where = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        return {"index": self.row, "field": self.column, "path": where, "problem": self.problem}


@dataclass(frozen=True)
class FileReading:
    """The signals of a file, and what is wrong with the rest of it."""

    signals: tuple[tuple[int, IncomingSignal], ...]
    """Each with the row it begins in."""
    problems: tuple[RowProblem, ...]
    rows: int


def read_file(name: str, raw: bytes, mapping: FieldMapping | None = None, source: str | None = None) -> FileReading:
    """Read a file of signals by its name and content; BadInput when it as a whole is none."""
    text = _decode(raw)
    if not text.strip():
        raise Unreadable("The file is empty.", line=1, column=1)
    if mapping is not None:
        wrong = list(list_mapping_problems(mapping))
        if wrong:
            raise BadInput(
                f"The mapping cannot be used: {wrong[0].field}: {wrong[0].problem}.",
                [{"field": one.field, "path": one.field, "problem": one.problem} for one in wrong],
            )
    is_table = name.lower().endswith(TABLES) and text.lstrip()[:1] not in {"{", "["}
    origin = source or (name.rsplit("/", 1)[-1].rsplit(".", 1)[0] or "file")[:120]
    found = _read_table(text, mapping, origin) if is_table else _read_objects(raw, text, mapping, origin)
    signals, problems, rows = [], [], 0
    mark = hashlib.sha256(raw).hexdigest()[:16]
    for row, one, wrong_here in found:
        rows += 1
        problems += wrong_here
        if one is not None:
            signals.append((row, _known_again(one, f"file/{mark}/{row}")))
    if not rows:
        raise BadInput(f"{name or 'The file'} holds no signals.")
    return FileReading(tuple(signals), tuple(problems), rows)


def refuse_bad_rows(problems: Sequence[RowProblem]) -> None:
    """BadInput that names every bad row; nothing of the file is taken."""
    if problems:
        first, more = problems[0].plain(), len(problems) - 1
        raise BadInput(
            f"Nothing was stored. {first['path']}: {first['problem']}" + (f", and {more} more" if more else ""),
            [one.plain() for one in problems[:MOST_TOLD]],
            problem_count=len(problems),
        )


def _known_again(signal: IncomingSignal, identity: str) -> IncomingSignal:
    """What has neither an id nor a time is known by its file and row, so that a file sent twice is kept once."""
    if signal.event_id or signal.ticket_id or signal.occurred_at:
        return signal
    return signal.model_copy(update={"event_id": identity})


def _decode(raw: bytes) -> str:
    """UTF-8 with or without a mark, or UTF-16 with one; nothing is guessed."""
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        column = problem.start - (raw.rfind(b"\n", 0, problem.start) + 1) + 1
        raise Unreadable(
            f"The file is not UTF-8: byte {column} of line {line} does not fit. Save it as UTF-8.",
            line=line,
            column=column,
        ) from None


# --- tables
# ---------------------------------------------------------------------------------------------------------------------

Row = tuple[int, IncomingSignal | None, list[RowProblem]]


def _read_table(text: str, mapping: FieldMapping | None, source: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    separator = _separator_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            row, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header_of(cells, row)
                mapping = mapping or mapping_of_columns(header)
                _require_columns(mapping, header)
                continue
            if row > MOST_ROWS:
                raise BadInput(f"The file has more than {MOST_ROWS:,} rows; send it in parts.")
            yield _read_row(row, cells, header, mapping, source)  # type: ignore[arg-type]
    except csv.Error as fault:
        raise Unreadable(f"The table cannot be read from row {line} on: {fault}.", row=line) from None


def _read_row(row: int, cells: list[str], header: list[str], mapping: FieldMapping, source: str) -> Row:
    if len(cells) != len(header):
        what = f"it has {len(cells)} cells, the header names {len(header)}"
        return row, None, [RowProblem(row, header[len(cells)] if len(cells) < len(header) else "", what)]
    content = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    read = read_by_mapping(content.get("source") or source, content, mapping)
    return row, read.signal, [RowProblem(row, _column_of(one.place, one.field), one.problem) for one in read.problems]


def _column_of(place: str, field: str) -> str:
    return place.partition("|")[0].strip() if place and not place.startswith("=") else field


def _separator_of(text: str) -> str:
    """What separates the cells of the header, outside of its quotes."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(header.split('"')[::2])
    found = Counter({one: outside.count(one) for one in SEPARATORS}).most_common(1)[0]
    return found[0] if found[1] else ","


def _header_of(cells: list[str], row: int) -> list[str]:
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    counted = Counter(header)
    for place, name in enumerate(header, start=1):
        if not name or counted[name] > 1:
            what = f"column {place} of the header (row {row}) " + (
                f"is named {name!r} like another one" if name else "has no name"
            )
            raise BadInput(f"The table cannot be read: {what}.", row=row, column=place)
    return header


def mapping_of_columns(header: list[str]) -> FieldMapping:
    """Columns named like fields of a signal are these; any other column becomes an attribute."""
    names = {name: name.strip().lower().replace(" ", "_") for name in header}
    return FieldMapping(
        fields={
            field if field in MAPPABLE or field.startswith(ATTRIBUTE) else f"{ATTRIBUTE}{name}": name
            for name, field in names.items()
        }
    )


def _require_columns(mapping: FieldMapping, header: list[str]) -> None:
    """BadInput when a mapping names a column that is not there."""
    known = set(header)
    missing = [
        (field, column)
        for field, place in mapping.fields.items()
        if not place.strip().startswith("=") and (column := _column_of(place.strip(), field)) not in known
    ]
    if mapping.signal_type is None and "signal_type" not in mapping.fields:
        raise BadInput(
            "No column says what kind of signal a row is: name one signal_type, or say it for all of them in a mapping"
            f" (signal_type). The columns are {', '.join(header)}."
        )
    if missing:
        field, column = missing[0]
        raise BadInput(f"The mapping reads {field} from the column {column!r}, which is not among {', '.join(header)}.")


# --- objects
# --------------------------------------------------------------------------------------------------------------------


def _read_objects(raw: bytes, text: str, mapping: FieldMapping | None, source: str) -> Iterator[Row]:
    for row, held in _objects_in(text):
        if isinstance(held, Unreadable):
            yield row, None, [RowProblem(row, "", held.detail)]
        elif mapping is not None:
            read = read_by_mapping(source, held, mapping)
            yield row, read.signal, [RowProblem(row, one.field, f"{one.place}: {one.problem}") for one in read.problems]
        else:
            yield _own_object(row, held, source)


def _own_object(row: int, held: object, source: str) -> Row:
    """An object that is a signal in our own words."""
    named = {"source": source, **held} if isinstance(held, Mapping) else held
    try:
        return row, IncomingSignal.model_validate_json(json.dumps(named)), []
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        return row, None, [RowProblem(row, ".".join(map(str, one["loc"])), one["msg"]) for one in wrong]


def _objects_in(text: str) -> Iterator[tuple[int, object]]:
    """The items of a list, of `signals`, of one object, or of one object a line; each with its number."""
    try:
        held = strict_json(text.encode())
    except Unreadable as whole:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for _, line in lines[:2]):
            raise Unreadable(f"The file is not JSON. {whole.detail}", **whole.facts) from None
        for number, line in lines:
            try:
                yield number, strict_json(line.encode())
            except Unreadable as fault:
                yield number, fault
        return
    items = held.get("signals", [held]) if isinstance(held, dict) else held
    yield from enumerate(items if isinstance(items, list) else [items], start=1)
