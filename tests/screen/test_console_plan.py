"""The plan on the page of an incident: what stands there, and what the buttons for people's steps do."""

from collections.abc import Iterator

import pytest

from app.bootstrap import build_application
from app.domain.playbooks import PlaybookRun
from app.domain.tenants import Scope
from app.settings import Settings
from tests.api_record import be_patient
from tests.screen.conftest import Desk, free_port, opened, said, serving
from tests.screen.test_console_pages import press
from tests.troubles import put_plan

SCOPE = Scope(tenant_id="default")
HOSTILE = "![x](http://evil.example/pixel.png)"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, list[PlaybookRun]]]:
    """A server with three plans that wait for a person, and one that waits for its approval."""
    port = free_port()
    settings = Settings(data=tmp_path_factory.mktemp("planned"), lite=True, demo=False, api_port=port)
    application = be_patient(build_application(settings))
    runs = [put_plan(application.store, SCOPE, number, begun=number != 3) for number in (1, 2, 3, 4)]
    with serving(application, port):
        yield port, runs
    application.stop()


@pytest.fixture
def desk(planned: tuple[int, list[PlaybookRun]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(planned[0]))
    yield from opened(planned[0])


def plan_of(desk: Desk, run: PlaybookRun) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = desk.get(f"/playbooks/incidents/{run.incident_id}", tenant="default")
    return found


def test_a_person_completes_a_step_on_the_page_and_the_plan_says_by_whom(
    desk: Desk, planned: tuple[int, list[PlaybookRun]]
) -> None:
    run = planned[1][0]
    drawn = desk.open("incidents", tenant="default", incident=run.incident_id)
    words = said(drawn)
    assert not drawn.exception and "The plan waits for a person: Tell it." in words
    assert "1. Mend it" in words and "Promises: it works" in words and "Taken back: it is undone" in words
    assert drawn.button(key="step-cannot-tell").disabled
    drawn.text_input(key=f"step-note-{run.incident_id}-tell").set_value(HOSTILE).run()
    drawn = press(drawn, "step-done-tell")
    assert not drawn.exception and "Tell it: done." in said(drawn) and "✓ Completed" in said(drawn)
    assert plan_of(desk, run)["run"]["status"] == "COMPLETED"
    assert all("![x](" not in one.value for one in drawn.markdown)


def test_a_step_that_cannot_be_done_stops_the_plan_and_lists_what_was_done(
    desk: Desk, planned: tuple[int, list[PlaybookRun]]
) -> None:
    run = planned[1][1]
    drawn = desk.open("incidents", tenant="default", incident=run.incident_id)
    drawn.text_input(key=f"step-note-{run.incident_id}-tell").set_value("nobody is there").run()
    drawn = press(drawn, "step-cannot-tell")
    words = said(drawn)
    assert "■ Stopped" in words and "nobody is there" in words and "What was done, and how it is taken back" in words


def test_a_plan_of_which_nothing_was_done_is_made_anew_by_a_button(
    desk: Desk, planned: tuple[int, list[PlaybookRun]]
) -> None:
    run = planned[1][2]
    drawn = desk.open("incidents", tenant="default", incident=run.incident_id)
    assert "◑ Waits for its approval" in said(drawn)
    drawn = press(drawn, "recalculate-plan")
    assert not drawn.exception and "reasoned about anew, and with it the plan" in said(drawn)


def test_a_plan_is_stopped_with_a_reason_and_says_what_stands(
    desk: Desk, planned: tuple[int, list[PlaybookRun]]
) -> None:
    run = planned[1][3]
    drawn = desk.open("incidents", tenant="default", incident=run.incident_id)
    assert drawn.button(key="stop-plan").disabled
    drawn.text_input(key=f"stop-why-{run.incident_id}").set_value("the vendor mends it").run()
    drawn = press(drawn, "stop-plan")
    words = said(drawn)
    assert not drawn.exception and "local:admin has stopped it: the vendor mends it" in words
    assert "■ Stopped" in words and "What was done, and how it is taken back" in words
    assert not [one for one in drawn.button if one.key == "stop-plan"]
