"""How people put it. The words of tickets, by what their writer noticed and by language; none of them knows the cause."""

from typing import Final

from simulations.chance import Draws

Words = tuple[str, str]

COMPLAINTS: Final[dict[str, dict[str, tuple[Words, ...]]]] = {
    "payment_step": {
        "en": (
            ("can't finish paying", "I put the {product} in my basket, typed my card in and then it just throws me back with an error. Twice now."),
            ("Payment page broken??", "Honestly what is going on. Press pay, spinner, red box. My card works everywhere else."),
            (
                "Order attempt failed at the last step",
                "Good morning. The purchase of one {product} stopped right after the bank confirmation. Kindly advise.",
            ),
            ("chekout eror", "hi the chekout dosnt let me trough, says somthing about the paymnt adress not valid. wanted the {product}"),
            (
                "Please help",
                "My mother's birthday is on Friday and the shop refuses every card in the house when I try to get the {product} for her.",
            ),
            ("Failed", "Paying fails. Fix it."),
            ("Was I charged or not", "The bank app shows money leaving for the {product}, your site shows an error. Which of the two is true?"),
            ("3 browsers, same result", "Firefox, Chrome and my phone: all three end on 'something went wrong' once the bank has said yes."),
        ),
        "de": (
            (
                "Bezahlen geht nicht",
                "Beim letzten Schritt kommt immer eine Fehlermeldung. Ich wollte {product} bestellen, die Bank hat schon zugestimmt.",
            ),
            ("Kauf abgebrochen", "Nach der Freigabe in der App lande ich wieder im Warenkorb. Das ist heute schon der dritte Versuch!"),
            ("Fehler an der Kasse", "Guten Tag, Ihre Kasse meldet eine ungültige Adresse für die Zahlung. Was bedeutet das bitte?"),
        ),
    },
    "order_missing": {
        "en": (
            ("Paid, no order", "You took the money for my {product} an hour ago. No mail, nothing under my orders."),
            (
                "where is my confirmation",
                "usually i get an email within a minute. card was charged. nothing came. should i order the {product} again??",
            ),
            ("Warehouse sees nothing", "We run the shop. Payments come in since the switch but our pick list stays empty, so nobody packs anything."),
            (
                "Order does not appear",
                "Dear team, my statement lists the payment, my account lists no purchase. I would be grateful for a word on this.",
            ),
            ("ERP import empty", "Our back office gets no new sales any more. The old address you push to used to work until the cutover."),
            ("Charged but no {product}", "Two days, no parcel, no number. Your chat robot says I never bought anything. I did."),
            ("fulfilment stuck", "no new orders reach our fulfilment partner since yesterday, the money does though"),
        ),
    },
    "sign_in": {
        "en": (
            ("Integration refused", "Since your engineers moved us, our connector is turned away when it signs in. Same key as ever."),
            ("401 all over", "Every second request of ours is answered unauthorized. Did you change the tokens?"),
            ("shoppers logged out", "Our customers are asked to log in again in the middle of a purchase and then it fails anyway."),
        ),
        "fr": (
            ("Connexion refusée", "Depuis la migration, notre module n'arrive plus à s'identifier. La clé est pourtant la même qu'avant."),
            ("Erreur 401", "Bonjour, les clients sont déconnectés au moment de payer. Que devons-nous changer ?"),
        ),
    },
    "stock": {
        "en": (
            ("Stock levels wrong", "We sold four of the {product} that we do not have, because the numbers are hours behind."),
            ("inventory job fails", "our nightly inventory job dies half way with 'too many requests'. it never did before the move"),
            ("Throttled?", "Half of our stock updates bounce. Are we being slowed down on purpose?"),
        ),
        "es": (
            ("Inventario atrasado", "El stock de {product} no se actualiza desde esta mañana y estamos vendiendo lo que no tenemos."),
            ("Demasiadas peticiones", "Buenas, la sincronización se corta a la mitad diciendo que hacemos demasiadas llamadas. ¿Qué hacemos?"),
        ),
    },
    "price": {
        "en": (
            ("Old price in basket", "The page says one thing for the {product}, the basket says last month's price. Which do I pay?"),
            ("sale not showing", "we lowered the {product} on monday, customers still see the former price"),
            ("Two prices for one thing", "Listing and checkout disagree about the {product}. It looks as if an old page were being shown."),
        ),
        "de": (
            ("Falscher Preis", "Im Warenkorb steht für {product} noch der alte Preis, auf der Seite der neue. Was gilt?"),
            ("Rabatt fehlt", "Die Preissenkung von gestern kommt bei den Kunden nicht an, sie sehen den Stand von letzter Woche."),
        ),
    },
}
"""At least three ways to say each, also in the language of merchants whose shoppers write it."""

QUIET_MATTERS: Final[tuple[Words, ...]] = (
    ("Invoice copy", "Could you send me the invoice of last month once more? Our accountant lost it."),
    ("forgot password", "the reset mail went to my old address, can you change it"),
    ("Opening hours", "Is somebody at the phone on Saturdays?"),
    ("Plan upgrade", "We think about the next bigger plan. What does it cost per year?"),
    ("Gift wrapping", "It would be lovely if shoppers could choose the colour of the paper."),
)
"""What people write on a day when nothing is wrong."""


def complaint(hurt: str, language: str, product: str, draws: Draws) -> Words:
    """One way to put what hurts: mostly in the shop's language when somebody wrote it down, otherwise in English."""
    known = COMPLAINTS[hurt]
    spoken = language if language in known and draws.happens(0.6) else "en"
    subject, body = draws.choice(known[spoken])
    return subject.format(product=product), body.format(product=product)
