"""The final states that the events alone tell of, and where the rows say something else.

A status is changed in the transaction that appends its event. A row that stands where no event brought it was changed
by a hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import Field

from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, Value

REPLAYED_KINDS = (
    "incident.opened",
    "incident.moved",
    "action.proposed",
    "action.edited",
    *(f"action.{status.value.lower()}" for status in ActionStatus if status is not ActionStatus.PROPOSED),
)
"""The kinds of events that tell of a state."""


class EventFact(NamedTuple):
    """What an event tells: its number, its kind, what it is about, and the rest."""

    seq: int
    kind: str
    subject: str
    payload: JsonMapping


class ActionHead(NamedTuple):
    """Where an action stands: a status alone would not show that its content was exchanged."""

    status: str
    version: int
    digest: str


class States(Value):
    """Where everything stands, as the events have it."""

    incidents: dict[str, str] = Field(default_factory=dict)
    actions: dict[str, ActionHead] = Field(default_factory=dict)
    impossible: tuple[str, ...] = Field(default=(), description="events that do not follow from those before them")


def replay_events(events: Iterable[EventFact]) -> States:
    """The final states, from the first event to the last."""
    incidents: dict[str, str] = {}
    actions: dict[str, ActionHead] = {}
    impossible = [
        sentence
        for told in events
        if told.kind in REPLAYED_KINDS
        for sentence in (
            _replay_incident(incidents, told) if told.kind.startswith("incident.") else _replay_action(actions, told)
        )
    ]
    return States(incidents=incidents, actions=actions, impossible=tuple(impossible))


def find_mismatches(states: States, incidents: Mapping[str, str], actions: Mapping[str, ActionHead]) -> list[str]:
    """Every difference between the rows and what the events say, in a sentence each."""
    return [
        *states.impossible,
        *_status_differences("incident", states.incidents, incidents),
        *_status_differences(
            "action",
            {name: stands.status for name, stands in states.actions.items()},
            {name: row.status for name, row in actions.items()},
        ),
        *_content_differences(states.actions, actions),
    ]


def _replay_incident(incidents: dict[str, str], told: EventFact) -> Iterator[str]:
    moved = told.kind == "incident.moved"
    before = incidents.get(told.subject)
    expected = _word_of(told, "from") if moved else None
    if before != expected:
        yield (
            f"event {told.seq} ({told.kind}) takes incident {told.subject} from {expected or 'nothing'}; it was"
            f" {before or 'not there'}"
        )
    incidents[told.subject] = _word_of(told, "to" if moved else "status")


def _replay_action(actions: dict[str, ActionHead], told: EventFact) -> Iterator[str]:
    before = actions.get(told.subject)
    expected = _status_before(told, before)
    found = before.status if before else None
    if found != expected:
        yield (
            f"event {told.seq} ({told.kind}) takes action {told.subject} from {expected or 'nothing'}; it was"
            f" {found or 'not there'}"
        )
    version = told.payload.get("version")
    stands = (
        found if told.kind == "action.edited" else _word_of(told, "status" if told.kind == "action.proposed" else "to")
    )
    actions[told.subject] = ActionHead(
        stands or "", version if isinstance(version, int) else 0, _word_of(told, "digest")
    )


def _status_before(told: EventFact, before: ActionHead | None) -> str | None:
    """The status an event takes an action from; None for one that makes it."""
    if told.kind == "action.proposed":
        return None
    return ActionStatus.PENDING.value if told.kind == "action.edited" else _word_of(told, "from")


def _word_of(told: EventFact, name: str) -> str:
    return str(told.payload.get(name, ""))


def _status_differences(what: str, told: Mapping[str, str], rows: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*told, *rows}):
        if name not in told:
            yield f"{what} {name} is {rows[name]}, and no event tells of it"
        elif name not in rows:
            yield f"{what} {name} is not there; its events say {told[name]}"
        elif told[name] != rows[name]:
            yield f"{what} {name} is {rows[name]}, its events say {told[name]}"


def _content_differences(told: Mapping[str, ActionHead], rows: Mapping[str, ActionHead]) -> Iterator[str]:
    for name in sorted(set(told) & set(rows)):
        if told[name][1:] != rows[name][1:]:
            yield (
                f"action {name} is version {rows[name].version} with another content, its events say version"
                f" {told[name].version}"
            )
