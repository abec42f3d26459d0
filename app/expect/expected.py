"""What every stream would have shown, had it gone on as before, beside what it shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.expect.evidence import Floats, weigh_departure
from app.expect.families import DONE, HITS, MISSES, Family
from app.expect.gone_elsewhere import PLACES, place_of, share_elsewhere, spare_elsewhere, take_up
from app.expect.normal import expect_many, is_mostly_hit
from app.expect.windows import Bools, Window

AT_ONCE: Final = 100_000
"""So many numbers are worked on at once: many small streams together, large ones each by itself."""


@dataclass(frozen=True)
class Stream:
    """One stream in every window: what was seen and expected, merchant by merchant."""

    name: str
    family: Family
    count: Floats
    expected: Floats
    known: Floats
    past: Floats
    dispersion: float
    everywhere: Floats | None = None
    """What was seen also at those who only take it up, where there may be such."""

    def beyond(self, members: Bools, window: int) -> float:
        """How much more than expected some merchants had in a window, those among them who take it up too."""
        return float((_seen_everywhere(self) - self.expected)[members, window].sum())

    def excess(self, window: int) -> Floats:
        """How many events too many, or too few, each merchant had in a window."""
        more = self.count[:, window] - self.expected[:, window]
        return more if self.family.rises else -more

    def weigh(self, inside: Floats, expected: Floats, known: Floats, window: int) -> Floats:
        """How strongly groups with these sums depart, in one window."""
        return weigh_departure(
            inside,
            expected,
            known,
            np.asarray(self.count[:, window].sum()),
            np.asarray(self.expected[:, window].sum()),
            np.asarray(self.past[window]),
            np.asarray(self.dispersion),
            np.asarray(self.family.rises),
        )


def expect_streams(window: Window, dispersion: Mapping[str, float]) -> list[Stream]:
    """What each stream would have shown, had it gone on as before. A metric is read as misses or as hits, whichever is
    rarer; calls that a merchant makes elsewhere now are not missing.
    """
    return spare_moved(expect_each(window, dispersion))


def expect_each(window: Window, dispersion: Mapping[str, float]) -> list[Stream]:
    """The same of each stream by itself, whatever is done elsewhere."""
    step = max(1, AT_ONCE // max(window.count[0].size, 1)) if len(window.count) else 1
    found: list[Stream] = []
    for first in range(0, len(window.streams), step):
        found += _expect_some(window, dispersion, slice(first, first + step))
    return found


def _expect_some(window: Window, dispersion: Mapping[str, float], part: slice) -> list[Stream]:
    families = list(window.families[part])
    count, tries = window.count[part], window.tries[part]
    past, past_tries = window.past[part], window.past_tries[part]
    if HITS in families:
        count, past = count.copy(), past.copy()
    for place, family in enumerate(families):
        if family is not HITS:
            continue
        seen, tried = past[place].sum() + count[place].sum(), past_tries[place].sum() + tries[place].sum()
        if is_mostly_hit(family, seen, tried):
            families[place] = MISSES
            count[place] = np.maximum(tries[place] - count[place], 0.0)
            past[place] = np.maximum(past_tries[place] - past[place], 0.0)
    every = expect_many(families, past, past_tries, tries)
    everybody = past.sum(axis=1)
    shows = [bool(one) for one in np.any(count, axis=(1, 2)).tolist()]
    had = [bool(one) for one in everybody.any(axis=1)]
    found = []
    for place, (name, family) in enumerate(zip(window.streams[part], families, strict=True)):
        if not (shows[place] if family.rises else had[place] or place_of(name)):
            continue
        expected = every[place] + window.still.get((part.start or 0) + place, 0.0)
        phi = max(family.dispersion, dispersion.get(name, family.dispersion))
        seen, everywhere = count[place], None
        if place_of(name):
            everywhere, expected = seen, np.where(past[place] > 0, expected, 0.0)
            seen = np.where(take_up(seen, expected, phi), expected, seen)
        known, before = family.shape + past[place], family.weight + everybody[place]
        found.append(Stream(name, family, seen, expected, known, before, phi, everywhere))
    return found


def _seen_everywhere(stream: Stream) -> Floats:
    return stream.count if stream.everywhere is None else stream.everywhere


def spare_moved(streams: Iterable[Stream]) -> list[Stream]:
    """The same without the falls of places whose merchants do the same at others; without places that are new."""
    found = list(streams)
    for places in PLACES:
        among = [at for at, one in enumerate(found) if one.name.startswith(places)]
        if len(among) < 2:
            continue
        elsewhere = share_elsewhere(
            [_seen_everywhere(found[at]) for at in among], [found[at].expected for at in among], DONE.dispersion
        )
        for at in among:
            one = found[at]
            found[at] = replace(one, expected=spare_elsewhere(one.count, one.expected, elsewhere))
    return [one for one in found if one.family.rises or (one.past > one.family.weight).any()]
