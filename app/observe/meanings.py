"""How well the sentences of each sign explain what is written about an incident, beside those of all other signs."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from app.config.model import DomainPack, SignSpec
from app.domain.dossier_facts import MeaningMatch
from app.domain.hypotheses import UNKNOWN
from app.domain.signals import Signal
from app.observe.match import listed_values
from app.ports.knowledge import Nearness

MOST_TEXTS = 8
"""So many different messages of an incident are compared, those that came most often."""
LONGEST = 200
SHARPNESS = 0.06
"""A message that is nearer by this much is e times as likely to have been said of the one as of the other."""
BESIDE = 0.2
"""The share of messages, in an incident of any cause, that tell of something else; a cause is never held against more
than that for what they say.
"""
ROUTINE = 0.15
"""What comes no nearer than this to any sentence tells nothing."""
FARTHEST = 2.0
"""From so much less likely on, in logarithms and by message, a sign explains nothing of what is said: words alone never
outweigh everything else.
"""
_JOINTS = re.compile(r"[_\-.:/]+|(?<=[a-z])(?=[A-Z])")


def say_what_is_meant(signal: Signal, text: str) -> str:
    """What a signal says: its code in words, and its message, where it carries them."""
    code = " ".join(_JOINTS.sub(" ", signal.error_code or "").lower().split())
    return f"{code} {text[:LONGEST]}".strip()


def match_meanings(said: Sequence[str], pack: DomainPack, compared_by: Nearness | None) -> MeaningMatch:
    """How well each sign of the pack that lists sentences explains what is said, beside what explains it best; nothing
    where nothing compares or nothing is said.

    A message counts by the root of how often it came: a retry is no news, and what came once may be an accident.
    """
    texts = Counter(said).most_common(MOST_TEXTS)
    signs = sentences_of(pack) if compared_by and texts else {}
    if compared_by is None or not signs:
        return MeaningMatch()
    foreign = [place for place, name in enumerate(signs) if name.startswith(f"{UNKNOWN}/")]
    near = compared_by.nearness([text for text, _ in texts], list(signs.values()))
    heard = [(math.sqrt(often), row) for (_, often), row in zip(texts, near, strict=True) if max(row) > ROUTINE]
    if not heard:
        return MeaningMatch()
    told = [_explain(row, foreign) for _, row in heard]
    weights = [weight for weight, _ in heard]
    total = math.fsum(weights)
    lost = {
        name: -math.fsum(weight * row[place] for weight, row in zip(weights, told, strict=True)) / total
        for place, name in enumerate(signs)
    }
    likeness = {name: round(max(1 - one / FARTHEST, 0.0), 4) for name, one in lost.items()}
    return MeaningMatch(messages=len(heard), likeness=likeness)


def _explain(near: Sequence[float], foreign: Sequence[int]) -> list[float]:
    """How much less likely one message is under each sign than under the one that explains it best, as logarithms. That
    it tells of other trouble speaks against no cause by more than how seldom such is said beside it.
    """
    other = max([ROUTINE, *(near[place] for place in foreign)]) / SHARPNESS
    logs = [
        other if place in foreign else _log_sum(math.log(1 - BESIDE) + one / SHARPNESS, math.log(BESIDE) + other)
        for place, one in enumerate(near)
    ]
    return [one - max(logs) for one in logs]


def _log_sum(one: float, other: float) -> float:
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))


def sentences_of(pack: DomainPack) -> dict[str, tuple[str, ...]]:
    """The sentences of each sign of meaning, by its full name."""
    return {
        f"{owner}/{sign.id}": tuple(listed_values(sign.test, "meaning"))
        for owner, some in _signs_of(pack)
        for sign in some
        if "meaning" in sign.test
    }


def _signs_of(pack: DomainPack) -> Iterator[tuple[str, Sequence[SignSpec]]]:
    for cause in pack.causes:
        yield cause.id, (*cause.signs, *cause.contradictions)
    yield UNKNOWN, pack.unknown_signs
