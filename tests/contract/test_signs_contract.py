"""Every kind of sign, found by being in app/signs, keeps what the reasoner and the packs rely on."""

import random
from collections.abc import Iterator

import pytest

from app.domain.dossier_facts import Comparison, DossierFacts
from app.domain.evidence import Evidence
from app.signs.base import UNTESTABLE, Presence, SignKind
from app.signs.registry import KINDS, find_kinds, find_test_problems

SEED, DRAWS = 20261128, 200
SIGN = "some_cause/some_sign"
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
NEVER_SEEN = "seen_by_nobody"


def values_of(wanted: object) -> list[str]:
    """Values an entry fits, read off the entry: stars and classes are filled in."""
    listed = wanted.get("values", ()) if isinstance(wanted, dict) else wanted
    assert isinstance(listed, list | tuple)
    return [str(one).replace("*", "some").replace("xx", "03") for one in listed]


def draw_facts(chance: random.Random, kind: SignKind) -> tuple[DossierFacts, list[Evidence]]:
    """The facts of a dossier in which the example of a kind may show, in any share, and all their evidence."""
    total = chance.randint(1, 40)
    shown = chance.randint(0, total)
    value = chance.choice(values_of(kind.example))
    counted = {name: count for name, count in ((value, shown), (NEVER_SEEN, total - shown)) if count}
    name = str(kind.example["name"]) if isinstance(kind.example, dict) else "plan"
    healthy = {"controls": 0, "controls_total": 0, "cases_total": total}
    facts: dict[str, object] = {
        **dict.fromkeys(("codes", "endpoints", "statuses", "topics", "stages", "symptoms", "signal_types"), counted),
        "signals": total,
        "texts": {"total": total, "hits": {SIGN: shown} if shown else {}},
        "meanings": {"messages": total, "likeness": {SIGN: round(shown / total, 4)}},
        "attributes": {name: {one: {"cases": count, **healthy} for one, count in counted.items()}},
    }
    rows: list[tuple[str, dict[str, object]]] = [("stage", {}), ("symptom", {"sign": SIGN}), ("tickets", {})]
    rows.append(("symptom", {"meanings": {SIGN: shown / total}}))
    for one in counted:
        rows += [
            ("error_group", dict.fromkeys(("error_code", "endpoint", "status", "topic", "signal_type"), one)),
            ("symptom", {"symptom": one}),
            ("contrast", {"dimension": name, "value": one}),
        ]
    return DossierFacts.model_validate(facts), [
        Evidence(id=f"EV-{number}", incident_id="INC-1", kind=row, statement="s", data=data)
        for number, (row, data) in enumerate(rows)
    ]


def draw_presences(kind: SignKind) -> Iterator[tuple[Presence, list[Evidence]]]:
    chance = random.Random(f"{SEED} {kind.name}")
    for _ in range(DRAWS):
        facts, evidence = draw_facts(chance, kind)
        yield kind.measure_presence(kind.example, SIGN, facts, evidence), evidence


@EACH
def test_nothing_is_present_where_there_are_no_facts(kind: SignKind) -> None:
    facts, evidence = draw_facts(random.Random(SEED), kind)
    assert kind.measure_presence(kind.example, SIGN, DossierFacts(), evidence) == UNTESTABLE
    assert kind.measure_presence(kind.example, SIGN, DossierFacts(), []) == UNTESTABLE
    assert facts


@EACH
def test_presence_is_a_degree_that_grows_with_its_share_and_is_full_at_the_full_share(kind: SignKind) -> None:
    found = sorted((one for one, _ in draw_presences(kind) if one.testable), key=lambda one: one.share)
    assert {one.degree for one in found} >= {0.0, 1.0}, (
        f"the draws of seed {SEED} show neither none nor all of it; draw_facts must draw the facts it counts, and the"
        " evidence that shows them"
    )
    assert all(0 <= one.degree <= 1 and 0 <= one.share <= 1 for one in found)
    assert [one.degree for one in found] == sorted(one.degree for one in found)
    assert all((one.degree == 1) == (one.share >= kind.full_share) for one in found)
    assert all((one.degree == 0) == (one.count == 0) for one in found)


@EACH
def test_what_is_cited_exists_and_what_nothing_shows_is_not_claimed(kind: SignKind) -> None:
    chance = random.Random(SEED)
    for found, evidence in draw_presences(kind):
        assert set(found.evidence_ids) <= {one.id for one in evidence}
        assert found.evidence_ids or not found.degree
    for _ in range(DRAWS):
        assert kind.measure_presence(kind.example, SIGN, draw_facts(chance, kind)[0], []).degree == 0


@EACH
def test_its_example_is_an_entry_that_a_pack_may_hold(kind: SignKind) -> None:
    assert list(find_test_problems({kind.name: kind.example})) == []
    assert kind.__class__.__doc__
    assert 0 < kind.full_share <= 1


@EACH
@pytest.mark.parametrize("bad", [[], None, True, "", [" "], ["fine", None], {"values": []}, {"name": "plan"}], ids=repr)
def test_an_entry_that_can_never_hold_is_named_with_its_key(kind: SignKind, bad: object) -> None:
    found = list(find_test_problems({kind.name: bad}))
    assert found
    assert all(path[0] == kind.name and what for path, what in found)


@pytest.mark.parametrize(
    ("name", "bad", "path"),
    [
        ("status", [401, "6xx"], ("status", 1)),
        ("status", "often", ("status",)),
        ("stage", ["post_migration", "after"], ("stage", 1)),
        ("signal_type", ["tickets"], ("signal_type", 0)),
        ("attribute", {"name": "plan", "values": ["a", None]}, ("attribute", "values", 1)),
        ("attribute", {"name": "plan", "valeus": ["a"], "values": ["b"]}, ("attribute", "valeus")),
        ("attribute", {"values": ["a"]}, ("attribute", "name")),
        ("attribute", {"name": [], "values": ["a"]}, ("attribute", "name")),
        ("attribute", {"name": ["plan", " "], "values": ["a"]}, ("attribute", "name", 1)),
        ("attribute", {"name": "rate", "above": [], "values": ["a"]}, ("attribute",)),
    ],
)
def test_a_value_that_nothing_ever_has_is_named_where_it_stands(
    name: str, bad: object, path: tuple[str | int, ...]
) -> None:
    assert path in [where for where, _ in find_test_problems({name: bad})]


def test_a_test_of_two_kinds_or_of_none_is_refused_and_every_kind_is_offered() -> None:
    for test in ({}, {"coed": ["A"]}, {"code": ["A"], "topic": ["b"]}):
        ((path, what),) = find_test_problems(test)
        assert path == ()
        assert all(name in what for name in KINDS)


def test_the_kinds_are_the_files_of_the_package_in_the_order_of_their_names() -> None:
    assert list(find_kinds()) == sorted(find_kinds())
    assert set(KINDS) >= {"code", "endpoint", "status", "topic", "text", "stage", "attribute", "symptom", "signal_type"}


def test_a_setting_that_the_healthy_share_counts_for_less() -> None:
    kind = KINDS["attribute"]
    wanted = {"name": "plan", "values": ["pro"]}
    row = Evidence(
        id="EV-1", incident_id="INC-1", kind="contrast", statement="s", data={"dimension": "plan", "value": "pro"}
    )
    degrees = [
        kind.measure_presence(
            wanted,
            SIGN,
            DossierFacts(
                attributes={"plan": {"pro": Comparison(cases=8, cases_total=8, controls=some, controls_total=8)}}
            ),
            [row],
        ).degree
        for some in (0, 4, 8)
    ]
    assert degrees == [1.0, 0.65, 0.3]


def test_of_several_names_the_first_that_the_directory_has_counts() -> None:
    kind = KINDS["attribute"]
    wanted = {"name": ["return_host", "callback_host", "host"], "values": ["legacy"]}
    assert list(find_test_problems({"attribute": wanted})) == []
    row = Evidence(
        id="EV-1",
        incident_id="INC-1",
        kind="contrast",
        statement="s",
        data={"dimension": "callback_host", "value": "legacy"},
    )
    known = {
        name: {value: Comparison(cases=8, cases_total=8)}
        for name, value in (("callback_host", "legacy"), ("host", "new"))
    }
    found = kind.measure_presence(wanted, SIGN, DossierFacts(attributes=known), [row])
    assert (found.degree, found.value, found.evidence_ids) == (1.0, "legacy", ("EV-1",))
    assert kind.measure_presence(wanted, SIGN, DossierFacts(attributes={"plan": known["host"]}), [row]) == UNTESTABLE
