"""How near what is written about an incident comes to the sentences of each sign, whatever the words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from app.config.model import DomainPack, SignSpec
from app.domain.dossier_facts import MeaningMatch
from app.domain.hypotheses import UNKNOWN
from app.domain.signals import Signal
from app.observe.match import listed_values
from app.ports.knowledge import Meaning

MOST_TEXTS = 8
"""So many different messages of an incident are compared, those that came most often."""
FEWEST = 3
"""The half of them that comes nearest counts, and at least so many: an incident gathers messages that tell nothing."""
LONGEST = 200
_JOINTS = re.compile(r"[_\-.:/]+|(?<=[a-z])(?=[A-Z])")


def say_what_is_meant(signal: Signal, text: str) -> str:
    """What a signal says: its code in words, and its message, where it carries them."""
    code = " ".join(_JOINTS.sub(" ", signal.error_code or "").lower().split())
    return f"{code} {text[:LONGEST]}".strip()


def match_meanings(said: Sequence[str], pack: DomainPack, meaning: Meaning | None) -> MeaningMatch:
    """How near what is said comes to each sign of the pack that lists sentences; nothing where no model is installed or
    nothing is said.
    """
    texts = [text for text, _ in Counter(said).most_common(MOST_TEXTS)]
    signs = sentences_of(pack) if meaning and texts else {}
    if meaning is None or not signs:
        return MeaningMatch()
    near = meaning.nearness(texts, list(signs.values()))
    half = max(FEWEST, (len(texts) + 1) // 2)
    best = {name: sorted((row[place] for row in near), reverse=True)[:half] for place, name in enumerate(signs)}
    return MeaningMatch(
        messages=len(texts), likeness={name: round(sum(found) / len(found), 4) for name, found in best.items()}
    )


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
