"""The gate between a model and people: what the facts say passes in other words, and nothing else does."""

import os
from random import Random

import pytest

from app.llm.gate import sift_wording
from tests.hostile_wordings import ATTACKS, KNOWN, WORDINGS, draw_told

QUICK, THOROUGH = 270, 2_700
SHARE_OF_HONEST = {"wordings": 0.8, "kept": 0.65}
"""Of honest wordings written by hand: those the gate was mended at, and those kept aside, at which nobody looks while
mending it.
"""


def lie(count: int, seed: int) -> list[str]:
    """Every line of a hostile model that was let through, of so many."""
    rng, through, tried = Random(seed), [], 0
    names = sorted(ATTACKS)
    while tried < count:
        name, told = names[tried % len(names)], draw_told(rng)
        place = rng.randrange(3)
        honest = told.lines[place]
        changed = ATTACKS[name](rng, honest, told)
        if changed == honest:
            continue
        tried += 1
        lines = [*told.lines[:place], changed, *told.lines[place + 1 :]]
        sifted = sift_wording("\n".join(lines), told.facts, KNOWN, told.language)
        assert len(sifted.dropped) >= 1 or changed in {f"{one.text} [{one.facts[0] + 1}]" for one in sifted.kept}
        said = changed.rsplit(" [", 1)[0]
        through += [f"{name}: {one.text} <- {honest}" for one in sifted.kept if one.text == said]
    return through


def test_nothing_that_a_hostile_model_changes_gets_through() -> None:
    seed = int(os.environ.get("SEED", "0")) or Random().randrange(1, 10**6)
    print(f"SEED={seed}")
    assert lie(QUICK, seed) == []


@pytest.mark.long
def test_nothing_of_thousands_of_lies_gets_through() -> None:
    seed = int(os.environ.get("SEED", "0")) or Random().randrange(1, 10**6)
    print(f"SEED={seed}")
    assert lie(THOROUGH, seed) == []


def test_the_facts_themselves_pass() -> None:
    """Else the lies would be dropped for what was true in them."""
    rng = Random(7)
    for _ in range(60):
        told = draw_told(rng)
        sifted = sift_wording("\n".join(told.lines), told.facts, KNOWN, told.language)
        assert [one.facts for one in sifted.kept] == [(0,), (1,), (2,)], (told.lines, sifted.dropped)


@pytest.mark.parametrize("name", list(SHARE_OF_HONEST))
def test_most_honest_wordings_pass(name: str) -> None:
    dropped = [
        (one["said"], found.dropped)
        for one in WORDINGS[name]
        if not (found := sift_wording(one["said"], one["facts"], KNOWN, one["language"])).kept
    ]
    assert len(dropped) <= (1 - SHARE_OF_HONEST[name]) * len(WORDINGS[name]), dropped


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("41 failures before and 2 after.", "41 failures after and 2 before. [1]"),
        ("About 12 orders lost so far.", "12 orders lost so far. [1]"),
        ("If it is approved, 2 requests will be sent.", "It is approved, 2 requests were sent. [1]"),
        ("Nothing was tried on INC-1 so far.", "Something was tried on INC-1 so far. [1]"),
        ("INC-1 costs more than INC-2.", "INC-2 costs more than INC-1. [1]"),
        ("It was sent. INC-1 is OPEN.", "It was sent because INC-1 is OPEN. [1]"),
        ("If it is refused, nothing is sent.", "If nothing is sent, it is refused. [1]"),
        ("It is open and not approved.", "It is not open and approved. [1]"),
        ("3 shops wait; the token of the platform expired.", "3 shops. [1]"),
        ("2 minutes, then 5 hours.", "2 hours, then 5 minutes. [1]"),
        ("Nordic Loom is affected, Paper Fox is healthy.", "Paper Fox is affected, Nordic Loom is healthy. [1]"),
        ("The risk is low.", "The risk is low, as everybody knows. [1]"),
    ],
)
def test_the_same_words_may_not_say_another_thing(fact: str, said: str) -> None:
    assert sift_wording(said, [fact], KNOWN, "en").kept == ()


def test_two_facts_share_a_line_that_names_both_and_none_is_said_twice() -> None:
    facts = ["3 shops wait.", "INC-1 is OPEN."]
    both = sift_wording("3 shops wait and INC-1 is OPEN. [1, 2]", facts, KNOWN, "en")
    assert [one.facts for one in both.kept] == [(0, 1)]
    blamed = sift_wording("3 shops wait because INC-1 is OPEN. [1, 2]", facts, KNOWN, "en")
    assert blamed.kept == ()
    again = sift_wording("3 shops wait. [1]\n3 shops wait. [1]\nINC-1 is OPEN. [1][2]", facts, KNOWN, "en")
    assert len(again.kept) == 1 and again.dropped == ("says a fact twice", "says a fact twice")
