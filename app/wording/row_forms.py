"""What the agent says of rows of evidence, as patterns of what is recorded, and in German, French and Spanish."""

from typing import Final

ROWS: Final = (
    (
        r"(?P<count>\d+) of (?P<of>\d+) signals? shows? the symptom (?P<name>.+)",
        "{count} von {of} Signalen zeigen dies: {name}",
        "{count} signaux sur {of} montrent ceci : {name}",
        "{count} de {of} señales muestran esto: {name}",
    ),
    (
        r"(?P<count>\d+) payments? took money and ha(?:s|ve) no order: (?P<money>.+)",
        "Zahlungen, die Geld einzogen und keine Bestellung haben: {count}, {money}",
        "paiements encaissés et sans commande : {count}, {money}",
        "pagos cobrados y sin pedido: {count}, {money}",
    ),
    (
        r"(?P<title>.+) came in at up to (?P<ratio>\S+) times its usual rate \((?P<base>\S+) an hour before\); anomaly"
        r" score (?P<score>\S+)",
        "{title} kam bis zu {ratio}-mal so oft wie sonst ({base} je Stunde davor); Auffälligkeit {score}",
        "{title} est arrivé jusqu'à {ratio} fois plus que d'habitude ({base} par heure avant) ; score d'anomalie"
        " {score}",
        "{title} llegó hasta {ratio} veces más de lo habitual ({base} por hora antes); anomalía {score}",
    ),
    (
        r"(?P<title>.+) was not seen before this window; anomaly score (?P<score>\S+)",
        "{title} wurde vor diesem Zeitraum nicht gesehen; Auffälligkeit {score}",
        "{title} n'avait pas été vu avant cette période ; score d'anomalie {score}",
        "{title} no se había visto antes de este periodo; anomalía {score}",
    ),
    (
        r"(?P<name>.+): (?P<seen>\S+) seen, (?P<expected>\S+) would have been normal(?: where (?P<rule>.+))?"
        r" \((?P<count>\d+) merchants?\)",
        "{name}: {seen} gesehen, {expected} wären normal gewesen (Händler: {count})",
        "{name} : {seen} vus, {expected} auraient été normaux (marchands : {count})",
        "{name}: {seen} vistos, {expected} habrían sido normales (comercios: {count})",
    ),
    (
        r"(?P<name>\S+) fell from (?P<before>\S+) to (?P<after>\S+) at (?P<merchant>\S+)",
        "{name} fiel bei {merchant} von {before} auf {after}",
        "{name} est passé de {before} à {after} chez {merchant}",
        "{name} bajó de {before} a {after} en {merchant}",
    ),
    (
        r"the incident that this one repeats \((?P<id>[^()]+)\) (?P<end>(?:was|ended) .+): (?P<what>.+)",
        "der Vorfall, den dieser wiederholt ({id}), {end}: {what}",
        "l'incident que celui-ci répète ({id}) {end} : {what}",
        "el incidente que este repite ({id}) {end}: {what}",
    ),
    (
        r"an earlier incident with this cause \((?P<id>[^()]+)\) (?P<end>(?:was|ended) .+): (?P<what>.+)",
        "ein früherer Vorfall mit dieser Ursache ({id}) {end}: {what}",
        "un incident antérieur de cette cause ({id}) {end} : {what}",
        "un incidente anterior con esta causa ({id}) {end}: {what}",
    ),
    (
        r"was named by a person",
        "wurde von einem Menschen benannt",
        "a été nommé par une personne",
        "lo nombró una persona",
    ),
    (r"ended (?P<end>[A-Z_]+|[a-z_]+)", "endete mit {end}", "a fini par {end}", "terminó en {end}"),
    (r"(?P<tool>\w+) for (?P<cause>\w+)", "{tool} gegen {cause}", "{tool} contre {cause}", "{tool} contra {cause}"),
    (
        r"(?P<name>\w+) against (?P<limit>\w+)",
        "{name} gegenüber {limit}",
        "{name} par rapport à {limit}",
        "{name} frente a {limit}",
    ),
    (r"above", "darüber", "au-dessus", "por encima"),
    (r"within", "innerhalb", "en deçà", "dentro"),
    (
        r"log lines of one kind",
        "Logzeilen einer Art",
        "lignes de journal d'un même type",
        "líneas de registro de un tipo",
    ),
    (
        r"(?P<title>.+), status (?P<status>\S+)",
        "{title}, Status {status}",
        "{title}, statut {status}",
        "{title}, estado {status}",
    ),
)
"""What was counted."""
