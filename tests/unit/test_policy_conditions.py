"""Conditions over typed facts: what the compiler lets pass is refused when the rules are loaded."""

import pytest

from app.validation.condition import Condition, problems_of_condition
from app.validation.policy_facts import PolicyFacts, policy_book


@pytest.mark.parametrize(
    "source,says",
    [
        ("true || riks > 1", "'riks' is not a fact"),
        ("kill_switch && 1", "'1' is not a yes-or-no question"),
        ("(kill_switch && merchants) == true", "'merchants' is not a yes-or-no question"),
        ("external || (kill_switch && merchants > 'x')", "'merchants > 'x'' cannot be evaluated"),
        ("kill_switch ? external : severity > 1", "'severity > 1' cannot be evaluated"),
        ("{'a': external || merchants > 'x'}.a", "'merchants > 'x'' cannot be evaluated"),
        ("!(external || merchants)", "'merchants' is not a yes-or-no question"),
        ("effect == 'externl'", "'effect' is never 'externl'"),
        ("effect in ['read', 'raed']", "'effect' is never 'raed'"),
        ('mode != "Live"', "'mode' is never \"Live\""),
        ("merchants == 'many'", "'merchants' is a int and 'many' is a string"),
        ("kill_switch == 1", "they are never equal"),
        ("external == merchants", "they are never equal"),
        ("merchants / attempts > 1", "is not allowed"),
        ("effect.matches('(a+)+$')", "'matches' is not allowed"),
        ("effect.name == 'x'", "cannot be evaluated"),
        ("[1][merchants] == 1", "is not allowed"),
        ("merchants * 9223372036854775807 > 1", "cannot be evaluated"),
        ("merchants", "is not a yes-or-no question"),
        ("merchants >", "is not a CEL expression"),
        ("", "is not a CEL expression"),
        ("['a'].exists(v, ['b'].exists(w, w == v))", "a macro inside a macro"),
        ("['a'].exists(v, v == effect && external)", "'&&' inside a macro"),
        ("external || " * 100 + "external", "is longer than"),
        ("(" * 200 + "external" + ")" * 200, "is not a CEL expression"),
    ],
)
def test_a_condition_that_could_mislead_is_refused(source: str, says: str) -> None:
    found = problems_of_condition(source, policy_book())
    assert any(says in problem for problem in found), found


@pytest.mark.parametrize(
    "source",
    [
        "kill_switch",
        "!(external || kill_switch) && merchants <= 1",
        "effect in ['read', 'internal_note'] ? merchants > 10 : merchants > 1",
        "['read', 'internal_note'].exists(known, known == effect)",
        "effect.startsWith('merchant') // both of them",
        "risk_score * 2.0 > confidence + 0.5",
        "mode == 'live' && \"a && b\" != 'x' + effect",
    ],
)
def test_a_sound_condition_is_accepted(source: str) -> None:
    assert problems_of_condition(source, policy_book()) == []


def test_every_fact_has_a_type_a_description_and_samples_at_both_ends() -> None:
    samples = policy_book().samples
    for name, kind in policy_book().kinds.items():
        assert PolicyFacts.model_fields[name].description, name
        seen = {sample[name] for sample in samples}
        assert len(seen) >= 2, name
        assert {type(value) for value in seen} == {{"bool": bool, "int": int, "double": float, "string": str}[kind]}


def test_facts_that_nobody_gave_are_the_strict_ones() -> None:
    facts = PolicyFacts()
    assert not facts.tool_known
    assert facts.external
    assert not facts.has_undo
    assert facts.risk_level == "critical"
    assert facts.confidence_lower < facts.auto_confidence


def test_a_condition_that_gives_no_answer_raises_instead_of_guessing() -> None:
    with pytest.raises(TypeError, match="not true or false"):
        Condition("merchants").holds({"merchants": 3})
    with pytest.raises(RuntimeError):
        Condition("riks > 1").holds({})
