"""A number that stands before what it counts is something the question takes for granted; other numbers are not."""

import pytest

from app.explain.premises import read_premises


@pytest.mark.parametrize(
    ("question", "premises"),
    [
        ("Are really 12 shops affected?", [(12, "merchant")]),
        ("Sind wirklich zwölf Händler betroffen?", [(12, "merchant")]),
        ("Est-ce que 3 boutiques sont touchées ?", [(3, "merchant")]),
        ("¿De verdad hay cinco tiendas afectadas?", [(5, "merchant")]),
        ("Did 40 affected merchants lose 1,200 orders?", [(40, "merchant"), (1_200, "order")]),
        ("Haben wir 1.234,50 EUR verloren?", [(1_234.5, "money")]),
        ("is it €500 by now", [(500, "money")]),
        ("Are you 80% sure?", [(80, "percent")]),
        ("Bist du zu 80 Prozent sicher?", [(80, "percent")]),
        ("es-tu sûr à 80 pour cent", [(80, "percent")]),
        ("Are there 7 open incidents?", [(7, "incident")]),
        ("Why are 6 payments without an order?", [(6, "payment")]),
        ("are relly twelwe shpos afected", [(12, "merchant")]),
        ("bist du 80 przent sicher", [(80, "percent")]),
        ("did we loose 500 eur", [(500, "money")]),
        ("Show me the top 3 merchants", []),
        ("What about INC-12AB34 and MERCH-7?", []),
        ("Is wave 2 ready for its merchants?", []),
        ("What changed since 14:10 at our shops?", []),
        ("Is it worse than 2 hours ago?", []),
        ("In the past 24 hours orders went missing?", []),
    ],
)
def test_what_is_taken_for_granted(question: str, premises: list[tuple[float, str]]) -> None:
    assert [(one.number, one.unit) for one in read_premises(question)] == premises
