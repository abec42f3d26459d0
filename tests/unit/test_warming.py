"""What is compared by its meaning is prepared beside everything else, and nobody waits for it to end."""

import threading
from collections.abc import Sequence

from app.observe.meanings import sentences_of
from app.services.agent.warming import AT_ONCE, FIRST, Warming
from rag.text_vectors import SHIPPED, RememberedVectors, ShippedVectors
from tests.faults import pack


class Noting:
    """Takes down what it is given, and may be held."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
        return [[0.0] * len(groups) for _ in texts]

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        self.given.extend(texts)
        self.begun.set()
        assert self.go_on.wait(60)
        return [[0.0] for _ in texts]


def test_every_sentence_of_packs_is_prepared_once_what_is_large_is_imported() -> None:
    noting, imported = Noting(), threading.Event()
    warming = Warming(noting, [pack()], imported)
    warming.start()
    assert noting.given == []
    imported.set()
    warming._thread.join(60)
    assert noting.given == [one for some in sentences_of(pack()).values() for one in some]


def test_stopping_waits_for_no_more_than_what_is_at_the_model() -> None:
    noting, imported = Noting(), threading.Event()
    noting.go_on.clear()
    imported.set()
    warming = Warming(noting, [pack()], imported)
    warming.start()
    assert noting.begun.wait(60)
    stopping = threading.Thread(target=warming.stop)
    stopping.start()
    assert warming._stopped.wait(60)
    noting.go_on.set()
    stopping.join(60)
    assert not stopping.is_alive() and len(noting.given) == AT_ONCE


def test_stopping_before_anything_was_imported_prepares_nothing() -> None:
    noting = Noting()
    warming = Warming(noting, [pack()], threading.Event())
    warming.start()
    warming.stop()
    assert noting.given == []


class Model:
    """A model of which is noted what it is asked, with vectors as long as those that are shipped."""

    name, dim, semantic = "noting", 384, True
    dictionary: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fitted(self, corpus: Sequence[str]) -> "Model":
        return self

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.extend(texts)
        return [[1.0] + [0.0] * (self.dim - 1) for _ in texts]


def test_the_model_is_brought_in_though_every_sentence_is_shipped() -> None:
    imported, model = threading.Event(), Model()
    imported.set()
    warming = Warming(RememberedVectors(model, shipped=ShippedVectors(SHIPPED)), [pack()], imported)
    warming.start()
    warming._thread.join(60)
    assert model.asked == [FIRST]
