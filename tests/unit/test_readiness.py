"""What is known to break, held against who was not cut over yet."""

from datetime import date
from typing import Any

import pytest

from app.config.load import load_config
from app.config.model import SignSpec
from app.domain.base import Stage
from app.domain.decisions import AttemptEnd
from app.domain.incidents import ASKED_FOR, IncidentStatus
from app.domain.merchants import Merchant
from app.expect.descriptions import Trait
from app.expect.faults import Fault, FaultState
from app.expect.windows import FOREVER
from app.observe.readiness import KnownTroubles, Readiness, Risk, RiskKind, assess_waves
from app.settings import PROJECT
from tests.builders import make_incident, make_lesson, make_merchant

PACK = load_config(PROJECT / "config").packs["commerce"]
CALLBACK = "callback_not_https"


def shop(merchant_id: str = "M-1", stage: Stage = Stage.PRE, **changes: Any) -> Merchant:
    sound = {"callback_scheme": "https", "token_version": "v3", "cache_generation": "current"}
    fields = {"wave": 3, "stage": stage, "webhook_version": "v3", "attributes": sound}
    return make_merchant(merchant_id, **{**fields, **changes})


def fault(*traits: Trait, state: FaultState = FaultState.OPEN, incident: str = "", **changes: Any) -> Fault:
    fields: dict[str, Any] = {
        "id": incident,
        "state": state,
        "streams": ("errors|checkout|X",),
        "outcomes": (),
        "rule": tuple((one,) for one in traits),
        "listed": False,
        "scope": frozenset(),
        "hurt": frozenset(),
        "since": 1,
        "found": 1,
        "described": 1,
        "score": 20.0,
        "seen": 9.0,
        "expected": 1.0,
        "until": FOREVER,
    }
    return Fault(**{**fields, **changes})


def risks_of(merchant: Merchant, **known: Any) -> tuple[Risk, ...]:
    return KnownTroubles(pack=PACK, **known).risks_of(merchant)


def test_who_carries_nothing_that_is_known_to_break_may_go() -> None:
    (wave,) = assess_waves([shop()], KnownTroubles(pack=PACK))
    assert wave.readiness is Readiness.GO and wave.shared_risks() == []


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"attributes": {"callback_scheme": "HTTP"}}, CALLBACK),
        ({"webhook_version": "v2"}, "webhook_v2_endpoint_gone"),
        ({"attributes": {"sync_rate_per_minute": 180, "sync_limit_per_minute": 60}}, "inventory_sync_over_limit"),
    ],
)
def test_a_setting_the_pack_knows_is_no_go_before_anything_broke(changes: dict[str, Any], cause: str) -> None:
    (risk,) = risks_of(shop(**changes))
    assert (risk.kind, risk.cause, risk.blocks) == (RiskKind.SETTING, cause, True)
    assert "not tried yet" in risk.remedy


def test_a_plugin_is_a_setting_like_every_other() -> None:
    sign = SignSpec(id="plugin", test={"attribute": {"name": "plugins", "values": ["Gift-Cards"]}}, weight=1.0, says="")
    spoiled = PACK.changed(causes=(PACK.causes[0].changed(signs=(sign,)),))
    assert KnownTroubles(pack=spoiled).risks_of(shop()) == ()
    (risk,) = KnownTroubles(pack=spoiled).risks_of(shop(plugins=("reviews", "gift-cards")))
    assert risk.shared == "plugins have gift-cards"


def test_a_rule_is_held_against_what_the_merchant_will_be_once_it_is_cut_over() -> None:
    cut_over_and_slow = fault(Trait("stage", "is", "post_migration"), Trait("region", "is", "eu"))
    (risk,) = risks_of(shop(region="EU"), faults=[cut_over_and_slow])
    assert risk.blocks and "region = eu" in risk.shared
    assert risks_of(shop(region="us"), faults=[cut_over_and_slow]) == ()


def test_an_open_fault_blocks_and_one_that_is_watched_or_over_is_only_told() -> None:
    region = Trait("region", "is", "eu")
    blocks = {state: risks_of(shop(), faults=[fault(region, state=state)])[0].blocks for state in FaultState}
    assert blocks == {FaultState.OPEN: True, FaultState.WATCHED: False, FaultState.ENDED: False}


def test_a_fault_known_by_names_alone_concerns_nobody_else() -> None:
    by_name = fault(listed=True, scope=frozenset({"M-9"}))
    assert risks_of(shop("M-1"), faults=[by_name]) == ()
    assert risks_of(shop("M-9"), faults=[by_name])


def test_a_fault_whose_cause_shows_in_a_setting_is_told_once_with_its_incident_and_what_worked() -> None:
    incident = make_incident(1, merchants=("M-9",), metrics_snapshot={"cause": CALLBACK})
    lessons = [
        make_lesson(number, cause=CALLBACK, tool="update_callback_url", outcome=outcome)
        for number, outcome in enumerate([AttemptEnd.VERIFIED, AttemptEnd.VERIFIED, AttemptEnd.INEFFECTIVE], start=1)
    ]
    found = fault(Trait("callback_scheme", "is", "http"), incident=incident.id)
    sick = shop(attributes={"callback_scheme": "http"})
    (risk,) = risks_of(sick, faults=[found], incidents={incident.id: incident}, lessons=lessons)
    assert risk.incident_ids == (incident.id,) and risk.remedy == "update_callback_url worked 2 of 3 times"


def test_what_was_cured_is_no_risk_though_the_directory_still_shows_it() -> None:
    sick = shop(attributes={"callback_scheme": "http"})
    assert risks_of(sick, treated={CALLBACK: {"M-1"}}) == ()
    over = make_incident(1, status=IncidentStatus.RESOLVED, metrics_snapshot={"cause": CALLBACK})
    found = fault(Trait("region", "is", "eu"), state=FaultState.ENDED, incident=over.id)
    known = {"faults": [found], "incidents": {over.id: over}}
    assert risks_of(shop(), **known) and risks_of(shop(), treated={CALLBACK: {"M-1"}}, **known) == ()


def test_what_breaks_at_a_merchant_already_blocks_and_a_hold_that_was_asked_for_does_not() -> None:
    own = make_incident(1, merchants=("M-1",))
    over = make_incident(2, merchants=("M-1",), status=IncidentStatus.RESOLVED)
    asked = make_incident(3, merchants=("M-1",), type=ASKED_FOR)
    found = risks_of(shop(), incidents={one.id: one for one in (own, over, asked)})
    assert [(one.kind, one.incident_ids) for one in found] == [(RiskKind.INCIDENT, (own.id,))]


def test_low_health_is_told_and_stops_nobody() -> None:
    (wave,) = assess_waves([shop(health=0.2)], KnownTroubles(pack=PACK))
    assert wave.readiness is Readiness.GO and [risk.blocks for risk, _ in wave.shared_risks()] == [False]


def test_a_wave_is_as_ready_as_its_least_ready_merchant_and_done_once_all_are_cut_over() -> None:
    sick = shop("M-2", attributes={"callback_scheme": "http"}, cutover_date=date(2026, 3, 9))
    over = shop("M-3", Stage.POST, wave=1, attributes={"callback_scheme": "http"})
    first, third, none = assess_waves([sick, shop("M-1"), over, shop("M-4", wave=None)], KnownTroubles(pack=PACK))
    assert (first.wave, first.readiness, first.shared_risks()) == (1, Readiness.DONE, [])
    assert (third.wave, third.readiness, third.dates()) == (3, Readiness.NO_GO, [date(2026, 3, 9)])
    assert (none.wave, none.readiness) == (None, Readiness.GO)
    assert [(risk.cause, merchants) for risk, merchants in third.shared_risks()] == [(CALLBACK, ["M-2"])]
