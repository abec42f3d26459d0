"""The standing index: what covers a question is found, what does not is silence, and no damage on disk loses a
document.
"""

import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.domain.errors import Conflict, NotFound
from rag.embeddings import Lsa, make_embedder, minilm_available
from rag.index import Document, RunbookIndex
from rag.lexical import Lexicon, edit_distance, extract_terms, stem_word
from rag.vector_store import VectorFolder

PROJECT = Path(__file__).resolve().parents[2]
SHELF = [
    Document(
        id="callbacks",
        text=(
            "# Payment callbacks\n\n## Scheme\nThe callback address must be HTTPS; http is refused.\n\n## Retry\nTen"
            " seconds."
        ),
    ),
    Document(
        id="stock",
        text=(
            "# Inventory sync\n\n## Limits\nStock updates above the rate limit are answered 429 with Retry-After. Send"
            " batches."
        ),
    ),
    Document(
        id="cache",
        title="Edge cache",
        text="Purge the cache after the cutover, or shoppers see old prices.",
        format="txt",
    ),
]
OPEN = (
    "import sys; from pathlib import Path; from rag.vector_store import VectorFolder;"
    " VectorFolder.open(Path(sys.argv[1]))"
)
OFF_TOPIC = [
    "how do I bake bread",
    "weather in Paris",
    "who won the football world cup",
    "parental leave policy",
    "qwertz",
    "???",
    "",
    "the and of",
]


@pytest.fixture
def index(tmp_path):
    with RunbookIndex(tmp_path / "index", lite=True) as opened:
        opened.add(SHELF)
        yield opened


def found(index, query):
    return [passage.document_id for passage in index.search(query)]


def test_a_passage_names_document_section_and_lines(index):
    best = index.search("must the callback be https?")[0]
    assert (best.document_id, best.title, best.section, best.location) == (
        "callbacks",
        "Payment callbacks",
        "Payment callbacks > Scheme",
        "lines 1-4",
    )
    assert "HTTPS" in best.text and 0.3 <= best.score <= 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("RATE LIMIT 429", "stock"),
        ("inventry synk limits", "stock"),
        ("purge cache", "cache"),
        ("call back scheme", "callbacks"),
    ],
)
def test_words_find_their_document_also_misspelt(index, query, expected):
    assert found(index, query)[0] == expected


@pytest.mark.parametrize("query", OFF_TOPIC)
def test_what_nothing_covers_gives_nothing(index, query):
    assert index.search(query) == []


def test_results_are_sorted_bounded_and_repeatable(index):
    hits = index.search("purge cache, stock limits", k=2)
    assert len(hits) == 2 and hits[0].score >= hits[1].score and hits == index.search("purge cache, stock limits", k=2)
    assert index.search("purge cache", k=0) == []


def test_an_empty_index_answers_nothing(tmp_path):
    with RunbookIndex(tmp_path, lite=True) as index:
        assert index.search("purge cache") == [] and len(index) == 0


def test_adding_the_same_id_replaces_it_and_removing_forgets_it(index):
    index.add([Document(id="cache", title="Edge cache", text="Nothing about it any more, see tulips.", format="txt")])
    assert "cache" not in found(index, "purge after cutover") and found(index, "tulips") == ["cache"]
    index.remove("cache")
    assert index.search("tulips") == [] and [document.id for document in index.documents()] == ["callbacks", "stock"]
    with pytest.raises(NotFound, match="cache"):
        index.remove("cache")


def test_a_second_start_finds_what_the_first_one_kept(tmp_path):
    with RunbookIndex(tmp_path, lite=True) as first:
        first.add(SHELF)
        before = first.search("purge cache")
    with RunbookIndex(tmp_path, lite=True) as second:
        assert second.search("purge cache") == before


def test_two_openers_in_one_process_share_the_folder(index, tmp_path):
    with RunbookIndex(tmp_path / "index", lite=True) as other:
        other.add([Document(id="tulips", text="# Tulips\n\nWater tulips weekly.")])
        assert found(index, "water tulips") == ["tulips"]


def test_another_process_gets_a_sentence_while_the_folder_is_taken(tmp_path):
    command = [sys.executable, "-c", f"{OPEN}.close()", str(tmp_path / "shared")]
    folder = VectorFolder.open(tmp_path / "shared")
    refused = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    folder.close()
    assert refused.returncode == 1 and "another process" in refused.stderr and "only one may" in refused.stderr
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 0


def test_an_owner_that_runs_elsewhere_is_named(tmp_path):
    script = f"{OPEN}; print(1, flush=True); input()"
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        owner.stdout.readline()
        with pytest.raises(Conflict, match=f"id {owner.pid}"):
            RunbookIndex(tmp_path, lite=True)
        owner.communicate("done\n")
    RunbookIndex(tmp_path, lite=True).close()


def vectors_of(path):
    return next(path.glob("vectors-*"))


def remove_vectors(path):
    shutil.rmtree(vectors_of(path))


def replace_database(path):
    (vectors_of(path) / "chroma.sqlite3").unlink()
    (vectors_of(path) / "chroma.sqlite3").write_bytes(b"not a database" * 500)


def forget_notes(path):
    for sheet in path.glob("shelf-*.json"):
        sheet.write_text("{")


@pytest.mark.parametrize("damage", [remove_vectors, replace_database, forget_notes])
@pytest.mark.parametrize("running", [True, False])
def test_damaged_vectors_are_rebuilt_from_the_documents(tmp_path, damage, running):
    index = RunbookIndex(tmp_path, lite=True)
    index.add(SHELF)
    before = index.search("purge the cache")
    if not running:
        index.close()
    damage(tmp_path)
    if not running:
        index = RunbookIndex(tmp_path, lite=True)
    assert index.search("purge the cache") == before
    index.close()


def test_a_change_of_documents_on_disk_is_never_half_written(index, tmp_path):
    assert not list((tmp_path / "index").glob("*.draft"))
    index.rebuild()
    assert found(index, "purge cache") == ["cache"]


def test_searches_during_changes_neither_fail_nor_lose(index):
    failures = []

    def ask():
        for _ in range(15):
            if found(index, "callback https")[:1] != ["callbacks"]:
                failures.append("lost")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(6):
        index.add(
            [Document(id=f"extra-{number}", text=f"# Extra {number}\n\nAbout gardens and tulips, part {number}.")]
        )
    for thread in threads:
        thread.join()
    assert not failures and len(index) == 3 + 1 + 6


def test_hundreds_of_chunks_are_searched_and_each_is_found_by_its_own_words(tmp_path):
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    syllables = ["ka", "lo", "mi", "ru", "te", "so", "na", "vi", "du", "pe"]
    names = ["".join(chance.choice(syllables) for _ in range(5)) for _ in range(400)]
    words = ["order", "stock", "theme", "price", "webhook", "token", "shop", "queue", "retry", "report"]
    documents = [
        Document(id=f"d{number}", text=f"# Service {name}\n\nThe {name} needs {' '.join(chance.sample(words, 4))}.")
        for number, name in enumerate(names)
    ]
    with RunbookIndex(tmp_path, lite=True) as index:
        index.add(documents)
        assert len(index) == 400
        for number in chance.sample(range(400), 20):
            assert found(index, f"what does {names[number]} need")[0] in {
                f"d{place}" for place in range(400) if names[place] == names[number]
            }


def test_words_meet_their_other_forms():
    assert len({stem_word(word) for word in ("deliver", "delivers", "delivered", "delivering")}) == 1
    assert len({stem_word(word) for word in ("cache", "caches", "cached", "caching")}) == 1
    assert extract_terms("PAYMENT_CALLBACK_INVALID") == ["payment", "callback", "invalid", "payment_callback_invalid"]
    assert extract_terms("/api/v3/checkout, 429") == ["api", "v3", "checkout", "429"]


def test_letters_apart_are_counted():
    assert [
        edit_distance(*pair, 2) for pair in (("cache", "cahce"), ("cache", "cash"), ("token", "tokn"), ("same", "same"))
    ] == [1, 2, 1, 0]
    assert edit_distance("abcdef", "uvwxyz", 2) > 2


def test_a_real_word_is_not_taken_for_a_misspelt_one():
    texts, plain = ["take a break from it, stale cache"], ("",)
    assert Lexicon(texts, plain, ["d"], frozenset({"bread"})).understood("bread cahce") == {
        "bread": (None, 0.0),
        stem_word("cahce"): ("cach", 0.75),
    }
    assert Lexicon(texts, plain, ["d"], frozenset({"bread"})).corrected("old cahce, my bread") == "old cache, my bread"


def test_the_light_embedder_is_normalised_and_named_after_its_corpus():
    one, other = Lsa(["stock rate limit", "purge the cache", "callback https"]), Lsa(["something else"])
    assert one.name != other.name and one.fitted(["stock rate limit", "purge the cache", "callback https"]) is one
    for vector in one.embed(["rate limit", "cache"]):
        assert len(vector) == one.dim and abs(sum(number * number for number in vector) - 1) < 1e-6
    assert not any(one.embed(["zzzz"])[0]) and Lsa().embed(["x"]) == [[0.0] * 128] and one.embed([]) == []


def test_lite_is_a_choice():
    assert make_embedder(True).semantic is False
    assert make_embedder(False).semantic is minilm_available()
