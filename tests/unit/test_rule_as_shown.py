"""Whom a directory shows to be within a fault's rule, and whom the agent's rule is true of."""

from app.expect.descriptions import Trait
from app.expect.faults import Fault, FaultState
from app.services.trials.trial_results import list_described
from simulations.world.directory import is_shown_within
from tests.builders import make_merchant

RULE = {"language": "de", "cors_origin": "listed", "stage": "post_migration"}
NOW = {"language": "de", "stage": "post_migration", "cors_origin": "hosted_only"}


def test_what_a_directory_always_knows_counts_as_it_is_and_the_rest_as_it_is_listed() -> None:
    stale = {"language": "de", "cors_origin": "listed", "stage": "pre_migration"}
    assert is_shown_within(RULE, NOW, stale), "the move is known at once, and the old entry is believed"
    assert not is_shown_within(RULE, NOW | {"language": "fr"}, stale)
    assert not is_shown_within(RULE, NOW | {"stage": "in_progress"}, stale)
    assert not is_shown_within(RULE, NOW, NOW)


def test_who_shares_in_a_fault_though_its_rule_is_not_true_of_it_is_not_described_by_it() -> None:
    shops = [make_merchant(name, webhook_version=hook) for name, hook in (("A", "v3"), ("B", "v2"), ("C", "v3"))]
    everybody = frozenset({"A", "B", "C"})
    fault = Fault(
        id="INC-1", state=FaultState.OPEN, streams=("e",), outcomes=(), rule=((Trait("webhook_version", "is", "v2"),),),
        listed=False, scope=everybody, hurt=everybody, since=0, found=0, described=0, score=20.0, seen=9.0,
        expected=0.1, stood={"A": {"webhook_version": "v2"}},
    )  # fmt: skip
    assert list_described(fault, shops) == ("A", "B")
    assert list_described(None, shops) == ()
