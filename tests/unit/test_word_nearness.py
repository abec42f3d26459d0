"""Where no model of meaning is installed messages are compared by the words they share: rare ones count, endings and
accents do not, and beside a model they add to what it says.
"""

import math

import pytest

from app.observe.meanings import match_meanings
from rag.word_nearness import SHARE_OF_WORDS, WordNearness, nearness_with
from tests.faults import pack
from tests.unit.test_meanings import SharedWords, sentences_of

SHOP = ["the basket was emptied", "the price was not updated"]
HOUSE = ["the lift was stuck", "the door was locked"]


def near(text: str, *groups: list[str]) -> list[float]:
    (found,) = WordNearness().nearness([text], groups)
    return found


def test_a_sentence_is_as_near_as_can_be_to_itself_and_what_shares_no_word_is_not_near_at_all() -> None:
    shop, house, none = near(SHOP[1], SHOP, HOUSE, [])
    assert shop == pytest.approx(1.0) and 0 < house < 0.6 and none == 0
    assert near("quite another matter", SHOP, HOUSE) == [0, 0]
    assert near("", SHOP, HOUSE) == [0, 0]


def test_rare_words_count_and_common_ones_hardly() -> None:
    shop, house = near("the basket the the was", SHOP, HOUSE)
    assert shop > 2 * house


@pytest.mark.parametrize(
    ("said", "meant"), [("updates BASKETS", "a basket updated"), ("Préis updating", "preis updates")]
)
def test_neither_endings_nor_accents_nor_capitals_matter(said: str, meant: str) -> None:
    assert near(said, [meant])[0] > 0.5


def test_words_that_no_sentence_has_make_a_message_less_near() -> None:
    assert near("basket emptied", SHOP)[0] > near("basket emptied after seventeen quarrels", SHOP)[0] > 0


def test_beside_a_model_words_add_to_what_is_meant() -> None:
    both, meant, said = (
        one.nearness(SHOP, [HOUSE, SHOP]) for one in (nearness_with(SharedWords()), SharedWords(), nearness_with(None))
    )
    for found, *parts in zip(both, meant, said, strict=True):
        for total, one, other in zip(found, *parts, strict=True):
            assert math.isclose(total, one + SHARE_OF_WORDS * other)


@pytest.mark.parametrize("cause", ["cache_not_invalidated", "webhook_secret_mismatch", "cart_session_lost"])
def test_sentences_of_a_cause_in_other_forms_are_explained_by_it(cause: str) -> None:
    said = [one.upper().replace(",", " ") for one in sentences_of(cause)[:3]]
    found = match_meanings(said, pack(), nearness_with(None)).likeness
    assert max(found, key=found.__getitem__).partition("/")[0] == cause
