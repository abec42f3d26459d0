"""Which two causes of a pack nothing can tell apart, by what its signs weigh.

One thing is seen, and nothing else: an error code, a status, a setting, a sentence, or that there is none of a kind.
Where something of that sort lifts the first cause over the second, and something else the second over the first, their
signs can tell them apart. Where it does not, the pack has to say so, and people have to look.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final, NamedTuple

from app.config.model import CauseSpec, DomainPack
from app.signs.base import texts_of
from app.signs.registry import KINDS, ROUTE_KINDS

Pair = tuple[str, str]
LEAST: Final = 0.5
"""So much, in log-odds, has to lie between two causes once something is seen; less is told by chance."""
NOTHING: Final = ""
"""Instead of a value: nothing of its kind is seen."""
SPELLINGS: Final = frozenset({"code", "endpoint", "topic", "text", "meaning"})
"""What another platform may spell in another way, or not have."""


_Group = tuple[str, str]
"""A kind of sign, and which setting it is about where it is about one."""


class _Held(NamedTuple):
    """One sign of a cause, by what shows it."""

    values: frozenset[str]
    listed: tuple[str, ...]
    weight: float
    absent: float


def find_inseparable(pack: DomainPack, without: frozenset[str] = frozenset()) -> list[Pair]:
    """Every pair of causes that nothing can tell apart, each in the order of the names; `without` leaves out some kinds
    of sign.
    """
    held = {cause.id: _signs_by_group(cause, without) for cause in pack.causes}
    lifts = {cause: _lifts_of(groups, held.values()) for cause, groups in held.items()}
    return [
        (first, second)
        for first, second in combinations(sorted(held), 2)
        if not (_is_lifted(lifts[first], lifts[second]) and _is_lifted(lifts[second], lifts[first]))
    ]


def _is_lifted(one: Mapping[tuple[_Group, str], float], other: Mapping[tuple[_Group, str], float]) -> bool:
    """Whether anything that is seen speaks for the one rather than for the other."""
    return any(lift - other.get(seen, 0.0) >= LEAST for seen, lift in one.items()) or any(
        one.get(seen, 0.0) - lift >= LEAST for seen, lift in other.items()
    )


def list_undeclared(pack: DomainPack) -> list[Pair]:
    """Those of them that the pack does not say."""
    declared = {tuple(sorted(pair)) for pair in pack.inseparable}
    return [pair for pair in find_inseparable(pack) if pair not in declared]


def word_pair(pair: Pair) -> str:
    """What is wrong with a pair that is not declared, and what to do."""
    return (
        f"no sign tells {pair[0]} from {pair[1]}; give either a sign that the other has not, or name the pair in"
        " `inseparable` of pack.yaml"
    )


def _signs_by_group(cause: CauseSpec, without: frozenset[str]) -> dict[_Group, list[_Held]]:
    groups: dict[_Group, list[_Held]] = {}
    speaking = [(one, one.weight) for one in cause.signs] + [(one, -one.weight) for one in cause.contradictions]
    for sign, worth in speaking:
        for kind, wanted in sign.test.items():
            if kind in without or kind not in KINDS:
                continue
            names: tuple[str, ...] = ("",)
            values = texts_of(wanted)
            if isinstance(wanted, Mapping):
                names = texts_of(wanted.get("name", ()))
                above = tuple(f"above {one}" for one in texts_of(wanted["above"])) if "above" in wanted else ()
                values = above or texts_of(wanted.get("values", ()))
            one = _Held(frozenset(values), values, worth, sign.absent if worth > 0 else 0.0)
            for name in names:
                groups.setdefault((kind, name), []).append(one)
    return groups


def _lifts_of(
    groups: Mapping[_Group, list[_Held]], everybody: Iterable[Mapping[_Group, list[_Held]]]
) -> dict[tuple[_Group, str], float]:
    """What a cause gains by each thing that any cause looks for; what lifts it by nothing is left out."""
    seen: dict[_Group, set[str]] = {group: {NOTHING} for group in groups}
    for other in everybody:
        for group in groups.keys() & other.keys():
            seen[group].update(*(one.values for one in other[group]))
    lifts = {}
    for group, held in groups.items():
        kind, route = KINDS[group[0]], ROUTE_KINDS.get(group[0])
        for value in seen[group]:
            gained = 0.0
            for one in held:
                if value and (value in one.values or (route is not None and route.fits_value(value, one.listed))):
                    gained += one.weight
                elif value or kind.silence_tells:
                    gained -= one.absent
            lifts[group, value] = gained
    return lifts
