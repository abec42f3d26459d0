"""An evidence row is told in four languages by what it was counted into: the same names and numbers, and no others."""

import re
from typing import Any

import pytest

from app.domain.evidence import Evidence
from app.wording.evidence import SHOWN, word_evidence
from app.wording.sentences import BY_LANGUAGE
from tests.faults import errors, roster, study
from tests.judging import observe

NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def rows() -> list[Evidence]:
    signals = errors("callback_not_https", ["MERCH-A", "MERCH-B"], 20)
    merchants = roster(("MERCH-A", "callback_not_https"), ("MERCH-B", "callback_not_https"))
    return list(study(observe(signals, merchants)[1][0], signals, merchants).evidence)


def row(kind: str, statement: str, count: int = 0, **data: Any) -> Evidence:
    return Evidence(id="EV-1", incident_id="INC-1", kind=kind, statement=statement, data=data, count=count)


def test_every_language_but_the_recorded_one_tells_the_same_kinds_with_the_same_values() -> None:
    assert {"en", *SHOWN} == set(BY_LANGUAGE)
    blanks = [{kind: sorted(re.findall(r"{(\w+)}", text)) for kind, text in told.items()} for told in SHOWN.values()]
    assert all(one == blanks[0] for one in blanks)


@pytest.mark.parametrize("language", list(SHOWN))
def test_what_is_told_has_the_numbers_of_the_row_and_other_words(rows: list[Evidence], language: str) -> None:
    told = [one for one in rows if one.kind in SHOWN[language] and (one.kind != "symptom" or "sign" in one.data)]
    assert {one.kind for one in told} >= {"error_group", "stage", "baseline"}
    for one in told:
        text = word_evidence(language, one)
        assert text != one.statement and "{" not in text, one
        assert sorted(NUMBER.findall(text)) == sorted(NUMBER.findall(one.statement)), (text, one.statement)


def test_what_has_other_values_is_told_by_its_sentence_or_as_it_was_recorded() -> None:
    money = row("symptom", "19 payments took money and have no order: 873.30 USD.", symptom="order_missing")
    assert word_evidence("en", money) == money.statement
    assert word_evidence("de", money) == "Zahlungen, die Geld einzogen und keine Bestellung haben: 19, 873.30 USD."
    assert word_evidence("fr", row("stage", "Of no stage.", stages=3)) == "Of no stage."
