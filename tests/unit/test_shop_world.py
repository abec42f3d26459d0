"""The shop's state: what it remembers, and how it is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.domain.base import Stage, canonical
from simulations.shop import DEMO_FAULTS, Settings, ShopState, demo_state, reference_exists

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_demo_has_six_merchants_over_all_stages_in_several_currencies():
    shops = demo_state(1).merchants.values()
    assert len(shops) == 6
    assert {shop.stage for shop in shops} == set(Stage)
    assert len({shop.currency for shop in shops}) >= 2


def test_the_shop_reads_back_from_json_as_it_was_written():
    state = demo_state(5, NOON)
    assert ShopState.model_validate(state.plain()) == state
    assert canonical(state.plain()) == canonical(ShopState.model_validate(state.plain()).plain())


def test_the_same_seed_gives_the_same_shop_and_another_one_differs():
    assert demo_state(5, NOON) == demo_state(5, NOON)
    assert demo_state(5) != demo_state(6)


def test_before_its_minute_every_fault_was_sound():
    state = demo_state(1, NOON)
    for fault in DEMO_FAULTS:
        shop = state.merchants[fault.merchant_id]
        breaks = NOON + timedelta(minutes=fault.after_minutes)
        assert getattr(shop.settings_at(breaks - timedelta(seconds=1)), fault.field) == fault.sound
        assert getattr(shop.settings_at(breaks), fault.field) == getattr(shop.settings, fault.field) != fault.sound


def test_without_a_beginning_the_faults_were_always_there():
    state = demo_state(1)
    assert state.merchants["MERCH-A1B2C3"].settings_at(datetime(1990, 1, 1, tzinfo=UTC)).callback_scheme == "http"


def test_what_the_migration_changed_is_nothing_a_tool_could_restore():
    assert demo_state(1, NOON).merchants["MERCH-A1B2C3"].last_changes("callback_scheme") == ()


def test_a_setting_cannot_hold_what_the_platform_does_not_know():
    with pytest.raises(ValidationError):
        Settings().changed(callback_scheme="gopher")


def test_an_unheard_of_reference_does_not_exist():
    state = demo_state(1, NOON)
    assert not reference_exists(state, "ESC-NOTHING")
    assert not reference_exists(state, "")


def test_the_directory_lists_every_merchant_with_its_settings():
    rows = demo_state(1, NOON).directory()
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    assert rows[0].attributes["callback_scheme"] == "http"
    assert rows[2].dimensions()["webhook_version"] == "v2"
