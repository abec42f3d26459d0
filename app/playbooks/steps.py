"""From a decision to the whole plan it belongs to: the playbook that fits its incident, with every step filled in, what
each promises and how each is taken back. Pure.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from app.config.playbooks import PlaybookSpec, StepSpec
from app.domain.base import JsonObject, Severity, digest_of
from app.domain.decisions import Decision, Undo, Verdict
from app.domain.playbooks import Plan, PlannedStep, WaitedFor
from app.playbooks.plan import PlanFacts, fill_undo, list_template_words, most_frequent
from app.playbooks.templates import Words, fill_template, filled_arguments
from app.playbooks.waves import HOLD, RELEASE
from app.ports.connectors import ToolSpec
from app.validation.condition import Condition
from app.validation.playbook_facts import PlaybookFacts
from app.validation.schema import problems_of_arguments

HOUR_MINUTES: Final = 60
UNSAID: Final = "what is not known"
"""In a sentence, in place of a fact that nobody knows."""
NOT_TAKEN_BACK: Final = "It stays on record; nothing is to be taken back."

compile_condition = lru_cache(maxsize=256)(Condition)


def plan_steps(known: PlanFacts, decision: Decision, playbooks: Sequence[PlaybookSpec]) -> Plan | None:
    """The plan whose treatment this decision is; none where no playbook fits, or nothing is proposed. What a person
    asked for is no treatment, and a playbook that was given up on this incident is not made again.
    """
    if decision.tool is None or decision.ruling.verdict is Verdict.DENY or known.dossier.asked_for:
        return None
    facts = collect_plan_facts(known, decision)
    for spec in playbooks:
        treats = spec.treatment.call_tool
        fits = spec.domain == known.pack.name and treats is not None and treats.tool in (None, decision.tool)
        if fits and spec.id not in known.dossier.given_up and _holds(spec, facts):
            return fill_steps(spec, known, decision)
    return None


def collect_plan_facts(known: PlanFacts, decision: Decision) -> PlaybookFacts:
    """What is counted and declared of the incident."""
    dossier, cause = known.dossier, known.pack.cause(decision.cause)
    blast, severity = dossier.blast, Severity(dossier.severity)
    open_for = round(dossier.impact.hours * HOUR_MINUTES)
    sla = known.thresholds.sla_minutes.get(severity, 0)
    category = cause.category if cause else "unknown"
    return PlaybookFacts(
        cause=decision.cause,
        category=category,
        tool=decision.tool or "",
        effect=decision.effect or "",
        severity=severity,
        stage=most_frequent(dossier.facts.stages) or "",
        merchants=len(set(blast.merchants)),
        exposed=len({*blast.exposed, *blast.at_risk} - {*blast.merchants}),
        wave_ahead=dossier.wave_ahead is not None,
        confidence=decision.confidence,
        minutes_open=open_for,
        sla_minutes=sla,
        sla_minutes_left=sla - open_for,
        tags=sorted({*dossier.facts.symptoms, category, *decision.ruling.rule_ids}),
    )


def _holds(spec: PlaybookSpec, facts: PlaybookFacts) -> bool:
    """Whether its condition holds; one that cannot be evaluated fits nothing."""
    try:
        return compile_condition(spec.when).holds(facts.plain())
    except (TypeError, ValueError, LookupError, ArithmeticError, RuntimeError):
        return False


def fill_steps(spec: PlaybookSpec, known: PlanFacts, decision: Decision) -> Plan:
    """Every step with its words filled in. A step that cannot be done on this incident is left out, and those after it
    come after what it came after.
    """
    words = {
        **list_template_words(known, decision.cause, decision.cause, decision.scope or known.dossier.blast.merchants),
        "title": decision.title,
    }
    instead: dict[str, tuple[str, ...]] = {}
    steps: list[PlannedStep] = []
    for place, step in enumerate(spec.steps):
        after = tuple(dict.fromkeys(one for name in spec.after_of(place) for one in instead.get(name, (name,))))
        made = _fill_step(step, known, decision, words, after, steps)
        if made is None:
            instead[step.id] = after
        else:
            steps.append(made)
    return Plan(playbook=spec.id, title=spec.title, version=digest_of(spec.plain()), steps=tuple(steps))


def _fill_step(
    step: StepSpec,
    known: PlanFacts,
    decision: Decision,
    words: Words,
    after: tuple[str, ...],
    before: Sequence[PlannedStep],
) -> PlannedStep | None:
    """One step, or None where there is nothing for it to do on this incident."""
    kind = step.kinds[0]
    more: JsonObject = {}
    if step.call_tool is not None:
        if step.is_treatment:
            more = {"treatment": True, "tool": decision.tool, **_promise_of(decision)}
        else:
            filled = _fill_call(step, known.specs, words)
            if filled is None:
                return None
            more = filled
    elif step.hold_wave is not None:
        held = next((one.wave for one in before if one.id == step.hold_wave.releases), None)
        wave = held if step.hold_wave.releases else known.dossier.wave_ahead
        if wave is None or not {HOLD, RELEASE} <= known.specs.keys():
            return None
        more = _hold(wave, step.hold_wave.releases)
    elif step.ask_merchant is not None:
        more = {
            "by_person": True,
            "says": _say(step.ask_merchant.draft, words),
            "forecast": "A person has written to the merchants; the agent itself writes to none.",
            "undo": "What was written cannot be unwritten; a person writes again.",
        }
    elif step.add_comment is not None:
        asks = step.add_comment.asks
        says = _say(asks or step.add_comment.says, words)
        done = "A person has done it, and noted what came of it." if asks else "It stands in the incident's history."
        more = {"by_person": bool(asks), "says": says, "forecast": done, "undo": NOT_TAKEN_BACK}
    elif step.notify is not None:
        told = "Everybody who is told of plans has the message."
        more = {"says": _say(step.notify.says, words), "forecast": told, "undo": NOT_TAKEN_BACK}
    elif step.assign_owner is not None:
        owner = _say(step.assign_owner.owner, words)
        more = {"to": owner, "forecast": f"{owner} has it.", "undo": "Assign it to somebody else."}
    elif step.set_status is not None:
        status = step.set_status.status
        undo = "Nothing reopens it but new signals of the same kind." if status == "closed" else NOT_TAKEN_BACK
        more = {"to": status, "forecast": f"The incident is {status}.", "undo": undo}
    elif step.wait_for is not None:
        more = _wait(step.wait_for.what, step.wait_for.minutes or 0)
    return PlannedStep(id=step.id, kind=kind, title=_say(step.title, words), after=after, **more)


def _promise_of(decision: Decision) -> JsonObject:
    """What the treatment promises, and how it is taken back."""
    forecast = decision.forecast.statement if decision.forecast else ""
    return {"forecast": forecast, "undo": _say_undo(decision.undo)}


def _say_undo(undo: Undo | None) -> str:
    return (undo.statement or f"By {undo.tool}.") if undo else "There is no way back."


def _fill_call(step: StepSpec, specs: Mapping[str, ToolSpec], words: Words) -> JsonObject | None:
    """A tool with arguments of its own; None where it is switched off or they cannot be filled."""
    assert step.call_tool is not None
    spec = specs.get(step.call_tool.tool or "")
    if spec is None:
        return None
    arguments = filled_arguments(step.call_tool.arguments or {}, words, spec.arguments)
    if problems_of_arguments(spec.arguments, arguments):
        return None
    undo = fill_undo(spec, arguments, specs)
    return {
        "tool": spec.name,
        "arguments": arguments,
        "forecast": f"{spec.title}: it can be read back.",
        "undo": _say_undo(undo),
    }


def _hold(wave: int, releases: str) -> JsonObject:
    if releases:
        promise, undo = f"Wave {wave} can be cut over.", "Hold the wave again."
        return {"tool": RELEASE, "wave": wave, "releases": releases, "forecast": promise, "undo": undo}
    promise = (
        f"Until it is let go nobody of wave {wave} is cut over; it is held only where the same cause would break it."
    )
    return {"tool": HOLD, "wave": wave, "forecast": promise, "undo": "Lift the hold."}


def _wait(what: WaitedFor, minutes: int) -> JsonObject:
    promises = {
        WaitedFor.RECEIPT: "The receipt of the treatment proves that it worked, at all who were treated.",
        WaitedFor.RESOLVED: "The incident is over.",
        WaitedFor.MINUTES: f"{minutes} minutes have passed.",
    }
    return {"waits_for": what, "minutes": minutes, "forecast": promises[what], "undo": NOT_TAKEN_BACK}


def _say(template: str, words: Words) -> str:
    """A sentence with its facts; what is not known is said to be so."""
    filled = fill_template(template, {name: UNSAID if value is None else value for name, value in words.items()})
    return str(filled)
