"""The librarian: what the truth says now, found in an index that may vanish."""

import shutil
import threading

import pytest

from app.domain.base import Untrusted
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage, Trust
from app.domain.tenants import Principal, Scope
from app.store.sql.passing import open_passing_store
from rag.chunks import chunk_text
from rag.retrieve import RunbookRetriever, collection_name
from tests.builders import NOW

DEMO = Scope(tenant_id="demo", principal=Principal(id="person:ada"))
OTHER = Scope(tenant_id="other", principal=Principal(id="person:bob"))
CALLBACK = (
    "# Payment callback\n\nThe callback address must be HTTPS.\n\n## Fix\n\nSet the scheme of the callback address to"
    " https."
)
CACHE = "# Edge cache\n\nPurge the cache after the cutover, or shoppers see old prices."


def keep(store, scope, id, text, *, trust=Trust.TRUSTED, uploader="person:ada", title=""):
    document = KnowledgeDocument(
        id=id, title=title or id, uploader=uploader, trust=trust, content_hash="x", uploaded_at=NOW
    )
    with store.write(scope) as session:
        session.knowledge.put(document, chunk_text(id, text))


@pytest.fixture
def store(tmp_path):
    opened = open_passing_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def retriever(store, tmp_path):
    opened = RunbookRetriever(store, tmp_path / "index", lite=True)
    yield opened
    opened.close()


def ids(retriever, query, scope=DEMO):
    return [passage.document_id for passage in retriever.search(scope, query)]


def test_a_passage_comes_from_the_truth_with_all_it_needs_to_be_cited(store, retriever):
    keep(store, DEMO, "callback", CALLBACK, title="Payment callbacks", uploader="person:eve")
    best = retriever.search(DEMO, "set the callback scheme")[0]
    assert isinstance(best, Passage) and isinstance(best.text, Untrusted)
    assert (best.document_id, best.title, best.section, best.location, best.uploader) == (
        "callback",
        "Payment callbacks",
        "Payment callback > Fix",
        "lines 5-7",
        "person:eve",
    )


def test_changes_of_the_truth_are_followed_at_the_next_question(store, retriever):
    assert ids(retriever, "purge the cache") == []
    keep(store, DEMO, "cache", CACHE)
    assert ids(retriever, "purge the cache") == ["cache"]
    keep(store, DEMO, "cache", "# Tulips\n\nWater the tulips.")
    assert ids(retriever, "purge the cache") == [] and ids(retriever, "water tulips") == ["cache"]
    with store.write(DEMO) as session:
        session.knowledge.remove("cache", at=NOW)
    assert ids(retriever, "water tulips") == [] and retriever.stats(DEMO)["chunks"] == 0


def test_only_trusted_documents_are_found(store, retriever):
    keep(store, DEMO, "cache", CACHE, trust=Trust.WAITING)
    assert ids(retriever, "purge the cache") == []
    keep(store, DEMO, "cache", CACHE, trust=Trust.TRUSTED)
    assert ids(retriever, "purge the cache") == ["cache"]
    keep(store, DEMO, "cache", CACHE, trust=Trust.REJECTED)
    assert ids(retriever, "purge the cache") == []


def test_no_tenant_finds_what_another_one_keeps(store, retriever):
    keep(store, DEMO, "cache", CACHE)
    keep(store, OTHER, "callback", CALLBACK)
    assert ids(retriever, "purge the cache", OTHER) == [] and ids(retriever, "callback https", DEMO) == []
    assert ids(retriever, "callback https", OTHER)[0] == "callback"


def test_names_of_tenants_never_meet_in_a_collection():
    names = ["foo", "foobar", "foo.bar", "foo%", "f_o", "FOO", "fоo", "../foo", "", "a" * 255]
    assert len({collection_name(name) for name in names}) == len(names)


def test_a_removed_folder_is_rebuilt_from_the_truth(store, retriever, tmp_path):
    keep(store, DEMO, "cache", CACHE)
    keep(store, OTHER, "callback", CALLBACK)
    before = retriever.search(DEMO, "purge the cache"), retriever.search(OTHER, "callback https")
    for folder in (tmp_path / "index").glob("vectors-*"):
        shutil.rmtree(folder)
    for _ in range(2):
        assert (retriever.search(DEMO, "purge the cache"), retriever.search(OTHER, "callback https")) == before
    assert retriever.rebuild(DEMO)["chunks"] == 1 and retriever.search(DEMO, "purge the cache") == before[0]


def test_a_second_start_takes_up_where_the_first_one_stopped(store, tmp_path):
    keep(store, DEMO, "cache", CACHE)
    first = RunbookRetriever(store, tmp_path, lite=True)
    before = first.search(DEMO, "purge the cache")
    first.close()
    keep(store, DEMO, "callback", CALLBACK)
    second = RunbookRetriever(store, tmp_path, lite=True)
    assert [passage.chunk_id for passage in second.search(DEMO, "purge the cache")] == [
        passage.chunk_id for passage in before
    ]
    assert ids(second, "callback https")[0] == "callback"
    second.close()


def test_stats_say_what_is_searched_by_what(store, retriever):
    keep(store, DEMO, "callback", CALLBACK)
    stats = retriever.stats(DEMO)
    with store.read(DEMO) as session:
        assert stats["sequence"] == session.knowledge.sequence()
    assert (stats["documents"], stats["chunks"], stats["dimensions"], stats["semantic"]) == (1, 2, 128, False)
    assert str(stats["embedder"]).startswith("tfidf-svd-")


def test_many_threads_get_the_same_answer_while_documents_come_and_go(store, retriever):
    keep(store, DEMO, "cache", CACHE)
    wrong = []

    def ask():
        for _ in range(10):
            if ids(retriever, "purge the cache after the cutover")[:1] != ["cache"]:
                wrong.append("lost")

    retriever.warm().join()
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        keep(store, DEMO, f"tulips-{number}", f"# Tulips {number}\n\nWater bed {number} on Mondays.")
    for thread in threads:
        thread.join()
    assert not wrong and retriever.stats(DEMO)["documents"] == 6


def test_equal_texts_in_two_documents_stay_two_passages(store, retriever):
    keep(store, DEMO, "one", CACHE)
    keep(store, DEMO, "two", CACHE)
    assert sorted(ids(retriever, "purge the cache")) == ["one", "two"]


def test_a_chunk_that_the_truth_lost_is_not_shown(store, retriever):
    keep(store, DEMO, "cache", CACHE)
    assert ids(retriever, "purge the cache") == ["cache"]
    chunk = Chunk(
        id="new",
        document_id="cache",
        position=0,
        section="Edge cache",
        location="line 1",
        text=Untrusted("Purge the cache, now."),
    )
    document = KnowledgeDocument(id="cache", title="cache", trust=Trust.TRUSTED, content_hash="y", uploaded_at=NOW)
    with store.write(DEMO) as session:
        session.knowledge.put(document, [chunk])
    assert [passage.chunk_id for passage in retriever.search(DEMO, "purge the cache")] == ["new"]
