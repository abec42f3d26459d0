"""A message is read without a model: urgency, desk, feeling, and a known cause where it points at one."""

import pytest

from app.services.analyse import triage

FIXTURES = [
    ("Duplicate charge", "I was charged twice for order 1234, please refund one of them.", "P1", "billing"),
    ("App crash", "The app crashes every time I open the settings page.", "P2", "tech"),
    ("Help", "How do I change the email address of my account?", "P3", "general"),
    ("Doppelt abgebucht", "Meine Rechnung wurde doppelt abgebucht, bitte dringend erstatten!", "P1", "billing"),
]
CAUSES = [
    ("callback_not_https", "POST /api/v3/checkout/complete -> 400 PAYMENT_CALLBACK_INVALID"),
    ("callback_not_https", "Die Rückrufadresse der Zahlung ist unverschlüsselt, Bestellungen brechen ab"),
    ("webhook_v2_endpoint_gone", "Deliveries to /webhooks/v2/orders get 404 since the cutover"),
    ("token_version_mismatch", "AUTH_TOKEN_VERSION_MISMATCH bei /api/v3/orders"),
    ("token_version_mismatch", "Nuestro token antiguo es rechazado con 401 desde la migración"),
    ("inventory_sync_over_limit", "The warehouse upload is throttled with 429 after a few hundred items"),
    ("cache_not_invalidated", "Los precios antiguos siguen apareciendo después de la migración"),
    ("cache_not_invalidated", "STALE_CACHE_ENTRY sur les pages produit"),
]
NOTHING_KNOWN = [
    "How do I invite a colleague?",
    "Please send me the invoice of February",
    "I was charged twice, refund me",
    "The parcel arrived late and the box was damaged",
    "Can you add a dark mode?",
    "Le colis est arrivé cassé",
    "",
]


@pytest.mark.parametrize(("subject", "body", "priority", "category"), FIXTURES)
def test_urgency_and_desk_are_read(subject: str, body: str, priority: str, category: str) -> None:
    found = triage(subject, body)
    assert (found.priority, found.category, found.cause) == (priority, category, "unknown")


@pytest.mark.parametrize(("cause", "body"), CAUSES)
def test_a_known_cause_is_pointed_at_in_any_language(cause: str, body: str) -> None:
    found = triage("", body)
    assert found.cause == cause and found.confidence >= 0.4 and found.category == "tech"


@pytest.mark.parametrize("body", NOTHING_KNOWN)
def test_what_nobody_catalogued_stays_unknown(body: str) -> None:
    assert triage("", body).cause == "unknown"


def test_anger_is_heard_and_praise_is_no_anger() -> None:
    furious = triage("UNACCEPTABLE", "This is the worst service ever! I am furious and fed up!")
    assert furious.sentiment < -0.7 and furious.priority == "P1"
    assert triage("Thanks", "Great work, it works again, thank you!").sentiment > 0.5
    assert triage("", "I am not happy with this").sentiment < 0
