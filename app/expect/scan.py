"""One look over everything: which merchants, describable how, in which streams and since when, depart most from what
would have been normal, and by how much more than chance has it over all that is looked at.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.expect.descriptions import Bools, Columns, Trait
from app.expect.evidence import Floats, weigh_departure
from app.expect.expected import Stream
from app.expect.families import Family
from app.expect.membership import describe_scope
from app.expect.windows import WINDOWS

WORTH_REFINING: Final = 5.0
REFINED_WINDOWS: Final = 2
FURTHER_VALUE: Final = 1.0
SURPLUS: Final = 2.0
"""By so much more a group may depart where all others have less than usual."""
MOST_ATTRIBUTES: Final = 3
ON_THE_LIST: Final = 6.0
FACTORS: Final = (2.0, 4.0, 8.0, 16.0, 64.0)
SHARES: Final = (0.5, 0.2, 0.02)


@dataclass(frozen=True)
class Departure:
    """A stream that departs among some merchants."""

    stream: str
    family: Family
    rule: tuple[tuple[Trait, ...], ...]
    """All must hold; of each, one of several. Empty with `listed`: no attribute tells them apart; empty else:
    everybody.
    """
    listed: bool
    members: Bools
    window: int
    """How many slots it reaches back."""
    score: float
    seen: float
    expected: float
    excess: Floats
    """How many events too many, or too few, each merchant had."""


def find_departures(streams: Iterable[Stream], columns: Columns, *, least: float) -> list[Departure]:
    """What departs with at least that score, the strongest of each stream, the strongest first."""
    rows = columns.rows.astype(float)
    found = [
        describe_departure(best, stream, columns)
        for stream in streams
        if _most_possible(stream, least) >= least
        and (best := _find_departure(stream, columns, rows))
        and best.score >= least
    ]
    return sorted(found, key=lambda one: (-one.score, one.stream))


def _most_possible(stream: Stream, least: float) -> float:
    """What no group of merchants can depart by more than, in any window: the best set is a beginning of the row in
    which they stand by how far each departs. Most streams show far less, and need not be searched.
    """
    among = stream.count.any(axis=1) if stream.family.rises else np.ones(len(stream.count), dtype=bool)
    count, expected = stream.count[among], stream.expected[among]
    ratio = count / np.maximum(expected, 1e-12)
    each = _depart_alone(count, expected, ratio, rises=stream.family.rises) / stream.dispersion
    if each < least - SURPLUS:
        return each
    order = np.argsort(-ratio if stream.family.rises else ratio, axis=0)
    inside = np.cumsum(np.take_along_axis(count, order, axis=0), axis=0)
    within = np.cumsum(np.take_along_axis(expected, order, axis=0), axis=0)
    scores = weigh_departure(
        inside,
        within,
        np.asarray(np.inf),
        stream.count.sum(axis=0)[None],
        stream.expected.sum(axis=0)[None],
        stream.past[None],
        np.asarray(stream.dispersion),
        np.asarray(stream.family.rises),
    )
    return float(scores.max(initial=0.0))


def _depart_alone(count: Floats, expected: Floats, ratio: Floats, *, rises: bool) -> float:
    """By how much all of them depart in the worst window, each taken by itself: together they never depart by more."""
    worse = ratio > 1 if rises else ratio < 1
    gain = np.where(worse, count * np.log(np.maximum(ratio, 1e-300)) - (count - expected), 0.0)
    return float(gain.sum(axis=0).max(initial=0.0))


def describe_departure(departure: Departure, stream: Stream, columns: Columns) -> Departure:
    """The same departure with the likeliest description of whom it concerns."""
    window = WINDOWS.index(departure.window)
    count, expected = stream.count[:, window], stream.expected[:, window]
    told = describe_scope(count, expected, columns, stream.dispersion, rises=stream.family.rises)
    members = told.covered | told.sharing
    if not members.any():
        return departure
    return replace(
        departure,
        rule=told.rule,
        listed=told.listed,
        members=members,
        seen=float(count[members].sum()),
        expected=float(expected[members].sum()),
    )


def _find_departure(stream: Stream, columns: Columns, rows: Floats) -> Departure | None:
    """Where one stream departs most, if it departs at all."""
    inside, expected, known = rows @ stream.count, rows @ stream.expected, rows @ stream.known
    table = weigh_departure(
        inside,
        expected,
        known,
        stream.count.sum(axis=0)[None],
        stream.expected.sum(axis=0)[None],
        stream.past[None],
        np.asarray(stream.dispersion),
        np.asarray(stream.family.rises),
    )
    table = table - columns.cost[:, None]
    listed = _best_list(stream)
    peak = table.max(axis=0)
    order = np.argsort(-peak)[:REFINED_WINDOWS]
    best: Departure | None = listed
    for window in order:
        if peak[window] < WORTH_REFINING:
            break
        one = _refine(stream, columns, rows, int(window), int(np.argmax(table[:, window])), float(peak[window]))
        if best is None or one.score > best.score:
            best = one
    return best


def _departure(
    stream: Stream, rule: Sequence[Sequence[Trait]], members: Bools, window: int, score: float, *, listed: bool
) -> Departure:
    return Departure(
        stream=stream.name,
        family=stream.family,
        rule=tuple(tuple(one) for one in rule),
        listed=listed,
        members=members,
        window=WINDOWS[window],
        score=score,
        seen=float(stream.count[members, window].sum()),
        expected=float(stream.expected[members, window].sum()),
        excess=stream.excess(window),
    )


def _refine(
    stream: Stream, columns: Columns, rows: Floats, window: int, start: int, score: float
) -> Departure:  # fmt: skip
    """From the best single condition: one attribute after another is given its best set of values, as long as that pays
    for what it costs to say.
    """
    chosen: dict[int, list[int]] = {} if start == 0 else {int(columns.attribute_of[start]): [start]}
    weighed: dict[tuple[int, ...], tuple[list[int], float, float]] = {}
    for _ in range(2 * MOST_ATTRIBUTES):
        better = False
        for attribute in range(columns.attributes):
            if attribute not in chosen and len(chosen) == MOST_ATTRIBUTES:
                continue
            others = {key: places for key, places in chosen.items() if key != attribute}
            asked = (attribute, *(place for places in others.values() for place in places))
            if asked not in weighed:
                weighed[asked] = _weigh_attribute(stream, columns, rows, window, attribute, others)
            values, gain, alone = weighed[asked]
            if values and gain > score + 1e-9 and gain > alone:
                chosen, score, better = {**others, attribute: values}, gain, True
            elif others != chosen and alone > score + 1e-9:
                chosen, score, better = others, alone, True
        if not better:
            break
    rule = [[one for place in places if (one := columns.traits[place]) is not None] for places in chosen.values()]
    return _departure(stream, rule, _members(columns, chosen), window, score, listed=False)


def _weigh_attribute(
    stream: Stream, columns: Columns, rows: Floats, window: int, attribute: int, others: dict[int, list[int]]
) -> tuple[list[int], float, float]:
    """The best values of an attribute beside what is chosen of others, what both say together, and what the others say
    without it.
    """
    count, expected, known = stream.count[:, window], stream.expected[:, window], stream.known[:, window]
    base, cost = _members(columns, others), _cost(columns, others)
    places = np.flatnonzero(columns.attribute_of == attribute)
    sums = (rows[places] * base) @ np.stack([count, expected, known], axis=1)
    values, gain = _best_values(stream, columns, places, sums, window)
    return values, gain - cost, _score_of(stream, count, expected, known, base, window) - cost


def _score_of(
    stream: Stream, count: Floats, expected: Floats, known: Floats, members: Bools, window: int
) -> float:  # fmt: skip
    return float(
        stream.weigh(
            np.asarray(count[members].sum()), np.asarray(expected[members].sum()), np.asarray(known[members].sum()),
            window,
        )
    )  # fmt: skip


def _best_values(
    stream: Stream, columns: Columns, places: NDArray[np.int64], sums: Floats, window: int
) -> tuple[list[int], float]:
    """The best set of values of one attribute: values in the order of their ratio, and the best beginning of that row
    (nothing but a beginning can be best).
    """
    live = sums[:, 1] > 0
    places, sums = places[live], sums[live]
    if not len(places):
        return [], 0.0
    first = columns.traits[places[0]]
    ratio = sums[:, 0] / sums[:, 1]
    order = np.argsort(-ratio if stream.family.rises else ratio, kind="stable")
    if first is not None and first.operator == "is":
        added = np.cumsum(sums[order], axis=0)
        scores = stream.weigh(added[:, 0], added[:, 1], added[:, 2], window)
        costs = columns.cost[places[order[0]]] + FURTHER_VALUE * np.arange(len(order))
        if len(order) > 1:
            scores = scores[:-1] if len(order) == len(places) and live.all() else scores
        costs = costs[: len(scores)]
        end = int(np.argmax(scores - costs))
        return [int(one) for one in places[order[: end + 1]]], float(scores[end] - costs[end])
    scores = stream.weigh(sums[:, 0], sums[:, 1], sums[:, 2], window) - columns.cost[places]
    end = int(np.argmax(scores))
    return [int(places[end])], float(scores[end])


def _members(columns: Columns, chosen: dict[int, list[int]]) -> Bools:
    members = np.ones(columns.rows.shape[1], dtype=bool)
    for places in chosen.values():
        members &= columns.rows[places].any(axis=0)
    return members


def _cost(columns: Columns, chosen: dict[int, list[int]]) -> float:
    return sum(
        float(columns.cost[places[0]]) + FURTHER_VALUE * (len(places) - 1) for places in chosen.values()
    )  # fmt: skip


def _best_list(stream: Stream) -> Departure | None:
    """The best list of merchants whom no attribute need tell apart: each pays for being named."""
    best: tuple[float, Bools, int] | None = None
    factors = FACTORS if stream.family.rises else SHARES
    logarithms, less = (
        np.array(one)[:, None, None] for one in zip(*((math.log(f), 1 - f) for f in factors), strict=True)
    )
    named = (stream.count * logarithms + stream.expected * less) / stream.dispersion > ON_THE_LIST
    if not named.any():
        return None
    for listed in named:
        for window in np.flatnonzero(listed.any(axis=0)):
            members = listed[:, window]
            score = _score_of(
                stream, stream.count[:, window], stream.expected[:, window], stream.known[:, window], members,
                int(window),
            ) - ON_THE_LIST * float(members.sum())  # fmt: skip
            if best is None or score > best[0]:
                best = (score, members, int(window))
    return None if best is None else _departure(stream, (), best[1], best[2], best[0], listed=True)


def describe_rule(rule: Iterable[Sequence[Trait]]) -> str:
    """A rule for people."""
    return " and ".join(" or ".join(one.words() for one in part) for part in rule)
