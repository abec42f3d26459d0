"""Texts find their own: clusters of tickets, whatever the order, spelling or language."""

from random import Random

import pytest

from app.observe.clusters import find_clusters
from app.observe.routes import endpoint_of
from app.observe.words import says_any, split_tokens, template_of
from tests.faults import pack

WORDS = pack().vocabulary
PAYING = [
    "Checkout fails, customers cannot pay with their card",
    "The card payment fails at the checkout since this morning",
    "Payment by card is refused in the checkout",
    "Our chekcout is brokn, card payments fail",
    "Zahlung mit Karte wird an der Kasse abgelehnt",
]
PRICES = [
    "The shop shows old prices after the move",
    "Old prices are still displayed, the price list changed last week",
    "Prices are outdated on the product page, they look cached",
    "Der Shop zeigt noch alte Preise",
]
OTHERS = ["Please send me the invoice of February", "How do I invite a colleague?"]


def test_tickets_about_the_same_thing_form_one_cluster_across_spellings_and_languages() -> None:
    found = find_clusters([*PAYING, *PRICES, *OTHERS], words=WORDS, eps=0.75, min_samples=3)
    paying, prices = found.labels[: len(PAYING)], found.labels[len(PAYING) : len(PAYING) + len(PRICES)]
    assert len(set(paying)) == 1 and len(set(prices)) == 1
    assert paying[0] != prices[0] and -1 not in (*paying, *prices)
    assert found.labels[-2:] == (-1, -1)


def test_a_cluster_is_named_by_its_own_words() -> None:
    found = find_clusters([*PAYING, *PRICES, *OTHERS], words=WORDS, eps=0.75, min_samples=3)
    label = found.labels[0]
    assert "card" in found.top_terms[label] or "checkout" in found.top_terms[label]
    assert set(found.names[label].split(", ")) <= set(found.top_terms[label])
    assert all(found.labels[place] == label for place in found.representatives[label])


@pytest.mark.parametrize("seed", [20_261])
def test_the_order_of_texts_does_not_matter(seed: int) -> None:
    texts = [*PAYING, *PRICES, *OTHERS]
    first = find_clusters(texts, words=WORDS)
    for _ in range(4):
        order = Random(seed).sample(range(len(texts)), len(texts))
        again = find_clusters([texts[place] for place in order], words=WORDS)
        assert [first.labels[place] for place in order] == list(again.labels)
        assert again.names == first.names
        seed += 1


@pytest.mark.parametrize("texts", [[], ["one"], ["", " ", "!!!"], ["\x00", "the and of"] * 3])
def test_too_little_text_is_noise(texts: list[str]) -> None:
    assert set(find_clusters(texts, words=WORDS).labels) <= {-1}
    assert len(find_clusters(texts, words=WORDS).labels) == len(texts)


def test_a_phrase_is_found_with_open_endings_and_words_between() -> None:
    said = split_tokens("Unsere Préise sind noch die alten; the callback's return URL was rejected")
    assert says_any(["return url"], said) and says_any(["callback* url"], said) and says_any(["preis*"], said)
    assert not says_any(["url return"], said) and not says_any(["call"], said)


def test_routes_and_messages_lose_what_differs_by_call() -> None:
    assert endpoint_of("https://shop.example/API/v3/orders/123456/?x=1") == "/api/v3/orders/{id}"
    assert endpoint_of("/webhooks/v2/orders") == "/webhooks/v2/orders"
    assert template_of("order 991 of 'Anna' failed") == template_of("order 12 of 'Ben' failed")
