"""What merchants write, in five languages, by what is wrong with their shop; and what has nothing to do with it.

Written before anything was fitted to it. `halves` parts it by a seed: one half to look at, one that nobody looked at.
"""

from random import Random
from typing import Final, NamedTuple

LANGUAGES: Final = ("en", "de", "fr", "es", "it")


class Said(NamedTuple):
    """One message: its language, what it is about ("" for a stranger), and its words."""

    language: str
    about: str
    text: str


_TOLD: Final = {
    "order_missing": {
        "en": (
            "People are being charged but nothing turns up in our order list",
            "We see the payments in Stripe, but the orders never reach the shop",
            "Paid purchases are vanishing, there is no order for any of them",
            "A buyer paid twenty minutes ago and the order still hasn't arrived",
            "Since this morning orders do not show up although the money was taken",
            "Money arrives at the bank, orders don't",
        ),
        "de": (
            "Kunden bezahlen, aber bei uns kommt keine Bestellung an",
            "Das Geld wird abgebucht, doch die Bestellungen fehlen im Shop",
            "Seit heute früh tauchen bezahlte Aufträge nicht mehr auf",
            "Zahlungseingang ist da, die Bestellung dazu ist verschwunden",
            "Wir bekommen Zahlungen ohne Bestellungen",
            "Mehrere Käufer haben gezahlt, im System ist nichts angekommen",
        ),
        "fr": (
            "Les clients paient mais les commandes n'arrivent pas chez nous",
            "L'argent est débité, pourtant aucune commande n'apparaît",
            "Depuis ce matin des commandes payées disparaissent",
            "Nous recevons les paiements sans les commandes",
            "Un acheteur a payé et sa commande est introuvable",
            "Les achats sont réglés mais rien ne remonte dans la boutique",
        ),
        "es": (
            "Los clientes pagan pero los pedidos no llegan a la tienda",
            "Se cobra el dinero y no aparece ningún pedido",
            "Desde esta mañana desaparecen pedidos ya pagados",
            "Recibimos los pagos sin los pedidos",
            "Un comprador ha pagado y su pedido no está por ninguna parte",
            "El importe se carga en la tarjeta, pero la orden nunca entra en el sistema",
        ),
        "it": (
            "Clienti pagano ma gli ordini non arrivano",
            "I soldi vengono addebitati e non compare nessun ordine",
            "Da stamattina spariscono ordini già pagati",
            "Riceviamo i pagamenti senza gli ordini",
            "Un acquirente ha pagato e il suo ordine non si trova",
            "Gli acquisti risultano saldati, però nel negozio non entra niente",
        ),
    },
    "checkout_failing": {
        "en": (
            "Customers can't complete the checkout, it throws an error at the last step",
            "Every card payment is refused since the switch",
            "Paying is impossible, the pay button does nothing but show an error",
            "Our checkout is broken and nobody can buy",
        ),
        "de": (
            "An der Kasse kommt ein Fehler, niemand kann bezahlen",
            "Alle Kartenzahlungen werden abgelehnt",
            "Der Bezahlvorgang bricht mit einer Fehlermeldung ab",
            "Kunden können den Kauf nicht abschließen, die Kasse ist kaputt",
        ),
        "fr": (
            "Impossible de payer, la page de paiement affiche une erreur",
            "Toutes les cartes sont refusées au moment de payer",
            "Le paiement échoue à la dernière étape",
            "Nos clients n'arrivent plus à régler leur panier, erreur à chaque fois",
        ),
        "es": (
            "Nadie puede pagar, la página de pago da error",
            "Todas las tarjetas son rechazadas al finalizar la compra",
            "El pago falla en el último paso",
            "Los compradores no consiguen terminar la compra, sale un fallo",
        ),
        "it": (
            "Nessuno riesce a pagare, alla cassa esce un errore",
            "Tutte le carte vengono rifiutate al momento del pagamento",
            "Il pagamento fallisce all'ultimo passaggio",
            "I clienti non riescono a concludere l'acquisto, la cassa non funziona",
        ),
    },
    "price_stale": {
        "en": (
            "The storefront still displays last week's prices",
            "We changed the prices but customers see the old ones",
            "Outdated prices on every product page",
            "Discounts we removed are still shown, prices are stale",
        ),
        "de": (
            "Im Shop stehen noch die alten Preise",
            "Preise wurden geändert, angezeigt werden veraltete",
            "Die Preisliste ist nicht aktuell, Kunden sehen falsche Preise",
            "Der beendete Rabatt wird weiterhin mit altem Preis angezeigt",
        ),
        "fr": (
            "La boutique affiche encore les anciens prix",
            "Nous avons changé les tarifs mais les clients voient les anciens prix",
            "Les prix ne sont pas à jour sur les fiches produits",
            "Une remise terminée reste affichée, mauvais prix partout",
        ),
        "es": (
            "La tienda sigue mostrando los precios antiguos",
            "Cambiamos los precios y los clientes ven los viejos",
            "Los precios están desactualizados en todas las fichas",
            "Un descuento terminado sigue visible, precios incorrectos",
        ),
        "it": (
            "Il negozio mostra ancora i prezzi vecchi",
            "Abbiamo cambiato i prezzi ma i clienti vedono quelli di prima",
            "I prezzi non sono aggiornati nelle schede prodotto",
            "Uno sconto finito è ancora visibile, prezzi sbagliati",
        ),
    },
}
_STRANGERS: Final = {
    "en": (
        "Could you send us the invoice for October again?",
        "How do I add a second user to my account?",
        "It would be great to have gift cards in the shop",
        "Please change our billing address to Main Street 4",
        "We would like to upgrade to the bigger plan next month",
        "The label printer in our warehouse is out of ink",
        "Where can I download the list of last year's orders?",
        "Thank you for the quick call yesterday",
    ),
    "de": (
        "Bitte schicken Sie uns die Rechnung vom Oktober noch einmal",
        "Wie lege ich einen zweiten Benutzer an?",
        "Es wäre schön, wenn es Gutscheine im Shop gäbe",
        "Bitte ändern Sie unsere Rechnungsadresse",
        "Wir möchten ab nächstem Monat in den größeren Tarif wechseln",
        "Der Etikettendrucker in unserem Büro hat kein Papier",
        "Wo kann ich die Bestellungen vom letzten Jahr herunterladen?",
        "Danke für das schnelle Telefonat gestern",
    ),
    "fr": (
        "Pouvez-vous nous renvoyer la facture d'octobre ?",
        "Comment ajouter un deuxième utilisateur à mon compte ?",
        "Ce serait bien d'avoir des cartes cadeaux dans la boutique",
        "Merci de changer notre adresse de facturation",
        "Nous voulons passer à l'offre supérieure le mois prochain",
        "Notre imprimante d'étiquettes n'a plus d'encre",
        "Où puis-je télécharger les commandes de l'année dernière ?",
        "Merci pour votre appel d'hier",
    ),
    "es": (
        "¿Nos pueden reenviar la factura de octubre?",
        "¿Cómo añado un segundo usuario a mi cuenta?",
        "Estaría bien tener tarjetas de regalo en la tienda",
        "Por favor, cambien nuestra dirección de facturación",
        "Queremos pasar al plan superior el mes que viene",
        "La impresora de etiquetas de la oficina no tiene tinta",
        "¿Dónde puedo descargar los pedidos del año pasado?",
        "Gracias por la llamada de ayer",
    ),
    "it": (
        "Potete rimandarci la fattura di ottobre?",
        "Come aggiungo un secondo utente al mio account?",
        "Sarebbe bello avere le carte regalo nel negozio",
        "Vi prego di cambiare il nostro indirizzo di fatturazione",
        "Vorremmo passare al piano superiore dal mese prossimo",
        "La stampante delle etichette in ufficio non ha inchiostro",
        "Dove posso scaricare gli ordini dell'anno scorso?",
        "Grazie per la telefonata di ieri",
    ),
}
ABOUT: Final = tuple(_TOLD)


def halves(seed: int) -> tuple[list[Said], list[Said]]:
    """Half of what is said about each thing in each language, and the other half."""
    rng = Random(seed)
    every: dict[str, dict[str, tuple[str, ...]]] = {**_TOLD, "": _STRANGERS}
    first: list[Said] = []
    second: list[Said] = []
    for about, by_language in every.items():
        for language in LANGUAGES:
            mixed = [Said(language, about, text) for text in by_language[language]]
            rng.shuffle(mixed)
            first += mixed[: len(mixed) // 2]
            second += mixed[len(mixed) // 2 :]
    return first, second
