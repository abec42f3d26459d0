"""What a treatment broke beside what it was to cure: failures of a kind that those treated hardly had before, and that
nobody else has now.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from app.domain.dossier_facts import Selector
from app.domain.signals import Signal
from app.observe.streams import failure_stream
from app.observe.told_again import has_failed
from app.verify.before_after import is_sound, selector_matches
from app.verify.chance import at_least

FEWEST: Final = 5
DOUBT: Final = 1e-4
BURSTS: Final = 3.0
"""So many times what was usual may come by itself: failures come in bursts."""
HALF: Final = 0.5
"""What was never seen may have been there as often as this."""


class SideEffect(NamedTuple):
    """A kind of failure that began with a treatment."""

    stream: str
    since: int
    before: int
    elsewhere: int
    """How many of it the others have had since."""


def find_side_effect(
    signals: Sequence[Signal],
    selector: Selector,
    treated: Collection[str],
    span: tuple[datetime, datetime, datetime],
) -> SideEffect | None:
    """The plainest one elsewhere than where the forecast counts, if there is any; `span` is from when was looked at,
    when the action was done, and until when was looked at. What fails there under another name is the same failure;
    what is told again is told once in these signals.
    """
    start, acted_at, until = span
    there = {one.place for one in signals if selector_matches(selector, one)} | {*selector.endpoints}
    failed = [one for one in signals if has_failed(one) and one.place not in there]
    counts: defaultdict[tuple[bool, bool], Counter[str]] = defaultdict(Counter)
    for one in failed:
        if start <= one.occurred_at < until:
            counts[one.merchant_id in treated, one.occurred_at >= acted_at][failure_stream(one)] += 1
    since = [one for one in signals if acted_at <= one.occurred_at < until]
    sound = Counter(one.merchant_id in treated for one in since if is_sound(one))
    lasted = (until - acted_at) / max(acted_at - start, until - acted_at)
    size = (sound[True] + 1) / (sound[False] + 1)
    found = [
        SideEffect(stream, count, counts[True, False][stream], counts[False, True][stream])
        for stream, count in counts[True, True].items()
        if count >= FEWEST
    ]
    plain = [(doubt, one) for one in found if (doubt := _doubt_of(one, lasted, size)) < DOUBT]
    return min(plain, key=lambda one: one[0])[1] if plain else None


def _doubt_of(effect: SideEffect, lasted: float, size: float) -> float:
    """How likely as many would have come without the treatment."""
    usual = max((effect.before + HALF) * lasted, effect.elsewhere * size)
    return at_least(effect.since, BURSTS * usual)
