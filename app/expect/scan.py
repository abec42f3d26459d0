"""One look over everything: which merchants, describable how, in which streams and since when, depart most from what
would have been normal, and by how much more than chance has it over all that is looked at.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from app.expect.bounds import which_may_depart
from app.expect.descriptions import Bools, Columns, Trait
from app.expect.evidence import Floats, weigh_departure
from app.expect.expected import Stream
from app.expect.families import Family
from app.expect.membership import describe_scope
from app.expect.windows import WINDOWS

WORTH_REFINING: Final = 5.0
REFINED_WINDOWS: Final = 2
FURTHER_VALUE: Final = 1.0
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
    cheapest = float(columns.cost[1:].min(initial=ON_THE_LIST))
    found = [
        describe_departure(best, stream, columns)
        for stream in which_may_depart(list(streams), least, cheapest)
        if (best := _find_departure(stream, columns)) and best.score >= least
    ]
    return sorted(found, key=lambda one: (-one.score, one.stream))


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


def _find_departure(stream: Stream, columns: Columns) -> Departure | None:
    """Where one stream departs most, if it departs at all."""
    rows, windows = columns.held, len(WINDOWS)
    sums = rows @ np.concatenate([stream.count, stream.expected, stream.known], axis=1)
    table = weigh_departure(
        sums[:, :windows],
        sums[:, windows : 2 * windows],
        sums[:, 2 * windows :],
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


class _Beside(NamedTuple):
    """What every attribute would say best beside what is chosen of others, worked out for all of them together."""

    values: list[list[int]]
    """The rows that each attribute would name; none where nothing is known of it."""
    gain: list[float]
    """How strongly those depart whom it all describes."""
    alone: float
    """How strongly those whom the others describe do."""


def _refine(
    stream: Stream, columns: Columns, rows: Floats, window: int, start: int, score: float
) -> Departure:  # fmt: skip
    """From the best single condition: one attribute after another is given its best set of values, as long as that pays
    for what it costs to say.
    """
    chosen: dict[int, list[int]] = {} if start == 0 else {int(columns.attribute_of[start]): [start]}
    weighed: dict[tuple[tuple[int, ...], ...], _Beside] = {}
    for _ in range(2 * MOST_ATTRIBUTES):
        better = False
        for attribute in range(columns.attributes):
            if attribute not in chosen and len(chosen) == MOST_ATTRIBUTES:
                continue
            others = {key: places for key, places in chosen.items() if key != attribute}
            asked = tuple(tuple(places) for places in others.values())
            if asked not in weighed:
                weighed[asked] = _weigh_beside(stream, columns, rows, window, others)
            beside = weighed[asked]
            values, gain = beside.values[attribute], beside.gain[attribute]
            if values and gain > score + 1e-9 and gain > beside.alone:
                chosen, score, better = {**others, attribute: values}, gain, True
            elif others != chosen and beside.alone > score + 1e-9:
                chosen, score, better = others, beside.alone, True
        if not better:
            break
    rule = [[one for place in places if (one := columns.traits[place]) is not None] for places in chosen.values()]
    return _departure(stream, rule, _members(columns, chosen), window, score, listed=False)


def _weigh_beside(
    stream: Stream, columns: Columns, rows: Floats, window: int, others: dict[int, list[int]]
) -> _Beside:  # fmt: skip
    """The best set of values of every attribute: values in the order of their ratio, and the best beginning of that row
    (nothing but a beginning can be best); of numbers the best single cut.
    """
    base, cost = _members(columns, others), _cost(columns, others)
    known = np.stack([stream.count[:, window], stream.expected[:, window], stream.known[:, window]], axis=1)
    together = known[base].sum(axis=0)
    alone = stream.weigh(together[0], together[1], together[2], window)
    sums = np.vstack([rows @ (base[:, None] * known), np.zeros(3)])
    live = sums[:, 1] > 0
    ratio = np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=live)
    places, kinds = columns.table, columns.are_kinds[:, None]
    worse = -ratio[places] if stream.family.rises else ratio[places]
    order = np.where(kinds, np.argsort(worse, axis=1, kind="stable"), np.arange(places.shape[1]))
    places = np.take_along_axis(places, order, axis=1)
    there, last = live[places], live[places].sum(axis=1, keepdims=True)
    whole = kinds & (last > 1) & (last == columns.sizes[:, None]) & (np.arange(places.shape[1]) == last - 1)
    each = sums[places]
    added = np.where(kinds[..., None], np.cumsum(each, axis=1), each)
    scores = stream.weigh(added[..., 0], added[..., 1], added[..., 2], window) - columns.cost[columns.firsts, None]
    scores = np.where(kinds, scores - FURTHER_VALUE * np.arange(places.shape[1]), scores)
    scores = np.where(there & ~whole, scores, -np.inf)
    ends = np.argmax(scores, axis=1)
    begins = np.where(columns.are_kinds, 0, ends)
    values = [
        row[begin : end + 1] if any_live else []
        for row, begin, end, any_live in zip(places.tolist(), begins, ends, last[:, 0] > 0, strict=True)
    ]
    gain = scores[np.arange(len(ends)), ends] - cost
    return _Beside(values, gain.tolist(), float(alone) - cost)


def _score_of(
    stream: Stream, count: Floats, expected: Floats, known: Floats, members: Bools, window: int
) -> float:  # fmt: skip
    return float(
        stream.weigh(
            np.asarray(count[members].sum()), np.asarray(expected[members].sum()), np.asarray(known[members].sum()),
            window,
        )
    )  # fmt: skip


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
