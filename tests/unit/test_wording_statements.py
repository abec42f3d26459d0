"""What an assessment states rests on evidence, or cannot be said; each id resolves."""

from functools import lru_cache

import pytest
from pydantic import ValidationError

from app.domain.evidence import Statement
from app.domain.hypotheses import Assessment, Dossier
from app.reason.assess import assess_incident
from app.reason.score import score_causes
from app.wording.statements import list_statements, state_by, word_headline
from tests.faults import pack
from tests.told import Case, failure, looked_at, told_as
from tests.told_cases import CASES, STRANGE, THIRD


@lru_cache(maxsize=1)
def every_assessment() -> list[tuple[str, Dossier, Assessment]]:
    """One wording of each cause, and what fits none."""
    told = [*((name, THIRD[name]) for name in CASES), *STRANGE.items()]
    dossiers = [(name, looked_at(told_as(case))) for name, case in told]
    return [
        (name, one, assess_incident(one, score_causes(one, one.evidence, pack()), (), pack())) for name, one in dossiers
    ]


@pytest.mark.parametrize("fields", [{"text": "It is broken.", "evidence_ids": ()}, {"text": "It is broken."}])
def test_a_statement_without_evidence_cannot_be_made(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Statement.model_validate(fields)
    assert state_by("It is broken.", []) is None


@pytest.mark.parametrize("text", ["", "   "])
def test_nor_one_that_says_nothing(text: str) -> None:
    with pytest.raises(ValidationError):
        Statement(text=text, evidence_ids=("EV-1",))


def test_every_id_that_a_statement_names_is_a_row_of_its_dossier() -> None:
    for name, dossier, assessment in every_assessment():
        known = {one.id for one in dossier.evidence}
        assert assessment.headline is not None, name
        for one in (assessment.headline, *assessment.statements):
            assert set(one.evidence_ids) <= known, (name, one.text)


def test_with_its_evidence_gone_nothing_is_stated() -> None:
    for _, dossier, assessment in every_assessment()[:5]:
        bare = dossier.changed(evidence=())
        assert word_headline(bare, pack().vocabulary) is None
        assert list(list_statements(bare, assessment.hypotheses)) == []


def test_the_headline_speaks_as_those_who_run_a_shop() -> None:
    case = Case([failure("/api/v3/checkout/complete", 422, "Callback must use https")])
    dossier = looked_at(told_as(case, hurt=("MERCH-A", "MERCH-B")))
    headline = word_headline(dossier, pack().vocabulary)
    assert headline is not None and headline.text == "Checkout refuses payments at 2 stores"
    rows = {one.id: one for one in dossier.evidence}
    assert [rows[one].data["symptom"] for one in headline.evidence_ids] == ["checkout_failing"]


def test_what_the_pack_has_no_words_for_is_called_by_its_title() -> None:
    dossier = looked_at(told_as(STRANGE["a gift card"]))
    headline = word_headline(dossier, pack().vocabulary)
    assert headline is not None and headline.text == f"{dossier.title} at 3 stores"


def test_a_known_cause_is_stated_by_the_evidence_of_its_weightiest_signs() -> None:
    for name, _, assessment in every_assessment():
        best = assessment.best
        said = [one for one in assessment.statements if best.title in one.text]
        assert bool(said) is (best.cause in CASES), name
        for one in said:
            assert set(one.evidence_ids) <= {row for found in best.findings_for[:3] for row in found.evidence_ids}
