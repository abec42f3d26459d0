"""What can be asked is data: a kind is known by its examples alone, in four languages, with slips of the pen."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.explain import kinds
from app.explain.features import mask_slots
from app.explain.kind import LANGUAGES, UNKNOWN_KIND, QuestionKind
from app.explain.kinds_list import list_kinds
from app.explain.learning import digest_taught, learn_examples
from app.explain.matcher import Matcher, load_matcher
from app.explain.plain_text import list_words
from app.explain.questions import suggest_questions, understand_parts, understand_question
from app.explain.readers import KnownNames, read_names
from app.explain.taught import LEARNT, list_taught, read_all_examples, read_examples, spell_out
from app.wording.sentences import BY_LANGUAGE
from tests.told_in_chat import read_questions

KNOWN = KnownNames(
    merchants={"MERCH-A": "Nordic Loom", "MERCH-B": "Blue Kettle", "shop-7": ""},
    tools={"rotate_token": "Issue a token", "purge_cache": "Empty a cache", "escalate": "Call people"},
    causes={"callback_not_https": "the callback is not HTTPS", "token_version_mismatch": "old tokens"},
)
KEYS = re.compile(r'\b(?:claim|tell|lack|rule|words|cite)\(\s*"([a-z_]+)"')


def kinds_of(question: str, before: str = "") -> list[str]:
    return [part.kind for part in understand_parts(question, KNOWN, before=before)]


def plain(text: str) -> str:
    return " ".join(list_words(mask_slots(text.replace("2}", "}"))))


@pytest.mark.parametrize("known", list_kinds().values(), ids=list(list_kinds()))
def test_a_kind_is_found_by_its_file_and_told_in_every_language(known: QuestionKind) -> None:
    assert (Path(str(kinds.__file__)).parent / f"{known.id}.py").exists()
    for code in LANGUAGES:
        texts = [one.text for one in read_examples(known.id) if one.language == code]
        assert len(texts) >= 30 and len(texts) == len(set(texts)), code
        assert suggest_questions([known.id], code) or all("{" in one for one in texts)


def test_what_was_learnt_was_learnt_from_the_examples_as_they_are() -> None:
    with np.load(LEARNT, allow_pickle=False) as found:
        assert str(found["digest"]) == digest_taught(read_all_examples()), "examples were changed: run `make learn`"
        assert found["meant"].shape == (384, len(found["kinds"]) + 1), "learnt without the model of meaning"


@pytest.mark.long
@pytest.mark.ci
def test_learning_again_teaches_the_same() -> None:
    again = learn_examples(read_all_examples())
    with np.load(LEARNT, allow_pickle=False) as found:
        assert list(found["words"]) == list(again["words"]) and list(found["kinds"]) == list(again["kinds"])
        assert np.abs(found["weights"].astype(int) - again["weights"]).max() <= 2
        assert np.allclose(found["scale"], again["scale"], rtol=0.02)


def test_a_question_is_read_in_a_fraction_of_a_second_of_an_agent_that_has_just_begun() -> None:
    began = time.process_time()
    with np.load(LEARNT, allow_pickle=False) as found:
        matcher = Matcher(dict(found))
    ready = time.process_time()
    for one in range(50):
        matcher.compare(f"{'wich shpos are afected by teh outtage and wat dose it cots us'} {one}")
    spent = time.process_time() - ready
    assert ready - began < 1 and spent / 50 < 0.02, (ready - began, spent / 50)


def test_every_file_of_examples_is_of_a_kind_and_no_question_is_taught_as_two() -> None:
    assert set(list_taught()) == {*list_kinds(), UNKNOWN_KIND}
    kinds_of_text: dict[str, set[str]] = {}
    for one in read_all_examples():
        kinds_of_text.setdefault(plain(one.text), set()).add(one.kind)
    assert {text: found for text, found in kinds_of_text.items() if len(found) > 1} == {}


def test_every_language_has_every_sentence_with_the_same_values() -> None:
    blanks = {
        code: {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in told.items()}
        for code, told in BY_LANGUAGE.items()
    }
    assert all(set(told) == set(blanks["en"]) for told in blanks.values())
    assert all(set(told[key]) == set(blanks["en"][key]) for told in blanks.values() for key in told)


def test_every_sentence_that_is_said_by_name_is_there() -> None:
    folder = Path(str(kinds.__file__)).parent.parent
    named = {key for path in folder.rglob("*.py") for key in KEYS.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 60 and named <= set(BY_LANGUAGE["en"])


def test_what_was_kept_aside_stands_in_no_example() -> None:
    taught = {plain(one.text) for one in read_all_examples()}
    taught |= {plain(one.text) for one in spell_out() if not one.is_ours}
    kept = {name: read_questions(name)["questions"] for name in ("kept", "asked_once", "strange_kept")}
    assert len(kept["kept"]) >= 150 and len(kept["strange_kept"]) >= 60
    assert not taught & {plain(one["question"]) for asked in kept.values() for one in asked}


def test_what_is_like_no_kind_is_not_guessed() -> None:
    for question in ("What is the capital of Peru?", "asdf qwer zxcv", "Wie wird das Wetter?", "recipe for pancakes"):
        assert understand_question(question) == "unknown", question


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Who is affected and what does it cost?", ["who_affected", "cost"]),
        ("Since when? Did it work?", ["since_when", "verified"]),
        ("Hello! Why this cause?", ["why_cause"]),
        ("Wer ist betroffen und seit wann geht das schon?", ["who_affected", "since_when"]),
        ("Who approved it and when?", ["approved_by"]),
        ("Compare INC-1A with INC-2B", ["compare"]),
    ],
)
def test_a_message_may_ask_more_than_one_thing(question: str, kinds: Sequence[str]) -> None:
    assert kinds_of(question) == kinds


def test_who_asks_for_other_choices_names_none() -> None:
    for question in ("any alternatives?", "gab es andere optionen?", "y avait-il d'autres options ?"):
        (part,) = understand_parts(question, KNOWN)
        assert (part.kind, part.asked.subject) == ("why_not", ""), question


@pytest.mark.parametrize(
    ("question", "before", "kind"),
    [
        ("and MERCH-B?", "merchant_affected", "merchant_affected"),
        ("and Blue Kettle?", "migration", "migration"),
        ("und Welle 2?", "wave_ready", "wave_ready"),
        ("et INC-7Q?", "cost", "cost"),
        ("and purge_cache?", "why_not", "why_not"),
    ],
)
def test_a_name_alone_asks_the_same_of_another_one(question: str, before: str, kind: str) -> None:
    assert kinds_of(question, before) == [kind]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("is Nordik Loom affected?", {"merchants": ("MERCH-A",)}),
        ("is mordic lom affected?", {"merchants": ("MERCH-A",)}),
        ("how is nordic doing", {"merchants": ("MERCH-A",)}),
        ("bleu ketle down?", {"merchants": ("MERCH-B",)}),
        ("is the kitchen blue", {"merchants": ()}),
        ("what about shop-7", {"merchants": ("shop-7",)}),
        ("why merch-a", {"merchants": ("MERCH-A",)}),
        ("why did you rotate the token", {"tools": ("rotate_token",)}),
        ("Warum hast du den Cache geleert?", {"tools": ("purge_cache",)}),
        ("is it a token version mismatch?", {"causes": ("token_version_mismatch",)}),
        ("ist welel 3 bereit", {"waves": (3,)}),
        ("is W12 ready", {"waves": (12,)}),
        ("what changed since 14h10", {"clock": "14:10"}),
        ("was ist seit 9 Uhr passiert", {"clock": "09:00"}),
        ("after 3 errors", {"waves": (), "numbers": (3.0,)}),
    ],
)
def test_names_are_read_apart_from_what_is_asked(text: str, names: dict[str, object]) -> None:
    asked = read_names(text, KNOWN).asked
    assert {name: getattr(asked, name) for name in names} == names


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who is affected?", "en"),
        ("Wer ist betroffen?", "de"),
        ("Qui est touché ?", "fr"),
        ("¿Quién está afectado?", "es"),
    ],
)
def test_the_language_of_a_question_is_told(question: str, language: str) -> None:
    assert [part.asked.language for part in understand_parts(question, KNOWN)] == [language]


class MeansCost:
    """Takes everything for a question to us, of what it costs, and takes down what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        matcher = load_matcher()
        columns = [matcher._meant[:, place].astype(float) for place in (matcher.kinds.index("cost"), -1)]
        self.cost = list(sum(5 * column / (column**2).sum() ** 0.5 for column in columns))

    def compare(self, texts: Sequence[str], sentences: Sequence[str]) -> list[list[float]]:
        raise AssertionError("a question is placed, not compared")

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        self.given.extend(texts)
        return [self.cost for _ in texts]


def test_an_english_question_is_known_by_what_it_means_where_its_words_are_strange() -> None:
    question = "are they bleeding cash over there at MERCH-A"
    meaning = MeansCost()
    (part,) = understand_parts(question, KNOWN, meaning=meaning)
    assert part.kind == "cost" and kinds_of(question) != ["cost"]
    assert meaning.given == ["are they bleeding cash over there at the merchant"]


def test_a_message_is_given_to_the_model_of_meaning_once_however_often_it_may_fall_in_two() -> None:
    calls: list[int] = []

    class Counts(MeansCost):
        def place(self, texts: Sequence[str]) -> list[list[float]]:
            calls.append(len(texts))
            return super().place(texts)

    understand_parts("Who approved it and when, and did it help, and what is it costing us?", KNOWN, meaning=Counts())
    assert len(calls) == 1 and 3 <= calls[0] <= 7


@pytest.mark.parametrize(
    "question",
    [
        "how much does the coffee machine cost",
        "Who approved my holidays?",
        "Seit wann gibt es die Kantine?",
        "Wie viele Jeans hat MERCH-A noch auf Lager?",
        "quelle est l'adresse du client ?",
        "¿cuándo vence el contrato con MERCH-A?",
        "refund this customer please",
    ],
)
def test_what_is_asked_in_our_words_about_things_that_are_not_ours_is_not_answered(question: str) -> None:
    (part,) = understand_parts(question, KNOWN)
    assert part.kind == UNKNOWN_KIND and len(part.nearest) == 3


def test_questions_in_other_languages_are_known_by_their_words_alone() -> None:
    meaning = MeansCost()
    (part,) = understand_parts("Wer hat das freigegeben?", KNOWN, meaning=meaning)
    assert part.kind == "approved_by" and meaning.given == []


def test_a_question_too_short_to_tell_keeps_the_language_of_the_conversation() -> None:
    (part,) = understand_parts("MERCH-A?", KNOWN, "fr", "merchant_affected")
    assert (part.kind, part.asked.language) == ("merchant_affected", "fr")
