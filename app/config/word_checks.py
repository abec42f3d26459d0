"""What the shape of a pack's words cannot say: names that must exist, words that can be found, languages that are told
apart.
"""

import re
from collections import Counter
from collections.abc import Iterator

from app.config.vocabulary import VocabularyFile
from app.validation.strict_yaml import KeyPath

Found = Iterator[tuple[KeyPath, str]]
_WORD = re.compile(r"[^\W_]+\*?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def find_word_problems(words: VocabularyFile) -> Found:
    """Everything that is wrong with the words of a pack, by key."""
    for place, language in enumerate(words.languages):
        if not _LANGUAGE.fullmatch(language):
            yield ("languages", place), f"{language!r} is no language; write its ISO code, such as en"
    ids = Counter(one.id for one in words.symptoms)
    for place, one in enumerate(words.symptoms):
        path: KeyPath = ("symptoms", place)
        if ids[one.id] > 1:
            yield (*path, "id"), f"{one.id!r} names {ids[one.id]} symptoms; give each its own id"
        if not one.words and not one.together:
            yield path, "has neither words nor together; say how people say it"
        yield from _phrase_problems(one.words, (*path, "words"))
        for number, both in enumerate(one.together):
            for name in both:
                if name not in words.concepts:
                    yield (*path, "together", number), f"{name!r} is not one of the concepts; add it, or use another"
    for name, phrases in words.concepts.items():
        yield from _phrase_problems(phrases, ("concepts", name))
    yield from _phrase_problems(words.trouble, ("trouble",))
    yield from _phrase_problems(words.asking, ("asking",))
    yield from _phrase_problems(words.no_fault, ("no_fault",))
    for place, metric in enumerate(words.metrics):
        for symptom in metric.symptoms:
            if symptom not in ids:
                yield ("metrics", place, "symptoms"), f"{symptom!r} is not one of the symptoms; add it, or use another"

    yield from _headline_problems(words)


def _headline_problems(words: VocabularyFile) -> Found:
    told = Counter(one.symptom for one in words.headlines)
    for place, one in enumerate(words.headlines):
        if told[one.symptom] > 1:
            yield ("headlines", place, "symptom"), f"{one.symptom!r} has {told[one.symptom]} headlines; keep one"


def _phrase_problems(phrases: tuple[str, ...], path: KeyPath) -> Found:
    if not phrases:
        yield path, "is empty; write at least one phrase"
    for place, phrase in enumerate(phrases):
        if not _WORD.search(phrase):
            yield (*path, place), f"{phrase!r} holds no word that could be found"
        elif any(len(word) < 3 and word.endswith("*") for word in _WORD.findall(phrase)):
            yield (*path, place), f"{phrase!r} fits nearly every word; write at least two letters before the star"
