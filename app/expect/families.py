"""Families of streams: what each is counted against, which way it goes wrong, and what is believed of one before
anything was seen.

The priors lie on the high side: one that is too high makes the first hours slow, one that is too low makes them loud.
"""

from enum import Enum
from typing import Final, NamedTuple


class Against(Enum):
    """What the count of a stream is held against."""

    VISITS = "visits"
    ITS_OWN = "its own tries"


class Family(NamedTuple):
    """What is believed of the streams of a family before anything was seen."""

    name: str
    rises: bool
    """Whether more of it is worse; else less of it is."""
    against: Against
    rate: float
    """Events for each try, on the high side."""
    weight: float
    """How many events of the whole platform that belief is worth."""
    shape: float
    """How alike the merchants are: how many events of one merchant the platform's rate is worth."""
    dispersion: float
    """The least by which counts vary more than chance has it."""


ERRORS: Final = Family("errors", True, Against.VISITS, 2e-4, 0.3, 2.0, 1.1)
LOGS: Final = Family("logs", True, Against.VISITS, 2e-4, 0.3, 2.0, 1.2)
TICKETS: Final = Family("tickets", True, Against.VISITS, 6e-4, 10.0, 3.0, 1.2)
DECLINED: Final = Family("declined", True, Against.ITS_OWN, 0.03, 10.0, 8.0, 1.1)
ABSENT: Final = Family("absent", True, Against.ITS_OWN, 0.01, 3.0, 4.0, 1.2)
DOUBLED: Final = Family("doubled", True, Against.VISITS, 2e-4, 0.3, 2.0, 1.1)
"""Payments that made more than one order."""
SLOW: Final = Family("slow", True, Against.ITS_OWN, 0.05, 20.0, 20.0, 1.1)
MISSES: Final = Family("misses", True, Against.ITS_OWN, 0.03, 5.0, 8.0, 1.2)
"""What a metric says went wrong, where most goes well."""
HITS: Final = Family("hits", False, Against.ITS_OWN, 0.08, 50.0, 30.0, 1.1)
"""What a metric says went well, where most does not."""
DONE: Final = Family("done", False, Against.VISITS, 0.1, 1.0, 20.0, 1.5)
HOOKS: Final = Family("done", False, Against.VISITS, 0.1, 1.0, 0.5, 1.5)
"""Deliveries that arrive, by topic: who subscribes to none gets none."""
CALLS: Final = Family("call", False, Against.VISITS, 0.1, 1.0, 0.5, 1.5)
"""Calls that go well, by route: each merchant uses some of them."""

TROUBLED: Final = "tickets|trouble"
"""What people write of a trouble that has no name."""
UNTROUBLED: Final = "tickets|other"
"""What they write without telling of any."""
DELIVERED: Final = "done|hook|"
OUTCOMES: Final = frozenset({"tickets", "absent", "doubled", "misses", "hits", "done", "call", "declined"})
"""Families that tell of harm by themselves."""
_BY_PREFIX: Final = {
    "errors": ERRORS,
    "logs": LOGS,
    "tickets": TICKETS,
    "declined": DECLINED,
    "absent": ABSENT,
    "doubled": DOUBLED,
    "slow": SLOW,
    "ratio": HITS,
    "done": DONE,
    "call": CALLS,
}


def is_outcome(stream: str) -> bool:
    """Whether a stream tells of harm by itself."""
    return stream.partition("|")[0] in {*OUTCOMES, "ratio"}


def family_of(stream: str) -> Family | None:
    """The family of a stream; none for what only says how much there was to see, and for what people write without
    telling of any trouble.
    """
    if stream == UNTROUBLED:
        return None
    if stream.startswith(DELIVERED):
        return HOOKS
    return _BY_PREFIX.get(stream.partition("|")[0])
