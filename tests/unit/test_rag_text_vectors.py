"""A message is given to the model once, and no more vectors are kept than are allowed."""

from collections.abc import Sequence

import numpy
import pytest

from app.services.text_clusters import MEANING_FROM, cluster_by_meaning
from rag.embeddings import Lsa
from rag.text_vectors import RememberedVectors
from tests.faults import pack

WORDS = pack().vocabulary
TEXTS = ["the checkout is broken", "prices are old", "no order arrives"]


class CountingLsa(Lsa):
    """The lighter vectors, which also say how many texts they were asked for."""

    asked = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += len(texts)
        return super().embed(texts)


def test_only_new_texts_are_given_to_the_model_and_the_rows_keep_their_order() -> None:
    model = CountingLsa(TEXTS)
    remembered = RememberedVectors(model)
    first = remembered.vectors_of(TEXTS[:2])
    again = remembered.vectors_of([TEXTS[1], TEXTS[2], TEXTS[0], TEXTS[2]])
    assert model.asked == 3
    assert numpy.allclose(again[0], first[1]) and numpy.allclose(again[2], first[0])
    assert again.shape == (4, model.dim) and remembered.vectors_of([]).shape == (0, model.dim)


def test_the_vectors_asked_for_longest_ago_go_first() -> None:
    model = CountingLsa(TEXTS)
    remembered = RememberedVectors(model, kept=2)
    remembered.vectors_of(TEXTS[:2])
    remembered.vectors_of([TEXTS[0]])
    remembered.vectors_of([TEXTS[2]])
    remembered.vectors_of([TEXTS[0]])
    assert model.asked == 3
    remembered.vectors_of([TEXTS[1]])
    assert model.asked == 4


def test_few_texts_are_clustered_without_a_model() -> None:
    assert cluster_by_meaning(["the printer is jammed"] * 3 + ["send the invoice"] * 3, WORDS).labels == (
        0,
        0,
        0,
        1,
        1,
        1,
    )


@pytest.mark.semantic
@pytest.mark.long
def test_many_texts_are_clustered_by_meaning() -> None:
    car = ["my car will not start", "the automobile does not run", "the engine of my vehicle is dead"]
    rain = ["will it rain tomorrow", "is a shower expected", "do I need an umbrella today"]
    texts = [f"{text} {number}" for number in range(MEANING_FROM // 6 + 1) for text in (*car, *rain)]
    labels = cluster_by_meaning(texts, WORDS).labels
    assert len(set(labels[:3])) == 1 and len(set(labels[3:6])) == 1 and labels[0] != labels[3]
