"""What the agent says of reasons and of risks, as patterns of what is recorded, and the same in German, French and
Spanish: the blanks are put into words too. What a person wrote stays as it was and stands in quotation marks.
"""

from typing import Final

REASONS: Final = (
    (
        r"less likely: (?P<share>\S.*) against (?P<other>.+)",
        "weniger wahrscheinlich: {share} gegen {other}",
        "moins probable : {share} contre {other}",
        "menos probable: {share} frente a {other}",
    ),
    (
        r"it rests on a single signal; that is too thin to change anything, so people are told",
        "es beruht auf einem einzigen Signal; das ist zu wenig, um etwas zu ändern, darum erfahren es Menschen",
        "cela repose sur un seul signal ; c'est trop mince pour changer quoi que ce soit, des personnes sont prévenues",
        "se apoya en una sola señal; es demasiado poco para cambiar algo, así que se avisa a personas",
    ),
    (
        r"what is not known cannot be treated",
        "was nicht bekannt ist, lässt sich nicht behandeln",
        "ce qui n'est pas connu ne peut être traité",
        "lo que no se conoce no se puede tratar",
    ),
    (
        r"a person said (?:with the same evidence|of this incident) that this is not the cause \((?P<id>[^()]+)\)",
        "ein Mensch hat gesagt, dass dies nicht die Ursache ist ({id})",
        "une personne a dit que ce n'est pas la cause ({id})",
        "una persona ha dicho que esta no es la causa ({id})",
    ),
    (
        r"a person refused (?:it|exactly this) with the same evidence \((?P<id>[^()]+)\)",
        "ein Mensch hat es bei gleicher Beweislage abgelehnt ({id})",
        "une personne l'a refusé avec les mêmes éléments ({id})",
        "una persona lo rechazó con las mismas pruebas ({id})",
    ),
    (
        r"(?P<what>a person (?:said|refused) .+ \([^()]+\)): (?P<quote>.+)",
        "{what}: „{quote}“",
        "{what} : « {quote} »",
        "{what}: «{quote}»",
    ),
    (
        r"its confidence of (?P<share>\S.*) is below (?P<least>\S+), too little to treat it",
        "ihre Sicherheit von {share} liegt unter {least}, zu wenig, um sie zu behandeln",
        "sa confiance de {share} est inférieure à {least}, trop peu pour la traiter",
        "su confianza de {share} está por debajo de {least}, demasiado poca para tratarla",
    ),
    (
        r"no action is known to treat it",
        "keine Maßnahme ist bekannt, die sie behandelt",
        "aucune mesure n'est connue pour la traiter",
        "no se conoce ninguna medida que la trate",
    ),
    (
        r"it was tried \((?P<id>[^()]+)\) and ended (?P<end>\S+)",
        "es wurde versucht ({id}) und endete mit {end}",
        "cela a été essayé ({id}) et a fini par {end}",
        "se intentó ({id}) y terminó en {end}",
    ),
    (
        r"the domain pack does not know this cause",
        "das Fachpaket kennt diese Ursache nicht",
        "le paquet du domaine ne connaît pas cette cause",
        "el paquete del dominio no conoce esta causa",
    ),
    (
        r"the tool is unknown or switched off",
        "das Werkzeug ist unbekannt oder abgeschaltet",
        "l'outil est inconnu ou désactivé",
        "la herramienta es desconocida o está desactivada",
    ),
    (
        r"it(?:s arguments)? cannot be filled(?: in)?: (?P<quote>.+)",
        "die Angaben dafür lassen sich nicht füllen: „{quote}“",
        "ses arguments ne peuvent être remplis : « {quote} »",
        "sus argumentos no se pueden rellenar: «{quote}»",
    ),
    (
        r"there is no policy, so nothing is permitted",
        "es gibt keine Richtlinie, also ist nichts erlaubt",
        "il n'y a pas de règlement, donc rien n'est permis",
        "no hay política, así que nada está permitido",
    ),
    (
        r"no rule speaks about it, so a person decides",
        "keine Regel spricht davon, also entscheidet ein Mensch",
        "aucune règle n'en parle, donc une personne décide",
        "ninguna regla habla de ello, así que decide una persona",
    ),
    (
        r"the effect of the tool has no class",
        "die Wirkung des Werkzeugs hat keine Klasse",
        "l'effet de l'outil n'a pas de classe",
        "el efecto de la herramienta no tiene clase",
    ),
    (
        r"the rule (?P<rule>\S+) could not be evaluated \((?P<error>\w+)\), so the answer is no",
        "die Regel {rule} ließ sich nicht auswerten ({error}), also lautet die Antwort nein",
        "la règle {rule} n'a pu être évaluée ({error}), donc la réponse est non",
        "la regla {rule} no se pudo evaluar ({error}), así que la respuesta es no",
    ),
    (
        r"amounts in (?P<apart>.+) have no rate, so more than (?P<sum>.+) may be at stake: two people must approve it",
        "Beträge in {apart} haben keinen Kurs, also können mehr als {sum} auf dem Spiel stehen: zwei Menschen müssen"
        " zustimmen",
        "les montants en {apart} n'ont pas de taux, plus de {sum} peuvent donc être en jeu : deux personnes doivent"
        " approuver",
        "los importes en {apart} no tienen tipo de cambio, así que puede haber más de {sum} en juego: deben aprobarlo"
        " dos personas",
    ),
    (
        r"about (?P<amount>.+) is at stake, more than (?P<sum>.+): two different people must approve it",
        "etwa {amount} stehen auf dem Spiel, mehr als {sum}: zwei verschiedene Menschen müssen zustimmen",
        "environ {amount} sont en jeu, plus de {sum} : deux personnes différentes doivent approuver",
        "hay unos {amount} en juego, más de {sum}: deben aprobarlo dos personas distintas",
    ),
    (
        r"it was seen in a maintenance window, so a person looks whether it is still there",
        "es wurde in einem Wartungsfenster gesehen, darum sieht ein Mensch nach, ob es noch da ist",
        "cela a été vu pendant une maintenance, une personne regarde donc si c'est encore là",
        "se vio en una ventana de mantenimiento, así que una persona mira si sigue ahí",
    ),
)
"""Why something is or is not proposed, and why it is asked."""

RISKS: Final = (
    (
        r"(?P<factor>[a-z].+) \(\+(?P<number>[\d.]+)\)",
        "{factor} (+{number})",
        "{factor} (+{number})",
        "{factor} (+{number})",
    ),
    (
        r"class of change: (?P<effect>.+)",
        "Art der Änderung: {effect}",
        "nature du changement : {effect}",
        "clase de cambio: {effect}",
    ),
    (
        r"the incident is (?P<level>info|low|medium|high|critical)",
        "Schwere des Vorfalls: {level}",
        "gravité de l'incident : {level}",
        "gravedad del incidente: {level}",
    ),
    (
        r"it reaches (?P<count>\d+) merchants",
        "es betrifft {count} Händler",
        "cela touche {count} marchands",
        "alcanza a {count} comercios",
    ),
    (
        r"it cannot be taken back",
        "es lässt sich nicht zurücknehmen",
        "cela ne peut être annulé",
        "no se puede deshacer",
    ),
    (r"it leaves the platform", "es verlässt die Plattform", "cela sort de la plateforme", "sale de la plataforma"),
    (
        r"the tool is declared (?P<level>\w+) risk at least",
        "für das Werkzeug gilt mindestens das Risiko: {level}",
        "l'outil est déclaré au moins de risque : {level}",
        "la herramienta se declara como mínimo de riesgo: {level}",
    ),
    (r"nothing speaks against it", "nichts spricht dagegen", "rien ne s'y oppose", "nada habla en contra"),
    (r"read", "Lesen", "lecture", "lectura"),
    (r"internal note", "interner Vermerk", "note interne", "nota interna"),
    (r"merchant setting", "Einstellung eines Händlers", "réglage d'un marchand", "ajuste de un comercio"),
    (r"external escalation", "Weitergabe nach außen", "remontée vers l'extérieur", "escalado al exterior"),
    (r"platform setting", "Einstellung der Plattform", "réglage de la plateforme", "ajuste de la plataforma"),
    (r"merchant contact", "Nachricht an einen Händler", "contact avec un marchand", "contacto con un comercio"),
    (r"production data", "Produktionsdaten", "données de production", "datos de producción"),
    (r"payment data", "Zahlungsdaten", "données de paiement", "datos de pago"),
    (r"info", "nur zur Kenntnis", "pour information", "informativo"),
    (r"low", "niedrig", "faible", "bajo"),
    (r"medium", "mittel", "moyen", "medio"),
    (r"high", "hoch", "élevé", "alto"),
    (r"critical", "kritisch", "critique", "crítico"),
)
"""What makes up a risk."""

WITHDRAWN: Final = (
    (
        r"(?P<why>.+) \((?P<rule>withdraw\.\w+)\)",
        "{why} ({rule})",
        "{why} ({rule})",
        "{why} ({rule})",
    ),
    (
        r"newer policies are in force than those it was ruled by",
        "inzwischen gelten neuere Richtlinien als die, nach denen entschieden wurde",
        "des règles plus récentes que celles de la décision sont en vigueur",
        "rigen políticas más nuevas que aquellas con las que se decidió",
    ),
    (
        r"its tool is in another mode now than the one it was proposed for",
        "sein Werkzeug ist jetzt in einem anderen Modus als bei dem Vorschlag",
        "son outil est maintenant dans un autre mode que lors de la proposition",
        "su herramienta está ahora en otro modo que al proponerse",
    ),
    (
        r"other causes are in force now than those it was proposed by",
        "inzwischen gelten andere Ursachen als bei dem Vorschlag",
        "d'autres causes que lors de la proposition sont en vigueur",
        "rigen otras causas que al proponerse",
    ),
    (
        r"newer evidence joined its incident after it was proposed",
        "nach dem Vorschlag kamen neuere Belege zu seinem Vorfall",
        "de nouveaux éléments ont rejoint son incident après la proposition",
        "tras la propuesta se sumaron pruebas nuevas a su incidente",
    ),
    (
        r"nobody decided, or it could not be sent, before it was too old",
        "niemand entschied, oder es ließ sich nicht senden, bevor es zu alt war",
        "personne n'a décidé, ou l'envoi n'a pu se faire, avant qu'elle soit trop ancienne",
        "nadie decidió, o no se pudo enviar, antes de quedar demasiado antigua",
    ),
    (
        r"its incident has ended",
        "sein Vorfall ist beendet",
        "son incident a pris fin",
        "su incidente ha terminado",
    ),
    (
        r"the plan that it was approved as a part of was given up",
        "der Plan, als dessen Teil es freigegeben wurde, ist aufgegeben",
        "le plan dont elle faisait partie a été abandonné",
        "se abandonó el plan del que formaba parte",
    ),
    (
        r"a rule granted it in a maintenance window that is over",
        "eine Regel erlaubte es in einem Wartungsfenster, das vorbei ist",
        "une règle l'a permise pendant une maintenance qui est finie",
        "una regla la permitió en una ventana de mantenimiento que ya pasó",
    ),
    (
        r"a person has what was done before it taken back, and people take over",
        "ein Mensch lässt zurücknehmen, was davor getan wurde, und Menschen übernehmen",
        "une personne fait annuler ce qui a été fait avant, et des personnes prennent le relais",
        "una persona hace deshacer lo hecho antes, y toman el relevo personas",
    ),
)
"""Why a question or a grant was taken back before anything was sent."""
