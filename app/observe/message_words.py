"""What words of a message say about what is asked for, how urgent it is, and how its writer feels; general words of
four languages, as phrases for app.observe.words.
"""

BILLING = (
    *("refund*", "invoice*", "charged", "charge*", "double charge*", "billed", "billing", "bill", "subscription*"),
    *(
        "receipt*",
        "price plan",
        "renewal*",
        "cancel* plan",
        "credit note*",
        "money back",
        "overcharg*",
        "vat",
        "payout*",
    ),
    *("rechnung*", "abgebucht", "erstattung*", "ruckerstattung*", "doppelt belastet", "gutschrift*", "abonnement*"),
    *("facture*", "rembours*", "preleve*", "debite*", "factura*", "reembols*", "cobr*", "cargo doble", "suscripcion*"),
)
TECHNICAL = (
    *("error*", "crash*", "bug*", "fail*", "broken", "api", "webhook*", "endpoint*", "timeout*", "500", "404", "401"),
    *("not work*", "doesnt work", "stopped working", "login", "log in", "password*", "token*", "sync*", "integration*"),
    *("checkout*", "payment* fail*", "slow", "loading", "blank page", "app", "cache*", "callback*", "script*"),
    *("fehler*", "sturzt ab", "absturz*", "funktioniert nicht", "geht nicht", "anmeld*", "kasse", "schnittstelle*"),
    *("erreur*", "plante*", "marche pas", "marche plus", "fonctionne pas", "connexion", "panier*", "fallo*", "falla*"),
    *("no funciona", "no carga", "contrasena", "sesion", "carrito*", "caido", "caida"),
)
URGENT = (
    *("urgent*", "asap", "immediately", "right now", "emergency", "critical", "outage", "all customers", "every order"),
    *("los* money", "losing sales", "lost sales", "lost orders", "revenue", "cannot sell", "cant sell", "site down"),
    *("shop down", "store down", "completely down", "fraud*", "hacked", "breach*", "lawyer*", "legal", "chargeback*"),
    *("charged twice", "double charge*", "duplicate charge*", "charged two", "nobody can", "no one can", "escalat*"),
    *("dringend*", "sofort", "notfall*", "umsatz*", "verlier*", "doppelt", "niemand kann", "anwalt*", "betrug*"),
    *("urgence*", "immediatement", "tout de suite", "perdons", "deux fois", "avocat*", "personne peut", "fraude*"),
    *("urgencia", "inmediat*", "ahora mismo", "perdiendo", "dos veces", "abogad*", "nadie puede"),
)
ASKING = (
    *("how do i", "how can i", "how to", "where can i", "where do i", "is it possible", "question*", "wondering"),
    *("could you explain", "would like to know", "documentation", "please advise", "can you help", "need help"),
    *("wie kann ich", "wo finde ich", "frage*", "comment puis", "comment faire", "est il possible", "question"),
    *("como puedo", "donde encuentro", "es posible", "pregunta*"),
)
PLEASED = (
    *("thank*", "great", "love", "excellent", "perfect", "awesome", "happy", "appreciat*", "wonderful", "amazing"),
    *("good job", "well done", "resolved", "works again", "danke", "super", "toll", "zufrieden", "merci", "parfait"),
    *("gracias", "genial", "excelente", "perfecto", "encantad*"),
)
DISPLEASED = (
    *("bad", "poor", "slow", "annoy*", "disappoint*", "unhappy", "problem*", "issue*", "wrong", "fail*", "broken"),
    *("complain*", "confus*", "frustrat*", "lost", "losing", "missing", "cannot", "error*", "unfortunately"),
    *("schlecht*", "argerlich", "enttauscht", "leider", "kaputt", "fehler*", "mauvais*", "decu*", "malheureusement"),
    *("malo", "mala", "decepcion*", "desgraciad*", "mal", "erreur*", "fallo*"),
)
ANGRY = (
    *("terrible", "horrible", "awful", "worst", "unacceptable", "ridiculous", "furious", "angry", "outrag*", "scam*"),
    *("useless", "disgust*", "incompetent", "fed up", "sick of", "never again", "lawsuit", "pathetic", "rip off"),
    *("disgrace*", "hate", "unverschamt*", "katastroph*", "wutend", "unmoglich*", "frechheit", "inacceptable*"),
    *("scandaleu*", "honteux", "furieu*", "inutil*", "inaceptable*", "pesimo", "vergonz*", "furios*", "estafa*"),
)
NEGATIONS = frozenset(
    {
        *("not", "no", "never", "dont", "doesnt", "isnt", "wasnt", "cant", "wont", "without"),
        *("nicht", "kein", "keine", "pas", "jamais", "nunca", "sin"),
    }
)
