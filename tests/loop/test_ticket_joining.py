"""Tickets come to the incident they speak of, in any language and even before it opens; strangers and other troubles
stay out, and what people write widens nothing by itself.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.bootstrap import Application, build_application
from app.domain.base import Severity
from app.domain.incidents import Incident, IncidentStatus
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.schemas.signals import ObserveAnswer
from app.services.intake import signals as intake
from app.services.intake.tally import count_signals
from app.services.watch.sweep import sweep_tenant
from app.settings import Settings
from app.system import SteppedClock
from tests.builders import NOW, make_ticket, minutes
from tests.faults import errors, roster, sales

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
GONE = "webhook_v2_endpoint_gone"
HURT = ("MERCH-A", "MERCH-B", "MERCH-C")
SILENT = "MERCH-D"
"""Has the same setting, and no failure so far."""
SOUND = "MERCH-H1"
PAID_NO_ORDER = {
    "en": "customers pay but the orders do not arrive",
    "de": "Kunden zahlen, aber die Bestellungen kommen nicht an",
    "fr": "les clients paient mais les commandes n'arrivent pas",
    "es": "los clientes pagan pero los pedidos no llegan",
    "it": "clienti pagano ma gli ordini non arrivano",
}


class Desk:
    """A tenant on a real SQLite file, into which a test puts signals, and which it has swept."""

    def __init__(self, folder: Path) -> None:
        self.clock = SteppedClock(NOW)
        self.application: Application = build_application(
            Settings(data=folder, lite=True, demo=False, log_level="ERROR"), clock=self.clock
        )
        self.merchants = roster(*((name, GONE) for name in (*HURT, SILENT)), healthy=8)
        with self.application.store.write(SCOPE) as session:
            session.merchants.put(self.merchants)

    def keep(self, made: Sequence[Signal]) -> list[str]:
        ctx = self.application.ctx
        with ctx.readers.keeping(SCOPE.tenant_id), ctx.store.write(SCOPE) as session:
            fresh = session.signals.add(made, counted=True)
            new = [one for one, is_new in zip(made, fresh, strict=True) if is_new]
            count_signals(ctx.readers, ctx.words(SCOPE), session, new)
        return [one.id for one in made]

    def sweep(self, minute: float) -> ObserveAnswer:
        self.clock.advance_to(minutes(minute))
        return sweep_tenant(self.application.ctx, SCOPE)

    def fail(self) -> None:
        """Three quarters of an hour in which everybody sells, and the webhooks of some fail."""
        self.keep([*sales([one.id for one in self.merchants], 60), *errors(GONE, HURT, 50, start=1_000)])

    def incident(self) -> Incident:
        with self.application.store.read(SCOPE) as session:
            (found,) = session.incidents.page()
        return found

    def joined(self) -> set[str]:
        incident = self.incident()
        with self.application.store.read(SCOPE) as session:
            return {one.id for one in session.signals.of_incident(incident.id)}

    def clusters(self) -> list[Pattern]:
        found = intake.list_patterns(self.application.ctx, SCOPE, 100)
        return [one for one in found if one.kind is PatternKind.TICKET_CLUSTER]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.application.stop()


def ticket(number: int, text: str, merchant: str | None, minute: float = 56) -> Signal:
    return make_ticket(
        number,
        subject="Help",
        body=text,
        merchant_id=merchant,
        occurred_at=minutes(minute),
        received_at=minutes(max(minute, 0)),
        severity=Severity.MEDIUM,
    )


def test_new_tickets_join_the_open_incident_in_any_language_and_strangers_do_not(desk: Desk) -> None:
    desk.fail()
    desk.sweep(55)
    before = desk.incident()
    mine = desk.keep([ticket(100 + n, text, HURT[n % 3]) for n, text in enumerate(PAID_NO_ORDER.values())])
    silent = desk.keep([ticket(200, PAID_NO_ORDER["it"], SILENT)])
    strangers = desk.keep(
        [
            ticket(300, "Please send me the invoice of last month", HURT[0]),
            ticket(301, "Potete rimandarci la fattura di ottobre?", HURT[1]),
            ticket(302, PAID_NO_ORDER["de"], SOUND),
            ticket(303, "der Shop zeigt noch alte Preise", HURT[2]),
        ]
    )
    assert desk.sweep(57).fed == [before.id]
    after, joined = desk.incident(), desk.joined()
    assert {*mine, *silent} <= joined and not joined & {*strangers}
    assert after.id == before.id and after.merchants == before.merchants
    assert after.evidence_version == before.evidence_version
    assert (after.first_seen, after.last_seen) == (before.first_seen, before.last_seen)
    with desk.application.store.read(SCOPE) as session:
        assert {one.id for one in session.signals.get(mine)} == {*mine}
        told = [one for one in session.incidents.patterns(after.pattern_ids) if one.kind is PatternKind.TICKET_CLUSTER]
        event = [one for one in session.events.page(subject=after.id) if one.kind == "incident.tickets_joined"]
    assert {name for one in told for name in one.signal_ids} == {*mine, *silent}
    assert [(one.payload["count"], set(one.payload["signals"])) for one in event] == [(6, {*mine, *silent})]
    assert all(any("payments without an order" in why for why in one.key["joined_because"]) for one in told)


@pytest.mark.parametrize(("minute", "joins"), [(-20, True), (-50, False)])
def test_a_ticket_from_before_the_onset_joins_when_the_incident_opens_but_no_older_one(
    desk: Desk, minute: float, joins: bool
) -> None:
    told, *others = desk.keep(
        [
            ticket(100, PAID_NO_ORDER["it"], HURT[0], minute),
            ticket(101, "Please send me the invoice of last month", HURT[0], -10),
            ticket(102, "Potete rimandarci la fattura di ottobre?", HURT[1], -90),
        ]
    )
    assert desk.sweep(0).opened == []
    desk.fail()
    assert len(desk.sweep(62).opened) == 1
    joined = desk.joined()
    assert (told in joined) is joins and not joined & {*others}
    assert desk.incident().first_seen == NOW, "a ticket moves no onset"


def test_what_fits_no_incident_stays_in_its_cluster_on_the_signals_page_under_the_id_it_had(desk: Desk) -> None:
    said = [
        "the label printer has a paper jam",
        "paper jam in our label printer again",
        "label printer shows a paper jam",
        "again a paper jam, label printer stands still",
    ]
    desk.keep([ticket(100 + n, text, SOUND, 10 + n) for n, text in enumerate(said)])
    desk.sweep(20)
    (before,) = desk.clusters()
    desk.keep([ticket(50, "paper jam, the label printer stopped", SOUND, 5)])
    desk.sweep(25)
    (after,) = desk.clusters()
    assert after.id == before.id and after.count == before.count + 1
    desk.sweep(72)
    (later,) = desk.clusters()
    assert later.id == before.id and later.count < after.count, "what left the window took nothing with it"
    assert later.title == after.title


def test_what_people_write_is_no_second_proof_of_a_thin_incident(desk: Desk) -> None:
    desk.keep(errors(GONE, HURT[:1], 1, start=1_000))
    desk.sweep(1)
    thin = desk.incident()
    with desk.application.store.write(SCOPE) as session:
        session.incidents.save(thin.changed(metrics_snapshot={"signals": 1}))
        session.incidents.move(thin.id, IncidentStatus.ESCALATED, at=minutes(1), reason="thin")
    mine = desk.keep([ticket(100 + n, text, HURT[0], 2) for n, text in enumerate(PAID_NO_ORDER.values())])
    desk.sweep(3)
    assert {*mine} <= desk.joined() and desk.incident().status is IncidentStatus.ESCALATED
    desk.keep(errors(GONE, HURT[:1], 3, start=2_000))
    desk.sweep(4)
    assert desk.incident().status is IncidentStatus.OPEN, "more failures are"
