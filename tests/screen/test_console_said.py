"""The next check and the naming of a cause on the page of an incident: what stands there, and what its buttons do."""

from tests.screen.conftest import Desk, said
from tests.screen.test_console_pages import one_more, press


def unclear(desk: Desk) -> str:
    """An incident whose causes are close."""
    for row in one_more(desk, message=""):
        if desk.get(f"/incidents/{row['incident_id']}")["assessment"]["next_checks"]:
            return str(row["incident_id"])
    raise AssertionError("a single alarm without a word leaves causes close")


def test_the_page_shows_the_next_check_and_an_answer_makes_the_ranking_anew(desk: Desk) -> None:
    name = unclear(desk)
    before = desk.get(f"/incidents/{name}")
    first = before["assessment"]["next_checks"][0]
    drawn = desk.open("incidents", tenant="demo", incident=name)
    words = said(drawn)
    assert "Next check" in words and first["ask"] in words and f"{first['minutes']:g} minutes" in words
    drawn.text_input(key=f"seen-{first['sign']}").set_value("it says http").run()
    drawn = press(drawn, "check-yes")
    assert not drawn.exception and "reasoned about anew" in said(drawn)
    now = desk.get(f"/incidents/{name}")
    assert [(one["answer"], one["note"]) for one in now["incident"]["answers"]] == [("yes", "it says http")]
    assert now["assessment"]["hypotheses"] != before["assessment"]["hypotheses"]


def test_a_person_names_the_cause_from_a_list_and_page_and_card_say_who(desk: Desk) -> None:
    one_more(desk)
    name = next(str(one["id"]) for one in desk.get("/incidents") if "MERCH-NEW" in str(one["merchants"]))
    drawn = desk.open("incidents", tenant="demo", incident=name)
    assert drawn.button(key="name-cause").disabled
    drawn.selectbox(key=f"naming-{name}").set_value("dns_tls_cutover").run()
    drawn = press(drawn, "name-cause")
    assert not drawn.exception and "named by local:admin" in said(drawn)
    assert "Next check" not in said(drawn)
    row = next(one for one in desk.get("/actions/pending") if one["incident_id"] == name)
    assert "named by local:admin" in said(desk.open(tenant="demo", action=row["id"]))
