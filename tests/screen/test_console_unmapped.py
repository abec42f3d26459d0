"""What nobody could read, mapped on the screen: shown first, then for good."""

from datetime import UTC, datetime, timedelta

from tests.screen.conftest import Desk, said
from tests.screen.test_console_pages import press

FIELDS = "error_code = parcel.state\nmerchant_id = parcel.shop\nseverity = =high\noccurred_at = at"
LATELY = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
PARCEL = {"parcel": {"state": "LOST", "shop": "MERCH-SCREEN"}, "at": LATELY, "text": "<b>bold</b>"}


def test_a_person_maps_what_nobody_could_read_and_sees_first_what_that_makes(desk: Desk) -> None:
    desk.post("/webhooks/other", PARCEL)
    drawn = desk.open("signals", tenant="demo")
    assert "in a form that nobody could read" in said(drawn)
    drawn.selectbox(key="unmapped_kind").select("api_error")
    drawn.text_area(key="unmapped_fields").input(FIELDS)
    shown = press(drawn, "unmapped-show")
    assert "1 of 1 kept would be read" in said(shown)
    assert desk.get("/signals", merchant_id="MERCH-SCREEN") == []
    mapped = press(shown, "unmapped-map")
    assert "1 read, and so is what comes from now on" in said(mapped)
    assert [one["error_code"] for one in desk.get("/signals", merchant_id="MERCH-SCREEN")] == ["LOST"]


def test_a_mapping_that_cannot_work_is_told_on_the_screen(desk: Desk) -> None:
    desk.post("/webhooks/other", {"riddle": 1})
    drawn = desk.open("signals", tenant="demo")
    drawn.text_area(key="unmapped_fields").input("mesage = riddle")
    assert "what kind of signal" in said(press(drawn, "unmapped-show"))
