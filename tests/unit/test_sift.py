"""Finding the few things an attempt fails over: all of them, nothing else, and in few attempts."""

from random import Random

import pytest

from app.domain.errors import BadInput, Temporary
from app.services.watch.sift import MOST_BLAMED, reason_of, sift


class Attempts:
    """An attempt that fails when a bad one is among its names."""

    def __init__(self, bad: set[str], *, always: bool = False) -> None:
        self.bad, self.always, self.count = bad, always, 0

    def __call__(self, names: frozenset[str]) -> None:
        self.count += 1
        if self.always or self.bad & names:
            raise OverflowError(f"over {sorted(self.bad & names)[:1]}")


def named(count: int) -> list[str]:
    return [f"S{number:05d}" for number in range(count)]


def test_the_culprits_are_found_in_a_logarithmic_number_of_attempts_wherever_they_are() -> None:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    draw, names = Random(seed), named(4_096)
    for culprits in (1, 1, 3, 5):
        attempts = Attempts(set(draw.sample(names, culprits)))
        found = sift(names, attempts, seconds=60)
        assert set(found.blamed) == attempts.bad
        assert set(found.sound) == set(names) - attempts.bad
        assert attempts.count <= 1 + culprits * 26
    assert found.blamed[min(attempts.bad)].startswith("OverflowError: over")


def test_a_single_bad_one_among_nothing_else_is_found() -> None:
    assert sift(["S1"], Attempts({"S1"}), seconds=60).blamed == {"S1": "OverflowError: over ['S1']"}


def test_nothing_is_blamed_for_a_fault_that_shows_without_any_of_them() -> None:
    attempts = Attempts(set(), always=True)
    assert sift(named(500), attempts, seconds=60).blamed == {}
    assert attempts.count == 1


def test_nothing_is_blamed_when_every_one_fails() -> None:
    names = named(2_000)
    attempts = Attempts(set(names))
    found = sift(names, attempts, seconds=60)
    assert (found.blamed, found.sound) == ({}, [])
    assert attempts.count < 200


def test_many_culprits_are_found_a_few_at_a_time_while_the_others_go_on() -> None:
    names = named(400)
    attempts = Attempts(set(names[:100]))
    found = sift(names, attempts, seconds=60)
    assert len(found.blamed) == MOST_BLAMED
    assert set(found.blamed) < attempts.bad
    assert found.sound


def test_what_may_go_well_later_is_passed_on() -> None:
    def busy(names: frozenset[str]) -> None:
        raise Temporary("the store is busy")

    with pytest.raises(Temporary):
        sift(named(3), busy, seconds=60)


def test_a_reason_tells_no_secret_and_nothing_of_a_library() -> None:
    class SqlError(Exception):
        pass

    assert reason_of(SqlError("SELECT body FROM signals")) == "SqlError"
    assert reason_of(BadInput("a sentence of ours")) == "a sentence of ours"
    assert "4111" not in reason_of(ValueError("card 4111 1111 1111 1111\nand more"))
