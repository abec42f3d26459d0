"""Whether a departure hurts somebody: by what becomes of those who met it, or, where nothing could tell of harm, by how
plain, new and lasting it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.expect.belonging import is_trying, is_unheard_of
from app.expect.families import OUTCOMES, TROUBLED
from app.expect.harm import ENOUGH, Harm, harm_of
from app.expect.hurt import hurt_by
from app.expect.look import Look
from app.expect.scan import Departure
from app.expect.windows import DAY, window_reaching

LONG_ENOUGH: Final = 6
OUTLASTS: Final = 24
"""No burst lasts for two hours."""
QUIET: Final = "|quiet|"
"""In the name of a line that its writer calls no trouble."""
LATELY: Final = 2
STILL: Final = 1 / 3
"""So much of its mean pace what goes on must still have."""
PLAIN: Final = 20.0
"""What departs so plainly for so many slots, was hardly known before and is called serious by its senders is taken for
it where nothing else tells of harm.
"""
SEVERAL: Final = 3
"""At so many merchants, and twice as plain, it is taken for it whatever its senders call it."""
KNOWN_FOR: Final = DAY // 2
"""What has been there nearly since anything was heard may always have been."""
HARDLY_KNOWN: Final = 10
OFTEN: Final = 0.2


def find_harm(look: Look, departure: Departure, since: int) -> Harm:
    """What becomes of those who had events of it: what becomes of all whom a description covers may have other
    reasons.
    """
    hit = look.panel.flags(hurt_by(look, departure, since))
    if departure.family.name not in OUTCOMES and hit.any():
        departure = replace(departure, members=hit)
    return harm_of(look.panel, departure, look.outcomes(), since, look.now)


def does_harm(look: Look, departure: Departure, harm: Harm, since: int, score: float) -> bool:
    """Whether somebody is hurt; where nothing could tell of it, whether it is plain and its senders call it serious.
    That everybody sells less is not its doing while those who met it come through.
    """
    if _is_more_of_a_routine(departure) or _is_one_story(look, departure, since):
        return False
    return _hurts(look, departure, harm, since, score)


def _is_one_story(look: Look, departure: Departure, since: int) -> bool:
    """Whether it is only that one or two write of something."""
    if departure.stream == TROUBLED:
        return len(hurt_by(look, departure, since)) < SEVERAL
    return departure.family.name == "tickets" and departure.seen < SEVERAL


def _is_more_of_a_routine(departure: Departure) -> bool:
    """Whether it is a line that its writer calls no trouble, and that was always written."""
    return departure.stream.startswith("logs|") and QUIET in departure.stream and not is_unheard_of(departure)


def _hurts(look: Look, departure: Departure, harm: Harm, since: int, score: float) -> bool:
    prior = look.prior(departure.stream)
    if harm.done and not (harm.refuted and departure.members.all()):
        return bool(harm.outcomes) or not _is_known(look, departure, since) or _lasts(look, departure, since)
    if harm.refuted:
        return False
    if harm.met or harm.visitors:
        return harm.visitors > 0 and harm.visitors + prior > ENOUGH
    if _is_plain(look, departure, since, score):
        return bool(prior) or _is_news_to_several(look, departure, since, score)
    if not prior:
        return False
    window = window_reaching(look.now - since)
    could_tell = sum(
        float(one.expected[departure.members, window].sum())
        for one in look.whole()
        if one.family.name in OUTCOMES and one.family.name != "tickets"
    )
    return could_tell < 1e-6


def _is_news_to_several(look: Look, departure: Departure, since: int, score: float) -> bool:
    """Whether it is twice as plain and hits several, on a platform of which enough is known to call it new."""
    if score < 2 * PLAIN or since - look.panel.first < KNOWN_FOR:
        return False
    return len(hurt_by(look, departure, since)) >= SEVERAL


def _lasts(look: Look, departure: Departure, since: int) -> bool:
    """Whether it is more than a burst."""
    return look.now - since >= LONG_ENOUGH and goes_on(look, (departure.stream,), departure, since)


def _is_known(look: Look, departure: Departure, since: int) -> bool:
    """Whether it happened now and then before it departed, and did nobody harm: such things come in bursts. An address
    of a receiver is as new as its owner: there the code counts, wherever it came from.
    """
    names = [departure.stream]
    if departure.stream.startswith("errors|hook|"):
        code = departure.stream.rpartition("|")[2]
        names = [one for one in look.panel.streams if one.startswith("errors|hook|") and one.endswith(f"|{code}")]
    before = sum(look.panel.past(one)[0] + look.panel.total(one, until=since)[0] for one in names)
    return bool(before > HARDLY_KNOWN)


def _outlasts_a_burst(look: Look, departure: Departure, since: int, score: float) -> bool:
    """Whether what comes in bursts hits several for so long that it is none."""
    return look.now - since >= OUTLASTS and _is_news_to_several(look, departure, since, score)


def _is_plain(look: Look, departure: Departure, since: int, score: float) -> bool:
    """Whether it is so plain, so new and so lasting that it is taken for harm where nothing tells of any: not what is
    only written in logs, not what fails now and then where most goes well, and not what somebody tries out.
    """
    if departure.family.name != "errors" or score < PLAIN or not _lasts(look, departure, since):
        return False
    if not is_unheard_of(departure):
        return False
    if _is_known(look, departure, since) and not _outlasts_a_burst(look, departure, since, score):
        return False
    if is_trying(look, departure, since):
        return False
    route = departure.stream.split("|")[2]
    calls = look.panel.total(f"call|{route}", departure.members, since, look.now)[0]
    return bool(departure.seen >= OFTEN * (departure.seen + calls))


def goes_on(look: Look, streams: Sequence[str], departure: Departure, since: int) -> bool:
    """Whether it still comes, and not at a fraction of its pace: a burst that is over hurts nobody any more."""
    lately = max(LATELY, (look.now - since) // 4)
    slots = np.sum([look.panel.by_slot(one, departure.members, since, look.now) for one in streams], axis=0)
    last = float(slots[-lately:].sum())
    return last > 0 and last / lately >= STILL * float(slots.mean())
