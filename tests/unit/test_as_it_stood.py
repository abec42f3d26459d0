"""A fault is told by what the directory said while it began."""

import json
from dataclasses import replace

from app.expect.as_it_stood import remember_changed
from app.expect.descriptions import Trait, describe_merchants, put_back
from app.expect.faults import Fault, FaultState, read_fault

FAULT = Fault(
    id="INC-1", state=FaultState.OPEN, streams=("errors|call|/api/*/tax|WRONG",), outcomes=(),
    rule=((Trait("hook", "is", "v2"),),), listed=False, scope=frozenset("abc"), hurt=frozenset("a"),
    since=10, found=12, described=12, score=20.0, seen=9.0, expected=0.1,
)  # fmt: skip
BEFORE = {name: {"hook": "v2", "stage": "pre_migration"} for name in "abcd"}


def test_what_was_changed_of_anybody_is_remembered_as_it_was_at_first() -> None:
    once = {**BEFORE, "a": {**BEFORE["a"], "hook": "v3"}, "d": {**BEFORE["d"], "hook": "v3", "new": 1}}
    twice = {**once, "a": {**BEFORE["a"], "hook": "v4"}}
    known = remember_changed(remember_changed(FAULT, BEFORE, once), once, twice)
    assert known.stood == {"a": {"hook": "v2"}, "d": {"hook": "v2", "new": None}}
    assert {name: put_back(twice[name], known.stood.get(name, {})) for name in twice} == BEFORE


def test_who_moves_while_well_is_told_by_what_it_moved_with() -> None:
    moved = {name: {"hook": "v3", "stage": "post_migration"} for name in BEFORE}
    known = remember_changed(FAULT, BEFORE, moved)
    assert known.stood == {"a": BEFORE["a"]}, "the hurt one was hit where it stood"


def test_what_a_treatment_changed_before_a_merchant_moved_stays_remembered() -> None:
    treated = {**BEFORE, "b": {**BEFORE["b"], "hook": "v3"}}
    moved = {**treated, "b": {**treated["b"], "stage": "post_migration"}}
    known = remember_changed(remember_changed(FAULT, BEFORE, treated), treated, moved)
    assert known.stood == {"b": {"hook": "v2"}}


def test_what_is_put_back_was_never_changed() -> None:
    changed = {**BEFORE, "a": {**BEFORE["a"], "hook": "v3"}}
    assert remember_changed(remember_changed(FAULT, BEFORE, changed), changed, BEFORE).stood == {}


def test_what_is_over_remembers_no_more() -> None:
    over = replace(FAULT, state=FaultState.ENDED)
    assert remember_changed(over, BEFORE, {**BEFORE, "a": {}}) == over


def test_a_fault_read_back_tells_merchants_apart_as_before() -> None:
    changed = {name: {"hook": "v3" if name in "ab" else "v2", "stage": "pre_migration"} for name in BEFORE}
    known = remember_changed(FAULT, BEFORE, changed)
    again = read_fault(json.loads(json.dumps(known.plain())))
    assert again == known
    columns = describe_merchants([changed[name] for name in sorted(changed)])
    stood = columns.as_it_stood({"abcd".index(name): said for name, said in again.stood.items()})
    assert stood.told == [BEFORE[name] for name in sorted(BEFORE)]
