"""How near what is written about an incident comes to the sentences of each sign, whatever the words."""

from collections import Counter
from collections.abc import Iterator, Sequence

from app.config.model import DomainPack, SignSpec
from app.domain.dossier_facts import MeaningMatch
from app.domain.hypotheses import UNKNOWN
from app.observe.match import listed_values
from app.ports.knowledge import Meaning

MOST_TEXTS = 8
"""So many different messages of an incident are compared, those that came most often."""
FEWEST = 3
"""The half of them that comes nearest counts, and at least so many: an incident gathers messages that tell nothing."""
LONGEST = 200


def match_meanings(messages: Sequence[str], pack: DomainPack, meaning: Meaning | None) -> MeaningMatch:
    """How near the messages come to each sign of the pack that lists sentences; nothing where no model is installed or
    nothing is said.
    """
    signs = _sentences_of(pack)
    texts = [text for text, _ in Counter(one.strip()[:LONGEST] for one in messages).most_common(MOST_TEXTS)]
    if meaning is None or not signs or not texts:
        return MeaningMatch()
    every = list(dict.fromkeys(sentence for sentences in signs.values() for sentence in sentences))
    place = {sentence: number for number, sentence in enumerate(every)}
    rows = meaning.compare(texts, every)
    near = {name: [max(row[place[one]] for one in sentences) for row in rows] for name, sentences in signs.items()}
    half = max(FEWEST, (len(texts) + 1) // 2)
    best = {name: sorted(found, reverse=True)[:half] for name, found in near.items()}
    return MeaningMatch(
        messages=len(texts), likeness={name: round(sum(found) / len(found), 4) for name, found in best.items()}
    )


def list_sentences(pack: DomainPack) -> list[str]:
    """Every sentence of a pack that messages are compared with."""
    return [sentence for sentences in _sentences_of(pack).values() for sentence in sentences]


def _sentences_of(pack: DomainPack) -> dict[str, list[str]]:
    """The sentences of each sign of meaning, by its full name."""
    return {
        f"{owner}/{sign.id}": listed_values(sign.test, "meaning")
        for owner, some in _signs_of(pack)
        for sign in some
        if "meaning" in sign.test
    }


def _signs_of(pack: DomainPack) -> Iterator[tuple[str, Sequence[SignSpec]]]:
    for cause in pack.causes:
        yield cause.id, (*cause.signs, *cause.contradictions)
    yield UNKNOWN, pack.unknown_signs
