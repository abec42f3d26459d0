"""Foreign content read as signals by what a person said of its fields: an object by paths, a row of a table by columns.

What cannot be read is told by field, place and reason, and never guessed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from app.domain.base import Severity, Stage
from app.domain.merchants import Plain
from app.domain.signals import FIELDS, SignalType
from app.domain.unmapped import FieldMapping
from app.schemas.signals import IncomingSignal
from app.sources.base import LONGEST_VALUE
from app.sources.fields import minor_of, read_moment, severity_of, text_of, whole_of

ATTRIBUTE = "attributes."
MINOR = "| minor"
WHOLE = frozenset({"attempt", "amount", "trials", "window_s", "wave"})
FRACTIONS = frozenset({"latency_ms", "value", "health"})
MOMENTS = frozenset({"occurred_at", "cutover_at"})
MAPPABLE = frozenset(IncomingSignal.model_fields) - {"attributes"}
DEEPEST = 6
MOST_PATHS = 200


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field, and where its value stands."""

    field: str
    place: str
    problem: str


@dataclass(frozen=True)
class MappedContent:
    """A signal, or why there is none."""

    signal: IncomingSignal | None
    problems: tuple[FieldProblem, ...] = ()


class _Misread(ValueError):
    """A value that is not what its field needs."""


def list_mapping_problems(mapping: FieldMapping) -> Iterator[FieldProblem]:
    """What is wrong with a mapping before anything is read with it."""
    if mapping.ignore:
        return
    if mapping.signal_type is None and "signal_type" not in mapping.fields:
        yield FieldProblem("signal_type", "", "it must be said what kind of signal it is")
    for name, place in mapping.fields.items():
        if name not in MAPPABLE and not (name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE)):
            yield FieldProblem(name, place, f"`{name}` is no field of a signal; attributes.{name} keeps it as it is")
        elif mapping.signal_type and _is_foreign(name, mapping.signal_type):
            yield FieldProblem(
                name, place, f"`{name}` is not a field of a {mapping.signal_type.value}; use attributes.{name}"
            )
        elif not place.strip():
            yield FieldProblem(name, place, "the place is empty; name a path, or write =text")


def _is_foreign(name: str, kind: SignalType) -> bool:
    return any(name in fields for fields in FIELDS.values()) and name not in FIELDS[kind] | {"stage"}


def read_by_mapping(source: str, content: object, mapping: FieldMapping, event_id: str | None = None) -> MappedContent:
    """The signal that some content is by a mapping; all that is wrong with it when it is none."""
    fields: dict[str, object] = {"source": source}
    if mapping.signal_type:
        fields["signal_type"] = mapping.signal_type
    attributes: dict[str, Plain] = {}
    problems: list[FieldProblem] = []
    for name, place in mapping.fields.items():
        try:
            value = _value_at(content, place)
            if value is None or value == "":
                continue
            if name.startswith(ATTRIBUTE):
                attributes[name.removeprefix(ATTRIBUTE)[:100]] = _plain_value(value)
            else:
                fields[name] = _typed_value(name, value)
        except _Misread as wrong:
            problems.append(FieldProblem(name, place, str(wrong)))
    if event_id:
        fields.setdefault("event_id", event_id)
    if problems:
        return MappedContent(None, tuple(problems))
    try:
        return MappedContent(IncomingSignal.model_validate({**fields, "attributes": attributes}))
    except ValidationError as error:
        return MappedContent(None, tuple(_explain_misfits(error, mapping)))


def _explain_misfits(error: ValidationError, mapping: FieldMapping) -> Iterator[FieldProblem]:
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        said = "it is missing" if problem["type"] == "missing" else problem["msg"].lower()
        yield FieldProblem(name, mapping.fields.get(name, ""), said)


def _value_at(content: object, place: str) -> object:
    """What stands at a place; the name of a column may hold dots, so it is looked for as a whole first."""
    place = place.strip()
    if place.startswith("="):
        return place[1:].strip()
    path, minor = place.removesuffix(MINOR).strip(), place.endswith(MINOR)
    found = _follow(content, path)
    if not minor or found is None or found == "":
        return found
    amount = minor_of(_with_point(found))
    if amount is None:
        raise _Misread(f"{_shown(found)} is not an amount such as 12.50")
    return amount


def _follow(content: object, path: str) -> object:
    if isinstance(content, Mapping):
        if path in content:
            return content[path]
        head, _, rest = path.partition(".")
        return _follow(content.get(head), rest) if rest else None
    if isinstance(content, list):
        head, _, rest = path.partition(".")
        if head.isdecimal() and int(head) < len(content):
            return _follow(content[int(head)], rest) if rest else content[int(head)]
    return None


def _typed_value(name: str, value: object) -> object:
    """A value as the type of its field."""
    reader = READERS.get(name)
    if reader is not None:
        return reader(value)
    if name in WHOLE:
        return _whole(value)
    if name in FRACTIONS:
        return _fraction(value)
    if name in MOMENTS:
        moment = read_moment(value)
        if moment is None:
            raise _Misread(f"{_shown(value)} is not a time such as 2026-03-02T09:00:00Z")
        return moment
    text = text_of(value)
    if text is None:
        raise _Misread(f"{_shown(value)} is not a text")
    return text


def _whole(value: object) -> int:
    number = whole_of(value)
    if number is None:
        raise _Misread(f"{_shown(value)} is not a whole number")
    return number


def _fraction(value: object) -> float:
    try:
        return float(_with_point(value))
    except ValueError:
        raise _Misread(f"{_shown(value)} is not a number") from None


def _with_point(value: object) -> str:
    """A number as a program writes it. Of two marks the last is the decimal one; a lone comma before three digits could
    be either, and stays.
    """
    text = str(value).strip().replace("\u00a0", "").replace(" ", "")
    point, comma = text.rfind("."), text.rfind(",")
    if comma > point >= 0:
        return text.replace(".", "").replace(",", ".")
    if point > comma >= 0:
        return text.replace(",", "")
    return text.replace(",", ".") if text.count(",") == 1 and len(text) - comma != 4 else text


def _status(value: object) -> object:
    number = whole_of(value)
    return number if number is not None else text_of(value)


def _severity(value: object) -> Severity:
    found = severity_of(text_of(value))
    if found is None:
        raise _Misread(f"{_shown(value)} is not a severity; there are {', '.join(Severity)}")
    return found


def _signal_type(value: object) -> SignalType:
    try:
        return SignalType(str(value).strip().lower())
    except ValueError:
        raise _Misread(f"{_shown(value)} is not a type of signal; there are {', '.join(SignalType)}") from None


def _stage(value: object) -> Stage:
    try:
        return Stage(str(value).strip().lower())
    except ValueError:
        raise _Misread(f"{_shown(value)} is not a stage; there are {', '.join(Stage)}") from None


def _currency(value: object) -> str:
    return str(value).strip().upper()


READERS: Mapping[str, Callable[[object], object]] = {
    "status": _status,
    "severity": _severity,
    "signal_type": _signal_type,
    "stage": _stage,
    "currency": _currency,
}


def _plain_value(value: object) -> Plain:
    if isinstance(value, str):
        return value[:LONGEST_VALUE]
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str | int | float))[:LONGEST_VALUE]
    raise _Misread(f"{_shown(value)} is not a plain value; name a path inside it")


def _shown(value: object) -> str:
    return repr(value)[:60]


def list_paths(content: object) -> list[str]:
    """Where the values of some content stand, sorted; lists count as one value."""
    return sorted(_paths_in(content, "", 0))[:MOST_PATHS]


def _paths_in(content: object, prefix: str, depth: int) -> Iterator[str]:
    if isinstance(content, Mapping) and content and depth < DEEPEST:
        for name, inner in content.items():
            yield from _paths_in(inner, f"{prefix}.{name}" if prefix else str(name), depth + 1)
    elif prefix:
        yield prefix[:200]
