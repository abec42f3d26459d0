"""The rules of config/agent_policies.yaml, compiled: conditions over typed facts, each with its verdict and
its reason.
"""

from dataclasses import dataclass

from app.config.model import Config, Policies, PolicyRule
from app.domain.decisions import Verdict
from app.domain.errors import BadConfig
from app.validation.condition import Condition, problems_of_condition
from app.validation.policy_facts import PolicyFacts, policy_book

__all__ = ["CompiledRule", "PolicyFacts", "RuleBook"]


@dataclass(frozen=True)
class CompiledRule:
    """One rule that can be asked."""

    id: str
    verdict: Verdict
    because: str
    condition: Condition


@dataclass(frozen=True)
class RuleBook:
    """Every rule, ready to be asked, and the version of the files they come from."""

    rules: tuple[CompiledRule, ...]
    policy_version: str

    @classmethod
    def compile(cls, policies: Policies, policy_version: str) -> "RuleBook":
        """The rules of the policies; BadConfig names every condition that cannot be trusted."""
        problems = [
            f"rule {rule.id}: {what}"
            for rule in policies.rules
            for what in problems_of_condition(rule.when, policy_book())
        ]
        if problems:
            raise BadConfig(problems)
        return cls(tuple(_compile_rule(rule) for rule in policies.rules), policy_version)

    @classmethod
    def of(cls, config: Config) -> "RuleBook":
        """The rules of a loaded configuration, under its version."""
        return cls.compile(config.policies, config.policy_version)


def _compile_rule(rule: PolicyRule) -> CompiledRule:
    return CompiledRule(id=rule.id, verdict=rule.verdict, because=rule.because, condition=Condition(rule.when))
