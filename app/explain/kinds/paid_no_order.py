"""Payments that were taken without an order."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    known = [one for one in draft.facts.unordered if not asked.incidents or one.incident in asked.incidents]
    total = sum(one.count for one in known)
    if not total:
        draft.tell("all_ordered", *(one.id for one in draft.facts.incidents[:8]))
        return
    draft.tell("unordered_total", *(one.incident for one in known), count=total)
    for one in known:
        amount = " + ".join(str(money) for money in one.amounts)
        draft.tell("unordered_one", one.incident, id=one.incident, count=one.count, amount=amount)


KIND = QuestionKind(
    id="paid_no_order",
    description="which payments have no order",
    of_incident=False,
    reads=("dossiers",),
    examples={
        "en": (
            "How many payments have no order?",
            "Were there payments without orders?",
            "Which customers paid without getting an order?",
            "Are there paid orders missing?",
            "Was anybody charged without an order?",
            "Who was charged but has no order?",
            "Payments that never became orders",
            "Did shoppers pay and get nothing?",
            "Did we take money and deliver nothing?",
            "Is there money without an order?",
            "Orphaned payments",
            "Who paid for nothing?",
            "Are there charges without an order?",
            "Did paid orders get lost?",
            "Did cards get charged for nothing?",
        ),
        "de": (
            "Wie viele Zahlungen haben keine Bestellung?",
            "Gibt es Zahlungen ohne Bestellung?",
            "Wer hat bezahlt, ohne eine Bestellung zu bekommen?",
            "Bei wem wurde abgebucht ohne Bestellung?",
            "Bezahlt, aber keine Bestellung angelegt",
            "Haben Kunden bezahlt und nichts bekommen?",
            "Gibt es Geld ohne Bestellung?",
            "Wer hat umsonst bezahlt?",
            "Wurden Karten ohne Bestellung belastet?",
            "Gingen bezahlte Bestellungen verloren?",
        ),
        "fr": (
            "Combien de paiements sans commande ?",
            "Y a-t-il des paiements sans commande ?",
            "Qui a payé sans obtenir de commande ?",
            "Qui a été débité sans commande ?",
            "Des clients ont-ils payé pour rien ?",
            "A-t-on encaissé sans créer de commande ?",
            "Des commandes payées sont-elles perdues ?",
            "Des cartes ont-elles été débitées pour rien ?",
        ),
        "es": (
            "¿Cuántos pagos no tienen pedido?",
            "¿Hay pagos sin pedido?",
            "¿Quién pagó sin recibir un pedido?",
            "¿A quién se cobró sin crear pedido?",
            "¿Hay clientes que pagaron para nada?",
            "¿Hemos cobrado sin crear el pedido?",
            "¿Se perdieron pedidos pagados?",
            "¿Se cargaron tarjetas sin pedido?",
        ),
    },
    answer=_answer,
)
