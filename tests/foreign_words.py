"""Asks everything that can be asked about incidents, in any language, and finds English words in what is answered."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from app.context import AppContext
from app.domain.questions import AnswerText
from app.domain.tenants import Scope
from app.explain.answers import answer_part
from app.explain.case import Case
from app.explain.inquiry import Inquiry, TenantFacts
from app.explain.kinds_list import list_kinds
from app.explain.questions import Understood
from app.services.incidents import ask
from app.services.incidents.cases import read_incident
from app.services.incidents.tenant_facts import read_tenant_facts

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
REQUEST: Final = re.compile(r"\{.*\}")
NAMES: Final = re.compile(r"\S*[_/:@-]\S*|\b[A-Z][A-Z0-9_]+\b|\b[a-z]+\.[a-z_]+\b")
"""Ids, codes, addresses, rules and settings."""


def read_facts(ctx: AppContext, scope: Scope) -> TenantFacts:
    """All that any kind of question reads of a tenant."""
    with ctx.store.read(scope) as session:
        return read_tenant_facts(ctx, scope, session, list(list_kinds().values()), [])


def read_case(ctx: AppContext, scope: Scope, incident: str) -> Case:
    """An incident as questions are answered about it."""
    whole = read_incident(ctx, scope, incident)
    first = next((row for row in whole.actions if row.parent_id is None), None)
    found = ask.read_case(ctx, scope, (whole.incident, first), Understood("cost", Inquiry()), ())
    assert found is not None
    return found


def ask_everything(case: Case, first: Case, facts: TenantFacts, language: str) -> Iterator[tuple[str, AnswerText]]:
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
        ("compare", Inquiry(language=language, incidents=(case.incident.id, first.incident.id))),
        ("cost", Inquiry(text="999 orders, 7%, 99 shops, 5 incidents?", language=language)),
    ]
    for kind, inquiry in inquiries:
        yield kind, answer_part(Understood(kind, inquiry), case, facts)


def english_words_in(text: str, quotes: list[str], language: str) -> list[str]:
    """The English words of a sentence that are no name; what is quoted has to stand in quotation marks."""
    for one in quotes:
        text = re.sub(rf"[„«]\s?{re.escape(one)}\s?[“»]", " ", text)
    bare = NAMES.sub(" ", REQUEST.sub(" ", text)).casefold()
    return [word for word in re.findall(r"[a-zà-ÿ']+", bare) if word in ENGLISH - OWN[language]]


def find_english(
    cases: Sequence[Case], facts: TenantFacts, quotes: list[str], language: str
) -> tuple[int, dict[str, Any]]:
    """How much was asked, and each sentence with English in it, with the kind of question and its English words."""
    held: dict[str, Any] = {}
    asked = 0
    for case in cases:
        for kind, answer in ask_everything(case, cases[0], facts, language):
            asked += 1
            for text in (*(one.text for one in answer.sentences), *answer.unknown):
                words = english_words_in(text, quotes, language)
                if words:
                    held.setdefault(text, (kind, words))
    return asked, held
