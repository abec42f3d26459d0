"""Vectors of the sentences that come with the product are read from a file, so that no start waits for them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.domain.base import digest_of
from app.observe.meanings import sentences_of
from rag.text_vectors import SHIPPED, RememberedVectors, ShippedVectors
from tests.faults import pack


class Counting:
    """Gives every text a direction of its own, and counts what it was asked."""

    name, dim, semantic = "counting", 8, True
    dictionary: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fitted(self, corpus: Sequence[str]) -> "Counting":
        return self

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.extend(texts)
        made = [np.random.default_rng(int(digest_of(text)[:8], 16)).normal(size=self.dim) for text in texts]
        return [[float(number) for number in one / np.linalg.norm(one)] for one in made]


def test_what_is_shipped_is_never_asked_for_and_is_as_near_as_what_the_model_would_have_made(tmp_path: Path) -> None:
    texts = [f"sentence {number}" for number in range(40)]
    ShippedVectors.write(tmp_path / "held.npz", texts, Counting())
    model = Counting()
    held = RememberedVectors(model, shipped=ShippedVectors(tmp_path / "held.npz"))
    found = held.vectors_of([*texts, "another one"])
    assert model.asked == ["another one"]
    made = RememberedVectors(Counting()).vectors_of([*texts, "another one"])
    assert float((found * made).sum(axis=1).min()) > 0.999


def test_how_near_a_text_comes_to_a_group_is_how_near_it_comes_to_the_nearest_of_it() -> None:
    vectors = RememberedVectors(Counting())
    one, two, three = "one", "two", "three"
    ((none, both),) = vectors.nearness([one], [[], [two, three]])
    placed, others = vectors.vectors_of([one])[0], vectors.vectors_of([two, three])
    assert none == 0 and both == max(0.0, *(float(placed @ other) for other in others))
    assert vectors.nearness([one], [[two, one]])[0][0] > 0.999


def test_every_sentence_of_the_packs_has_its_vector() -> None:
    shipped = ShippedVectors(SHIPPED)
    of_packs = [one for some in sentences_of(pack()).values() for one in some]
    without = [one for one in of_packs if shipped.find(digest_of(one)) is None]
    assert not without, f"run `make vectors`: {len(without)} sentences have none, such as {without[:3]}"
