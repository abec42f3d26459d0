"""What is asked for again is not given to the model again: a question is read, and then looked up."""

from typing import Any

import pytest

from rag import embeddings
from rag.embeddings import LATELY, SHORT, MiniLm


class Counted:
    """In the place of the model: counts what it is given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def encode(self, texts: list[str], **_: Any) -> Any:
        import numpy

        self.given += texts
        return numpy.array([[float(len(text)), 1.0] for text in texts], dtype=numpy.float32)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(embeddings, "_load_minilm", lambda: counted)
    return counted


def test_a_text_is_given_to_the_model_once_whatever_its_capitals(model: Counted) -> None:
    embedder = MiniLm()
    first = embedder.embed(["Why this?", "who is hit?", "why this?"])
    assert model.given == ["why this?", "who is hit?"] and first[0] == first[2] == [9.0, 1.0]
    assert embedder.embed(["WHY THIS?"]) == first[:1] and len(model.given) == 2 and embedder.embed([]) == []


def test_only_so_many_short_texts_are_remembered(model: Counted) -> None:
    embedder = MiniLm()
    texts = [f"question {place}" for place in range(LATELY + 10)]
    embedder.embed([*texts, "x" * (SHORT + 1)])
    given = len(model.given)
    embedder.embed([texts[-1]])
    assert len(model.given) == given
    embedder.embed([texts[0], "x" * (SHORT + 1)])
    assert len(model.given) == given + 2
