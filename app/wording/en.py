"""The sentences of answers in English."""

from typing import Final

SENTENCES: Final = {
    "a_document": (
        "{name} is of the runbook '{title}' ({trust}), which is no incident; ask about an incident that cites it."
    ),
    "abilities": (
        "I answer from what is recorded: why something is proposed, who is affected, what it costs, what was done"
        " and by whom; I know {causes} causes and {tools} tools."
    ),
    "abilities_limits": "I change nothing here: approving and refusing happen on the card of an action.",
    "actions_counted": "{waiting} of {total} actions wait for an answer; {done} were carried out.",
    "affected": "{count} merchants are affected: {names}.",
    "affected_one": "1 merchant is affected: {names}.",
    "against": "Against it: {fact}",
    "against_cause": "Against '{title}' ({confidence}): {fact}",
    "all_ordered": "No payment without an order is known.",
    "alone": "{count} action(s) were carried out because a rule allowed them, without asking anybody.",
    "alone_one": "{title} ({id}) at {at} UTC, allowed by {by}: {status}.",
    "alternative": "{name}: {why}.",
    "approved_by": "{by} approved {title} ({id}) at {at} UTC; it is {status}.",
    "attempt": "{title} ({id}, {tool}): {status}, {at} UTC.",
    "breaks_next": "{count} merchants are healthy so far but share what the broken ones have: {names}.",
    "can_undo": "It can be taken back: {undo} ({tool}).",
    "cannot_undo": "There is no undo for '{title}'.",
    "cause_is": "The best explanation is that {title} ({confidence}).",
    "cause_unknown": "No known cause fits; that it is something else has {confidence}.",
    "changes": "Since {since} UTC there were {count} changes, the latest first.",
    "changes_nothing": (
        "Chat changes nothing. Approving and rejecting happen on the card of the action, where its exact request "
        "is shown."
    ),
    "compare_two": "Name two incidents to compare, such as INC-1 with INC-2.",
    "covered": "The runbook '{title}' covers it under '{section}' ({location}).",
    "decided_action": "{at}: {by} decided on {id}: {title} (now {status}).",
    "denied": "'{title}' is not asked at all: policy forbids it (it is {status}).",
    "earlier": "{id} had the same cause and ended {outcome} ({at}): {summary}",
    "ended_incident": "{at}: {id} ended ({status}): {title}.",
    "fact": "{fact}",
    "first_check": "The cheapest next check: {check}.",
    "first_sign": "The first sign was seen at {since}.",
    "gone": "A sentence is left out: the evidence for it is not there any more ({ids}).",
    "hangs_on": (
        "The decision hangs on {count} facts: {facts}. Without them {instead}, since the likeliest would be "
        "{cause} ({confidence})."
    ),
    "hangs_on_one": (
        "The decision hangs on one fact: {facts}. Without it {instead}, since the likeliest would be {cause} "
        "({confidence})."
    ),
    "headline": "{headline}.",
    "hello": "Hello. Ask me why something is proposed, who is affected, or what it costs.",
    "how_to": (
        "Approving and refusing happen on the card of an action (page Approvals), where its exact request is shown."
    ),
    "how_to_add": "Runbooks are uploaded on the page Knowledge; who did what stands on the page Audit.",
    "how_to_stop": "The kill switch holds every send; it stands with the controls.",
    "in_short": "{id} is {status}: {title}; merchants affected: {merchants}, since {since} UTC.",
    "in_short_action": "Proposed against it: {title} ({id}), which is {status}.",
    "in_short_cause": "Taken to be the cause: {cause} ({confidence}).",
    "incidents_open": "{count} of {total} incidents are open; the one that costs most comes first.",
    "is_best": "It is the best explanation we have: {title} ({confidence}).",
    "it_is_proposed": "That is exactly what is proposed: {title}.",
    "its_card": "The card is that of {id}: {title}; it waits for an answer.",
    "later_check": "After that: {check}.",
    "likeliest": "The likeliest known cause is {cause} with {confidence}: {title}.",
    "looked_at_again": "; it is looked at again",
    "measured": (
        "The treated merchants had {before} failures in {before_minutes} minutes before and {after} in "
        "{after_minutes} after."
    ),
    "merchant_hit": "{name} is affected by {id} ({status}): {title}.",
    "merchant_sound": "{name} is not affected: no incident names it.",
    "merchant_stands": "{name} is in {stage} (wave {wave}, cutover {day}).",
    "merchant_was_hit": "{name} is not affected now; it was in {id}, which is {status}.",
    "migration_stands": "{count} merchants are known: {stages}.",
    "moved_on": "That is what was known then; since {at} UTC {id} is {status}.",
    "never_before": "Nothing is recorded that was like {id} before.",
    "new_action": "{at}: {id} was proposed: {title} (now {status}).",
    "new_incident": "{at}: {id} was opened: {title}.",
    "next_approved": "it is approved and will be sent",
    "next_ended": "it ended {status}",
    "next_executed": "it was carried out; whether it worked is measured next",
    "next_in_doubt": "nobody knows whether it took effect; a person has to say",
    "next_measured": "it was carried out. {words}{again}",
    "next_not_applied": "it was only shown (dry run); nothing was changed",
    "next_pending": "it waits for a person to approve or reject it on its card",
    "next_proposed": "policy has not ruled on it yet",
    "next_sending": "it is being sent",
    "next_step": "{title} ({id}): {step}.",
    "no_action_id": "There is no action {name} here.",
    "no_action_waits": "The incident is {status}; no action is waiting.",
    "no_amount": (
        "No amount of money can be named: the average order value of the affected merchants is not known, or no "
        "sale was seen to fail."
    ),
    "no_case": "Nothing was concluded about this incident yet.",
    "no_changes": "Nothing changed since {since} UTC.",
    "no_check": "No single check that is known would change the ranking by much.",
    "no_check_but": "No single check is worth waiting for; not seen so far: {missing}.",
    "no_document": "There is no document or passage {name} here.",
    "no_evidence": "A sentence is left out: no evidence is recorded for it.",
    "no_evidence_id": "There is no evidence {name} here.",
    "no_incident_id": "There is no incident {name} here.",
    "no_known_cause": "no known cause",
    "no_merchant": "There is no merchant {name} here.",
    "no_proposal": "No action has been proposed for this incident yet.",
    "no_reason": "no reason recorded",
    "no_receipt": "There is no receipt: nothing was carried out and measured yet.",
    "no_rule": "no rule",
    "no_runbook": "No runbook covers this incident.",
    "no_signal_id": "There is no signal {name} here.",
    "no_tool": "no tool",
    "no_wave": "There is no wave {wave} here; known: {waves}.",
    "nobody_asked": "Nobody had to be asked about '{title}': policy allows it (it is {status}).",
    "nobody_decided": "Nobody approved or refused {title} ({id}) so far: it is {status}.",
    "nobody_next": "No healthy merchant is known to share what the affected ones have.",
    "none_named": "none is named",
    "not_carried_out": "It was not carried out: {title} ({id}) is {status}.",
    "not_measured": "It was carried out, but its effect has not been measured yet; executed is not fixed.",
    "not_ranked": "not among those considered",
    "not_seen_for": "'{title}' has {confidence}; not seen for it: {missing}.",
    "not_understood": "The question was not understood. You can ask: {kinds}.",
    "not_waiting": "{id} does not wait for an answer: it is {status}.",
    "nothing_about": "Nothing is recorded about '{subject}' for this incident.",
    "nothing_against": "Nothing that was seen speaks against it.",
    "nothing_alone": (
        "Nothing was carried out without a person: of {count} actions sent, a rule allowed none by itself."
    ),
    "nothing_proposed": "No action was proposed: {title}.",
    "nothing_to_explain": "There is no incident to explain.",
    "nothing_to_undo": "Nothing was carried out so far, so there is nothing to take back (it is {status}).",
    "nothing_tried": "Nothing was tried on {id} so far.",
    "one_action": "{title} ({id}, of {incident}): {status}.",
    "one_incident": "{id} ({status}, merchants: {merchants}): {title}.",
    "one_request": "{method} {url} with {body}, for {merchants}.",
    "orders_lost": "About {middle} orders lost so far (between {low} and {high}): {basis}.",
    "orders_lost_one": "About {middle} order lost so far (between {low} and {high}): {basis}.",
    "paid_exactly": "Exactly {count} of these were paid without an order: {amount}.",
    "paid_exactly_one": "Exactly {count} of these was paid without an order: {amount}.",
    "passage_covers": "{title}, {section} ({location}) covers this.",
    "people_asked": "People are asked about '{title}': policy does not allow it without them (it is {status}).",
    "people_called": "people would be called",
    "perhaps_next": "Healthy so far, but alike, so perhaps next: {names}.",
    "policy_version": "It ruled on '{title}' by version {version} of the policies.",
    "premise_cause": "It is not taken to be {cause} ({confidence}).",
    "premise_no_tool": "{wrong} was neither proposed nor done on {id}; no action is proposed there.",
    "premise_tool": "{wrong} was neither proposed nor done on {id}. What is proposed is: {title} ({tool}, {status}).",
    "promise_no_undo": "What it promises: {promise}. There is no undo for it.",
    "promise_undo": "What it promises: {promise}. It can be taken back: {undo}",
    "proposed_because": "{title} was proposed because the cause is taken to be {cause} (confidence {confidence}).",
    "proposed_unsure": "{title} was proposed because no known cause is certain enough (confidence {confidence}).",
    "question_expires": "The question stands until {at} UTC; then it is taken back, and nothing is sent.",
    "refusal_next": (
        "If it is refused, nothing is sent and it is not asked again on the same evidence; next in line is {tool}."
    ),
    "refusal_people": (
        "If it is refused, nothing is sent and it is not asked again on the same evidence; the incident goes to people."
    ),
    "refused_by": "{by} refused {title} ({id}) at {at} UTC; nobody approved it.",
    "repeats": "{id} repeats {earlier}.",
    "resolution": "How it ended: {resolution}",
    "revenue_lost": "That is about {middle} (between {low} and {high}), or {hourly} for every hour of waiting.",
    "risk": "Its risk is {level}: {factors}.",
    "ruling": "Policy says {verdict} ({rules}): {reasons}.",
    "runner_up": "Next in line is: {title} ({confidence}).",
    "said_with_it": "Said with it: {feedback}",
    "sent_action": "{at}: {id} was carried out: {title} (now {status}).",
    "shared_merchants": "Merchants in both: {count} ({names}).",
    "side": "It is {side}: {cause} ({confidence}).",
    "side_by_side": (
        "{id} ({status}, since {since} UTC): {title}; cause: {cause}; merchants: {merchants}; per hour: {hourly}."
    ),
    "side_documentation": "a gap in the documentation",
    "side_merchant": "a problem of the merchants' settings",
    "side_migration": "a step of the migration, not a fault of the merchants",
    "side_platform": "a problem of the platform",
    "side_third_party": "a problem of a third party",
    "side_unknown": (
        "It cannot be told whose problem it is: no known cause fits ({confidence} that it is something else)."
    ),
    "signal_alone": "The signal {name} joined no incident, so there is nothing to explain about it.",
    "still_open": "{title} ({id}) is {status}.",
    "subject_assumed": "No incident was named; this is about {id}, which costs most now.",
    "subject_changed": "This is about {new} now, no longer about {old}.",
    "sure": "It has {confidence}: {cause}.",
    "taken_back_by": "{title} ({id}) was taken back by {by} at {at} UTC: {status}.",
    "unconsidered_cause": "{cause}: nothing that was seen points at it, so it was not ranked for this incident.",
    "unconsidered_tool": (
        "{tool} was not weighed for this incident: it treats {causes}, and that is not what the evidence shows."
    ),
    "unconsidered_tool_plain": (
        "{tool} was not weighed for this incident: it is no treatment of any cause that is known here."
    ),
    "unordered_one": "{id}: {count} payment(s), {amount}.",
    "unordered_total": "{count} payments have no order.",
    "verdict": "{verdict}: {words}. {statement}",
    "waiting_costs": "Every hour of waiting costs about {amount}.",
    "waiting_unpriced": "What waiting costs cannot be told in money: {basis}.",
    "was_sent": "{count} request(s) of {tool} were sent ({mode}).",
    "was_undone": "It was taken back already.",
    "wave_done": "Wave {wave} was cut over already.",
    "wave_go": "Wave {wave} may go ahead: nothing known blocks its {count} waiting merchants.",
    "wave_line": "Wave {wave}: {stages}; {verdict}.",
    "wave_no_go": "Wave {wave} is not ready: {count} merchants wait ({names}).",
    "wave_reason": "Wave {wave}: {reason}.",
    "wave_stands": "Wave {wave} has {stages}; its readiness is {verdict}.",
    "which_merchant": "Which merchant? No name was recognised.",
    "which_wave": "No wave waits for its cutover; known: {waves}.",
    "will_be_sent": "If it is approved, {count} request(s) of {tool} will be sent ({mode}); nothing was sent so far.",
    "would_be_proposed": "{tool} would be proposed",
}
"""By key; the braces are filled with recorded values."""
