"""Answers composed from recorded facts. Each sentence names the evidence it rests on; what has none is not said, and
the answer says so.

Nothing here changes anything: a request to approve is answered with the place where approving happens.
"""

from collections.abc import Callable

from app.domain.action_states import ActionStatus
from app.domain.decisions import Decision
from app.domain.evidence import Evidence
from app.domain.hypotheses import UNKNOWN, Hypothesis, shown_confidence
from app.domain.questions import AnswerText
from app.domain.receipts import Receipt
from app.explain.case import Case, Draft
from app.explain.questions import INTENTS

MOST_REASONS = 4
CORE_SIGNS = 2
NO_CASE = "Nothing was concluded about this incident yet."


def answer_intent(intent: str, case: Case) -> AnswerText:
    """Answer one intent of `app.explain.questions.understand_question` about one case."""
    draft = Draft(case)
    name, _, subject = intent.partition(":")
    if name == "why_not":
        _why_not(draft, subject)
    else:
        _ANSWERS.get(name, _not_understood)(draft)
    about = case.action.id if case.action else case.incident.id
    return AnswerText(intent=intent, about=about, sentences=tuple(draft.sentences), unknown=tuple(draft.unknown))


def _best_hypothesis(case: Case) -> Hypothesis | None:
    return case.assessment.best if case.assessment and case.assessment.hypotheses else None


def _core_evidence(case: Case, cause: str) -> tuple[str, ...]:
    """The evidence a conclusion rests on: that of its weightiest signs, or what was counted when no known
    cause fits.
    """
    hypotheses = case.assessment.hypotheses if case.assessment else ()
    found = next((one for one in hypotheses if one.cause == cause and cause != UNKNOWN), None)
    ids = [one for finding in (found.findings_for[:CORE_SIGNS] if found else ()) for one in finding.evidence_ids]
    return tuple(dict.fromkeys(ids)) or _recorded_ids(case, "error_group", "tickets", "symptom")


def _recorded_ids(case: Case, *kinds: str) -> tuple[str, ...]:
    """The ids of what was counted when the incident was looked at, whether the rows still stand or not."""
    return tuple(row.id for row in (case.dossier.evidence if case.dossier else ()) if row.kind in kinds)[:MOST_REASONS]


def _why_action(draft: Draft) -> None:
    proposal = draft.case.proposal
    if proposal is None:
        draft.doubt("No action has been proposed for this incident yet.")
        return
    ids = _core_evidence(draft.case, proposal.cause)
    if proposal.tool is None:
        draft.claim(f"No action was proposed: {proposal.title.rstrip('.')}.", ids, what="why nothing was proposed")
    else:
        cause = (
            "no known cause is certain enough"
            if proposal.cause == UNKNOWN
            else f"the cause is taken to be {_cause_title(draft.case, proposal.cause)}"
        )
        draft.claim(
            f"{proposal.title} was proposed because {cause} (confidence {shown_confidence(proposal.confidence)}).",
            ids,
            what="why it was proposed",
        )
        _say_likeliest(draft)
    _say_reasons(draft, proposal.cause)
    _say_promise(draft, proposal, ids)
    draft.rule(f"Policy says {_ruling_sentence(proposal)}", proposal)
    _cite_runbooks(draft)


def _say_promise(draft: Draft, proposal: Decision, ids: tuple[str, ...]) -> None:
    if proposal.tool is None:
        return
    if proposal.forecast and proposal.forecast.statement:
        undo = (
            f" It can be taken back: {proposal.undo.statement or proposal.undo.tool}"
            if proposal.undo
            else " There is no undo for it."
        )
        draft.claim(f"What it promises: {proposal.forecast.statement.rstrip('.')}.{undo}", ids, what="what it promises")


def _ruling_sentence(proposal: Decision) -> str:
    reasons = "; ".join(one.rstrip(".") for one in proposal.ruling.reasons) or "no reason recorded"
    return f"{proposal.ruling.verdict.value} ({', '.join(proposal.ruling.rule_ids) or 'no rule'}): {reasons}."


def _cause_title(case: Case, cause: str) -> str:
    known = next((one for one in (case.assessment.hypotheses if case.assessment else ()) if one.cause == cause), None)
    return known.title if known else cause.replace("_", " ")


def _say_reasons(draft: Draft, cause: str) -> None:
    hypotheses = draft.case.assessment.hypotheses if draft.case.assessment else ()
    found = next((one for one in hypotheses if one.cause == cause), None)
    for finding in (found.findings_for if found else ())[:MOST_REASONS]:
        draft.claim(
            finding.statement, finding.evidence_ids, what=f"the sign {finding.sign.replace('_', ' ').partition(':')[0]}"
        )
    for finding in (found.findings_against if found else ())[:2]:
        if finding.evidence_ids:
            draft.claim(
                f"Against it: {finding.statement}",
                finding.evidence_ids,
                what=f"the objection {finding.sign.replace('_', ' ').partition(':')[0]}",
            )


def _why_cause(draft: Draft) -> None:
    best = _best_hypothesis(draft.case)
    if best is None:
        draft.doubt(NO_CASE)
        return
    for row in draft.case.about("named"):
        draft.row(row)
    headline = draft.case.assessment.headline if draft.case.assessment else None
    if headline is not None:
        draft.claim(f"{headline.text}.", headline.evidence_ids, what="what is wrong")
    ids = _core_evidence(draft.case, best.cause)
    if best.cause == UNKNOWN:
        draft.claim(
            f"No known cause fits; that it is something else has {shown_confidence(best.confidence)}.",
            ids,
            what="why the cause is unknown",
        )
    else:
        draft.claim(
            f"The best explanation is that {best.title} ({shown_confidence(best.confidence)}).",
            ids,
            what="why this cause",
        )
    _say_reasons(draft, best.cause)
    if not _say_likeliest(draft):
        _runner_up(draft)
    for doubt in draft.case.assessment.uncertainties if draft.case.assessment else ():
        draft.doubt(doubt)


def _say_likeliest(draft: Draft) -> bool:
    """Name the first known cause where the evidence names none, or is a single signal; whether that was called for."""
    hypotheses = draft.case.assessment.hypotheses if draft.case.assessment else ()
    known = next((one for one in hypotheses if one.cause != UNKNOWN), None)
    single = draft.case.dossier is not None and draft.case.dossier.signal_count == 1
    if known is None or not (single or hypotheses[0].cause == UNKNOWN):
        return False
    ids = [one for finding in known.findings_for[:1] for one in finding.evidence_ids] or _core_evidence(
        draft.case, UNKNOWN
    )
    text = f"The likeliest known cause is {known.cause} with {shown_confidence(known.confidence)}: {known.title}."
    draft.claim(text, ids, what="the likeliest known cause")
    return True


def _runner_up(draft: Draft) -> None:
    others = draft.case.assessment.hypotheses[1:2] if draft.case.assessment else ()
    for other in others:
        ids = [one for finding in other.findings_for[:1] for one in finding.evidence_ids]
        if ids:
            draft.claim(
                f"Next in line is: {other.title} ({shown_confidence(other.confidence)}).", ids, what="the runner-up"
            )


def _who_affected(draft: Draft) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.doubt(NO_CASE)
        return
    rows = _recorded_ids(draft.case, "error_group", "tickets", "symptom")
    names = ", ".join(dossier.merchants[:12]) + (" and more" if len(dossier.merchants) > 12 else "")
    count = f"{len(dossier.merchants)} {'merchant is' if len(dossier.merchants) == 1 else 'merchants are'} affected"
    draft.claim(f"{count}: {names or 'none is named'}.", rows, what="who is affected")
    apart = sorted(
        (row for row in draft.case.about("contrast") if _number_in(row, "lift", 0.0) > 1.5),
        key=lambda row: (_number_in(row, "p", 1.0), row.id),
    )
    for row in [*draft.case.about("stage"), *apart[:2], *draft.case.about("baseline")]:
        draft.row(row)
    if dossier.blast.at_risk:
        ids = _recorded_ids(draft.case, "contrast")
        draft.claim(
            f"Healthy so far, but alike, so perhaps next: {', '.join(dossier.blast.at_risk[:12])}.",
            ids,
            what="who may be next",
        )


def _say_cost(draft: Draft) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.doubt(NO_CASE)
        return
    impact, ids = dossier.impact, dossier.impact.evidence_ids
    orders = impact.lost_orders
    noun = "order" if orders.middle == 1 else "orders"
    said = draft.claim(
        f"About {orders.middle:.1f} {noun} lost so far (between {orders.low:.1f} and {orders.high:.1f}):"
        f" {impact.basis}.",
        ids,
        what="the number of lost orders",
    )
    for total, hourly in zip(impact.lost_revenue, impact.per_hour, strict=True):
        text = (
            f"That is about {total.middle} (between {total.low} and {total.high}), or {hourly.middle} for every hour of"
            " waiting."
        )
        draft.claim(text, ids, what=f"the revenue in {total.middle.currency}")
    if impact.paid_without_order_count:
        exact = " and ".join(str(one) for one in impact.paid_without_order)
        count = impact.paid_without_order_count
        draft.claim(
            f"Exactly {count} of these {'was' if count == 1 else 'were'} paid without an order: {exact}.",
            ids,
            what="payments without an order",
        )
    if said and not impact.lost_revenue:
        draft.doubt(
            "No amount of money can be named: the average order value of the affected merchants is not known, or no"
            " sale was seen to fail."
        )


def _say_runbook(draft: Draft) -> None:
    _cite_runbooks(draft, limit=5)
    if not draft.sentences:
        draft.doubt("No runbook covers this incident.")


def _cite_runbooks(draft: Draft, limit: int = 2) -> None:
    for one in draft.case.cited()[:limit]:
        draft.cite(f"The runbook '{one.title}' covers it under '{one.section}' ({one.location}).", [one.chunk_id])


def _since_when(draft: Draft) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.doubt(NO_CASE)
        return
    rows = _recorded_ids(draft.case, "error_group", "tickets", "symptom")
    draft.claim(f"The first sign was seen at {dossier.since}.", rows, what="since when it happens")
    for row in draft.case.about("spike")[:2]:
        draft.row(row)


_NEXT = {
    ActionStatus.PROPOSED: "policy has not ruled on it yet",
    ActionStatus.PENDING: "it waits for a person to approve or reject it on its card",
    ActionStatus.APPROVED: "it is approved and will be sent",
    ActionStatus.SENDING: "it is being sent",
    ActionStatus.EXECUTED: "it was carried out; whether it worked is measured next",
    ActionStatus.NOT_APPLIED: "it was only shown (dry run); nothing was changed",
    ActionStatus.IN_DOUBT: "nobody knows whether it took effect; a person has to say",
}


def _next_words(status: ActionStatus, receipt: Receipt | None) -> str:
    """What comes next for an action; of one that was measured already, how far that has come."""
    if status is ActionStatus.EXECUTED and receipt is not None:
        words = receipt.in_words
        return f"it was carried out. {words}{'; it is looked at again' if receipt.is_waiting else ''}"
    return _NEXT.get(status, f"it ended {status.value}")


def _what_now(draft: Draft) -> None:
    action, best = draft.case.action, _best_hypothesis(draft.case)
    ids = _core_evidence(draft.case, best.cause if best else UNKNOWN)
    if action is not None:
        step = _next_words(action.status, draft.case.receipt)
        draft.claim(f"{action.decision.title} ({action.id}): {step}.", ids, what="what happens next")
    else:
        draft.claim(
            f"The incident is {draft.case.incident.status.value}; no action is waiting.", ids, what="what happens next"
        )
    if best is not None and draft.case.assessment:
        for doubt in draft.case.assessment.uncertainties:
            draft.doubt(doubt)


def _say_checks(draft: Draft) -> None:
    """What the decision hangs on; what would change the ranking, the most per minute of waiting first; and what people
    said already.
    """
    said = draft.case.about("named", "answer")
    for row in said:
        draft.row(row)
    _say_pivot(draft)
    checks = draft.case.assessment.next_checks if draft.case.assessment else ()
    for place, check in enumerate(checks):
        ids = tuple(dict.fromkeys(one for cause in check.causes for one in _core_evidence(draft.case, cause)))[
            :MOST_REASONS
        ]
        words = "The cheapest next check" if place == 0 else "After that"
        draft.claim(f"{words}: {check.sentence}.", ids, what="what to check next")
    if checks:
        return
    best = _best_hypothesis(draft.case)
    if best is None:
        draft.doubt(NO_CASE)
    elif best.missing and best.cause != UNKNOWN:
        draft.doubt(f"No single check is worth waiting for; not seen so far: {', '.join(best.missing[:4])}.")
    else:
        draft.doubt("No single check that is known would change the ranking by much.")


def _say_pivot(draft: Draft) -> None:
    """The fewest facts without which something else would be done."""
    pivot = draft.case.proposal.pivot if draft.case.proposal else None
    if pivot is None:
        return
    facts = [draft.case.evidence[one].statement.rstrip(".") for one in draft.case.standing(pivot.evidence_ids)]
    known = "no known cause" if pivot.cause == UNKNOWN else _cause_title(draft.case, pivot.cause)
    instead = f"{pivot.tool.replace('_', ' ')} would be proposed" if pivot.tool else "people would be called"
    count = "one fact" if len(facts) == 1 else f"{len(facts)} facts"
    draft.claim(
        f"The decision hangs on {count}: {'; '.join(facts)}. Without {'it' if len(facts) == 1 else 'them'} {instead},"
        f" since the likeliest would be {known} ({shown_confidence(pivot.confidence)}).",
        pivot.evidence_ids,
        what="what the decision hangs on",
    )


def _say_verified(draft: Draft) -> None:
    receipt, action = draft.case.receipt, draft.case.action
    if receipt is None:
        draft.doubt(
            "There is no receipt: nothing was carried out and measured yet."
            if action is None or action.status is not ActionStatus.EXECUTED
            else "It was carried out, but its effect has not been measured yet; executed is not fixed."
        )
        return
    ids = receipt.evidence_ids
    draft.claim(f"{receipt.verdict.value}: {receipt.in_words}. {receipt.statement}", ids, what="whether it worked")
    before, after = receipt.treated_before, receipt.treated_after
    draft.claim(
        f"The treated merchants had {before.count} failures in {before.minutes:g} minutes before "
        f"and {after.count} in {after.minutes:g} after.",
        ids,
        what="the measurement",
    )


def _why_not(draft: Draft, subject: str) -> None:
    """Why something else was not chosen: from the alternatives of the decision, and from the ranking."""
    case = draft.case
    wanted = {word for word in subject.lower().replace("-", "_").split("_") if len(word) > 2}
    proposal = case.proposal
    for one in proposal.alternatives if proposal else ():
        if wanted & set(f"{one.cause}_{one.tool or ''}".lower().split("_")):
            name = one.tool or one.cause
            draft.claim(
                f"{name.replace('_', ' ')}: {one.why_not}",
                _core_evidence(case, proposal.cause if proposal else UNKNOWN),
                what=f"why not {name}",
            )
    meant = max(
        case.assessment.hypotheses if case.assessment else (),
        key=lambda found: _likeness_of(found, wanted),
        default=None,
    )
    if meant is not None and _likeness_of(meant, wanted) > 0:
        _why_not_cause(draft, meant)
    if not draft.sentences and not draft.unknown:
        draft.doubt(f"Nothing is recorded about '{subject.replace('_', ' ')}' for this incident.")


def _number_in(row: Evidence, name: str, otherwise: float) -> float:
    found = row.data.get(name, otherwise)
    return found if isinstance(found, int | float) else otherwise


def _likeness_of(hypothesis: Hypothesis, wanted: set[str]) -> int:
    return len(wanted & set(f"{hypothesis.cause}_{hypothesis.title.lower().replace(' ', '_')}".split("_")))


def _why_not_cause(draft: Draft, one: Hypothesis) -> None:
    best = _best_hypothesis(draft.case)
    if best is not None and best.cause == one.cause:
        ids = _core_evidence(draft.case, one.cause)
        draft.claim(
            f"It is the best explanation we have: {one.title} ({shown_confidence(one.confidence)}).",
            ids,
            what="how it ranks",
        )
        return
    for finding in one.findings_against[:MOST_REASONS]:
        if finding.evidence_ids:
            text = f"Against '{one.title}' ({shown_confidence(one.confidence)}): {finding.statement}"
            draft.claim(text, finding.evidence_ids, what=f"the objection {finding.sign.replace('_', ' ')}")
    if not draft.sentences and one.missing:
        draft.doubt(
            f"'{one.title}' has {shown_confidence(one.confidence)}; not seen for it: {', '.join(one.missing[:4])}."
        )


def _decline_approving(draft: Draft) -> None:
    draft.doubt(
        "Chat changes nothing. Approving and rejecting happen on the card of the action, where its exact request is"
        " shown."
    )


def _not_understood(draft: Draft) -> None:
    draft.doubt(f"The question was not understood. You can ask: {'; '.join(INTENTS.values())}.")


_ANSWERS: dict[str, Callable[[Draft], None]] = {
    "why_action": _why_action,
    "why_cause": _why_cause,
    "who_affected": _who_affected,
    "cost": _say_cost,
    "runbook": _say_runbook,
    "since_when": _since_when,
    "what_now": _what_now,
    "next_check": _say_checks,
    "verified": _say_verified,
    "approve": _decline_approving,
}
