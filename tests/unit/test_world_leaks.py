"""Nothing that is emitted or listed gives the truth away."""

import re

from simulations.world.faults import CATALOGUE, DECOYS, UNCATALOGUED
from simulations.world.population import UNMOVED, attribute_values, fits_scope
from simulations.world.world import World
from tests.worlds import after, lived, scenario, world

FAULTS = [
    {"mode": mode, "onset": 10 + 3 * place, "lasts": 240}
    for place, mode in enumerate(sorted({**CATALOGUE, **UNCATALOGUED}))
]
DECOY = [{"kind": kind, "onset": 20} for kind in sorted(DECOYS)]


def test_no_signal_and_no_directory_row_names_a_scenario_a_fault_or_a_scope():
    one = World(scenario(faults=FAULTS, decoys=DECOY))
    said = "\n".join(
        [*(signal.model_dump_json() for signal in lived(one)), *(row.model_dump_json() for row in one.merchants())]
    )
    secret = {"zz_trial", "Secret title", *CATALOGUE, *UNCATALOGUED, *DECOYS}
    assert [word for word in sorted(secret) if word in said] == []
    assert re.findall(r"\bfault|\bscope\b|\bdecoy|\bscenario|\bplanted", said.replace("SCOPE", "")) == []


def test_who_lives_there_does_not_depend_on_what_goes_wrong():
    assert World(scenario(faults=FAULTS, decoys=DECOY)).merchants() == world().merchants()


def test_every_world_has_the_same_names_of_attributes_and_ids_say_nothing():
    names = {
        frozenset(row.attributes)
        for seed in range(20)
        for row in world(seed=seed, faults=FAULTS[: seed % 5]).merchants()
    }
    assert len(names) == 1
    ids = [row.id for seed in range(20) for row in world(seed=seed).merchants()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"MERCH-[0-9A-HJKMNP-TV-Z]{6}", one) for one in ids)
    ill = {key for seed in range(20) for key in world(seed=seed, faults=FAULTS[:1]).truth(after(60)).faults[0].ill}
    share = sum(one[6] in "0123456789ABCDEF" for one in ids) / len(ids)
    assert abs(sum(one[6] in "0123456789ABCDEF" for one in ill) / len(ill) - share) < 0.2


def test_a_range_and_a_list_are_scopes_too_and_a_switch_is_no_number():
    from simulations.scenario import Between

    assert fits_scope({"a": Between(above=3)}, {"a": 4})
    assert not fits_scope({"a": Between(above=3, below=4)}, {"a": 4})
    assert not fits_scope({"a": Between(above=0)}, {"a": True})
    assert not fits_scope({"a": Between(above=0)}, {"a": "x"})
    assert fits_scope({"a": ("x", "y"), "b": 1}, {"a": "y", "b": 1})
    assert not fits_scope({"b": 1}, {"b": True})
    assert not fits_scope({"b": 1}, {})
    assert fits_scope({}, {})
    assert set(UNMOVED) < set(attribute_values())
