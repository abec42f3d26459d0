"""What a decision hangs on: without the facts that are named another one is made, and no smaller set of facts does
that. Held against weighing and planning the incident again and again, with every small set of its evidence taken away.
"""

import random
from collections import Counter
from functools import lru_cache, partial
from itertools import combinations

import pytest

from app.domain.checks import NAMED, NamedCause
from app.domain.decisions import Pivot, Tried
from app.domain.evidence import Evidence
from app.domain.hypotheses import UNKNOWN, Assessment, Dossier
from app.playbooks.plan import find_tool, propose_treatment
from app.reason.assess import assess_incident
from app.reason.pivot import find_pivotal_evidence
from app.reason.score import score_causes
from tests.builders import minutes
from tests.faults import pack, planned, thresholds
from tests.told import Case, looked_at, told_as
from tests.told_cases import CASES, STRANGE, THIRD

SEED = 20261130
Done = tuple[str, str | None]
"""The cause that is acted on, and the tool; where people are called the cause does not matter."""


def assessed(dossier: Dossier) -> Assessment:
    return assess_incident(dossier, score_causes(dossier, dossier.evidence, pack()), (), pack())


def done(dossier: Dossier, without: frozenset[str] = frozenset()) -> Done:
    """What the product decides when these rows are not there."""
    left = dossier.changed(evidence=tuple(one for one in dossier.evidence if one.id not in without))
    made = propose_treatment(planned(left, assessed(left)))
    return (UNKNOWN, None) if made is None or made.fallback else (made.cause, made.tool)


def pivot_of(dossier: Dossier, tried: tuple[Tried, ...] = ()) -> Pivot | None:
    assessment = assessed(dossier)
    tool_for = lru_cache(maxsize=None)(partial(find_tool, known=planned(dossier, assessment)))
    return find_pivotal_evidence(
        dossier, assessment.hypotheses, pack(), tried, tool_for, thresholds().escalate_confidence
    )


def without_codes(case: Case) -> Case:
    return case._replace(seen=[{**one, "error_code": None} if "error_code" in one else one for one in case.seen])


def drawn(count: int) -> list[tuple[str, Dossier]]:
    """So many decisions: each cause in a wording of its own, then others."""
    draw = random.Random(SEED)
    told = {name: [*both, THIRD[name], without_codes(both[0])] for name, both in CASES.items()}
    told |= {name: [case] for name, case in STRANGE.items()}
    names = draw.sample(list(CASES), len(CASES))
    names += draw.choices(list(told), k=max(count - len(names), 0))
    return [(name, looked_at(told_as(draw.choice(told[name])))) for name in names[:count]]


def is_the_smallest(dossier: Dossier, found: Pivot | None) -> str:
    """What is wrong with what was found, in words; empty where nothing is."""
    now = done(dossier)
    named = frozenset(found.evidence_ids) if found else frozenset()
    if found and done(dossier, named) == now:
        return "the same is decided without what was named"
    if found and done(dossier, named) != (found.cause if found.tool else UNKNOWN, found.tool):
        return "another thing is decided than was said"
    smaller = len(named) - 1 if found and found.smallest else 3
    ids = [one.id for one in dossier.evidence]
    for size in range(1, smaller + 1):
        for some in combinations(ids, size):
            if done(dossier, frozenset(some)) != now:
                return f"fewer facts do: {some}"
    return ""


def test_what_a_decision_hangs_on_is_the_smallest_set_of_facts_that_does() -> None:
    found = [(name, dossier, pivot) for name, dossier in drawn(10) if (pivot := pivot_of(dossier))]
    assert len(found) >= 8
    wrong = {name: is_the_smallest(dossier, pivot) for name, dossier, pivot in found if len(pivot.evidence_ids) < 3}
    assert wrong and not any(wrong.values()), wrong


@pytest.mark.long
def test_over_every_cause_no_smaller_set_of_facts_changes_a_decision() -> None:
    """Fifty decisions that hang on something, and those between them that nothing changes."""
    decisions = [(name, dossier, pivot_of(dossier)) for name, dossier in drawn(80)]
    wrong = {
        f"{place} {name}": said
        for place, (name, dossier, pivot) in enumerate(decisions)
        if (said := is_the_smallest(dossier, pivot))
    }
    sizes = Counter(len(pivot.evidence_ids) if pivot else 0 for _, _, pivot in decisions)
    print(f"seed {SEED}: {len(decisions)} decisions by the number of facts they hang on: {sorted(sizes.items())}")
    assert not wrong, wrong
    assert sum(pivot is not None for _, _, pivot in decisions) >= 50


@pytest.mark.parametrize("cause", ["callback_not_https", "cart_session_lost"])
def test_every_fact_that_is_named_exists_and_is_needed(cause: str) -> None:
    dossier = looked_at(told_as(CASES[cause][0]))
    found = pivot_of(dossier)
    assert found is not None and set(found.evidence_ids) <= {one.id for one in dossier.evidence}
    for spared in found.evidence_ids:
        assert done(dossier, frozenset(found.evidence_ids) - {spared}) == done(dossier)


def test_what_one_signal_says_hangs_on_no_single_fact_since_people_are_called_anyway() -> None:
    dossier = looked_at(told_as(CASES["callback_not_https"][0])).changed(signal_count=1)
    assert pivot_of(dossier) is None


def test_more_facts_than_are_tried_together_are_taken_down_to_those_that_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.reason.pivot.EXACT_UP_TO", 1)
    for _, dossier in drawn(12):
        found = pivot_of(dossier)
        if found is None or found.smallest:
            continue
        named = frozenset(found.evidence_ids)
        assert done(dossier, named) != done(dossier)
        assert all(done(dossier, named - {one}) == done(dossier) for one in named)
        return
    raise AssertionError("no decision hangs on more than one fact")


def named_by_a_person(dossier: Dossier, cause: str) -> Dossier:
    named = NamedCause(cause=cause, title=cause, note="seen it before", by="person:ada", at=minutes(30))
    row = Evidence(id="EV-NAMED", incident_id=dossier.incident_id, kind=NAMED, statement=named.sentence, count=1)
    return dossier.changed(named=named, evidence=(*dossier.evidence, row))


def test_a_cause_that_a_person_named_hangs_on_that_word() -> None:
    changed = named_by_a_person(looked_at(told_as(CASES["callback_not_https"][0])), "token_version_mismatch")
    found = pivot_of(changed)
    assert found is not None and found.evidence_ids == (changed.evidence[-1].id,)
    assert done(changed) == ("token_version_mismatch", "rotate_token")
    assert done(changed, frozenset(found.evidence_ids)) == (found.cause, found.tool)
    assert (found.cause, found.tool) == ("callback_not_https", "update_callback_url")
