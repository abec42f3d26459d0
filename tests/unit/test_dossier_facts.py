"""A dossier that was stored reads back, whatever was counted when it was written, and is written in the same words."""

from typing import Any

from app.domain.base import canonical_json
from app.domain.dossier_facts import DossierFacts, Selector

STORED: dict[str, Any] = {
    "signals": 20,
    "errors": 12,
    "merchants": ["MERCH-1", "MERCH-2"],
    "selector": {
        "signal_types": ["api_error"],
        "error_codes": ["PAYMENT_CALLBACK_INVALID"],
        "endpoints": ["/api/v3/checkout/complete"],
        "statuses": [400, 422],
    },
    "codes": {"PAYMENT_CALLBACK_INVALID": 12},
    "endpoints": {"/api/v3/checkout/complete": 12},
    "statuses": {"400": 8, "422": 4},
    "topics": {},
    "stages": {"post_migration": 2},
    "signal_types": {"api_error": 12, "ticket": 8},
    "symptoms": {"cannot_pay": 8},
    "attributes": {
        "callback_scheme": {
            "http": {
                "cases": 2,
                "cases_total": 2,
                "controls": 0,
                "controls_total": 9,
                "p": 0.018181818,
                "q": 0.018181818,
                "lift": 16.6667,
            }
        }
    },
    "texts": {"total": 8, "hits": {"callback_not_https/says_pay": 5}},
    "lessons": [
        {"id": "LES-1", "cause": "callback_not_https", "tool": "update_callback_url", "outcome": "VERIFIED"},
        {"id": "LES-2", "cause": "unknown", "tool": None, "outcome": "REJECTED"},
    ],
    "actions_last_hour": 3,
    "cooling": [{"tool": "update_callback_url", "merchants": ["MERCH-1"]}],
    "undone": [{"cause": "callback_not_https", "tool": "purge_cache", "merchants": ["MERCH-1", "MERCH-2"]}],
}
"""As they were written while they were a plain dict."""


def test_facts_that_were_written_as_a_plain_dict_read_back_and_are_written_the_same() -> None:
    facts = DossierFacts.model_validate(STORED)
    assert canonical_json(facts.plain()) == canonical_json(STORED)
    assert facts.attributes["callback_scheme"]["http"].controls_total == 9


def test_a_fact_that_was_not_counted_then_counts_as_nothing() -> None:
    for missing in STORED:
        facts = DossierFacts.model_validate({name: value for name, value in STORED.items() if name != missing})
        assert getattr(facts, missing) == getattr(DossierFacts(), missing)
    assert DossierFacts().selector == Selector() and not DossierFacts().texts.total


def test_a_fact_that_is_no_longer_known_is_left_out() -> None:
    written = {**STORED, "shoe_size": 42, "texts": {**STORED["texts"], "longest": 900}}
    assert DossierFacts.model_validate(written).plain() == STORED
