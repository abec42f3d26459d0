"""The ruling on one proposal: the strictest of all rules that hold, and no whenever the question cannot be answered."""

from app.domain.base import JsonMapping
from app.domain.decisions import Ruling, Verdict
from app.policy.rules import CompiledRule, PolicyFacts, RuleBook
from app.validation.policy_facts import EFFECT_UNKNOWN

STRICTEST_FIRST = (Verdict.DENY, Verdict.ASK, Verdict.ALLOW)
Matched = tuple[Verdict, str, str]


def rule_on(book: RuleBook, facts: PolicyFacts) -> Ruling:
    """What policy says about a proposal, by which rules and why. Deny > ask > allow; without any rule that
    holds, ask.
    """
    if not book.rules:
        return _ruling_from(
            book, [(Verdict.DENY, "default.empty_policy", "There is no policy, so nothing is permitted.")]
        )
    plain = facts.plain()
    matched = [*_undeclared_parts(facts), *(found for one in book.rules for found in _demand_of(one, plain))]
    return _ruling_from(
        book, matched or [(Verdict.ASK, "default.ask", "No rule speaks about it, so a person decides.")]
    )


def demand_person(ruling: Ruling, rule_id: str, because: str) -> Ruling:
    """The ruling with one more reason to ask, which no file can take away; what is denied stays so."""
    if ruling.verdict is Verdict.DENY:
        return ruling
    asked = ruling if ruling.verdict is Verdict.ASK else ruling.changed(verdict=Verdict.ASK, rule_ids=(), reasons=())
    return asked.changed(rule_ids=(*asked.rule_ids, rule_id), reasons=(*asked.reasons, because))


def _undeclared_parts(facts: PolicyFacts) -> list[Matched]:
    """What no file can permit: a tool or an effect that nobody declared."""
    found: list[Matched] = []
    if not (facts.tool_known and facts.tool_enabled):
        found.append((Verdict.DENY, "default.unknown_tool", "The tool is unknown or switched off."))
    if facts.effect == EFFECT_UNKNOWN:
        found.append((Verdict.DENY, "default.unknown_effect", "The effect of the tool has no class."))
    return found


def _demand_of(one: CompiledRule, plain: JsonMapping) -> list[Matched]:
    """The rule's demand when it holds; a refusal when it cannot be evaluated, whatever the reason."""
    try:
        holds = one.condition.holds(plain)
    except Exception as error:  # noqa: BLE001 - policy fails closed, whatever went wrong
        return [
            (
                Verdict.DENY,
                one.id,
                f"The rule {one.id} could not be evaluated ({type(error).__name__}), so the answer is no.",
            )
        ]
    return [(one.verdict, one.id, one.because)] if holds else []


def _ruling_from(book: RuleBook, matched: list[Matched]) -> Ruling:
    verdict = next(candidate for candidate in STRICTEST_FIRST if any(found[0] is candidate for found in matched))
    decisive = [found for found in matched if found[0] is verdict]
    return Ruling(
        verdict=verdict,
        rule_ids=tuple(found[1] for found in decisive),
        reasons=tuple(found[2] for found in decisive),
        policy_version=book.policy_version,
    )
