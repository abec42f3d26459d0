"""Which streams may depart at all: most show far less than it takes, and need not be searched.

What no group of merchants can depart by more than is known before any is tried: the best group is a beginning of the
row in which merchants stand by how far each departs. It is worked out for many streams together, since most are small.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.expect.evidence import Floats, weigh_departure
from app.expect.expected import Stream

SURPLUS: Final = 2.0
"""By so much more a group may depart where all others have less than usual."""
SLACK: Final = 1e-6
"""A bound must not be missed by how sums are rounded."""
AT_ONCE: Final = 500_000
"""So many numbers are worked on at once."""


def which_may_depart(streams: Sequence[Stream], least: float, cheapest: float) -> list[Stream]:
    """Those of which some group of merchants may depart with at least that score in some window; who any but everybody
    are costs so much to say at least.
    """
    found: list[Stream] = []
    held: list[tuple[Stream, Floats, Floats]] = []
    size = 0
    for stream in streams:
        among = stream.count.any(axis=1) if stream.family.rises else slice(None)
        held.append((stream, stream.count[among], stream.expected[among]))
        size += held[-1][1].size
        if size > AT_ONCE:
            found, held, size = [*found, *_which_of(held, least, cheapest)], [], 0
    return [*found, *_which_of(held, least, cheapest)]


def _which_of(held: Sequence[tuple[Stream, Floats, Floats]], least: float, cheapest: float) -> list[Stream]:
    held = [one for one in held if len(one[1])]
    if not held:
        return []
    alone = _depart_alone(held)
    held = [one for one, each in zip(held, alone, strict=True) if each >= least - SURPLUS - SLACK]
    if not held:
        return []
    everybody, group = _depart_together(held)
    may = (everybody >= least - SLACK) | (group >= least + cheapest - SLACK)
    return [one for (one, _, _), may_it in zip(held, may.tolist(), strict=True) if may_it]


def _depart_alone(held: Sequence[tuple[Stream, Floats, Floats]]) -> list[float]:
    """By how much all merchants of each stream depart in the worst window, each taken by itself: together they never
    depart by more.
    """
    lengths = [len(count) for _, count, _ in held]
    count, expected = (np.concatenate([one[at] for one in held]) for at in (1, 2))
    rises = np.repeat([one.family.rises for one, _, _ in held], lengths)[:, None]
    ratio = count / np.maximum(expected, 1e-12)
    gain = count * np.log(np.maximum(ratio, 1e-300)) - (count - expected)
    gain = np.where(np.where(rises, ratio > 1, ratio < 1), gain, 0.0)
    most = np.add.reduceat(gain, _begins(lengths), axis=0).max(axis=1)
    return [each / one.dispersion for each, (one, _, _) in zip(most.tolist(), held, strict=True)]


def _depart_together(held: Sequence[tuple[Stream, Floats, Floats]]) -> tuple[Floats, Floats]:
    """By how much everybody departs in the worst window of each stream, and by how much the best group would, were
    ever so much known of its merchants.
    """
    lengths = [len(count) for _, count, _ in held]
    sums = [_add_up(stream, count, expected) for stream, count, expected in held]
    inside, within = (np.concatenate(parts) for parts in zip(*sums, strict=True))
    total, usual, known = (
        np.stack([getattr(one, name).sum(axis=0) for one, _, _ in held]) for name in ("count", "expected", "known")
    )
    past = np.stack([one.past for one, _, _ in held])
    dispersion = np.array([one.dispersion for one, _, _ in held])[:, None]
    rises = np.array([one.family.rises for one, _, _ in held], dtype=bool)[:, None]
    everybody = weigh_departure(total, usual, known, total, usual, past, dispersion, rises)
    of_each = (np.repeat(one, lengths, axis=0) for one in (total, usual, past, dispersion, rises))
    group = weigh_departure(inside, within, np.asarray(np.inf), *of_each)
    most = np.maximum.reduceat(group, _begins(lengths), axis=0).max(axis=1)
    return np.asarray(everybody.max(axis=1)), np.asarray(most)


def _add_up(stream: Stream, count: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """What everybody up to each has, in every window, who departs most first."""
    ratio = count / np.maximum(expected, 1e-12)
    order = np.argsort(-ratio if stream.family.rises else ratio, axis=0)
    windows = np.arange(count.shape[1])
    return np.cumsum(count[order, windows], axis=0), np.cumsum(expected[order, windows], axis=0)


def _begins(lengths: Sequence[int]) -> list[int]:
    return [0, *np.cumsum(lengths)[:-1].tolist()]
