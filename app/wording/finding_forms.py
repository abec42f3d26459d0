"""What the agent says for and against causes, of sums and of waves, as patterns of what is recorded, and the same in
German, French and Spanish.
"""

from typing import Final

FINDINGS: Final = (
    (
        r"it rests on (?P<count>\d+) signals?; that lowers what the signs prove",
        "Zahl der Signale, auf denen es beruht: {count}; das mindert, was die Anzeichen beweisen",
        "cela repose sur {count} signal(aux) ; cela réduit ce que prouvent les signes",
        "se apoya en {count} señal(es); eso rebaja lo que prueban los indicios",
    ),
    (
        r"expected and not seen: (?P<sign>.+)",
        "erwartet und nicht gesehen: {sign}",
        "attendu et non observé : {sign}",
        "esperado y no visto: {sign}",
    ),
    (
        r"expected and hardly seen: (?P<sign>.+)",
        "erwartet und kaum gesehen: {sign}",
        "attendu et à peine observé : {sign}",
        "esperado y apenas visto: {sign}",
    ),
    (
        r"a person says that this is not so: (?P<sign>.+)",
        "ein Mensch sagt, dass das nicht zutrifft: {sign}",
        "une personne dit que ce n'est pas le cas : {sign}",
        "una persona dice que no es así: {sign}",
    ),
    (
        r"a person says that this is so: (?P<sign>.+)",
        "ein Mensch sagt, dass das zutrifft: {sign}",
        "une personne dit que c'est le cas : {sign}",
        "una persona dice que es así: {sign}",
    ),
    (
        r"(?P<tool>\S+) was already tried for this cause on this incident \((?P<id>[^()]+)\) and ended (?P<end>\S+)",
        "{tool} wurde bei diesem Vorfall schon gegen diese Ursache versucht ({id}) und endete mit {end}",
        "{tool} a déjà été essayé contre cette cause sur cet incident ({id}) et a fini par {end}",
        "{tool} ya se intentó contra esta causa en este incidente ({id}) y terminó en {end}",
    ),
    (
        r"an earlier incident with this cause \((?P<id>[^()]+)\) was named so by a person; that moves the score by"
        r" (?P<number>\S+)",
        "einen früheren Vorfall mit dieser Ursache ({id}) hat ein Mensch so genannt; das verschiebt die Wertung um"
        " {number}",
        "un incident antérieur de cette cause ({id}) a été nommé ainsi par une personne ; cela déplace le score de"
        " {number}",
        "un incidente anterior con esta causa ({id}) fue nombrado así por una persona; eso mueve la puntuación en"
        " {number}",
    ),
    (
        r"an earlier incident with this cause \((?P<id>[^()]+)\) ended (?P<end>\S+); that moves the score by"
        r" (?P<number>\S+)",
        "ein früherer Vorfall mit dieser Ursache ({id}) endete mit {end}; das verschiebt die Wertung um {number}",
        "un incident antérieur de cette cause ({id}) a fini par {end} ; cela déplace le score de {number}",
        "un incidente anterior con esta causa ({id}) terminó en {end}; eso mueve la puntuación en {number}",
    ),
    (
        r"the cause was named by (?P<by>.+) \((?P<at>[^()]+)\): (?P<title>.+)",
        "die Ursache nannte {by} ({at}): {title}",
        "la cause a été nommée par {by} ({at}) : {title}",
        "la causa la nombró {by} ({at}): {title}",
    ),
    (
        r"(?P<ask>.+\?) (?P<said>yes|no|cannot be told), says (?P<by>.+) \((?P<at>[^()]+)\)",
        "{ask} {said}, sagt {by} ({at})",
        "{ask} {said}, dit {by} ({at})",
        "{ask} {said}, dice {by} ({at})",
    ),
    (r"yes", "ja", "oui", "sí"),
    (r"no", "nein", "non", "no"),
    (r"cannot be told", "lässt sich nicht sagen", "ne peut se dire", "no se puede decir"),
    (
        r"does this hold: (?P<sign>[^()]+) \((?P<look>.*)\)\?",
        "Trifft das zu: {sign} („{look}“)?",
        "Est-ce le cas : {sign} (« {look} ») ?",
        "¿Se cumple esto: {sign} («{look}»)?",
    ),
    (
        r"what makes (?P<code>\S+) be answered at (?P<place>\S+)\?",
        "Was führt dazu, dass bei {place} mit {code} geantwortet wird?",
        "Qu'est-ce qui fait répondre {code} sur {place} ?",
        "¿Qué hace que se responda {code} en {place}?",
    ),
    (
        r"what makes (?P<code>\S+) be answered\?",
        "Was führt dazu, dass mit {code} geantwortet wird?",
        "Qu'est-ce qui fait répondre {code} ?",
        "¿Qué hace que se responda {code}?",
    ),
    (
        r"what do the stores with (?P<name>.+) have in common\?",
        "Was haben die Läden gemeinsam, die dies zeigen: {name}?",
        "Qu'ont en commun les boutiques qui montrent ceci : {name} ?",
        "¿Qué tienen en común las tiendas que muestran esto: {name}?",
    ),
    (
        r"what changed for the affected merchants shortly before (?P<since>.+)\?",
        "Was änderte sich für die betroffenen Händler kurz vor {since}?",
        "Qu'est-ce qui a changé pour les marchands touchés peu avant {since} ?",
        "¿Qué cambió para los comercios afectados poco antes de {since}?",
    ),
)
"""What speaks for or against a cause, and what would tell."""

SUMS: Final = (
    (
        r"(?P<count>\d+) distinct failed checkout attempts? x (?P<share>\S+) that would have become an order",
        "verschiedene gescheiterte Bestellversuche: {count}, davon wären Bestellungen geworden: x {share}",
        "{count} tentative(s) de commande distincte(s) en échec x {share} qui seraient devenues des commandes",
        "{count} intento(s) de compra distinto(s) fallido(s) x {share} que habrían sido pedidos",
    ),
    (
        r"no failed checkout seen",
        "kein gescheiterter Bestellversuch gesehen",
        "aucune commande en échec observée",
        "ningún intento de compra fallido visto",
    ),
    (
        r"(?P<count>\d+) payments? without an order, exact",
        "Zahlungen ohne Bestellung: genau {count}",
        "paiements sans commande : exactement {count}",
        "pagos sin pedido: exactamente {count}",
    ),
    (
        r"the fall of a shop metric since it began: (?P<number>\S+) missing at (?P<count>\d+) merchants?",
        "der Rückgang einer Kennzahl seit Beginn: {number} fehlen, Händler: {count}",
        "la baisse d'un indicateur depuis le début : {number} manquants, marchands : {count}",
        "la caída de un indicador desde el inicio: faltan {number}, comercios: {count}",
    ),
    (
        r"where these describe the same shoppers, the larger counts",
        "wo beides dieselben Käufer beschreibt, zählt das Größere",
        "là où ils décrivent les mêmes acheteurs, le plus grand compte",
        "donde describen a los mismos compradores, cuenta el mayor",
    ),
    (
        r"(?P<count>\d+) merchants? without a known (?:average )?order value not in the money",
        "Händler ohne bekannten Bestellwert, nicht im Betrag: {count}",
        "marchands sans valeur de commande connue, hors du montant : {count}",
        "comercios sin valor de pedido conocido, fuera del importe: {count}",
    ),
    (r"over (?P<hours>[\d.]+) hours", "über {hours} Stunden", "sur {hours} heures", "en {hours} horas"),
    (
        r"the interval is the 95 % range of a count",
        "die Spanne ist der 95-%-Bereich einer Zählung",
        "l'intervalle est la plage à 95 % d'un comptage",
        "el intervalo es el rango del 95 % de un recuento",
    ),
    (
        r"(?P<due>[\d.]+) orders expected by who came and what others sold, (?P<seen>[\d.]+) seen",
        "{due} Bestellungen erwartet nach denen, die kamen, und dem, was andere verkauften, {seen} gesehen",
        "{due} commandes attendues selon les visites et les ventes des autres, {seen} observées",
        "{due} pedidos esperados según quién vino y lo que vendieron otros, {seen} vistos",
    ),
    (
        r"its failures and missing orders tell of (?P<count>[\d.]+) lost ones",
        "seine Fehler und fehlenden Bestellungen zeigen {count} verlorene",
        "ses échecs et commandes manquantes en montrent {count} de perdues",
        "sus fallos y pedidos que faltan muestran {count} perdidos",
    ),
    (r"no loss is shown", "kein Verlust ist gezeigt", "aucune perte n'est montrée", "no se muestra ninguna pérdida"),
    (
        r"the interval holds the loss nine times in ten",
        "die Spanne enthält den Verlust in neun von zehn Fällen",
        "l'intervalle contient la perte neuf fois sur dix",
        "el intervalo contiene la pérdida nueve de cada diez veces",
    ),
    (
        r"nothing is lost before the cutover",
        "vor der Umstellung geht nichts verloren",
        "rien n'est perdu avant la bascule",
        "nada se pierde antes del cambio",
    ),
    (
        r"what it costs is counted at (?P<id>INC-\w+)",
        "was es kostet, wird bei {id} gezählt",
        "ce que cela coûte est compté dans {id}",
        "lo que cuesta se cuenta en {id}",
    ),
    (
        r"about (?P<middle>[\d.]+) orders? lost so far \((?P<low>[\d.]+) to (?P<high>[\d.]+)\), worth (?P<money>[^:]+):"
        r" (?P<basis>.+)",
        "bisher etwa {middle} Bestellungen verloren ({low} bis {high}), im Wert von {money}: {basis}",
        "environ {middle} commandes perdues jusqu'ici ({low} à {high}), d'une valeur de {money} : {basis}",
        "unos {middle} pedidos perdidos hasta ahora ({low} a {high}), por valor de {money}: {basis}",
    ),
    (
        r"0 orders lost so far: (?P<basis>.+)",
        "bisher 0 Bestellungen verloren: {basis}",
        "0 commande perdue jusqu'ici : {basis}",
        "0 pedidos perdidos hasta ahora: {basis}",
    ),
    (
        r"(?P<middle>[\d.,]+ [A-Z]{3}) \((?P<low>[\d.,]+ [A-Z]{3}) to (?P<high>[\d.,]+ [A-Z]{3})\)",
        "{middle} ({low} bis {high})",
        "{middle} ({low} à {high})",
        "{middle} ({low} a {high})",
    ),
    (
        r"no amount is known",
        "kein Betrag ist bekannt",
        "aucun montant n'est connu",
        "no se conoce ningún importe",
    ),
)
"""What a cost rests on."""

WAVES: Final = (
    (
        r"no cutover date is known for (?P<count>\d+) merchants?",
        "ohne bekannten Umstellungstermin, Händler: {count}",
        "sans date de bascule connue, marchands : {count}",
        "sin fecha de cambio conocida, comercios: {count}",
    ),
    (
        r"health below (?P<share>\d+%): the directory calls it unwell",
        "Gesundheit unter {share}: das Verzeichnis nennt ihn krank",
        "santé sous {share} : l'annuaire le dit mal en point",
        "salud por debajo de {share}: el directorio lo da por enfermo",
    ),
    (
        r"whoever is on the platform: (?P<title>.+)",
        "wer auf der Plattform ist: {title}",
        "quiconque est sur la plateforme : {title}",
        "cualquiera que esté en la plataforma: {title}",
    ),
    *(
        (
            rf"(?P<title>.+): {state} {where}",
            f"{{title}}: {told[0]} {at[0]}",
            f"{{title}} : {told[1]} {at[1]}",
            f"{{title}}: {told[2]} {at[2]}",
        )
        for state, told in (
            ("breaks now", ("bricht jetzt", "casse maintenant", "falla ahora")),
            ("is watched", ("wird beobachtet", "est surveillé", "se vigila")),
            ("ended lately", ("endete kürzlich", "a pris fin récemment", "terminó hace poco")),
        )
        for where, at in (
            ("at it", ("bei ihm", "chez lui", "en él")),
            ("at others like it", ("bei anderen wie ihm", "chez d'autres comme lui", "en otros como él")),
        )
    ),
    (
        r"the hold can be read back; until it is lifted nobody of wave (?P<wave>\S+) \((?P<stores>[^()]+)\) is cut"
        r" over",
        "der Halt lässt sich nachlesen; bis er aufgehoben ist, wird niemand aus Welle {wave} ({stores}) umgestellt",
        "la retenue peut être relue ; tant qu'elle n'est pas levée, personne de la vague {wave} ({stores}) ne bascule",
        "la retención se puede consultar; hasta que se levante, nadie de la ola {wave} ({stores}) se cambia",
    ),
    (
        r"the release can be read back; wave (?P<wave>\S+) \((?P<stores>[^()]+)\) can be cut over",
        "die Freigabe lässt sich nachlesen; Welle {wave} ({stores}) kann umgestellt werden",
        "le relâchement peut être relu ; la vague {wave} ({stores}) peut basculer",
        "la liberación se puede consultar; la ola {wave} ({stores}) puede cambiarse",
    ),
)
"""What is said of a wave before its cutover."""
