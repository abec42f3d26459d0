"""How well the sentences of each sign explain what is written about an incident, beside those of all other signs."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from app.config.model import DomainPack, SignSpec
from app.domain.dossier_facts import ROUTINE_WEIGHT, MeaningMatch
from app.domain.hypotheses import UNKNOWN
from app.domain.once import once_for_each
from app.domain.signals import Signal
from app.observe.match import listed_values
from app.ports.knowledge import Nearness

PACKS_KEPT = 16
MOST_TEXTS = 8
"""So many different messages of an incident are compared, those that came most often."""
LONGEST = 200
SHARPNESS = 0.06
"""A message that is nearer by this much is e times as likely to have been said of the one as of the other."""
BESIDE = 0.2
"""The share of messages, in an incident of any cause, that tell of something else; a cause is never held against more
than that for what they say.
"""
TELLS_NOTHING = 0.15
"""What comes no nearer than this to any sentence tells nothing."""
ASTRAY = 0.05
"""The chance that a message of an incident sounds like something that it has nothing to do with: of any cause, and of
none. So no single message says that a cause is out of the question, nor that it must be a known one.
"""
FARTHEST = 1.5
"""From so much less likely on, in logarithms and by message, a sign explains nothing of what is said: words alone never
outweigh everything else.
"""
_JOINTS = re.compile(r"[_\-.:/]+|(?<=[a-z])(?=[A-Z])")


def say_what_is_meant(signal: Signal, text: str) -> str:
    """What a signal says: its code in words, and its message, where it carries them."""
    return f"{code_in_words(signal)} {text[:LONGEST]}".strip()


def code_in_words(signal: Signal) -> str:
    """Its code as words: who has no code that others know says with it what happened."""
    return " ".join(_JOINTS.sub(" ", signal.error_code or "").lower().split())


def match_meanings(
    said: Sequence[str], pack: DomainPack, compared_by: Nearness | None, routine: Collection[str] = ()
) -> MeaningMatch:
    """How well each sign of the pack that lists sentences explains what is said, beside what explains it best; nothing
    where nothing compares or nothing is said.

    A message counts by the root of how often it came: a retry is no news, and what came once may be an accident. What
    is only said as `routine` counts for less, and is left out first where too much is said.
    """
    counted = sorted(Counter(said).items(), key=lambda one: (one[0] in routine, -one[1]))
    texts = [
        (text, math.sqrt(often) * (ROUTINE_WEIGHT if text in routine else 1.0)) for text, often in counted[:MOST_TEXTS]
    ]
    signs = sentences_of(pack) if compared_by and texts else {}
    if compared_by is None or not signs:
        return MeaningMatch()
    foreign = [place for place, name in enumerate(signs) if name.startswith(f"{UNKNOWN}/")]
    near = compared_by.nearness([text for text, _ in texts], _groups_of(pack))
    heard = [(weight, row) for (_, weight), row in zip(texts, near, strict=True) if max(row) > TELLS_NOTHING]
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
    other = max([TELLS_NOTHING, *(near[place] for place in foreign)]) / SHARPNESS
    logs = [
        other if place in foreign else _log_sum(math.log(1 - BESIDE) + one / SHARPNESS, math.log(BESIDE) + other)
        for place, one in enumerate(near)
    ]
    return [_log_sum(math.log(1 - ASTRAY) + one - max(logs), math.log(ASTRAY)) for one in logs]


def _log_sum(one: float, other: float) -> float:
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))


@once_for_each(PACKS_KEPT)
def sentences_of(pack: DomainPack) -> Mapping[str, tuple[str, ...]]:
    """The sentences of each sign of meaning, by its full name."""
    return {
        f"{owner}/{sign.id}": listed_values(sign.test, "meaning")
        for owner, some in _signs_of(pack)
        for sign in some
        if "meaning" in sign.test
    }


@once_for_each(PACKS_KEPT)
def _groups_of(pack: DomainPack) -> tuple[tuple[str, ...], ...]:
    """The same without names: always the same object, so that whoever compares may know it again."""
    return tuple(sentences_of(pack).values())


def _signs_of(pack: DomainPack) -> Iterator[tuple[str, Sequence[SignSpec]]]:
    for cause in pack.causes:
        yield cause.id, (*cause.signs, *cause.contradictions)
    yield UNKNOWN, pack.unknown_signs
