"""What says less than it seems: the name of a status, and a setting that everybody has."""

from typing import Any

import pytest

from app.domain.hypotheses import Dossier, Finding
from app.reason.score import score_causes
from tests.faults import pack
from tests.told import Case, failure, looked_at, told_as

ORDERS = "/api/v3/orders"


def looked_at_calls(status: int, message: str, **case: Any) -> Dossier:
    return looked_at(told_as(Case([failure(ORDERS, status, message)], **case)))


@pytest.mark.parametrize(
    ("status", "message"), [(403, "Forbidden"), (401, "401 Unauthorized"), (404, "Not Found."), (403, "403")]
)
def test_a_message_that_only_names_its_status_is_none(status: int, message: str) -> None:
    assert looked_at_calls(status, message).facts.texts.total == 0


@pytest.mark.parametrize(("status", "message"), [(403, "Forbidden: scope write_orders is missing"), (500, "Forbidden")])
def test_a_message_that_says_more_is_read(status: int, message: str) -> None:
    assert looked_at_calls(status, message).facts.texts.total > 0


def against(dossier: Dossier, cause: str, sign: str) -> Finding:
    ranked = next(one for one in score_causes(dossier, dossier.evidence, pack()) if one.cause == cause)
    return next(one for one in ranked.findings_against if one.sign == sign)


def test_that_everybody_has_a_token_of_the_new_version_speaks_as_much_against_its_version_as_that_the_hurt_do() -> None:
    new = {"token_version": "v3"}
    everybody = looked_at_calls(401, "no", broken=new, sound=new)
    only_them = looked_at_calls(401, "no", broken=new, sound={"token_version": "v2"})
    weights = [against(one, "token_version_mismatch", "token_on_v3").weight for one in (everybody, only_them)]
    assert weights[0] == weights[1] == -2.0
