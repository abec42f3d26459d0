"""A thin incident is part of the incident of its fault as soon as that is found, unless somebody has said something
about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.base import Severity
from app.domain.incidents import FEEDABLE, Incident, IncidentStatus
from app.domain.signals import Signal
from app.expect.faults import FAULTS_NOTE, fault_of
from app.services.incidents.cases import manage_incident
from app.services.watch.taking_in import is_open_to_merging, take_in_doubles
from tests.builders import make_signal, minutes
from tests.loop.test_ticket_joining import HURT, SCOPE, SILENT, Desk

CODE = "PAYMENT_CALLBACK_INVALID"
FIRST, SECOND = "/api/v3/checkout/complete", "/api/v3/checkout/confirm"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.application.stop()


def failing(start: int, count: int, route: str, merchant: str, minute: float) -> list[Signal]:
    """So many failures of one shop at one place, four a minute."""
    fields = {"error_code": CODE, "endpoint": route, "severity": Severity.HIGH, "merchant_id": merchant}
    return [make_signal(start + n, occurred_at=minutes(minute + n / 4), **fields) for n in range(count)]


def incidents(desk: Desk) -> list[Incident]:
    with desk.application.store.read(SCOPE) as session:
        return session.incidents.page()


def join_late(desk: Desk) -> tuple[str, str]:
    """Three shops fail in one place; a fourth that is set up as they are fails so elsewhere, at first once. The
    incident of the three, and that of the one report.
    """
    for number, merchant in enumerate(HURT):
        desk.keep(failing(100 * number, 40, SECOND, merchant, 1))
    desk.sweep(11)
    (fault,) = incidents(desk)
    desk.keep(failing(1_000, 1, FIRST, SILENT, 11))
    desk.sweep(12)
    (thin,) = [one.id for one in incidents(desk) if one.id != fault.id]
    return fault.id, thin


def test_a_thin_incident_is_taken_in_by_the_incident_of_its_fault(desk: Desk) -> None:
    fault, thin = join_late(desk)
    desk.keep(failing(2_000, 40, FIRST, SILENT, 12))
    desk.sweep(23)
    found = {one.id: one for one in incidents(desk)}
    assert set(found) == {fault, thin}
    assert (found[thin].status, found[thin].merged_into) == (IncidentStatus.MERGED, fault)
    assert found[fault].signal_count == 161
    assert found[fault].status in FEEDABLE
    assert SILENT in found[fault].merchants


def test_a_thin_incident_that_somebody_has_taken_up_stays_one_of_its_own(desk: Desk) -> None:
    fault, thin = join_late(desk)
    manage_incident(desk.application.ctx, SCOPE, thin, "acknowledge", "")
    desk.keep(failing(2_000, 40, FIRST, SILENT, 12))
    desk.sweep(23)
    assert {one.id: one.status in FEEDABLE for one in incidents(desk)} == {fault: True, thin: True}


def test_an_incident_of_which_it_turned_out_that_it_tells_of_the_same_fault_is_part_of_the_older_one(
    desk: Desk,
) -> None:
    older, later = join_late(desk)
    with desk.application.store.write(SCOPE) as session:
        known = fault_of(session.notes.get(FAULTS_NOTE), older)
        assert known is not None
        assert take_in_doubles(session, replace(known, took=(later,)), minutes(13)).took == ()
    found = {one.id: one for one in incidents(desk)}
    assert (found[later].status, found[later].merged_into) == (IncidentStatus.MERGED, older)
    assert SILENT in found[older].merchants


def test_what_somebody_has_taken_up_is_not_merged_and_is_asked_about_again_later(desk: Desk) -> None:
    older, later = join_late(desk)
    assert is_open_to_merging(desk.application.ctx, SCOPE, later)
    manage_incident(desk.application.ctx, SCOPE, later, "acknowledge", "")
    assert not is_open_to_merging(desk.application.ctx, SCOPE, later)
    with desk.application.store.write(SCOPE) as session:
        known = fault_of(session.notes.get(FAULTS_NOTE), older)
        assert known is not None
        assert take_in_doubles(session, replace(known, took=(later,)), minutes(13)).took == (later,)
    assert {one.id: one.status in FEEDABLE for one in incidents(desk)} == {older: True, later: True}
