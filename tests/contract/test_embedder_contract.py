"""Whatever makes vectors keeps to one contract; where a model is not installed, its part is left out and says why."""

import math
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.observe.reading import read_symptoms
from app.observe.tongues import Tongues
from rag.embeddings import Embedder, Lsa, MiniLm, make_embedder, minilm_available
from rag.index import Document, RunbookIndex
from rag.multilingual import MultilingualE5, find_multilingual, multilingual_available
from tests.faults import pack

CORPUS = ["stock updates above the rate limit", "purge the cache after the cutover", "the callback must be https"]
no_minilm = pytest.mark.skipif(not minilm_available(), reason="torch or the MiniLM weights are not installed")
no_tongues = pytest.mark.skipif(
    not multilingual_available(), reason="the model of many languages is not installed: MULTILINGUAL=1 make setup"
)
KINDS = [
    pytest.param(lambda: Lsa(CORPUS), id="words"),
    pytest.param(MiniLm, id="minilm", marks=[pytest.mark.semantic, pytest.mark.long, no_minilm]),
    pytest.param(MultilingualE5, id="multilingual", marks=no_tongues),
]
RUNBOOKS = [
    Document(id="orders", text="# Payments without an order\n\nA customer was charged and no order was created."),
    Document(id="cache", text="# Stale pages\n\nPurge the cache, or customers see old prices in the shop."),
    Document(id="stock", text="# Inventory sync\n\nStock updates above the rate limit are answered 429."),
]


@pytest.fixture(params=KINDS)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    make: Callable[[], Embedder] = request.param
    return make()


def test_vectors_have_length_one_and_the_promised_size_in_the_order_of_the_texts(embedder: Embedder) -> None:
    for embed in (embedder.embed, embedder.embed_questions):
        vectors = embed([*CORPUS, CORPUS[0]])
        assert [len(one) for one in vectors] == [embedder.dim] * 4 and vectors[0] == pytest.approx(vectors[3], abs=1e-6)
        assert all(math.isclose(sum(number * number for number in one), 1, abs_tol=1e-4) for one in vectors)
        assert embed([]) == []


def test_a_question_is_nearest_to_what_it_asks_for(embedder: Embedder) -> None:
    known, (asked,) = embedder.embed(CORPUS), embedder.embed_questions(["is https needed for a callback"])
    near = [sum(one * other for one, other in zip(asked, vector, strict=True)) for vector in known]
    assert near.index(max(near)) == 2


def test_an_embedder_that_needs_no_fitting_is_its_own_and_its_name_stays(embedder: Embedder) -> None:
    assert embedder.fitted(CORPUS).name == embedder.name and embedder.name
    low, enough = embedder.reach
    assert -1 <= low < enough < 1


def test_many_threads_may_ask_at_once(embedder: Embedder) -> None:
    found: list[list[list[float]]] = []
    threads = [threading.Thread(target=lambda: found.append(embedder.embed(CORPUS))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4 and all(one == found[0] for one in found)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunbookIndex]:
    with RunbookIndex(tmp_path_factory.mktemp("abroad"), embedder=MultilingualE5()) as index:
        index.add(RUNBOOKS)
        yield index


@no_tongues
@pytest.mark.parametrize(
    ("question", "runbook"),
    [
        ("le client a été débité mais n'a pas de commande", "orders"),
        ("klient został obciążony, ale nie ma zamówienia", "orders"),
        ("Kunden sehen im Shop noch den alten Preis", "cache"),
    ],
)
def test_a_question_finds_the_english_runbook(shelf: RunbookIndex, question: str, runbook: str) -> None:
    assert [one.document_id for one in shelf.search(question)][:1] == [runbook]


@no_tongues
@pytest.mark.parametrize("question", ["come si fa il pane", "wer hat gestern gewonnen", "how do I bake bread"])
def test_a_question_about_something_else_finds_none(shelf: RunbookIndex, question: str) -> None:
    assert shelf.search(question) == []


@no_tongues
def test_a_ticket_in_a_language_that_no_pack_knows_is_read_and_a_stranger_is_not() -> None:
    tongues = Tongues.of(find_multilingual(), pack())
    paid = read_symptoms("Klanten betalen maar de bestellingen komen niet aan", pack().vocabulary, tongues)
    other = read_symptoms("Stuur ons alstublieft de factuur van oktober", pack().vocabulary, tongues)
    assert (paid.way, list(paid.symptoms)) == ("vectors", ["order_missing"]) and other.symptoms == {}


@no_tongues
def test_a_zero_does_not_end_a_text() -> None:
    short, whole = MultilingualE5().embed(["stock", "stock\0 updates above the rate limit"])
    assert short != pytest.approx(whole, abs=1e-3)


@no_tongues
def test_the_engine_leaves_the_threads_of_others_as_they_were() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    MultilingualE5().embed_questions(["anything"])
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_nobody_gets_the_model_of_many_languages_who_did_not_ask_for_it(tmp_path: Path) -> None:
    assert find_multilingual(wanted=False) is None
    assert make_embedder(lite=True).name == Lsa().name
    with RunbookIndex(tmp_path, lite=True) as index:
        index.add(RUNBOOKS)
        assert index.search("klient został obciążony, ale nie ma zamówienia") == []


@pytest.mark.skipif(multilingual_available(), reason="the model of many languages is installed")
def test_without_the_package_the_product_goes_on_by_words() -> None:
    assert find_multilingual() is None and make_embedder(lite=True, multilingual=True).name == Lsa().name
