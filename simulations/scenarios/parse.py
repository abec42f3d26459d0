"""From the text of a scenario file to a Scenario, or to one clear sentence for everything that has not the right shape.

A shape knows that a share lies between 0 and 1; it does not know which attributes a merchant has. That is for
trial_checks.
"""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from app.domain.base import Value, canonical_json
from app.validation.strict_yaml import KeyPath, Read
from simulations.scenario import (
    Between,
    ClockSpec,
    DecoySpec,
    DirectorySpec,
    EffectSpec,
    ErrorSpec,
    Expectation,
    FaultSpec,
    NoiseSpec,
    PlatformSpec,
    Remedy,
    ResidentSpec,
    Scenario,
    TicketSpec,
    ToolBehaviour,
    WaveSpec,
)

SHAPES: Final[Mapping[str, type[Value]]] = MappingProxyType(
    {
        "clock": ClockSpec,
        "platform": PlatformSpec,
        "waves": WaveSpec,
        "residents": ResidentSpec,
        "faults": FaultSpec,
        "decoys": DecoySpec,
        "effects": EffectSpec,
        "errors": ErrorSpec,
        "tickets": TicketSpec,
        "cured_by": Remedy,
        "harmed_by": Remedy,
        "noise": NoiseSpec,
        "directory": DirectorySpec,
        "tools": ToolBehaviour,
        "expect": Expectation,
    }
)
"""The shape of what stands under a key, so that a misspelt key is compared with those that may stand there."""
Details = Mapping[str, Any]


def parse_scenario(read: Read) -> Scenario | None:
    """The scenario a file describes; where it does not, every reason is noted with the file's lines."""
    if not isinstance(read.value, dict):
        read.add((), "must be keys and values, such as id: slow_lane")
        return None
    try:
        return Scenario.model_validate_json(canonical_json(read.value), strict=True)
    except ValidationError as error:
        for path, what in _describe_errors(read.value, error):
            read.add(path, what)
    return None


def suggest_nearest(word: str, known: Iterator[str] | tuple[str, ...] | list[str], otherwise: str) -> str:
    """What to do about a word that nobody knows: the likeliest right one, or the advice for when there is none."""
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else otherwise


def _describe_errors(value: object, error: ValidationError) -> Iterator[tuple[KeyPath, str]]:
    """One sentence for each place that is wrong; a place that may be one of several things is one place."""
    found: dict[KeyPath, list[Details]] = {}
    for item in error.errors(include_url=False):
        found.setdefault(_locate_key(value, item["loc"], item["type"]), []).append({**item})
    for path, items in found.items():
        deeper = any(other[: len(path)] == path and len(other) > len(path) for other in found)
        if len(items) == 1:
            yield path, _describe_error(path, items[0])
        elif not deeper:
            yield path, f"is {items[0]['input']!r}; write one value, a list of values, or a range such as {{above: 30}}"


def _locate_key(value: object, loc: tuple[int | str, ...], kind: str) -> KeyPath:
    """The key path in the file: what the shape adds of its own (the branch of a choice, the mark of a key)
    is left out.
    """
    path: list[str | int] = []
    for part in loc:
        inside = (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if inside:
            value = value[part]  # type: ignore[index]
            path.append(part)
    return (*path, loc[-1]) if kind == "missing" else tuple(path)


def _describe_error(path: KeyPath, item: Details) -> str:
    """What is wrong and what to do about it."""
    kind, context = str(item["type"]), item.get("ctx", {})
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        return (
            f"is not a known key; {suggest_nearest(str(path[-1]), list(_shape_around(path).model_fields), 'remove it')}"
        )
    advice = ADVICE.get(kind)
    if advice is None:
        message = str(item["msg"]).removeprefix("Value error, ")
        return f"is {item['input']!r}; {message[:1].lower()}{message[1:]}"
    return f"is {item['input']!r}; {advice(context)}"


def _shape_around(path: KeyPath) -> type[Value]:
    """The shape of the mapping in which the last key of a path stands."""
    names = [part for part in path[:-1] if isinstance(part, str)]
    if len(names) > 1 and names[-2] == "scope":
        return Between
    return SHAPES.get(names[-1], Scenario) if names else Scenario


def _one_of(context: Details) -> str:
    return f"write one of {context['expected']}"


ADVICE: Final[Mapping[str, Callable[[Details], str]]] = MappingProxyType(
    {
        "greater_than_equal": lambda context: f"write {context['ge']:g} or more",
        "greater_than": lambda context: f"write more than {context['gt']:g}",
        "less_than_equal": lambda context: f"write {context['le']:g} or less",
        "less_than": lambda context: f"write less than {context['lt']:g}",
        "literal_error": _one_of,
        "enum": _one_of,
        "string_pattern_mismatch": lambda context: f"write it so that it matches {context['pattern']}",
        "string_too_short": lambda _: "write something",
        "string_too_long": lambda context: f"write at most {context['max_length']} characters",
        "string_type": lambda _: "write a text, in quotes when it looks like something else",
        "int_type": lambda _: "write a whole number",
        "float_type": lambda _: "write a number",
        "bool_type": lambda _: "write true or false",
        "dict_type": lambda _: "write keys and values under it",
        "model_type": lambda _: "write keys and values under it",
        "tuple_type": lambda _: "write a list",
        "missing_argument": lambda _: "add it",
        "datetime_from_date_parsing": lambda _: 'write a time such as "2026-03-02T09:00:00Z"',
        "datetime_parsing": lambda _: 'write a time such as "2026-03-02T09:00:00Z"',
        "datetime_type": lambda _: 'write a time such as "2026-03-02T09:00:00Z"',
    }
)
