"""What a message says is wrong is read in six languages by words, in others by what travels; strangers say nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import ClassVar

import pytest

from app.config.load import load_config
from app.config.vocabulary import Vocabulary
from app.observe.reading import read_symptoms
from app.observe.ticket_fit import IncidentSigns, fit_of_ticket
from app.observe.tongues import Tongues
from app.settings import PROJECT
from tests.faults import pack

PAID_WITHOUT_ORDER = {
    "en": "customers pay but the orders do not arrive",
    "de": "Kunden zahlen, aber die Bestellungen kommen nicht an",
    "es": "los clientes pagan pero los pedidos no llegan",
    "fr": "les clients paient mais les commandes n'arrivent pas",
    "it": "clienti pagano ma gli ordini non arrivano",
    "pt": "os clientes pagam mas os pedidos não chegam",
}
SAID = [
    ("dopo il pagamento gli ordini spariscono", "order_missing"),
    ("Geld wurde abgebucht, aber es gibt keine Bestellung", "order_missing"),
    ("cobraron al cliente y el pedido no aparece", "order_missing"),
    ("l'argent a été débité mais aucune commande n'apparaît", "order_missing"),
    ("dinheiro debitado mas nenhum pedido na loja", "order_missing"),
    ("il pagamento con carta viene rifiutato alla cassa", "checkout_failing"),
    ("impossible de payer, la carte est refusée", "checkout_failing"),
    ("o pagamento é recusado no checkout", "checkout_failing"),
    ("der Shop zeigt noch alte Preise", "price_stale"),
    ("la tienda muestra precios antiguos", "price_stale"),
    ("unser API Schlüssel wird abgelehnt, 401", "auth_failing"),
]
STRANGERS = [
    "Please send me the invoice of last month",
    "Könnten Sie die Rechnungsadresse ändern?",
    "¿Cómo puedo añadir un usuario?",
    "Come posso aggiungere un metodo di pagamento?",
    "Quels moyens de paiement proposez-vous ?",
    "Gostaria de mudar o plano",
    "It would be nice to have gift cards at checkout",
    "Where do I see orders of last month?",
    "Can you add a loyalty program to the checkout?",
    "Wo sehe ich die Bestellungen vom Januar?",
    "Thanks for the quick help yesterday!",
]
SIGNS = IncidentSigns(
    symptoms=frozenset({"order_missing", "webhook_silent"}),
    codes=frozenset({"WEBHOOK_ENDPOINT_NOT_FOUND"}),
    routes=frozenset({"/webhooks/v2/orders"}),
    merchants=frozenset({"M-1", "M-2"}),
    exposed=frozenset({"M-1", "M-2", "M-3"}),
    onset=datetime(2026, 11, 20, 10, tzinfo=UTC),
)


@cache
def commerce() -> Vocabulary:
    return load_config(PROJECT / "config").packs["commerce"].vocabulary


@pytest.mark.parametrize("language", PAID_WITHOUT_ORDER)
def test_payments_without_orders_are_read_in_every_language_of_the_pack(language: str) -> None:
    found = read_symptoms(PAID_WITHOUT_ORDER[language], commerce())
    assert (found.leading, found.language, found.way) == ("order_missing", language, "words")


@pytest.mark.parametrize(("text", "symptom"), SAID)
def test_what_is_broken_is_read_from_the_words_of_people(text: str, symptom: str) -> None:
    assert symptom in read_symptoms(text, commerce()).symptoms


@pytest.mark.parametrize("text", STRANGERS)
def test_invoices_questions_and_wishes_report_nothing(text: str) -> None:
    found = read_symptoms(text, commerce())
    assert found.symptoms == {} and found.trouble == 0


def test_another_language_is_read_by_codes_and_routes_and_says_so() -> None:
    found = read_symptoms("Zamówienia nie docierają do nas: WEBHOOK_ENDPOINT_NOT_FOUND /webhooks/v2/orders", commerce())
    assert (found.language, found.way) == ("pl", "codes")
    assert found.codes == ("WEBHOOK_ENDPOINT_NOT_FOUND",) and found.routes == ("/webhooks/v2/orders",)


class KnowsTwoSentences:
    """A model that knows two sentences, and what the pack says by its words."""

    meant: ClassVar = {"Klanten betalen maar er komen geen bestellingen aan": 0, "Stuur mij de factuur van mei": 1}

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "order" in text or self.meant.get(text) == 0 else [0.0, 1.0] for text in texts]


def test_another_language_is_read_by_vectors_where_they_are_given_and_a_stranger_stays_one() -> None:
    tongues = Tongues.of(KnowsTwoSentences(), pack())
    broken, stranger = (read_symptoms(text, commerce(), tongues) for text in KnowsTwoSentences.meant)
    assert broken.way == "vectors" and list(broken.symptoms) == ["order_missing"]
    assert stranger.way == "vectors" and stranger.symptoms == {} and stranger.trouble == 0


def test_where_no_model_of_many_languages_is_installed_nothing_is_read_by_vectors() -> None:
    assert Tongues.of(None, pack()) is None
    assert read_symptoms("Klanten betalen maar er komen geen bestellingen aan", commerce(), None).way == "codes"


def test_a_cluster_is_read_as_the_share_of_its_messages() -> None:
    found = read_symptoms([*PAID_WITHOUT_ORDER.values(), STRANGERS[0], STRANGERS[1]], commerce())
    assert found.leading == "order_missing" and found.symptoms["order_missing"] == pytest.approx(6 / 8)


@pytest.mark.parametrize("language", PAID_WITHOUT_ORDER)
def test_tickets_join_their_incident_in_any_language(language: str) -> None:
    found = fit_of_ticket(PAID_WITHOUT_ORDER[language], SIGNS, commerce(), merchants=["M-1"])
    assert found.joins and any("orders" in reason or "order" in reason for reason in found.reasons)
    assert any(language in reason for reason in found.reasons)


def test_a_ticket_in_an_unread_language_joins_by_the_code_it_names() -> None:
    text = "Zamówienia nie docierają: WEBHOOK_ENDPOINT_NOT_FOUND"
    found = fit_of_ticket(text, SIGNS, commerce(), merchants=["M-2"])
    assert found.joins and any("codes" in reason for reason in found.reasons)


@pytest.mark.parametrize("text", STRANGERS)
def test_strangers_do_not_join_even_when_their_merchant_is_hurt(text: str) -> None:
    assert fit_of_ticket(text, SIGNS, commerce(), merchants=["M-1"]).score == 0


def test_another_trouble_another_merchant_or_another_time_does_not_join() -> None:
    said = PAID_WITHOUT_ORDER["it"]
    assert not fit_of_ticket("der Shop zeigt noch alte Preise", SIGNS, commerce(), merchants=["M-1"]).joins
    assert not fit_of_ticket(said, SIGNS, commerce(), merchants=["M-9"]).joins
    assert fit_of_ticket(said, SIGNS, commerce(), merchants=["M-3"]).joins
    early = datetime(2026, 11, 20, 10, tzinfo=UTC) - timedelta(hours=3)
    assert fit_of_ticket(said, SIGNS, commerce(), merchants=["M-1"], when=early).score == 0


@pytest.mark.parametrize("text", ["", " ", "\x00\ud800", "a" * 50_000, "/" * 9_000, "1" * 9_000, "A_" * 20_000])
def test_hostile_messages_are_read_as_nothing(text: str) -> None:
    assert read_symptoms(text, commerce()).symptoms == {}
