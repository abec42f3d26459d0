"""Trials: scenario files, read strictly, and what a perfect agent would make of each.

What is expected follows from what is planted. Nobody types it in; whoever does must say the same, or the file is
refused.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from app.domain.errors import BadConfig
from app.validation.strict_yaml import KeyPath, Problem, Read, read_yaml
from simulations.scenario import NO_INCIDENT, UNKNOWN, Expectation, Scenario
from simulations.scenarios.checks import problems_of, troubles_of
from simulations.scenarios.parse import parse_scenario
from simulations.world.planted_faults import Trouble, cures_of, shows_its_cause
from simulations.world.tool_effects import SETTING_TOOLS
from simulations.world.truth import NOBODY

SHIPPED: Final = Path(__file__).parent
"""The trials that come with the product."""


def load_scenario(path: Path, complete: Callable[[Scenario], Scenario] | None = None) -> Scenario:
    """One scenario with its expectation, or BadConfig with every problem of the file: file, line, key, and what to do.

    What the file leaves to be told elsewhere is put in by `complete` before anything is checked.
    """
    scenario, problems = _read_scenario(path, complete)
    if scenario is None:
        raise BadConfig(problems)
    return scenario


def load_scenarios(folder: Path = SHIPPED) -> tuple[Scenario, ...]:
    """Every scenario of a folder by id, or BadConfig with every problem of every file."""
    paths = sorted(folder.glob("*.yaml"), key=lambda path: path.stem)
    if not paths:
        raise BadConfig([f"{folder.as_posix()}:1: holds no scenario; add one YAML file for each"])
    read = [_read_scenario(path) for path in paths]
    problems = [problem for _, found in read for problem in found]
    if problems:
        raise BadConfig(problems)
    return tuple(scenario for scenario, _ in read if scenario is not None)


def derive_expectation(scenario: Scenario) -> Expectation:
    """What a perfect agent comes to, from the planted faults and decoys alone."""
    troubles = troubles_of(scenario)
    faults = [trouble for trouble in troubles if trouble.number != NOBODY]
    causes = tuple(fault.cause if shows_its_cause(fault.effects) else UNKNOWN for fault in faults)
    cures = [_list_working_cures(scenario, fault) for fault in faults]
    tempting = {cause for trouble in troubles for cause in trouble.tempts}
    return Expectation(
        cause=causes[0] if causes else NO_INCIDENT,
        causes=causes,
        category=faults[0].category if faults and set(causes) != {UNKNOWN} else "",
        scope=tuple(fault.scope for fault in faults),
        forbidden=tuple(sorted(tempting - {fault.cause for fault in faults})),
        resolved_by=tuple(sorted({tool for tools in cures for tool in tools})),
        escalate=not all(cures),
    )


def _list_working_cures(scenario: Scenario, fault: Trouble) -> tuple[str, ...]:
    """The settings tools that end a fault, without those that do not do here what they say."""
    return tuple(tool for tool in cures_of(fault, scenario) if tool in SETTING_TOOLS)


def _read_scenario(
    path: Path, complete: Callable[[Scenario], Scenario] | None = None
) -> tuple[Scenario | None, list[str]]:
    """A file's scenario, or what is wrong with it."""
    name = path.as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        return None, [f"{name}:1: cannot be read ({error.strerror}); put the file there"]
    scenario, problems = _understand(content, path.stem, complete) if complete else _understand_once(content, path.stem)
    return scenario, [problem.shown(name) for problem in problems]


@lru_cache(maxsize=128)
def _understand_once(content: bytes, stem: str) -> tuple[Scenario | None, tuple[Problem, ...]]:
    """The same for each content once: whoever looks for one trial reads the files of all of them."""
    return _understand(content, stem, None)


def _understand(
    content: bytes, stem: str, complete: Callable[[Scenario], Scenario] | None
) -> tuple[Scenario | None, tuple[Problem, ...]]:
    """The scenario that is written there, or what is wrong with it, by line."""
    read = read_yaml(content)
    scenario = None if read.problems else parse_scenario(read)
    if scenario is not None:
        scenario = _check_scenario(complete(scenario) if complete else scenario, stem, read)
    return scenario, tuple(sorted(read.problems, key=lambda problem: problem.line))


def _check_scenario(scenario: Scenario, stem: str, read: Read) -> Scenario | None:
    """The scenario with its expectation; none when anything is wrong with it."""
    if scenario.id != stem:
        read.add(("id",), f"is {scenario.id!r} in a file named {stem!r}; give both the same name")
    for path, what in problems_of(scenario):
        read.add(path, what)
    if read.problems:
        return None
    expected = derive_expectation(scenario)
    for path, what in _find_differences(scenario.expect, expected):
        read.add(path, what)
    return None if read.problems else scenario.changed(expect=expected)


def _find_differences(written: Expectation | None, expected: Expectation) -> Iterator[tuple[KeyPath, str]]:
    """Where a hand-written expectation says something else than what is planted."""
    for name in sorted(written.model_fields_set) if written else ():
        said, follows = getattr(written, name), getattr(expected, name)
        if _sort_names(said) != _sort_names(follows):
            yield (
                ("expect", name),
                (
                    f"says {_plain_value(written, name)!r}, and what is planted makes it"
                    f" {_plain_value(expected, name)!r}; write that, or leave it out"
                ),
            )


def _sort_names(value: Any) -> Any:
    """Names in whatever order; scopes and single values as they are."""
    return sorted(value) if isinstance(value, tuple) and all(isinstance(one, str) for one in value) else value


def _plain_value(expectation: Expectation | None, name: str) -> Any:
    return expectation.plain()[name] if expectation else None
