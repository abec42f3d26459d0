"""Symptoms: what people and machines notice, told apart from why it happens. The words are general, in four
languages.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from app.domain.signals import Signal, SignalType
from app.observe.concepts import concepts_in
from app.observe.words import endpoint_of, says_any, split_tokens

SYMPTOM_WORDS: dict[str, tuple[str, ...]] = {
    "checkout_failing": (
        "checkout",
        "chekout",
        "check out fail*",
        "cannot pay",
        "cant pay",
        "unable to pay",
        "payment* fail*",
        "payment* declin*",
        "payment* error",
        "payment* not go",
        "pay now",
        "abandon* cart*",
        "kasse",
        "bezahl*",
        "zahlung*",
        "bestellvorgang",
        "paiement*",
        "payer",
        "commande impossible",
        "pago*",
        "pagar",
        "finalizar compra",
    ),
    "order_missing": (
        "order* missing",
        "missing order*",
        "no order*",
        "order* never",
        "order* not arriv*",
        "order* not show*",
        "orders disappear*",
        "paid no order",
        "charged no order",
        "charged but",
        "paid but",
        "money taken",
        "order* stop*",
        "bestellung* fehl*",
        "keine bestellung*",
        "commande* manqu*",
        "aucune commande",
        "commande* disparu*",
        "pedido* falta*",
        "pedidos no",
        "ningun pedido",
        "sin pedido*",
    ),
    "webhook_silent": (
        "webhook*",
        "web hook*",
        "notification* stop*",
        "callback* stop*",
        "event* not arriv*",
        "event* not deliver*",
        "benachrichtigung*",
    ),
    "auth_failing": (
        "unauthorized",
        "unauthorised",
        "unauthenticated",
        "401",
        "403",
        "token*",
        "credential*",
        "api key*",
        "access denied",
        "log* in api",
        "jeton",
        "zugriff verweigert",
        "anmeldung api",
        "acces refuse",
        "acceso denegado",
        "autentic*",
        "authentif*",
        "authentic*",
    ),
    "rate_limited": (
        "rate limit*",
        "too many request*",
        "throttl*",
        "429",
        "quota*",
        "limit exceed*",
        "limit reach*",
        "zu viele anfragen",
        "trop de requetes",
        "demasiadas solicitudes",
        "demasiadas peticiones",
    ),
    "stock_stale": (
        "stock* wrong",
        "stock* not updat*",
        "stock* level*",
        "inventory",
        "oversold",
        "oversell*",
        "stock* sync*",
        "lagerbestand*",
        "bestand*",
        "inventaire",
        "stocks",
        "inventario",
        "existencias",
    ),
    "price_stale": (
        "old price*",
        "wrong price*",
        "price* wrong",
        "price* not updat*",
        "outdated price*",
        "stale",
        "price* old",
        "price* differ*",
        "price* display*",
        "still show* price*",
        "cache*",
        "preis* falsch",
        "falsche* preis*",
        "alte* preis*",
        "prix faux",
        "ancien* prix",
        "mauvais prix",
        "precio* viejo*",
        "precio* antiguo*",
        "precio* incorrecto*",
        "precios mal",
    ),
    "cart_empty": ("cart* empty", "empty cart*", "basket* empty", "warenkorb leer", "panier vide", "carrito vacio"),
    "checkout_slow": (
        "checkout slow",
        "slow checkout",
        "takes forever",
        "timeout*",
        "time* out",
        "sehr langsam",
        "tres lent",
        "muy lento",
    ),
    "conversion_drop": (
        "conversion*",
        "sales drop*",
        "sales down",
        "fewer orders",
        "umsatz*",
        "ventes chut*",
        "ventas caid*",
    ),
}
"""What a message must say for a symptom; read by app.observe.words.says_any."""

TROUBLE = (
    "error*",
    "fail*",
    "broken",
    "broke",
    "not work*",
    "doesnt work",
    "stopped",
    "wrong",
    "missing",
    "urgent*",
    "lost",
    "losing",
    "down",
    "cannot",
    "complain*",
    "problem*",
    "issue*",
    "bug",
    "crash*",
    "invalid",
    "reject*",
    "fehler*",
    "kaputt",
    "funktioniert nicht",
    "geht nicht",
    "falsch*",
    "fehlt",
    "erreur*",
    "marche pas",
    "marche plus",
    "fonctionne pas",
    "panne",
    "probleme*",
    "fallo*",
    "falla*",
    "roto",
    "funciona",
    "problema*",
    "urgente",
)
"""Words of people for whom something is broken; a cluster without any asks a question rather than reports a fault."""


SPOKEN_TOGETHER: tuple[tuple[str, frozenset[str]], ...] = (
    ("checkout_failing", frozenset({"paying", "refused"})),
    ("order_missing", frozenset({"order", "charged"})),
    ("order_missing", frozenset({"order", "absent"})),
    ("price_stale", frozenset({"price", "outdated"})),
    ("auth_failing", frozenset({"access", "refused"})),
    ("rate_limited", frozenset({"sync", "limit"})),
    ("stock_stale", frozenset({"stock", "outdated"})),
    ("webhook_silent", frozenset({"webhook", "absent"})),
)
"""Concepts that make a symptom when one message speaks of both."""


@lru_cache(maxsize=4096)
def spoken_symptoms(text: str) -> frozenset[str]:
    """The symptoms a message speaks of. Machines repeat themselves, so the last few thousand texts are remembered."""
    said = split_tokens(text)
    found = {name for name, phrases in SYMPTOM_WORDS.items() if says_any(phrases, said)}
    spoken = set(concepts_in(text))
    return frozenset(found | {name for name, both in SPOKEN_TOGETHER if both <= spoken})


def is_trouble(text: str) -> bool:
    """Whether a message reports that something is broken."""
    said = split_tokens(text)
    return says_any(TROUBLE, said) or bool(spoken_symptoms(text))


def route_symptoms(signal_type: str, endpoint: str, status: int | str | None, topic: str = "") -> set[str]:
    """The symptoms that a failing route shows by itself."""
    number = status if isinstance(status, int) else 0
    hook = signal_type.startswith("webhook")
    found = {
        "webhook_4xx": hook and 400 <= number < 500,
        "webhook_5xx": hook and number >= 500,
        "webhook_silent": hook,
        "auth_4xx": number in {401, 403},
        "auth_failing": number in {401, 403},
        "rate_limited": number == 429,
        "server_5xx": not hook and number >= 500,
        "checkout_failing": not hook and any(word in endpoint for word in ("checkout", "payment")),
        "order_missing": hook and "order" in f"{endpoint} {topic}",
        "stock_stale": any(word in endpoint for word in ("inventory", "stock")),
        "price_stale": any(word in endpoint for word in ("price", "catalog")),
    }
    return {name for name, holds in found.items() if holds}


def symptoms_of(signal: Signal) -> set[str]:
    """Every symptom one signal shows, by what it is and by what it says."""
    found = set(spoken_symptoms(signal.text()))
    if signal.signal_type in {
        SignalType.API_ERROR,
        SignalType.API_CALL,
        SignalType.WEBHOOK_FAILURE,
        SignalType.WEBHOOK_DELIVERY,
    }:
        found |= route_symptoms(
            signal.signal_type.value, endpoint_of(signal.endpoint), signal.status, signal.topic or ""
        )
    return found


def count_symptoms(signals: Iterable[Signal]) -> dict[str, int]:
    """In how many signals each symptom shows, most first."""
    counted = Counter(name for signal in signals for name in symptoms_of(signal))
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def hinted_symptoms(terms: Sequence[str]) -> set[str]:
    """The symptoms a bag of words hints at."""
    return set(spoken_symptoms(" ".join(terms)))
