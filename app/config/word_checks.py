"""What the shape of a pack's words cannot say: names that must exist, words that can be found, languages that are told
apart.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from app.config.model import SignSpec, names_in_template
from app.config.vocabulary import Vocabulary, VocabularyFile
from app.signs.base import texts_of
from app.signs.status import KIND as STATUS
from app.validation.strict_yaml import KeyPath

Found = Iterator[tuple[KeyPath, str]]
_WORD = re.compile(r"[^\W_]+\*?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def find_word_problems(words: VocabularyFile) -> Found:
    """Everything that is wrong with the words of a pack, by key."""
    for place, language in enumerate(words.languages):
        if not _LANGUAGE.fullmatch(language):
            yield ("languages", place), f"{language!r} is no language; write its ISO code, such as en"
    yield from _symptom_problems(words)
    for name, phrases in words.concepts.items():
        yield from _phrase_problems(phrases, ("concepts", name))
    yield from _phrase_problems(words.trouble, ("trouble",))
    yield from _phrase_problems(words.asking, ("asking",))
    yield from _phrase_problems(words.no_fault, ("no_fault",))
    for name, phrases in words.messages:
        yield from _phrase_problems(phrases, ("messages", name), may_be_empty=True)
    for path, named in _named_symptoms(words):
        if named not in {one.id for one in words.symptoms}:
            yield path, f"{named!r} is not one of the symptoms; add it, or use another"
    for place, entry in enumerate(words.failures):
        for number, status in enumerate(entry.statuses):
            for problem in STATUS.find_value_problems(status):
                yield ("failures", place, "statuses", number), problem
    yield from _headline_problems(words)
    yield from _saying_problems(words)


def find_unknown_symptoms(listed: Mapping[str, Sequence[SignSpec]], words: Vocabulary) -> Found:
    """Signs, by the key of their list, that wait for a symptom which nothing in the words of their pack shows."""
    known = {one.id for one in words.symptoms}
    for key, signs in listed.items():
        for place, sign in enumerate(signs):
            for name in texts_of(sign.test.get("symptom", ())):
                if name not in known:
                    yield (
                        (key, place, "test"),
                        f"{name!r} is not one of the symptoms of words.yaml; add it there",
                    )


def _symptom_problems(words: VocabularyFile) -> Found:
    ids = Counter(one.id for one in words.symptoms)
    shown = {name for one in words.failures for name in one.symptoms}
    for place, one in enumerate(words.symptoms):
        path: KeyPath = ("symptoms", place)
        if ids[one.id] > 1:
            yield (*path, "id"), f"{one.id!r} names {ids[one.id]} symptoms; give each its own id"
        if not one.words and not one.together and one.id not in shown:
            yield path, "has neither words nor together, and no failure shows it; say how people say it"
        yield from _phrase_problems(one.words, (*path, "words"), may_be_empty=True)
        for number, both in enumerate(one.together):
            for name in both:
                if name not in words.concepts:
                    yield (*path, "together", number), f"{name!r} is not one of the concepts; add it, or use another"


def _named_symptoms(words: VocabularyFile) -> Iterator[tuple[KeyPath, str]]:
    """Wherever the file names a symptom."""
    for place, metric in enumerate(words.metrics):
        yield from ((("metrics", place, "symptoms"), name) for name in metric.symptoms)
    for place, entry in enumerate(words.failures):
        yield from ((("failures", place, "symptoms"), name) for name in entry.symptoms)
    yield from ((("counts", key), name) for key, name in words.counts if name is not None)
    yield from ((("missing_orders", name), name) for name in words.missing_orders)
    yield from ((("headlines", place, "symptom"), one.symptom) for place, one in enumerate(words.headlines))


def _saying_problems(words: VocabularyFile) -> Found:
    for place, one in enumerate(words.sayings):
        for language, told in one.translated.told().items():
            if sorted(names_in_template(told)) != sorted(names_in_template(one.says)):
                yield ("sayings", place, "translated", language), "has not the same names in braces as the English"


def _headline_problems(words: VocabularyFile) -> Found:
    told = Counter(one.symptom for one in words.headlines)
    for place, one in enumerate(words.headlines):
        if told[one.symptom] > 1:
            yield ("headlines", place, "symptom"), f"{one.symptom!r} has {told[one.symptom]} headlines; keep one"


def _phrase_problems(phrases: tuple[str, ...], path: KeyPath, *, may_be_empty: bool = False) -> Found:
    if not phrases and not may_be_empty:
        yield path, "is empty; write at least one phrase"
    for place, phrase in enumerate(phrases):
        if not _WORD.search(phrase):
            yield (*path, place), f"{phrase!r} holds no word that could be found"
        elif any(len(word) < 3 and word.endswith("*") for word in _WORD.findall(phrase)):
            yield (*path, place), f"{phrase!r} fits nearly every word; write at least two letters before the star"
