"""The page of the causes: a pack is uploaded, tried over what was recorded, put in force, and taken back."""

from tests.builders import PACK_CAUSE
from tests.screen.conftest import Desk, said
from tests.screen.test_console_pages import press


def test_a_pack_is_uploaded_tried_put_in_force_and_taken_back(desk: Desk) -> None:
    desk.post("/run_cycle")
    drawn = desk.open("causes", tenant="demo")
    assert not drawn.exception and "the pack that came with the product is in force" in said(drawn)
    assert "The headless checkout calls the shop back after a payment" in said(drawn)
    assert "How right the confidences were" in said(drawn) and "simulated prior alone" in said(drawn)
    drawn.file_uploader(key="pack-files-0").upload("wheel_is_square.yaml", PACK_CAUSE.encode())
    drawn = press(drawn.run(), "pack-upload-now")
    assert "causes/wheel_is_square.yaml:1: id: is 'wheel_fell_off'" in said(drawn)
    drawn = desk.open("causes", tenant="demo")
    drawn.file_uploader(key="pack-files-0").upload("wheel_fell_off.yaml", PACK_CAUSE.encode())
    drawn = press(drawn.run(), "pack-upload-now")
    assert "Kept as pack 1" in said(drawn) and "adds wheel_fell_off" in said(drawn)
    drawn = press(drawn, "try-pack")
    assert "recorded incidents would have another cause first" in said(drawn)
    assert "Say why" in said(press(drawn, "put-pack-now"))
    drawn = desk.open("causes", tenant="demo", pack="1")
    drawn.text_input(key="put-pack-reason").set_value("it was tried")
    drawn = press(drawn, "put-pack-now")
    assert "In force: commerce 1 (" in said(drawn) and desk.get("/packs")["number"] == 1
    drawn.text_input(key="pack-back-reason").set_value("it was worse")
    assert "In force: commerce shipped (" in said(press(drawn, "pack-back-now"))
    assert desk.get("/packs")["number"] == 0
