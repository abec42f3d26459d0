"""Answers in German, French and Spanish hold no English sentence, either, where a plan is carried out and where the
incidents are those of a cluster; and what the shipped packs and playbooks call things they call in every language.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from app.bootstrap import Application, build_application
from app.config.load import load_config
from app.domain.merchants import Merchant
from app.domain.tenants import LOCAL_ADMIN, Scope, Tenant
from app.services.agent import cycle
from app.services.incidents import cases
from app.services.intake.ingest import accept
from app.services.loop import advance
from app.services.playbooks.carry_on import carry_on_all
from app.settings import Settings
from app.sources.base import Delivery, SenderSettings
from app.sources.registry import SOURCES
from app.system import SteppedClock
from app.wording.titles import list_titles
from tests.foreign_words import find_english, read_case, read_facts
from tests.loop.conftest import Agency
from tests.loop.test_loop_kubernetes import CASES, START, event

pytestmark = pytest.mark.loop

PROJECT = Path(__file__).resolve().parents[2]
CLUSTER: Final = Scope(tenant_id="cluster", principal=LOCAL_ADMIN)
OTHERS: Final = ("de", "fr", "es")


@pytest.mark.parametrize("pack", ["commerce", "kubernetes", "lending"])
def test_what_packs_and_playbooks_call_things_is_said_in_every_language(pack: str) -> None:
    config = load_config(PROJECT / "config")
    found = config.packs[pack]
    titles = list_titles(found, config.tools, config.policies.rules, config.playbooks)
    called = [text for cause in found.causes for text in (cause.title, *cause.questions)]
    called += [text for cause in found.causes for one in cause.treatments for text in (one.title, one.promise) if text]
    called += [found.fallback.title, found.fallback.promise, *(one.title for one in found.vocabulary.symptoms)]
    called += [one.title for plan in config.playbooks if plan.domain == pack for one in (plan, *plan.steps)]
    called += [one.because for one in config.policies.rules]
    for language in OTHERS:
        english = [text for text in dict.fromkeys(called) if titles.word_text(language, text) == text]
        assert not english, (language, english[:5])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Application]:
    """Three workloads of a cluster, each broken by something else, after a look at them."""
    opened = build_application(Settings(data=tmp_path, lite=True, demo=False), clock=SteppedClock(START))
    opened.ctx.store.put_tenant(Tenant(id="cluster", title="A cluster", pack="kubernetes"))
    workloads = dict(zip(("cart", "search", "mail"), CASES.items(), strict=True))
    with opened.ctx.store.write(CLUSTER) as session:
        session.merchants.put([Merchant(id=name, name=name) for name in (*workloads, "frontend")])
    told = [
        event(number, START - timedelta(minutes=28 - number), name, *lines[number % len(lines)])
        for name, (_, lines) in workloads.items()
        for number in range(26)
    ]
    sent = Delivery({}, json.dumps({"kind": "EventList", "items": told}).encode(), START)
    accept(opened.ctx, CLUSTER, SOURCES["kubernetes"].read(sent, SenderSettings()).signals)
    cycle.run_cycle(opened.ctx, CLUSTER)
    advance.advance_all(opened.ctx, CLUSTER)
    yield opened
    opened.stop()


def test_no_answer_about_a_cluster_holds_an_english_sentence(cluster: Application) -> None:
    incidents = cases.list_incidents(cluster.ctx, CLUSTER, statuses=None, limit=10, offset=0)
    found = [read_case(cluster.ctx, CLUSTER, one.id) for one in incidents]
    assert {one.assessment.best.cause for one in found if one.assessment} == set(CASES)
    facts = read_facts(cluster.ctx, CLUSTER)
    quotes = [text for one in found for each in one.cited() for text in (each.title, each.section) if text]
    for language in OTHERS:
        asked, held = find_english(found, facts, quotes, language)
        assert asked > 100 and not held, list(held.items())[:5]


def test_no_answer_about_a_plan_and_its_steps_holds_an_english_sentence(agency: Agency) -> None:
    agency.cycle()
    for cause in ("token_version_mismatch", "callback_not_https"):
        agency.approve(agency.pending(cause))
    for _ in range(16):
        while agency.drain() or carry_on_all(agency.ctx, agency.scope):
            pass
        agency.pass_time(5)
    found = [read_case(agency.ctx, agency.scope, one.id) for one in agency.incidents()]
    asked_for = [one for one in found if " (a step of the plan of " in one.incident.title]
    assert asked_for and any(one.action for one in asked_for)
    facts = read_facts(agency.ctx, agency.scope)
    quotes = [text for one in found for each in one.cited() for text in (each.title, each.section) if text]
    for language in OTHERS:
        asked, held = find_english(found, facts, quotes, language)
        assert asked > 100 and not held, list(held.items())[:5]
