"""Incidents with their causes as different people would tell them, and some that fit no cause: what each looks like
from outside.
"""

from tests.told import HOOK, LOG, PAID, Case, failure

CASES: dict[str, tuple[Case, Case]] = {
    "callback_not_https": (
        Case(
            [failure("/api/v3/checkout/complete", 422, "Callback must use https", "PAYMENT_CALLBACK_INVALID")],
            broken={"callback_scheme": "http"},
            sound={"callback_scheme": "https"},
        ),
        Case([failure("/payments/callbacks", 400, "Insecure callback: scheme http is not accepted")]),
    ),
    "webhook_v2_endpoint_gone": (
        Case(
            [
                failure(
                    "/webhooks/v2/orders", 404, "No route", "WEBHOOK_ENDPOINT_NOT_FOUND", topic="orders/paid", **HOOK
                )
            ],
            ["Our webhooks stopped, orders never arrive"],
            broken={"webhook_subscription": "v2"},
        ),
        Case([failure("/v2/webhooks/orders", 410, "This endpoint no longer exists", topic="order.created", **HOOK)]),
    ),
    "token_version_mismatch": (
        Case(
            [failure("/api/v3/auth/token", 401, "Token version not accepted", "AUTH_TOKEN_VERSION_MISMATCH")],
            broken={"token_version": "v2"},
            sound={"token_version": "v3"},
        ),
        Case(
            [
                failure("/oauth/introspect", 401, "Das Token ist ungültig"),
                failure("/rest/V1/orders", 401, "invalid token"),
            ]
        ),
    ),
    "cache_not_invalidated": (
        Case(
            [failure("/api/v3/catalog/prices", 409, "Stale price list", "PRICE_VERSION_STALE")],
            broken={"cache_generation": "stale"},
            sound={"cache_generation": "current"},
        ),
        Case(
            [failure("/api/2026-01/pricing/lists", 412, "a newer version of the price exists")],
            ["Les prix affichés sont faux"],
        ),
    ),
    "inventory_sync_over_limit": (
        Case(
            [failure("/api/v3/inventory/sync", 429, "Too many requests", "RATE_LIMIT_EXCEEDED")],
            broken={"sync_rate_per_minute": 200, "sync_limit_per_minute": 60},
            sound={"sync_rate_per_minute": 20, "sync_limit_per_minute": 60},
        ),
        Case([failure("/api/2026-01/stock-levels", 429, "Bucket is full, throttled")]),
    ),
    "callback_host_changed": (
        Case(
            [failure("/payments/return", 421, "Host not known", "CALLBACK_HOST_MISMATCH")],
            ["After paying, customers land on our old storefront"],
            broken={"callback_host": "hosted"},
            sound={"callback_host": "headless"},
        ),
        Case(
            [failure("/checkout/redirect/psp", 404, "unknown hostname shop.alt.example")],
            ["Nach der Zahlung landet man auf der alten Domain"],
        ),
    ),
    "dns_tls_cutover": (
        Case(
            [failure("/", 526, "certificate is not valid for this name", "ERR_CERT_COMMON_NAME_INVALID")],
            broken={"tls_certificate": "expired"},
            sound={"tls_certificate": "valid"},
        ),
        Case(
            [{"message": "getaddrinfo ENOTFOUND www.shop.example", **LOG}],
            ["Browser warnt: Zertifikat nicht gültig"],
            stage="in_progress",
        ),
    ),
    "tax_shipping_not_migrated": (
        Case(
            [failure("/api/v3/checkout/shipping-rates", 422, "No rates for this address", "NO_SHIPPING_RATES")],
            broken={"shipping_profile": "not_migrated"},
            sound={"shipping_profile": "migrated"},
        ),
        Case(
            [failure("/v3/checkouts/consignments", 404, "no delivery option for DE")],
            ["Aucune livraison possible, frais de port absents"],
        ),
    ),
    "product_mapping_lost": (
        Case(
            [failure("/api/v3/carts/items", 404, "Variant is not mapped", "VARIANT_NOT_FOUND")],
            broken={"product_mapping": "partial"},
            sound={"product_mapping": "complete"},
        ),
        Case(
            [failure("/rest/V1/guest-carts/lines", 422, "merchandise does not exist")],
            ["Artikel lassen sich nicht in den Warenkorb legen"],
        ),
    ),
    "webhook_secret_mismatch": (
        Case(
            [
                failure(
                    "/hooks/shop", 401, "Signature mismatch", "WEBHOOK_SIGNATURE_INVALID", topic="orders/paid", **HOOK
                )
            ],
            broken={"webhook_secret_state": "previous"},
            sound={"webhook_secret_state": "current"},
        ),
        Case([failure("/erp/inbox", 403, "HMAC check failed", topic="order.created", **HOOK)]),
    ),
    "webhook_receiver_timeout": (
        Case(
            [failure("/hooks/shop", 504, "Receiver timed out", "WEBHOOK_TIMEOUT", topic="orders/paid", **HOOK)],
            broken={"receiver_mode": "synchronous"},
            sound={"receiver_mode": "queued"},
        ),
        Case([failure("/erp/inbox", 408, "no response within 5 seconds", topic="order.created", **HOOK)]),
    ),
    "token_scope_missing": (
        Case(
            [failure("/api/v3/customers", 403, "Token lacks a scope", "INSUFFICIENT_SCOPE")],
            broken={"token_scopes": "orders_only"},
            sound={"token_scopes": "full"},
        ),
        Case([failure("/admin/api/products.json", 403, "Merchant approval for read_products is required: permission")]),
    ),
    "cors_origin_missing": (
        Case(
            [failure("/api/v3/carts", 403, "Origin is not allowed", "CORS_ORIGIN_DENIED")],
            broken={"allowed_origins": "hosted_only"},
            sound={"allowed_origins": "listed"},
        ),
        Case(
            [failure("/storefront/graphql", 403, "No Access-Control-Allow-Origin header is present, preflight refused")]
        ),
    ),
    "webhook_schema_change": (
        Case(
            [
                failure(
                    "/hooks/shop",
                    422,
                    "Payload: unknown field total_v2",
                    "SCHEMA_VALIDATION_FAILED",
                    topic="orders/paid",
                    **HOOK,
                )
            ],
        ),
        Case([failure("/erp/inbox", 400, "KeyError: customer; could not parse body", topic="order.created", **HOOK)]),
    ),
    "cart_session_lost": (
        Case(
            [failure("/api/v3/carts/current", 404, "Cart not found", "CART_NOT_FOUND")],
            broken={"session_store": "local"},
            sound={"session_store": "shared"},
        ),
        Case(
            [failure("/ajax/basket", 410, "session expired")],
            ["Le panier est vide au moment de payer", "El carrito desaparece"],
        ),
    ),
    "checkout_script_regression": (
        Case(
            [
                failure(
                    "/checkout/extensions/loyalty.js", None, "Uncaught TypeError: total is undefined", "SCRIPT_ERROR"
                )
            ],
            ["The pay button does nothing"],
        ),
        Case([{"message": "ReferenceError: Kasse is not defined", **LOG}], ["Der Knopf zum Bezahlen reagiert nicht"]),
    ),
    "order_service_drops_events": (
        Case([PAID], ["Customers paid but no order was made"]),
        Case([PAID], ["Zahlung abgebucht aber keine Bestellung", "Pagos cobrados sin pedido"], stage="in_progress"),
    ),
    "platform_release_regression": (
        Case(
            [
                failure("/api/v3/catalog/search", 500, "Unhandled exception", "INTERNAL_SERVER_ERROR"),
                failure("/api/v3/customers/me", 500, "Unhandled exception", "INTERNAL_SERVER_ERROR"),
                failure("/api/v3/checkout/complete", 500, "Unhandled exception", "INTERNAL_SERVER_ERROR"),
            ],
        ),
        Case(
            [failure("/rest/V1/products", 500, "Erreur interne"), failure("/rest/V1/carts/mine", 503, "Erreur interne")]
        ),
    ),
    "third_party_outage": (
        Case([failure("/api/v3/payments/authorize", 503, "Payment provider does not answer", "PROVIDER_UNAVAILABLE")]),
        Case(
            [failure("/shipping/carriers/quote", 504, "upstream did not respond")],
            ["Der Zahlungsanbieter ist nicht erreichbar"],
        ),
    ),
    "wrong_documentation": (
        Case(
            [failure("/api/v3/orders/export", 404, "No such route", "ROUTE_NOT_FOUND")],
            ["We follow the documentation and the route does not exist"],
            stage="pre_migration",
        ),
        Case([failure("/api/v1/articles/bulk", 405, "Method not allowed; see the API reference")], stage="in_progress"),
    ),
}
"""Of each cause: in a usual wording, and in another one."""

THIRD: dict[str, Case] = {
    "callback_not_https": Case(
        [
            failure("/v2/payments", 422, "The redirectUrl must be a secure URL", "INVALID_REDIRECT_URL"),
            {"message": "psp refuses our notify address: https required", **LOG},
        ],
        ["Betaling lukt niet, de url is niet beveiligd volgens onze bank"],
        broken={"callback_scheme": "plain"},
        sound={"callback_scheme": "tls"},
    ),
    "webhook_v2_endpoint_gone": Case(
        [
            failure("https://relay.example/hooks/v2/order", 410, topic="order.paid", **HOOK),
            failure("https://relay.example/hooks/v2/stock", 404, topic="stock.changed", **HOOK),
        ],
        ["Exact krijgt geen orders meer", "L'ERP ne reçoit plus de commandes"],
    ),
    "token_version_mismatch": Case(
        [
            failure("/api/2025-01/orders", 401, "This access token was created for an older API and must be reissued"),
            failure("/api/2025-01/stock", 401),
        ],
        ["ERP-Anbindung meldet: altes Token, Zugriff verweigert"],
    ),
    "cache_not_invalidated": Case(
        [{"message": "edge cache object age 604800, no purge since the launch", **LOG}],
        ["Customers still see discounts of last week", "Oude prijzen op de site, in de kassa andere"],
        broken={"cache_generation": "not_purged"},
        sound={"cache_generation": "purged"},
    ),
    "inventory_sync_over_limit": Case(
        [
            failure("/rest/V1/inventory/source-items", 429),
            {"message": "WaWi: zu viele Aufrufe, Übertragung gedrosselt", **LOG},
        ],
        ["Giacenze sbagliate, vendiamo articoli esauriti"],
    ),
    "callback_host_changed": Case(
        [
            failure("/checkout/thank-you", 404),
            {"message": "return after 3DS goes to the previous address, page not found", **LOG},
        ],
        ["Il cliente dopo il pagamento finisce sul vecchio negozio"],
        broken={"return_host": "ancien"},
        sound={"return_host": "nouveau"},
    ),
    "dns_tls_cutover": Case(
        [
            {"message": "probe www: no such host, asked of 4 resolvers", **LOG},
            {"message": "SSL_connect: certificate subject name does not cover the shop", **LOG},
        ],
        ["Avviso di sicurezza nel browser", "La boutique est introuvable, le cadenas manque"],
        stage="in_progress",
    ),
    "tax_shipping_not_migrated": Case(
        [failure("/store/shipping-options", 400, "No shipping option could be found for the region")],
        ["Geen verzendopties in België", "Rechnungen ohne Mehrwertsteuer"],
    ),
    "product_mapping_lost": Case(
        [
            failure("/bundles/items", 404, "article has no counterpart in the new catalogue"),
            {"message": "feed: 812 external ids unresolved", **LOG},
        ],
        ["Artikel nicht gefunden, obwohl sie da sind"],
    ),
    "webhook_secret_mismatch": Case(
        [
            failure("https://crm.example/in", 400, "computed digest does not match header", topic="order.paid", **HOOK),
            failure("https://crm.example/in", 400, "verification failed", topic="customer.created", **HOOK),
        ],
        ["Il CRM rifiuta le notifiche, la firma non è valida"],
    ),
    "webhook_receiver_timeout": Case(
        [
            failure("https://erp.example/push", 524, topic="order.created", **HOOK),
            failure("https://erp.example/push", 499, "client closed after 10 s", topic="order.paid", **HOOK),
        ],
        ["Bestellungen kommen doppelt und verspätet an"],
    ),
    "token_scope_missing": Case(
        [failure("/api/refunds", 403, "Key is read only"), failure("/api/refunds", 403)],
        ["On peut lire les commandes mais pas rembourser, droits insuffisants"],
    ),
    "cors_origin_missing": Case(
        [
            failure("OPTIONS /api/basket", 405),
            {"message": "XMLHttpRequest from origin www.shop.example has been blocked", **LOG},
        ],
        ["From Postman everything works, in Chrome nothing"],
        broken={"cors_origins": "apex_only"},
        sound={"cors_origins": "both"},
    ),
    "webhook_schema_change": Case(
        [
            failure("https://erp.example/in", 500, "Undefined array key: lines", topic="order.created", **HOOK),
            {"message": "NullReferenceException: no such field shipping.street", **LOG},
        ],
        ["Les champs ont été renommés, notre import ne sait plus lire"],
    ),
    "cart_session_lost": Case(
        [
            failure("/store/carts/01H8", 404, "Cart with this id was not found"),
            {"message": "cookie not sent to the checkout subdomain, new session", **LOG},
        ],
        ["Winkelwagen is leeg bij het afrekenen", "Il carrello si svuota"],
    ),
    "checkout_script_regression": Case(
        [{"message": "Refused to load the script: Content Security Policy", **LOG}],
        ["Bij klikken op betalen gebeurt er niets", "Le bouton reste grisé"],
    ),
    "order_service_drops_events": Case(
        [PAID, PAID, {"message": "order writer: dead letter queue depth 88000", **LOG}],
        ["Klant heeft betaald maar er is geen bestelling", "J'ai été débité sans commande"],
    ),
    "platform_release_regression": Case(
        [
            failure("/catalog/list", 500, "Call to undefined method Product::tier()"),
            failure("/customer/section/load", 500),
            failure("/search", 502),
        ],
        ["Tutto il sito dà errore 500 dopo l'aggiornamento"],
    ),
    "third_party_outage": Case(
        [
            failure("/payments/wallet/create", 503),
            failure("/payments/wallet/create", 504, "circuit open towards the acquirer"),
        ],
        ["Storing bij de betaalprovider", "El banco no responde"],
    ),
    "wrong_documentation": Case(
        [failure("/api/orders/find", 400, "Unknown argument state on OrderFilter")],
        ["Das Beispiel in eurer Doku läuft so nicht", "La vostra guida dice altro"],
        stage="in_progress",
    ),
}
"""Of each cause: as those tell it who run another platform, and in other languages."""

STRANGE: dict[str, Case] = {
    "a login": Case([failure("/account/login", 401, "Wrong e-mail or password")], ["Customers cannot log in"]),
    "a gift card": Case([failure("/giftcards/redeem", 404, "Card number unknown")], ["Gutscheine gehen nicht"]),
    "a seat": Case([failure("/admin/users/invite", 403, "Seat limit of the plan reached")]),
    "an export": Case([failure("/export/ledger", 500, "division by zero"), {"message": "export died", **LOG}]),
    "a captcha": Case([failure("/newsletter/subscribe", 403, "Captcha score too low")]),
    "a store locator": Case([failure("/store-locator", 404, "no stores in this radius")], stage="in_progress"),
    "a promotion": Case([failure("/promotions/apply", 422, "Code cannot be combined")]),
    "a risk rule": Case([failure("/payments", 402, "do not honour")], ["Viele Karten werden abgelehnt"]),
    "a search box": Case([failure("/search/suggest", 400, "unknown sort order")], ["La recherche ne trie plus"]),
    "a return label": Case([failure("/returns/create", 422, "the window to send it back is over")]),
    "a mail": Case([{"message": "mailer: 550 SPF check of the bounce address", **LOG}], ["Mails landen im Spam"]),
    "an upload": Case([failure("/media/upload", 413, "Too large")], ["Bilder lassen sich nicht hochladen"]),
}
"""What fits no cause, though its status is that of one."""
