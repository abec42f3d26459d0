"""What an assessment states, each sentence with the evidence rows that it was made from: whoever has no row has no
sentence.
"""

from collections.abc import Iterator, Sequence

from app.config.vocabulary import Vocabulary
from app.domain.evidence import Evidence, Statement
from app.domain.hypotheses import UNKNOWN, Dossier, Hypothesis, shown_confidence
from app.wording.assessment import word_for
from app.wording.counts import stores_in_words

MOST_GROUPS, MOST_REASONS = 2, 3
SHOWS_TROUBLE = ("error_group", "symptom", "shortfall", "tickets", "spike")
"""The evidence that tells of trouble by itself, the most telling first."""


def state_by(text: str, rows: Sequence[Evidence]) -> Statement | None:
    """The sentence, resting on these rows; nothing without any."""
    return Statement(text=text, evidence_ids=tuple(dict.fromkeys(one.id for one in rows))) if rows else None


def word_headline(dossier: Dossier, words: Vocabulary) -> Statement | None:
    """What is wrong, in the words of those who run a shop: of what most signals show the first that the pack has words
    for, else the title of the incident.
    """
    where = f" at {stores_in_words(len(dossier.merchants))}" if dossier.merchants else ""
    seen = sorted(dossier.facts.symptoms.items(), key=lambda one: (-one[1], words.place_of_headline(one[0]), one[0]))
    for symptom, _ in seen:
        said = words.headline_of(symptom)
        rows = [one for one in dossier.evidence if one.kind == "symptom" and one.data.get("symptom") == symptom]
        found = state_by(f"{said}{where}", rows) if said else None
        if found is not None:
            return found
    telling = sorted(
        (one for one in dossier.evidence if one.kind in SHOWS_TROUBLE), key=lambda one: SHOWS_TROUBLE.index(one.kind)
    )
    return state_by(f"{dossier.title}{where}", telling[:1])


def list_statements(dossier: Dossier, hypotheses: Sequence[Hypothesis]) -> Iterator[Statement]:
    """What was seen, why it happens, and what it costs."""
    known = {one.id: one for one in dossier.evidence}
    groups = [one for one in dossier.evidence if one.kind == "error_group"][:MOST_GROUPS]
    yield from (Statement(text=one.statement, evidence_ids=(one.id,)) for one in groups)
    best = hypotheses[0]
    if best.cause != UNKNOWN:
        reasons = best.findings_for[:MOST_REASONS]
        rows = [known[name] for one in reasons for name in one.evidence_ids if name in known]
        said = f"It is {word_for(best.confidence)} ({shown_confidence(best.confidence)}) this: {best.title}."
        cause = state_by(said, rows)
        yield from [cause] if cause else []
    costs = [known[one] for one in dossier.impact.evidence_ids if one in known]
    if costs and dossier.impact.lost_orders.high:
        yield Statement(text=costs[0].statement, evidence_ids=(costs[0].id,))
