"""What several kinds of answer read from a case: the best cause, the evidence it rests on, and how things are named."""

from app.domain.action_states import ActionStatus
from app.domain.actions import NOT_DONE, Action, harmed_id, undos_of
from app.domain.approvals import RowKind
from app.domain.decisions import Decision
from app.domain.evidence import Evidence
from app.domain.hypotheses import UNKNOWN, Hypothesis, shown_confidence
from app.explain.case import Case, Draft

MOST_REASONS = 4
CORE_SIGNS = 2
COUNTED = ("error_group", "tickets", "symptom")


def find_best(case: Case) -> Hypothesis | None:
    """The cause that comes first."""
    return case.assessment.best if case.assessment and case.assessment.hypotheses else None


def list_hypotheses(case: Case) -> tuple[Hypothesis, ...]:
    """All causes, best first."""
    return case.assessment.hypotheses if case.assessment else ()


def list_core_evidence(case: Case, cause: str) -> tuple[str, ...]:
    """The evidence a conclusion rests on: that of its weightiest signs, or what was counted when no known
    cause fits.
    """
    found = next((one for one in list_hypotheses(case) if one.cause == cause and cause != UNKNOWN), None)
    ids = [one for finding in (found.findings_for[:CORE_SIGNS] if found else ()) for one in finding.evidence_ids]
    return tuple(dict.fromkeys(ids)) or list_recorded_ids(case, *COUNTED)


def list_recorded_ids(case: Case, *kinds: str) -> tuple[str, ...]:
    """The ids of what was counted when the incident was looked at, whether the rows still stand or not."""
    return tuple(row.id for row in (case.dossier.evidence if case.dossier else ()) if row.kind in kinds)[:MOST_REASONS]


def title_cause(draft: Draft, cause: str) -> str:
    """A cause in words."""
    if cause == UNKNOWN:
        return draft.words("no_known_cause")
    ranked = list_hypotheses(draft.case) if draft.has_case else ()
    known = next((one for one in ranked if one.cause == cause), None)
    return draft.word_text(known.title if known else draft.facts.causes.get(cause) or cause.replace("_", " "))


def read_number(row: Evidence, name: str, otherwise: float) -> float:
    """A number of an evidence row."""
    found = row.data.get(name, otherwise)
    return found if isinstance(found, int | float) else otherwise


def tell_undos(draft: Draft, name: str) -> None:
    """That what a row did was taken back, when and why, or that it is to be."""
    row = next((one for one in draft.case.actions if one.id == name and one.step is not RowKind.UNDO), None)
    for undo in undos_of(row, draft.case.actions) if row else ():
        why = _word_undo(draft, undo)
        if undo.status is ActionStatus.EXECUTED and undo.executed_at:
            draft.tell("back_done", undo.id, id=harmed_id(undo), at=f"{undo.executed_at:%Y-%m-%d %H:%M}", why=why)
        elif undo.status not in NOT_DONE or undo.status is ActionStatus.FAILED:
            draft.tell("back_open", undo.id, id=harmed_id(undo), status=undo.status.value, why=why)


def _word_undo(draft: Draft, undo: Action) -> str:
    if undo.undo_asked_by:
        return draft.words("back_since_word", by=undo.undo_asked_by, reason=undo.feedback or "")
    undone = next((one for one in draft.case.actions if one.id == harmed_id(undo)), None)
    unhelped = undone is not None and undone.receipt is not None and undone.receipt.takes_back_no_help
    return draft.words("back_since_unhelped" if unhelped else "back_since_harm")


def state_ruling(draft: Draft, proposal: Decision) -> None:
    """What policy said, by which rules."""
    reasons = "; ".join(draft.word_text(one).rstrip(".") for one in proposal.ruling.reasons) or draft.words("no_reason")
    rules = ", ".join(proposal.ruling.rule_ids) or draft.words("no_rule")
    verdict = draft.words(f"verdict_{proposal.ruling.verdict.value}")
    draft.rule("ruling", proposal, verdict=verdict, rules=rules, reasons=reasons)


def state_reasons(draft: Draft, cause: str) -> None:
    """The signs for a cause, and the strongest against it."""
    found = next((one for one in list_hypotheses(draft.case) if one.cause == cause), None)
    for finding in (found.findings_for if found else ())[:MOST_REASONS]:
        draft.finding(finding)
    for finding in (found.findings_against if found else ())[:2]:
        if finding.evidence_ids:
            draft.claim("against", finding.evidence_ids, fact=draft.word_finding(finding))


def state_likeliest(draft: Draft) -> bool:
    """Name the first known cause where the evidence names none, or is a single signal; whether that was called for."""
    ranked = list_hypotheses(draft.case)
    known = next((one for one in ranked if one.cause != UNKNOWN), None)
    single = draft.case.dossier is not None and draft.case.dossier.signal_count == 1
    if known is None or not (single or ranked[0].cause == UNKNOWN):
        return False
    first = [one for finding in known.findings_for[:1] for one in finding.evidence_ids]
    ids = first or list_core_evidence(draft.case, UNKNOWN)
    sure = shown_confidence(known.confidence)
    draft.claim("likeliest", ids, cause=known.cause, confidence=sure, title=known.title)
    return True


def state_doubts(draft: Draft) -> None:
    """What the assessment itself is not sure of."""
    for doubt in draft.case.assessment.uncertainties if draft.case.assessment else ():
        draft.doubt(draft.word_text(doubt))


def cite_runbooks(draft: Draft, limit: int = 2) -> None:
    """The passages that cover it."""
    for one in draft.case.cited()[:limit]:
        draft.cite("covered", one)


def list_names(names: tuple[str, ...] | list[str], most: int = 12) -> str:
    """Names with commas; of many the first, and how many more."""
    return ", ".join(names[:most]) + (f" (+{len(names) - most})" if len(names) > most else "")
