"""The same index with an embedding of meaning: words need not be shared. Kept in one file, so that the model is loaded
once.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import build_application
from app.domain.base import Severity
from app.domain.hypotheses import UNKNOWN
from app.domain.signals import SignalType
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.observe.meanings import match_meanings
from app.schemas.signals import IncomingSignal
from app.services.agent import cycle
from app.services.incidents.cases import read_incident
from app.services.intake import ingest
from app.settings import Settings
from rag.embeddings import minilm_available
from rag.index import Document, RunbookIndex
from rag.text_vectors import remembered_meaning
from tests.architecture.test_runbooks import HEADERS, QUESTIONS, SHIPPED, TEXTS
from tests.architecture.test_runbooks import OFF_TOPIC as OFF_SHIPPED
from tests.faults import pack as read_pack
from tests.unit.test_rag_index import OFF_TOPIC, SHELF, found

pytestmark = [
    pytest.mark.semantic,
    pytest.mark.long,
    pytest.mark.ci,
    pytest.mark.skipif(
        not minilm_available(), reason="torch, sentence-transformers or the MiniLM weights are not installed"
    ),
]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory):
    with RunbookIndex(tmp_path_factory.mktemp("meaning"), lite=False) as index:
        index.add([Document(id=document.id, title=document.title, text=TEXTS[document.id]) for document, _ in SHIPPED])
        yield index


def missed(index, questions):
    """The questions that do not find their runbook among the first three."""
    return [
        (expected, query)
        for expected, query in questions
        if expected not in [one.document_id for one in index.search(query, 3)]
    ]


def test_a_runbook_is_found_by_what_people_ask_and_silence_is_kept(shipped):
    assert missed(shipped, [(header.id, header.questions[0]) for header in HEADERS.values()]) == []
    assert [query for query in OFF_SHIPPED if shipped.search(query)] == []
    assert shipped.search("checkot brocken, cant pay")[0].document_id == "checkout-callback-not-https"
    assert (
        shipped.search("customers complain that the price tag is outdated")[0].document_id
        == "storefront-stale-cache-after-cutover"
    )


def test_a_runbook_is_found_by_its_title_and_by_every_question(shipped):
    assert missed(shipped, QUESTIONS) == []


def test_meaning_is_found_without_shared_words_and_silence_is_kept(tmp_path: Path):
    with RunbookIndex(tmp_path, lite=False) as index:
        index.add(SHELF)
        assert index.embedder.name == "all-MiniLM-L6-v2"
        assert found(index, "customers still look at outdated costs")[0] == "cache"
        assert found(index, "too many requests while uploading warehouse quantities")[0] == "stock"
        assert found(index, "prge the cahce")[0] == "cache"
        assert [query for query in OFF_TOPIC if index.search(query)] == []
        vectors = index.embedder.embed(["one", "two"])
        assert all(abs(sum(number * number for number in vector) - 1) < 1e-4 for vector in vectors)


def test_changing_the_embedder_rebuilds_the_vectors(tmp_path: Path):
    for lite in (True, False, True):
        with RunbookIndex(tmp_path, lite=lite) as index:
            if not index.documents():
                index.add(SHELF)
            assert index.embedder.semantic is not lite and found(index, "purge cache") == ["cache"]


def test_messages_in_other_words_are_nearest_to_their_own_cause() -> None:
    told = {
        "callback_host_changed": "once the bank is done, buyers end up at an address that we gave up",
        "cart_session_lost": "whatever I put into my basket has vanished by the time I want to pay",
        "cache_not_invalidated": "the page keeps last week's price while the basket asks for the new one",
        "webhook_secret_mismatch": "verification of the hash failed, the sender is not who it claims to be",
        "third_party_outage": "the provider of our payments is down, as its status page says",
    }
    pack = read_pack()
    for cause, said in told.items():
        near = match_meanings([said], pack, remembered_meaning()).likeness
        causes = {name.partition("/")[0]: share for name, share in near.items() if not name.startswith(UNKNOWN)}
        assert max(causes, key=causes.__getitem__) == cause, said


def test_trouble_that_no_cause_is_about_is_nearest_to_none_of_them() -> None:
    for said in ("the newsletter lands in everybody's junk folder", "the printer in the warehouse prints no labels"):
        near = match_meanings([said], read_pack(), remembered_meaning()).likeness
        assert max(near, key=near.__getitem__).startswith(UNKNOWN), said


def test_where_the_model_is_installed_an_incident_is_judged_by_what_is_meant_too(tmp_path: Path) -> None:
    application = build_application(Settings(data=tmp_path, lite=False, demo=False, log_level="ERROR"))
    scope = Scope(tenant_id="default", principal=LOCAL_ADMIN)
    now = application.ctx.clock(scope).now()
    said = "what I put into my basket is gone by the time I pay"
    fields = {
        "signal_type": SignalType.API_ERROR,
        "source": "shop",
        "severity": Severity.CRITICAL,
        "error_message": said,
    }
    failing = {"merchant_id": "MERCH-A", "endpoint": "/api/v3/cart", "status": 500, "error_code": "STALE_CACHE_ENTRY"}
    arrived = [
        IncomingSignal.model_validate({**fields, **failing, "occurred_at": now - timedelta(minutes=number)})
        for number in range(1, 9)
    ]
    ingest.accept(application.ctx, scope, arrived)
    answer = cycle.run_cycle(application.ctx, scope)
    detail = read_incident(application.ctx, scope, answer.incidents[0].id)
    application.stop()
    (row,) = [one for one in detail.evidence if "meanings" in one.data]
    assert "cart" in row.statement
