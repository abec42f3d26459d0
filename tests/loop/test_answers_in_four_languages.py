"""Whatever is asked in German, French or Spanish about twenty incidents is answered without an English sentence: each
kind of question, each incident, with what people decided, said and named, and with one that was carried out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from app.explain.case import Case
from app.explain.inquiry import TenantFacts
from app.schemas.incidents import CauseRequest, CheckRequest
from app.services.incidents import said
from tests.foreign_words import ask_everything, english_words_in, find_english, read_case, read_facts
from tests.loop.conftest import Agency
from tests.twenty_incidents import open_platform

pytestmark = [pytest.mark.long, pytest.mark.ci, pytest.mark.loop]

REASON: Final = "not before the weekend"


@dataclass
class Platform:
    """Twenty incidents with all that is kept of them."""

    cases: list[Case]
    facts: TenantFacts
    quotes: list[str]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Two proposals are refused, one is carried out, one sign is answered, and one cause is named."""
    agency = open_platform(tmp_path_factory.mktemp("twenty"))
    rows = agency.rows()
    for row in rows[:2]:
        agency.reject(row, reason=REASON)
    agency.approve(rows[2])
    agency.cycle()
    _speak_up(agency, rows[4].incident_id, rows[5].incident_id)
    facts = read_facts(agency.ctx, agency.scope)
    cases = [read_case(agency.ctx, agency.scope, one.id) for one in agency.incidents()]
    assert len(cases) >= 20
    passages = [each for one in cases for each in one.cited()]
    quotes = [REASON, *(text for one in passages for text in (one.title, one.section) if text)]
    yield Platform(cases, facts, quotes)
    agency.application.stop()


def _speak_up(agency: Agency, answered: str, named: str) -> None:
    sign = agency.ctx.pack(agency.scope).causes[0]
    request = CheckRequest(answer="no", note="")
    said.answer_check(agency.ctx, agency.scope, answered, f"{sign.id}.{sign.signs[3].id}", request)
    said.name_cause(agency.ctx, agency.scope, named, CauseRequest(cause=sign.id, note=""))


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_no_answer_in_another_language_holds_an_english_sentence(platform: Platform, language: str) -> None:
    asked, held = find_english(platform.cases, platform.facts, platform.quotes, language)
    print(f"{language}: {asked} questions, {len(held)} sentences with English in them")
    assert asked > 40 * len(platform.cases) and not held, list(held.items())[:5]


def test_in_english_the_same_sentences_are_found_to_be_english(platform: Platform) -> None:
    told = [
        text
        for _, answer in ask_everything(platform.cases[3], platform.cases[0], platform.facts, "en")
        for text in (*(one.text for one in answer.sentences), *answer.unknown)
    ]
    found = [text for text in told if english_words_in(text, [], "es")]
    assert len(found) > 0.85 * len(told) > 50
