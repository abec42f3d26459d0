"""Symptoms: what people and machines notice, told apart from why it happens. How each shows itself is
said by the domain pack.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from app.config.vocabulary import ShownByFailures, Vocabulary
from app.domain.signals import Signal, SignalType
from app.observe.routes import endpoint_of
from app.observe.words import SHORT, says_any, split_tokens
from app.signs.status import KIND as STATUS


@lru_cache(maxsize=4096)
def spoken_symptoms(text: str, words: Vocabulary) -> frozenset[str]:
    """The symptoms a message speaks of. Machines repeat themselves, so the last few thousand texts are remembered."""
    return find_symptoms(split_tokens(text), words)


def find_symptoms(said: Sequence[str], words: Vocabulary, *, troubled: bool = True) -> frozenset[str]:
    """The symptoms in the tokens of a message. Concepts that make one together do so by themselves; its phrases only
    where the message is of trouble.
    """
    concepts = {one.name for one in words.concepts if says_any(one.words, said)}
    return frozenset(
        one.id
        for one in words.symptoms
        if any(concepts.issuperset(both) for both in one.together)
        or (troubled and one.words and says_any(one.words, said))
    )


def concepts_in(text: str, words: Vocabulary) -> list[str]:
    """The concepts a text speaks of, in a fixed order: words of several languages that mean the same thing, so that a
    German ticket can stand beside an English one. They only help texts to find each other.
    """
    return list(_concepts_of_ticket(text, words) if len(text) <= SHORT else _find_concepts(text, words))


@lru_cache(maxsize=1024)
def _concepts_of_ticket(text: str, words: Vocabulary) -> tuple[str, ...]:
    """A ticket is looked at by every sweep while it is in the window."""
    return _find_concepts(text, words)


def _find_concepts(text: str, words: Vocabulary) -> tuple[str, ...]:
    said = split_tokens(text)
    return tuple(one.name for one in words.concepts if says_any(one.words, said))


def is_trouble(text: str, words: Vocabulary) -> bool:
    """Whether a message reports that something is broken."""
    return says_any(words.trouble, split_tokens(text)) or bool(spoken_symptoms(text, words))


def route_symptoms(
    signal_type: str, endpoint: str, status: int | str | None, words: Vocabulary, *, topic: str = ""
) -> frozenset[str]:
    """The symptoms that a failing route shows by itself."""
    kind = "delivery" if signal_type.startswith("webhook") else "call"
    number = str(status) if isinstance(status, int) else ""
    return frozenset(
        name for one in words.failures if _fits(one, kind, endpoint, number, topic) for name in one.symptoms
    )


def _fits(entry: ShownByFailures, kind: str, endpoint: str, status: str, topic: str) -> bool:
    named = [(endpoint, shape) for shape in entry.routes] + [(topic, shape) for shape in entry.topics]
    return (
        entry.kind in {None, kind}
        and (not entry.statuses or STATUS.fits_value(status, entry.statuses))
        and (not named or any(fnmatchcase(value.lower(), shape) for value, shape in named))
    )


def symptoms_of(signal: Signal, words: Vocabulary) -> frozenset[str]:
    """Every symptom one signal shows, by what it is and by what it says."""
    found = spoken_symptoms(signal.text(), words)
    if signal.signal_type in {
        SignalType.API_ERROR,
        SignalType.API_CALL,
        SignalType.WEBHOOK_FAILURE,
        SignalType.WEBHOOK_DELIVERY,
    }:
        found |= route_symptoms(
            signal.signal_type.value, endpoint_of(signal.place), signal.status, words, topic=signal.topic or ""
        )
    return found
