"""A fault: one departure and all that belongs to it, as it is kept from one look to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from app.expect.descriptions import MOVES, Trait
from app.expect.explained import EVERY_OUTCOME, Explained
from app.expect.windows import FOREVER

FAULTS_NOTE: Final = "faults"
"""Under which name a tenant's faults are kept."""

NOBODY: Final = frozenset({""})
"""What no sender names a merchant for."""


class FaultState(StrEnum):
    """How far a departure has come."""

    WATCHED = "watched"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True)
class Fault:
    """One departure and all that belongs to it."""

    id: str
    """The incident's, once there is one."""
    state: FaultState
    streams: tuple[str, ...]
    """What it is about; the first one led."""
    outcomes: tuple[str, ...]
    rule: tuple[tuple[Trait, ...], ...]
    listed: bool
    scope: frozenset[str]
    """Whom the rule covers."""
    hurt: frozenset[str]
    since: int
    found: int
    described: int
    score: float
    seen: float
    expected: float
    until: int = FOREVER
    stood: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    """By merchant, what the directory said before it was changed since: whoever changed it, that is no cause of it."""
    took: tuple[str, ...] = ()
    """Incidents that turned out to tell of it too, and are still open."""

    @property
    def reach(self) -> frozenset[str]:
        """Where it shows: at whom it covers and whom it has hit, else at nobody in particular."""
        return self.scope | self.hurt or NOBODY

    def explains(self) -> list[Explained]:
        """The cells that it accounts for."""
        return [Explained(frozenset(self.streams), self.reach, self.since, self.until), *self.explains_outcomes()]

    def explains_outcomes(self) -> list[Explained]:
        """What becomes of its merchants since it began is its doing, whatever tells of it."""
        if self.state is FaultState.WATCHED:
            return []
        return [
            Explained(EVERY_OUTCOME, self.hurt, self.since, self.until),
            Explained(frozenset(self.outcomes), self.scope, self.since, self.until),
        ]

    @property
    def follows_moves(self) -> bool | None:
        """Whether merchants come to be covered by moving; None where no attribute describes whom it covers."""
        return any(part[0].attribute == MOVES for part in self.rule) if self.rule else None

    def describes(self, dimensions: Mapping[str, Any]) -> bool:
        """Whether its rule is true of these attributes, whoever else shares in it."""
        return bool(self.rule) and all(any(one.holds(dimensions) for one in part) for part in self.rule)

    def will_cover(self, dimensions: Mapping[str, Any]) -> bool:
        """Whether a merchant with these attributes is covered once it has moved, and is not yet."""
        lasting = [part for part in self.rule if part[0].attribute != MOVES]
        return bool(self.follows_moves) and all(any(one.holds(dimensions) for one in part) for part in lasting)

    def plain(self) -> dict[str, Any]:
        """As it is written down."""
        return {
            "id": self.id,
            "state": self.state.value,
            "streams": list(self.streams),
            "outcomes": list(self.outcomes),
            "rule": [[[one.attribute, one.operator, one.value] for one in part] for part in self.rule],
            "listed": self.listed,
            "scope": sorted(self.scope),
            "hurt": sorted(self.hurt),
            "since": self.since,
            "found": self.found,
            "described": self.described,
            "score": self.score,
            "seen": self.seen,
            "expected": self.expected,
            "until": self.until,
            "stood": {name: dict(said) for name, said in self.stood.items()},
            "took": list(self.took),
        }


def read_fault(written: Mapping[str, Any]) -> Fault:
    """A fault as it was written down."""
    return Fault(
        id=written["id"],
        state=FaultState(written["state"]),
        streams=tuple(written["streams"]),
        outcomes=tuple(written["outcomes"]),
        rule=tuple(tuple(Trait(*one) for one in part) for part in written["rule"]),
        listed=written["listed"],
        scope=frozenset(written["scope"]),
        hurt=frozenset(written["hurt"]),
        since=written["since"],
        found=written["found"],
        described=written["described"],
        score=written["score"],
        seen=written["seen"],
        expected=written["expected"],
        until=written["until"],
        stood=written.get("stood", {}),
        took=tuple(written.get("took", ())),
    )


def read_faults(note: Mapping[str, Any] | None) -> tuple[Fault, ...]:
    """All of a tenant, as they were written down; none where nothing was looked at yet."""
    return tuple(read_fault(one) for one in (note or {}).get("faults", ()))


def fault_of(note: Mapping[str, Any] | None, incident_id: str) -> Fault | None:
    """The fault an incident is about, in its latest episode; none when it rests on one signal."""
    return max((one for one in read_faults(note) if one.id == incident_id), key=lambda one: one.since, default=None)
