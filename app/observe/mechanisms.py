"""Which failures are plainly one mechanism: what fails and how, never when, and what the pack says of it."""

from collections.abc import Iterable, Mapping, Sequence

from app.config.model import DomainPack
from app.domain.base import JsonMapping
from app.domain.patterns import Pattern
from app.domain.signals import Signal, SignalType
from app.observe.groups import GroupKey, merchants_in
from app.observe.match import code_causes, likely_causes

SAME_MERCHANTS = 0.6
FAMILY = {"api_call": "api_error", "webhook_delivery": "webhook_failure"}


class PackIndex:
    """What the pack says about routes, looked up once per route. Local to one call of `correlate`."""

    def __init__(self, pack: DomainPack) -> None:
        self.pack = pack
        self.codes = code_causes(pack)
        self._hints: dict[tuple[object, ...], frozenset[str]] = {}

    def hints(self, key: JsonMapping) -> frozenset[str]:
        """The causes a failing route plainly points at: those of its code, or without a code the one its address and
        status fit.
        """
        code = key.get("error_code")
        if code:
            return self.codes.get(str(code), frozenset())
        route = (key.get("endpoint"), key.get("status"), key.get("topic"))
        if route not in self._hints:
            self._hints[route] = frozenset(cause.id for cause in likely_causes(self.pack, [key], at_least=0.9)[:1])
        return self._hints[route]


def error_key(key: JsonMapping) -> str:
    """The stable name of a mechanism: what kind of call, where, and its code or status. A topic, a merchant or a time
    is no part of it.
    """
    how = key.get("error_code") or key.get("status") or key.get("template") or "-"
    return f"{name_family(key)}|{key.get('endpoint') or '-'}|{how}"


def key_mechanism(groups: Mapping[GroupKey, Sequence[Signal]], incident_key: str, pack: DomainPack) -> list[GroupKey]:
    """The error groups an incident is about: those of its key, or else the biggest, and whatever is plainly the same
    mechanism as they are.
    """
    sized = sorted(groups, key=lambda one: (one.signal_type == SignalType.LOG.value, -len(groups[one]), one.order()))
    how = incident_key.rpartition("|")[2]
    leading = (
        [one for one in sized if error_key(one.plain_key()) == incident_key]
        or [one for one in sized if one.error_code == how]
        or sized[:1]
    )
    lore = PackIndex(pack)
    leads = [(one.plain_key(), merchants_in(groups[one])) for one in leading]
    codes = {one.error_code for one in leading if one.error_code}
    return [
        one
        for one in sized
        if one in leading
        or one.error_code in codes
        or any(is_same_mechanism(one.plain_key(), merchants_in(groups[one]), key, reach, lore) for key, reach in leads)
    ]


def join_mechanisms(groups: Sequence[Pattern], lore: PackIndex) -> list[list[Pattern]]:
    """Error groups that are plainly the same mechanism, together; the biggest group leads."""
    found: list[list[Pattern]] = []
    for group in sorted(groups, key=lambda one: (-one.count, one.first_seen, one.id)):
        home = next(
            (
                one
                for one in found
                if any(is_same_mechanism(group.key, group.merchants, other.key, other.merchants, lore) for other in one)
            ),
            None,
        )
        if home is None:
            found.append([group])
        else:
            home.append(group)
    return found


def is_same_mechanism(
    one: JsonMapping, reach: Iterable[str], other: JsonMapping, other_reach: Iterable[str], lore: PackIndex
) -> bool:
    """Whether two failures, each at whom it reaches, are plainly one mechanism."""
    if error_key(one) == error_key(other):
        return True
    if _overlap_share(reach, other_reach) < SAME_MERCHANTS:
        return False
    code, second = one.get("error_code"), other.get("error_code")
    hints, others = lore.hints(one), lore.hints(other)
    if hints and others and not (code and second and {code, second} - set(lore.codes)):
        return bool(hints & others)
    if name_family(one) != name_family(other):
        return False
    if not one.get("endpoint") or one.get("endpoint") != other.get("endpoint"):
        return False
    return one.get("status") == other.get("status") or _told_twice(one, other)


def _told_twice(one: JsonMapping, other: JsonMapping) -> bool:
    """Whether one may be the error that the other's failed call raised: of two types, and only one of them tells the
    status.
    """
    return one.get("signal_type") != other.get("signal_type") and None in {one.get("status"), other.get("status")}


def name_family(key: JsonMapping) -> str:
    """An answered call and the error it raised are one kind of thing; so are a delivery and its failure."""
    kind = str(key.get("signal_type"))
    return FAMILY.get(kind, kind)


def _overlap_share(one: Iterable[str], other: Iterable[str]) -> float:
    """The share of the smaller set that both have; nobody overlaps with nobody."""
    first, second = set(one), set(other)
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0
