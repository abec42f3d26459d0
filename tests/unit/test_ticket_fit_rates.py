"""How many messages of five languages find their incident, and how many find one that is not theirs: over a half that
was looked at while words were chosen, and over one that was not.
"""

from collections import Counter
from datetime import UTC, datetime

import pytest

from app.observe.ticket_fit import IncidentSigns
from app.observe.ticket_joining import Asked, NewTickets, settle_tickets
from tests.builders import NOW, make_ticket
from tests.faults import pack
from tests.ticket_words import ABOUT, LANGUAGES, Said, halves

SEED = 7
HURT = "M-HURT"


def signs(*symptoms: str, merchants: frozenset[str] = frozenset({HURT}), **rest: object) -> IncidentSigns:
    return IncidentSigns.model_validate({"symptoms": frozenset(symptoms), "merchants": merchants, **rest})


def settled(said: list[Said], asked: list[Asked], merchant: str | None = HURT) -> list[int | None]:
    made = [
        make_ticket(place, subject="Help", body=one.text, merchant_id=merchant, occurred_at=NOW)
        for place, one in enumerate(said)
    ]
    found = settle_tickets(made, asked, pack().vocabulary, NewTickets())
    return [found[one.id].place if one.id in found else None for one in made]


@pytest.mark.parametrize(("half", "least"), [(0, 0.85), (1, 0.75)])
def test_most_tickets_find_their_incident_among_several_and_no_stranger_finds_one(half: int, least: float) -> None:
    """Three incidents hurt one merchant at once, and everything comes from it."""
    said = halves(SEED)[half]
    asked = [Asked(signs(about), is_new=True) for about in ABOUT]
    found = settled(said, asked)
    right, told, wrong = Counter[str](), Counter[str](), Counter[str]()
    for one, place in zip(said, found, strict=True):
        if not one.about:
            assert place is None, f"seed {SEED}: {one}"
            continue
        told[one.language] += 1
        right[one.language] += place is not None and ABOUT[place] == one.about
        wrong[one.language] += place is not None and ABOUT[place] != one.about
    for language in LANGUAGES:
        print(f"{language}: {right[language]} of {told[language]} found theirs, {wrong[language]} another")
    print(f"half {half}: {right.total() / told.total():.0%} right, {wrong.total() / told.total():.0%} wrong")
    assert right.total() >= least * told.total(), f"seed {SEED}"
    assert wrong.total() <= 0.1 * told.total(), f"seed {SEED}"


def test_tickets_of_merchants_that_the_incident_neither_hurts_nor_covers_stay_out() -> None:
    asked = [Asked(signs(about), is_new=True) for about in ABOUT]
    first, second = halves(SEED)
    assert settled([*first, *second], asked, "M-SOUND") == [None] * len([*first, *second])


def test_a_ticket_that_fits_several_joins_the_best_and_of_equals_the_older() -> None:
    said = [Said("it", "order_missing", "clienti pagano ma gli ordini non arrivano")]
    implied = Asked(IncidentSigns(implied=frozenset({"order_missing"}), merchants=frozenset({HURT})), is_new=True)
    shown = Asked(signs("order_missing"), is_new=True)
    assert settled(said, [implied, shown]) == [1]
    assert settled(said, [shown, shown]) == [0]


def test_a_ticket_is_held_against_an_incident_once_and_again_when_that_comes_to_hurt_its_merchant() -> None:
    late = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    one = make_ticket(1, body="customers pay but the orders do not arrive", merchant_id=HURT, occurred_at=late)
    seen = NewTickets(is_new=lambda name: False)
    old = Asked(signs("order_missing"), is_new=False)
    words = pack().vocabulary
    assert settle_tickets([one], [old], words, seen) == {}
    assert settle_tickets([one], [old._replace(newly_hurt=frozenset({HURT}))], words, seen).keys() == {one.id}
    assert settle_tickets([one], [old._replace(is_new=True)], words, seen).keys() == {one.id}


def test_a_ticket_that_has_joined_stays_where_it_is() -> None:
    one = make_ticket(1, body="customers pay but the orders do not arrive", merchant_id=HURT)
    asked = [Asked(signs("order_missing"), False, incident_id="INC-1"), Asked(signs(), False, incident_id="INC-2")]
    found = settle_tickets([one], asked, pack().vocabulary, NewTickets(joined={one.id: "INC-2"}))
    assert found[one.id].place == 1 and found[one.id].fit is None
