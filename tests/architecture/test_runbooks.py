"""Every shipped runbook is complete, names causes that exist, and is found by the words of those who need it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from app.domain.errors import BadConfig
from rag.chunks import front_matter
from rag.index import Document, RunbookIndex
from rag.shipped import RunbookHeader, load_shipped

PROJECT = Path(__file__).resolve().parents[2]
RUNBOOKS = PROJECT / "runbooks"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHIPPED = load_shipped(RUNBOOKS, NOW)
KNOWN_MECHANISMS = {
    *(
        "callback_host_changed",
        "dns_tls_cutover",
        "tax_shipping_not_migrated",
        "product_mapping_lost",
        "webhook_secret_mismatch",
    ),
    *(
        "webhook_receiver_timeout",
        "token_scope_missing",
        "cors_origin_missing",
        "webhook_schema_change",
        "cart_session_lost",
    ),
    *(
        "checkout_script_regression",
        "order_service_drops_events",
        "platform_release_regression",
        "third_party_outage",
        "wrong_documentation",
    ),
}
"""Causes that people can treat by a runbook although no domain pack recognises them yet; a cause of a pack need not be
listed here.
"""
CAUSES = KNOWN_MECHANISMS | {path.stem for path in (PROJECT / "config" / "domain_packs").glob("*/causes/*.yaml")}
HEADINGS = ["Symptoms", "How to confirm", "Fix", "Verify", "Undo", "When to escalate"]
PROMISED = {
    *(
        "checkout-callback-not-https",
        "webhooks-v2-endpoint-gone",
        "api-token-version-mismatch",
        "inventory-sync-over-rate-limit",
    ),
    *("storefront-stale-cache-after-cutover", "orders-payment-without-order", "webhooks-receiver-timeout-or-signature"),
    "migration-hold-and-roll-back-a-wave",
}
TEXTS = {document.id: (RUNBOOKS / document.filename).read_text("utf-8") for document, _ in SHIPPED}
HEADERS = {id: RunbookHeader.model_validate(front_matter(text)[0]) for id, text in TEXTS.items()}
QUESTIONS = [(header.id, query) for header in HEADERS.values() for query in (header.title, *header.questions)]
OFF_TOPIC = [
    "how do I bake bread",
    "weather in Paris",
    "who won the world cup",
    "vacation policy for employees",
    "how to train a puppy",
]


@pytest.fixture(scope="module")
def by_words(tmp_path_factory):
    with RunbookIndex(tmp_path_factory.mktemp("words"), lite=True) as index:
        index.add([Document(id=document.id, title=document.title, text=TEXTS[document.id]) for document, _ in SHIPPED])
        yield index


def test_there_are_the_eight_that_are_asked_for():
    assert HEADERS.keys() >= PROMISED


@pytest.mark.parametrize(("document", "chunks"), SHIPPED, ids=lambda value: getattr(value, "id", ""))
def test_a_runbook_is_complete(document, chunks):
    text = TEXTS[document.id]
    strange = sorted(set(document.causes) - CAUSES)
    assert strange == [], (
        f"runbooks/{document.filename}: no cause is named {strange}; add config/domain_packs/<pack>/causes/<id>.yaml"
        " first"
    )
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert f"# {document.title}\n" in text and 150 <= len(text.split()) <= 380
    assert {chunk.section.split(" > ")[-1] for chunk in chunks} >= set(HEADINGS)
    assert (
        document.source == "shipped"
        and document.trust == "trusted"
        and len({chunk.id for chunk in chunks}) == len(chunks)
    )


def words_of(text):
    return re.findall(r"\w+", text.casefold())


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_a_runbook_says_how_people_ask_for_it_in_words_that_are_not_its_own(header):
    assert len(header.questions) >= 2, (
        f"{header.id}: add `questions:` to its front matter, two sentences that somebody in need would type"
    )
    text = TEXTS[header.id]
    body = " ".join(words_of("\n".join(text.split("\n")[front_matter(text)[1] :])))
    for question in header.questions:
        said = words_of(question)
        runs = [" ".join(said[place : place + 5]) for place in range(max(1, len(said) - 4))]
        copied = [run for run in runs if f" {run} " in f" {body} "]
        assert copied == [], f"{header.id}: the question {question!r} copies its own text; ask as people would"


def test_every_tool_a_runbook_names_exists():
    tools = {entry["name"] for entry in yaml.safe_load((PROJECT / "config" / "tools.yaml").read_text("utf-8"))["tools"]}
    named = {
        word.strip("`.")
        for _, chunks in SHIPPED
        for chunk in chunks
        for word in chunk.text.replace(",", " ").split()
        if word.startswith("`")
    }
    assert {name for name in named if name.islower() and "_" in name} <= tools


@pytest.mark.parametrize(("expected", "query"), QUESTIONS)
def test_a_runbook_is_found_by_its_title_and_its_symptoms(by_words, expected, query):
    assert expected in [passage.document_id for passage in by_words.search(query, 3)]


@pytest.mark.parametrize("query", OFF_TOPIC)
def test_what_no_runbook_covers_gives_nothing(by_words, query):
    assert by_words.search(query) == []


def test_a_runbook_that_cannot_be_used_stops_the_start_and_is_named(tmp_path):
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "one.md").write_text(
        "---\nid: same-id\ntitle: A title\ncauses: [x]\nsymptoms: [y]\nupdated: 2026-03-02\n---\n# A\ntext\n"
    )
    (tmp_path / "area" / "two.md").write_text(
        "---\nid: same-id\ntitle: A title\ncauses: []\nsymptoms: [y]\nupdated: soon\n---\n# A\ntext\n"
    )
    (tmp_path / "area" / "three.md").write_text((tmp_path / "area" / "one.md").read_text())
    with pytest.raises(BadConfig) as refused:
        load_shipped(tmp_path, NOW)
    told = "\n".join(refused.value.problems)
    assert (
        "area/two.md:4: causes: " in told
        and "area/two.md:6: updated: " in told
        and "two runbooks have the id 'same-id'" in told
    )
