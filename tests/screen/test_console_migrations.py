"""The page of the migration, and what the signals show against what was expected."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.api import auth
from app.domain.tenants import Principal, Role
from tests.screen.conftest import Desk, said
from tests.screen.test_console_pages import HOSTILE, press, url

WAVE = "4"
"""The one of the demo that nobody has begun."""


def cells(drawn: AppTest, column: str) -> list[Any]:
    """A column of every table that has it."""
    return [value for table in drawn.dataframe if column in table.value for value in table.value[column]]


@pytest.fixture
def as_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls may only look."""
    monkeypatch.setattr(auth, "LOCAL_ADMIN", Principal(id="local:viewer", role=Role.VIEWER))


@pytest.fixture
def proposed(desk: Desk) -> Iterator[dict[str, Any]]:
    """A hold of the wave that waits, and is refused in the end so that the next test may ask anew."""
    yield desk.post(f"/migrations/waves/{WAVE}/hold", {"reason": f"because {HOSTILE}"})
    refuse_holds(desk)


def refuse_holds(desk: Desk) -> None:
    for row in desk.get("/actions/pending", limit=500):
        if row["decision"]["tool"] == "hold_cutover_wave":
            desk.post(
                "/actions/approve",
                {"action_id": row["id"], "approved": False, "digest": row["digest"], "feedback": "the test is over"},
            )
    desk.post("/run_cycle")


def test_the_board_the_waves_and_why_one_may_not_go(desk: Desk) -> None:
    desk.post("/run_cycle")
    drawn = desk.open("migrations", tenant="demo", wave=WAVE)
    waves = desk.get("/migrations/waves")
    assert not drawn.exception and "Before the migration 1" in said(drawn)
    assert cells(drawn, "wave")[: len(waves)] == [str(one["wave"]) for one in waves]
    assert set(cells(drawn, "may it go?")) >= {"✓ Cut over", "✕ No go"}
    assert "token_version is v2" in cells(drawn, "what they share")
    assert "in 12 days" in "".join(cells(drawn, "when"))
    assert {row["merchant"]["id"] for row in desk.get("/migrations")} == set(cells(drawn, "store"))


def test_a_date_that_nobody_told_is_said_to_be_unknown(desk: Desk) -> None:
    shop = {"id": "MERCH-NODATE", "name": HOSTILE, "wave": 8}
    desk.post("/merchants/import", {"merchants": [shop]})
    drawn = desk.open("migrations", tenant="demo", wave="8")
    assert "no date is known" in cells(drawn, "when") and "not known" in cells(drawn, "cutover")
    assert "Nothing that is known to break merchants" in said(drawn)
    assert drawn.button(key="propose-hold").disabled


def test_without_merchants_the_page_says_how_they_come_in(desk: Desk) -> None:
    assert "No merchants yet" in said(desk.open("migrations", tenant="default"))


def test_a_hold_is_proposed_on_the_page_and_waits_in_the_inbox(desk: Desk) -> None:
    drawn = press(desk.open("migrations", tenant="demo", wave=WAVE), "propose-hold")
    assert "is proposed and waits in the inbox" in said(drawn)
    (row,) = [one for one in desk.get("/actions/pending") if one["decision"]["tool"] == "hold_cutover_wave"]
    assert row["decision"]["arguments"]["wave"] == int(WAVE)
    assert any(row["id"] in words for words in cells(drawn, "hold"))
    assert not [one for one in drawn.button if one.key == "propose-hold"]
    card = press(drawn, "open-hold")
    assert not card.exception and url(card, "action") == row["id"]
    refuse_holds(desk)


def test_a_proposed_hold_is_a_card_like_every_other_and_hostile_words_stay_words(
    desk: Desk, proposed: dict[str, Any]
) -> None:
    for drawn in (
        desk.open(tenant="demo", action=proposed["id"]),
        desk.open("incidents", tenant="demo", incident=proposed["incident_id"]),
        desk.open("migrations", tenant="demo", wave=WAVE),
    ):
        assert not drawn.exception
        marked = [*drawn.markdown, *drawn.caption, *drawn.info, *drawn.subheader]
        assert not [part.value for part in marked if "](" in part.value or "<img" in part.value]
    assert proposed["decision"]["title"] in said(desk.open(tenant="demo", action=proposed["id"]))


def test_who_may_only_look_sees_everything_and_no_button(desk: Desk, as_viewer: None) -> None:
    drawn = desk.open("migrations", tenant="demo", wave=WAVE)
    assert not drawn.exception and "token_version is v2" in cells(drawn, "what they share")
    assert not [one for one in drawn.button if one.key == "propose-hold"]
    refused = desk.http.post(f"/migrations/waves/{WAVE}/hold", headers={"X-Tenant": "demo"}, json={})
    assert refused.status_code == 403 and "operator" in refused.json()["detail"]


def test_what_was_seen_stands_beside_what_was_expected(desk: Desk) -> None:
    desk.post("/run_cycle")
    known = desk.get("/departures")
    drawn = desk.open("signals", tenant="demo")
    assert not drawn.exception
    pairs = list(zip(cells(drawn, "seen"), cells(drawn, "expected"), strict=True))
    assert known and pairs == [(row["seen"], row["expected"]) for row in known]
    assert {row["incident_id"] for row in known if row["incident_id"]} <= set(cells(drawn, "incident"))
    words = said(drawn)
    assert "Seen and expected" in [tab.label for tab in drawn.tabs]
    hours = desk.get("/departures/hours")
    assert hours and all(f": {one['about']}" in words for one in hours)
    assert "The budget is 0.5 a week" in words and "not known yet" in words
    assert "Watched" in words and "Clusters of tickets" in words and "Groups of signals" in words
