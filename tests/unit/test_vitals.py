"""The vital signs: well is what was seen done, and a part that is not seen for too long is in trouble without anybody's
complaint.
"""

import pytest

from app.domain.errors import Conflict, LeaseLost, Temporary, Unavailable
from app.process.vital_signs import Part, Trouble, VitalSigns, list_troubles

FULL = Trouble(cause="its disk is full", where="store.sqlite", remedy="free some space")


class Hands:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def signs(hands: Hands) -> VitalSigns:
    return VitalSigns(hands)


def test_a_part_is_in_trouble_until_it_did_its_work_again(signs: VitalSigns, hands: Hands) -> None:
    signs.ill(Part.WRITE, FULL)
    [sign] = signs.troubles()
    assert (sign.part, sign.trouble, sign.last_success_at) == (Part.WRITE, FULL, None)
    assert list_troubles([sign]) == ["write: its disk is full (store.sqlite). Free some space."]
    signs.well(Part.WRITE)
    hands.seconds = 4.0
    [sign] = signs.signs()
    assert sign.ok and sign.age_seconds == 4.0 and sign.since is None


def test_silence_is_trouble_where_work_is_expected_and_only_there(signs: VitalSigns, hands: Hands) -> None:
    signs.expect(Part.WRITE, 8.0)
    signs.well(Part.SWEEP, "demo")
    hands.seconds = 8.0
    assert signs.troubles() == []
    hands.seconds = 9.0
    [sign] = signs.troubles()
    assert sign.part is Part.WRITE
    assert "9 seconds" in list_troubles([sign])[0]
    signs.well(Part.WRITE)
    assert signs.troubles() == []


def test_the_trouble_of_one_tenant_is_its_own(signs: VitalSigns) -> None:
    signs.ill(Part.SWEEP, FULL, "demo")
    signs.well(Part.SWEEP, "default")
    assert [sign.tenant for sign in signs.troubles()] == ["demo"]
    signs.keep_only(["default"])
    assert signs.troubles() == []


@pytest.mark.parametrize("busy", [Temporary("another process is sweeping"), LeaseLost("taken over")])
def test_somebody_else_being_at_it_changes_nothing(signs: VitalSigns, busy: Exception) -> None:
    with pytest.raises(type(busy)), signs.watch(Part.SWEEP):
        raise busy
    assert signs.signs() == []


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (
            Unavailable("the store cannot write now", "disk I/O error", place="a.sqlite", remedy="look"),
            "sweep: disk I/O error (a.sqlite). Look.",
        ),
        (Conflict("such a row exists already"), "sweep: such a row exists already. Look into"),
        (
            RuntimeError("SELECT secret FROM signals"),
            "sweep: it failed in a way nobody foresaw (RuntimeError). Look into",
        ),
    ],
)
def test_a_failure_is_told_in_words_for_people(signs: VitalSigns, failure: Exception, told: str) -> None:
    with pytest.raises(type(failure)), signs.watch(Part.SWEEP):
        raise failure
    [sign] = signs.troubles()
    [line] = list_troubles([sign])
    assert line.startswith(told)
    assert "SELECT" not in line


def test_one_trouble_of_several_parts_is_told_once(signs: VitalSigns) -> None:
    signs.ill(Part.READ, FULL)
    signs.ill(Part.WRITE, FULL)
    signs.ill(Part.SWEEP, FULL, "demo")
    signs.ill(Part.INDEX, Trouble(cause="its folder was removed"))
    signs.well(Part.CHECKPOINT)
    assert list_troubles(signs.signs()) == [
        "sweep of tenant demo, read and write: its disk is full (store.sqlite). Free some space.",
        "index: its folder was removed.",
    ]
