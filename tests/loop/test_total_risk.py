"""What all open incidents cost together: incidents that share merchants, and payments, are summed once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.rollups import slot_of
from app.domain.signals import SignalType
from app.domain.times import shifted
from app.expect.claims import Claim
from app.expect.faults import FAULTS_NOTE, Fault, FaultState
from app.schemas.incidents import RiskTotal
from app.services.incidents.risk import total_risk
from tests.builders import make_incident, make_signal
from tests.loop.conftest import Agency, open_agency
from tests.sales import BEGAN, Platform, claim, silent

TEN = [f"S{number:02}" for number in range(10)]
SLOTS = 24
HOURS = SLOTS / 12


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    opened = open_agency(tmp_path)
    yield opened
    opened.application.stop()


def fault(known: Claim, since: int) -> Fault:
    """A fault as it is kept."""
    return Fault(
        id=known.incident_id, state=FaultState.OPEN, streams=tuple(known.streams), outcomes=(), rule=(), listed=True,
        scope=known.merchants, hurt=known.merchants, since=since, found=since, described=since, score=20.0, seen=1.0,
        expected=0.0,
    )  # fmt: skip


def live(agency: Agency, claims: list[Claim]) -> Platform:
    """The sales of three days and two hours, the incidents about these, and two payments without an order that joined
    the first of them. The platform is the same whoever claims what.
    """
    now = agency.ctx.clock(agency.scope).now()
    shift = slot_of(now) - (BEGAN + SLOTS - 1)
    town = Platform(20261129)
    town.live(SLOTS, [claim("INC-1", TEN)], share=0.7)
    began = shifted(now, -timedelta(hours=HOURS))
    paid = [
        make_signal(
            9_000 + number, signal_type=SignalType.PAYMENT, payment_id=f"P{number}", amount=1_234 + number,
            currency="SEK", status="captured", merchant_id="S00", occurred_at=began,
        )
        for number in range(2)
    ]  # fmt: skip
    with agency.ctx.store.write(agency.scope) as session:
        session.merchants.put(list(town.shops.values()))
        session.rollups.add(one._replace(slot=one.slot + shift) for one in town.cells)
        for number, one in enumerate(claims, 1):
            own = {
                "id": one.incident_id,
                "first_seen": began,
                "last_seen": now,
                "merchants": tuple(sorted(one.merchants)),
            }
            session.incidents.add(make_incident(number, **own))
        session.signals.add(paid)
        session.signals.mark_swept({one.id: claims[0].incident_id for one in paid})
        session.notes.put(FAULTS_NOTE, {"until": 0, "faults": [fault(one, BEGAN + shift).plain() for one in claims]})
    return town


def total(agency: Agency) -> RiskTotal:
    return total_risk(agency.ctx, agency.scope)


def test_two_incidents_that_share_merchants_are_not_summed_twice(agency: Agency, tmp_path: Path) -> None:
    one, other = claim("INC-1", TEN), silent(claim("INC-2", TEN[3:]))
    town = live(agency, [one, other])
    both = total(agency)
    again = open_agency(tmp_path / "alone")
    live(again, [one])
    alone = total(again)
    again.application.stop()
    assert sorted(both.incidents) == ["INC-1", "INC-2"]
    assert both.lost_orders == pytest.approx(alone.lost_orders, rel=0.05)
    assert both.lost_orders == pytest.approx(town.lost["INC-1"], rel=0.25)
    assert both.paid_without_order_count == alone.paid_without_order_count == 2
    assert [str(money) for money in both.paid_without_order] == ["24.69 SEK"]


def test_the_sums_agree_by_merchant_and_by_stage_and_what_has_no_rate_is_said(agency: Agency) -> None:
    live(agency, [claim("INC-1", TEN)])
    found = total(agency)
    assert found.base_currency == "EUR" and found.unconverted == ["SEK", "USD"]
    euros = next(one for one in found.lost_revenue if one.currency == "EUR")
    assert found.lost.middle.minor == euros.middle
    assert sum(one.lost.minor for one in found.by_merchant) == pytest.approx(euros.middle, rel=0.01)
    assert sum(one.lost.minor for one in found.by_stage) == sum(one.lost.minor for one in found.by_merchant)
    assert sum(one.lost_orders for one in found.by_stage) == pytest.approx(found.lost_orders, abs=0.1)
    assert found.lost_per_hour.middle.minor == pytest.approx(euros.middle / HOURS, rel=0.01)
    assert {one.name for one in found.by_stage} == {"pre_migration", "in_progress", "post_migration"}
    assert "Amounts in SEK, USD have no rate and are not in these sums." in found.sentences


def test_without_an_open_incident_nothing_is_lost(agency: Agency) -> None:
    found = total(agency)
    assert (found.incidents, found.lost_orders, found.by_merchant) == ([], 0.0, [])
    assert found.sentences == ["No loss is shown so far."]
