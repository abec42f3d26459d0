"""Whatever is asked in German, French or Spanish about twenty incidents is answered without an English sentence: each
kind of question, each incident, with what people decided, said and named, and with one that was carried out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from app.domain.questions import AnswerText
from app.explain.answers import answer_part
from app.explain.case import Case
from app.explain.inquiry import Inquiry, TenantFacts
from app.explain.kinds_list import list_kinds
from app.explain.questions import Understood
from app.schemas.incidents import CauseRequest, CheckRequest
from app.services.incidents import ask, said
from app.services.incidents.cases import read_incident
from app.services.incidents.tenant_facts import read_tenant_facts
from tests.loop.conftest import Agency
from tests.twenty_incidents import open_platform

pytestmark = [pytest.mark.long, pytest.mark.ci, pytest.mark.loop]

ENGLISH_WORDS: Final = (
    "the of with and is are from that this these those by for have will would to it its there they which what does did"
    " was been because than not only at be or about into without before after between whose who when where how"
    " likely seen expected merchants failures payments asked taken back check cause evidence"
)
ENGLISH: Final = frozenset(ENGLISH_WORDS.split())
"""Words that make an English sentence; of these each language has some of its own."""
OWN: Final = {
    "de": frozenset(("was", "not", "likely", "be")),
    "fr": frozenset(("cause", "evidence", "son")),
    "es": frozenset(("likely",)),
}
REASON: Final = "not before the weekend"
REQUEST: Final = re.compile(r"\{.*\}")
QUOTED: Final = re.compile(r"„[^“]*“|« [^»]* »|«[^»]*»")
NAMES: Final = re.compile(r"\S*[_/:@-]\S*|\b[A-Z][A-Z0-9_]+\b|\b[a-z]+\.[a-z_]+\b")
"""Ids, codes, addresses, rules and settings."""


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
    with agency.ctx.store.read(agency.scope) as session:
        facts = read_tenant_facts(agency.ctx, agency.scope, session, list(list_kinds().values()), [])
    cases = [_read_case(agency, one.id) for one in agency.incidents()]
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


def _read_case(agency: Agency, incident: str) -> Case:
    whole = read_incident(agency.ctx, agency.scope, incident)
    first = next((row for row in whole.actions if row.parent_id is None), None)
    part = Understood("cost", Inquiry())
    found = ask.read_case(agency.ctx, agency.scope, (whole.incident, first), part, ())
    assert found is not None
    return found


def ask_everything(platform: Platform, case: Case, language: str) -> Iterator[tuple[str, AnswerText]]:
    """A question of each kind, and those that name something."""
    ranked = case.assessment.hypotheses[:4] if case.assessment else ()
    inquiries = [(kind, Inquiry(text="?", language=language)) for kind in list_kinds()]
    for one in ranked:
        inquiries.append(("why_not", Inquiry(language=language, causes=(one.cause,), subject=one.cause)))
    inquiries += [
        ("why_not", Inquiry(language=language, subject="nothing")),
        ("why_not", Inquiry(language=language, tools=("rotate_token",), subject="rotate_token")),
        ("why_cause", Inquiry(language=language, causes=("dns_tls_cutover",))),
        ("migration", Inquiry(language=language, waves=(1,))),
        ("wave_ready", Inquiry(language=language, waves=(1, 99))),
        ("merchant_affected", Inquiry(language=language, merchants=case.incident.merchants[:1])),
        ("compare", Inquiry(language=language, incidents=(case.incident.id, platform.cases[0].incident.id))),
        ("cost", Inquiry(text="999 orders, 7%, 99 shops, 5 incidents?", language=language)),
    ]
    for kind, inquiry in inquiries:
        yield kind, answer_part(Understood(kind, inquiry), case, platform.facts)


def english_words_in(text: str, quotes: list[str], language: str) -> list[str]:
    """The English words of a sentence that are no name; what is quoted has to stand in quotation marks."""
    for one in quotes:
        text = re.sub(rf"[„«]\s?{re.escape(one)}\s?[“»]", " ", text)
    bare = NAMES.sub(" ", REQUEST.sub(" ", text)).casefold()
    return [word for word in re.findall(r"[a-zà-ÿ']+", bare) if word in ENGLISH - OWN[language]]


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_no_answer_in_another_language_holds_an_english_sentence(platform: Platform, language: str) -> None:
    held: dict[str, tuple[str, list[str]]] = {}
    asked = 0
    for case in platform.cases:
        for kind, answer in ask_everything(platform, case, language):
            asked += 1
            for text in (*(one.text for one in answer.sentences), *answer.unknown):
                words = english_words_in(text, platform.quotes, language)
                if words:
                    held.setdefault(text, (kind, words))
    print(f"{language}: {asked} questions, {len(held)} sentences with English in them")
    assert asked > 40 * len(platform.cases) and not held, list(held.items())[:5]


def test_in_english_the_same_sentences_are_found_to_be_english(platform: Platform) -> None:
    told = [
        text
        for _, answer in ask_everything(platform, platform.cases[3], "en")
        for text in (*(one.text for one in answer.sentences), *answer.unknown)
    ]
    found = [text for text in told if english_words_in(text, [], "es")]
    assert len(found) > 0.85 * len(told) > 50
