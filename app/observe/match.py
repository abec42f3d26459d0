"""Which causes of a pack a failing route or a text hints at. Only hints: `app.reason` weighs, this merely tells things
apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from app.config.model import CauseSpec, DomainPack, SignSpec
from app.observe.words import says_any

ROUTE_TESTS = ("code", "endpoint", "status", "topic")


def listed_values(test: Mapping[str, object], kind: str) -> list[str]:
    """The values a sign's test lists for one kind, as strings."""
    wanted = test.get(kind, ())
    return [str(one) for one in wanted] if isinstance(wanted, list | tuple) else [str(wanted)]


def signs_testing(cause: CauseSpec, kind: str) -> list[SignSpec]:
    """The signs of a cause that test one kind of fact."""
    return [sign for sign in cause.signs if kind in sign.test]


def same_status(wanted: str, status: object) -> bool:
    """Whether a status fits: '404', or '4xx' for a whole class."""
    number = str(status)
    return wanted == number or (wanted.lower().endswith("xx") and len(number) == 3 and wanted[0] == number[0])


def fits_route(kind: str, wanted: Iterable[str], value: object) -> bool:
    """Whether a value of a route is one of those a sign wants; endpoints and topics may have stars."""
    if value in (None, ""):
        return False
    if kind == "status":
        return any(same_status(one, value) for one in wanted)
    if kind == "code":
        return str(value) in set(wanted)
    return any(fnmatchcase(str(value).lower(), one.lower()) for one in wanted)


def code_causes(pack: DomainPack) -> dict[str, frozenset[str]]:
    """For each error code, the causes that list it."""
    found: dict[str, set[str]] = {}
    for cause in pack.causes:
        for sign in signs_testing(cause, "code"):
            for code in listed_values(sign.test, "code"):
                found.setdefault(code, set()).add(cause.id)
    return {code: frozenset(causes) for code, causes in found.items()}


def route_fit(cause: CauseSpec, key: Mapping[str, Any]) -> float:
    """How much of what a cause says about routes holds for one pattern's key: the weights of the signs that hold, over
    those that could be told.
    """
    names = {"code": "error_code", "endpoint": "endpoint", "status": "status", "topic": "topic"}
    told = held = 0.0
    for kind in ROUTE_TESTS:
        value = key.get(names[kind])
        for sign in signs_testing(cause, kind):
            told += sign.weight if value not in (None, "") else 0.0
            held += sign.weight if fits_route(kind, listed_values(sign.test, kind), value) else 0.0
    return held / told if told else 0.0


def likely_causes(pack: DomainPack, keys: Sequence[Mapping[str, Any]], at_least: float = 0.5) -> list[CauseSpec]:
    """The causes whose routes fit that well, best first."""
    scored = [(max((route_fit(cause, key) for key in keys), default=0.0), cause) for cause in pack.causes]
    return [cause for fit, cause in sorted(scored, key=lambda one: (-one[0], one[1].id)) if fit >= at_least]


def phrase_hits(cause: CauseSpec, said: Sequence[str]) -> int:
    """How many of a cause's text signs a text hits."""
    return sum(says_any(listed_values(sign.test, "text"), said) for sign in signs_testing(cause, "text"))
