"""Everything recorded about one incident that an answer may rest on."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import Field

from app.domain.actions import Action
from app.domain.base import Value
from app.domain.decisions import Decision
from app.domain.evidence import Evidence
from app.domain.hypotheses import Assessment, Dossier, Finding
from app.domain.incidents import Incident
from app.domain.knowledge import Passage
from app.domain.questions import Sentence
from app.domain.receipts import Receipt
from app.explain.inquiry import TenantFacts
from app.wording.evidence import word_evidence
from app.wording.sentences import word_sentence


class Case(Value):
    """A frozen view of an incident. `evidence` holds the rows that still exist: what is not in it can
    support nothing.
    """

    incident: Incident
    dossier: Dossier | None = None
    assessment: Assessment | None = None
    decision: Decision | None = None
    action: Action | None = None
    actions: tuple[Action, ...] = ()
    receipt: Receipt | None = None
    evidence: dict[str, Evidence] = Field(default_factory=dict)
    passages: tuple[Passage, ...] = ()

    @property
    def proposal(self) -> Decision | None:
        """The decision the question is about: the action's own, else the latest."""
        return self.action.decision if self.action else self.decision

    def standing(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Those of the ids whose evidence still exists."""
        return tuple(one for one in dict.fromkeys(ids) if one in self.evidence)

    def about(self, *kinds: str) -> list[Evidence]:
        """Evidence of some kinds, weightiest first."""
        return sorted(
            (one for one in self.evidence.values() if one.kind in kinds),
            key=lambda one: (kinds.index(one.kind), -one.count, one.id),
        )

    def cited(self) -> tuple[Passage, ...]:
        """The passages that can be shown, those the decision cites first."""
        known = {one.chunk_id: one for one in (*(self.assessment.passages if self.assessment else ()), *self.passages)}
        first = [chunk for chunk in (self.proposal.citations if self.proposal else ()) if chunk in known]
        return tuple(known[chunk] for chunk in dict.fromkeys([*first, *known]))


RECORDED: Final = frozenset(
    (
        *("title", "cause", "headline", "confidence", "reason", "reasons", "fact", "facts", "basis", "promise", "undo"),
        *("why", "check", "words", "statement", "summary", "level", "factors", "missing", "instead"),
    )
)
"""The blanks of sentences that hold what is recorded in English."""


class Draft:
    """Collects the sentences of one answer. A claim enters only with all of its support; otherwise the answer says that
    it is not known.
    """

    def __init__(self, case: Case | None, facts: TenantFacts | None = None, language: str = "en") -> None:
        self._case = case
        self._facts = facts
        self.language = language
        self.sentences: list[Sentence] = []
        self.unknown: list[str] = []

    @property
    def case(self) -> Case:
        """The incident it is about; kinds that are about one are asked with one."""
        assert self._case is not None
        return self._case

    @property
    def has_case(self) -> bool:
        """Whether it is about an incident."""
        return self._case is not None

    @property
    def facts(self) -> TenantFacts:
        """What is known beyond the incident."""
        return self._facts or TenantFacts(now=datetime.min.replace(tzinfo=UTC))

    def words(self, key: str, **values: object) -> str:
        """A sentence in the language of the answer, and what is recorded in it."""
        told = {name: self.word_text(value) if name in RECORDED else value for name, value in values.items()}
        return word_sentence(self.language, key, **told)

    def word_text(self, text: object) -> str:
        """What is recorded, in the language of the answer."""
        return self.facts.titles.word_text(self.language, str(text))

    def quote(self, text: str) -> str:
        """What a person or a machine wrote, marked as theirs."""
        return word_sentence(self.language, "quote", text=text)

    def claim(self, key: str, ids: Sequence[str], **values: object) -> bool:
        """Say it when all of its evidence exists; else note that something cannot be told any more."""
        standing = self.case.standing(ids)
        if not standing or len(standing) < len(set(ids)):
            gone = ", ".join(one for one in dict.fromkeys(ids) if one not in standing)
            self.lack("gone" if ids else "no_evidence", ids=gone)
            return False
        self.sentences.append(Sentence(text=self.words(key, **values), evidence_ids=standing))
        return True

    def tell(self, key: str, *records: str, **values: object) -> None:
        """Say what rows of the ledger, incidents or merchants say; it rests on these."""
        text = self.words(key, **values)
        if text not in {one.text for one in self.sentences}:
            self.sentences.append(Sentence(text=text, records=tuple(dict.fromkeys(records))))

    def rule(self, key: str, proposal: Decision, **values: object) -> None:
        """Say what policy said of a decision: it rests on that decision and the rules that ruled it."""
        text = self.words(key, **values)
        ruled = Sentence(text=text, decision=proposal.digest or None, rule_ids=proposal.ruling.rule_ids)
        self.sentences.append(ruled)

    def cite(self, key: str, passage: Passage) -> None:
        """Say it on the word of a runbook passage that exists."""
        if passage.chunk_id in {one.chunk_id for one in self.case.cited()}:
            values = {"title": passage.title, "section": passage.section, "location": passage.location}
            text = word_sentence(self.language, key, **values)
            self.sentences.append(Sentence(text=text, citations=(passage.chunk_id,)))

    def row(self, evidence: Evidence) -> None:
        """Say what an evidence row says."""
        text = word_evidence(self.language, evidence, self.facts.titles)
        if text not in {one.text for one in self.sentences}:
            self.sentences.append(Sentence(text=text, evidence_ids=(evidence.id,)))

    def tell_rows(self, ids: Sequence[str]) -> list[str]:
        """What the rows of these ids say, as far as they still exist."""
        rows = [self.case.evidence[one] for one in self.case.standing(ids)]
        return [word_evidence(self.language, one, self.facts.titles) for one in rows]

    def finding(self, finding: Finding) -> None:
        """Say what speaks for a cause: as the sign words it, or by the rows that show it where those words are English
        only.
        """
        standing = self.case.standing(finding.evidence_ids)
        if self.is_worded(finding.statement) or len(standing) < len(set(finding.evidence_ids)) or not standing:
            self.claim("fact", finding.evidence_ids, fact=finding.statement)
            return
        for one in standing:
            self.row(self.case.evidence[one])

    def is_worded(self, text: str) -> bool:
        """Whether what is recorded can be said in the language of the answer."""
        return self.language == "en" or self.word_text(text) != text

    def word_finding(self, finding: Finding) -> str:
        """What speaks for or against a cause inside a sentence: as the sign words it, or what its rows show."""
        rows = "; ".join(one.rstrip(".") for one in self.tell_rows(finding.evidence_ids))
        return finding.statement if self.is_worded(finding.statement) or not rows else f"{rows}."

    def lack(self, key: str, **values: object) -> None:
        """Note once what is not known."""
        self.doubt(self.words(key, **values))

    def doubt(self, text: str) -> None:
        """Note once what is not known, in words that are recorded."""
        if text not in self.unknown:
            self.unknown.append(text)
