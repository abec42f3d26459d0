"""Everything recorded about one incident that an answer may rest on."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from app.domain.actions import Action
from app.domain.base import Value
from app.domain.decisions import Decision
from app.domain.evidence import Evidence
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import Incident
from app.domain.knowledge import Passage
from app.domain.questions import Sentence
from app.domain.receipts import Receipt


class Case(Value):
    """A frozen view of an incident. `evidence` holds the rows that still exist: what is not in it can
    support nothing.
    """

    incident: Incident
    dossier: Dossier | None = None
    assessment: Assessment | None = None
    decision: Decision | None = None
    action: Action | None = None
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


class Draft:
    """Collects the sentences of one answer. A claim enters only with all of its support; otherwise the answer says that
    it is not known.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sentences: list[Sentence] = []
        self.unknown: list[str] = []

    def claim(self, text: str, ids: Sequence[str], *, what: str) -> bool:
        """Say it when all of its evidence exists; else note that `what` is not known any more."""
        standing = self.case.standing(ids)
        if not standing or len(standing) < len(set(ids)):
            self.doubt(
                f"{what[:1].upper()}{what[1:]}: the evidence for it is not there" + (" any more." if ids else ".")
            )
            return False
        self.sentences.append(Sentence(text=text, evidence_ids=standing))
        return True

    def rule(self, text: str, proposal: Decision) -> None:
        """Say what policy said of a decision: it rests on that decision and the rules that ruled it."""
        ruled = Sentence(text=text, decision=proposal.digest or None, rule_ids=proposal.ruling.rule_ids)
        self.sentences.append(ruled)

    def cite(self, text: str, chunks: Sequence[str]) -> None:
        """Say it on the word of runbook passages that exist."""
        known = {one.chunk_id for one in self.case.cited()}
        standing = tuple(chunk for chunk in chunks if chunk in known)
        if standing:
            self.sentences.append(Sentence(text=text, citations=standing))

    def row(self, evidence: Evidence) -> None:
        """Say what an evidence row says."""
        if evidence.statement not in {one.text for one in self.sentences}:
            self.sentences.append(Sentence(text=evidence.statement, evidence_ids=(evidence.id,)))

    def doubt(self, text: str) -> None:
        """Note once what is not known."""
        if text not in self.unknown:
            self.unknown.append(text)
