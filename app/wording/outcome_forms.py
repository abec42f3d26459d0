"""What the agent says of what came of an action and of earlier incidents, as patterns of what is recorded, and the
same in German, French and Spanish.
"""

from typing import Final

ENDS: Final = (
    (r"fixed, and proven", "behoben, und bewiesen", "corrigé, et prouvé", "arreglado, y probado"),
    (
        r"executed, but it did not help",
        "ausgeführt, aber es half nicht",
        "exécuté, mais sans effet",
        "ejecutado, pero no ayudó",
    ),
    (r"it made things worse", "es hat die Lage verschlimmert", "cela a empiré les choses", "empeoró las cosas"),
    (
        r"it recovered on its own; the action is not credited with it",
        "es hat sich von selbst erholt; der Aktion wird es nicht angerechnet",
        "cela s'est rétabli tout seul ; l'action n'y est pour rien",
        "se recuperó por sí solo; no se atribuye a la acción",
    ),
    (
        r"it was not done; nothing that was seen since is credited to it",
        "es wurde nicht getan; was seither zu sehen war, wird ihm nicht angerechnet",
        "cela n'a pas été fait ; rien de ce qu'on a vu depuis ne lui est attribué",
        "no se hizo; nada de lo visto desde entonces se le atribuye",
    ),
    (
        r"it looks as if it had been done, or somebody else mended it: look once more",
        "es sieht aus, als wäre es doch getan worden oder jemand anders hätte es behoben: bitte noch einmal nachsehen",
        "on dirait que cela a été fait, ou que quelqu'un d'autre l'a réparé : regardez encore une fois",
        "parece que sí se hizo, o que otra persona lo arregló: mire otra vez",
    ),
    (
        r"not testable: too little was to be seen to tell whether it worked",
        "nicht prüfbar: es war zu wenig zu sehen, um zu sagen, ob es wirkte",
        "invérifiable : trop peu était visible pour dire si cela a marché",
        "no comprobable: se vio demasiado poco para decir si funcionó",
    ),
    (
        r"too early to tell, and not known how long it takes",
        "zu früh, um es zu sagen, und nicht bekannt, wie lange es dauert",
        "trop tôt pour le dire, et on ne sait combien de temps il faut",
        "demasiado pronto para decirlo, y no se sabe cuánto tarda",
    ),
    (
        r"too early to tell: about (?P<minutes>\d+) more minutes are needed",
        "zu früh, um es zu sagen: etwa {minutes} weitere Minuten sind nötig",
        "trop tôt pour le dire : il faut encore environ {minutes} minutes",
        "demasiado pronto para decirlo: hacen falta unos {minutes} minutos más",
    ),
    (
        r"about (?P<minutes>\d+) more minutes are needed",
        "etwa {minutes} weitere Minuten sind nötig",
        "il faut encore environ {minutes} minutes",
        "hacen falta unos {minutes} minutos más",
    ),
    (
        r"(?P<who>treated merchants|others): (?P<before>[\d.]+) errors an hour before, (?P<after>[\d.]+) after",
        "{who}: {before} Fehler je Stunde davor, {after} danach",
        "{who} : {before} erreurs par heure avant, {after} après",
        "{who}: {before} errores por hora antes, {after} después",
    ),
    (r"treated merchants", "behandelte Händler", "marchands traités", "comercios tratados"),
    (r"others", "andere", "les autres", "los demás"),
    (
        r"(?P<seen>.+): the promise was (?P<kept>kept|not kept)",
        "{seen}: das Versprechen wurde {kept}",
        "{seen} : la promesse {kept}",
        "{seen}: la promesa {kept}",
    ),
    (r"kept", "gehalten", "a été tenue", "se cumplió"),
    (r"not kept", "nicht gehalten", "n'a pas été tenue", "no se cumplió"),
    (
        r"(?P<seen>\d+) seen, (?P<expected>[\d.]+) expected without the action",
        "{seen} gesehen, {expected} ohne die Aktion erwartet",
        "{seen} vus, {expected} attendus sans l'action",
        "{seen} vistos, {expected} esperados sin la acción",
    ),
    (
        r"(?P<seen>\d+ seen, [\d.]+ expected without the action) \((?P<turn>\d+) at the (?P<count>\d+) whose turn"
        r" has not"
        r" come\)",
        "{seen} ({turn} bei den {count}, die noch nicht an der Reihe waren)",
        "{seen} ({turn} chez les {count} dont ce n'est pas encore le tour)",
        "{seen} ({turn} en los {count} a los que aún no les toca)",
    ),
    (
        r"verified for (?P<told>\d+) of (?P<all>\d+)",
        "bestätigt für {told} von {all}",
        "vérifié pour {told} sur {all}",
        "verificado para {told} de {all}",
    ),
    (
        r"verified for (?P<told>\d+) of (?P<all>\d+), (?P<left>\d+) not testable: too little comes from (?:it|them)",
        "bestätigt für {told} von {all}, {left} nicht prüfbar: zu wenig kommt von dort",
        "vérifié pour {told} sur {all}, {left} invérifiable(s) : trop peu en vient",
        "verificado para {told} de {all}, {left} no comprobable(s): llega demasiado poco",
    ),
    (
        r"verified for the (?P<all>\d+) together; none of them is testable by itself",
        "bestätigt für die {all} zusammen; einzeln ist keiner prüfbar",
        "vérifié pour les {all} ensemble ; aucun n'est vérifiable seul",
        "verificado para los {all} juntos; ninguno es comprobable por sí solo",
    ),
    (
        r"it cured those before them as well",
        "es hat auch die vor ihnen geheilt",
        "cela a guéri aussi ceux d'avant",
        "también curó a los anteriores",
    ),
    (
        r"those before them prove that it works",
        "die vor ihnen beweisen, dass es wirkt",
        "ceux d'avant prouvent que cela marche",
        "los anteriores prueban que funciona",
    ),
    (
        r"no untreated merchants had enough of it to compare with, so it may have ended by itself",
        "kein unbehandelter Händler hatte genug davon zum Vergleichen, es kann also von selbst geendet haben",
        "aucun marchand non traité n'en avait assez pour comparer, cela a donc pu finir tout seul",
        "ningún comercio sin tratar tenía bastante para comparar, así que pudo terminar solo",
    ),
    (
        r"it may have got worse, or that is chance: (?P<seen>.+)",
        "es kann schlimmer geworden sein, oder das ist Zufall: {seen}",
        "cela a pu empirer, ou c'est le hasard : {seen}",
        "puede haber empeorado, o es azar: {seen}",
    ),
    (
        r"it got worse: (?P<seen>.+), and that is no chance",
        "es wurde schlimmer: {seen}, und das ist kein Zufall",
        "cela a empiré : {seen}, et ce n'est pas le hasard",
        "empeoró: {seen}, y no es azar",
    ),
    (
        r"too little to tell: (?P<seen>.+)",
        "zu wenig, um es zu sagen: {seen}",
        "trop peu pour le dire : {seen}",
        "demasiado poco para decirlo: {seen}",
    ),
    (
        r"nothing that went well was heard of them since, and silence is not recovery",
        "seitdem war nichts Gelungenes von ihnen zu hören, und Stille ist keine Erholung",
        "rien de réussi n'a été entendu d'eux depuis, et le silence n'est pas un rétablissement",
        "desde entonces no se oyó nada que fuera bien, y el silencio no es recuperación",
    ),
    (
        r"the treated merchants have been silent since, and silence is not recovery",
        "die behandelten Händler sind seitdem still, und Stille ist keine Erholung",
        "les marchands traités sont silencieux depuis, et le silence n'est pas un rétablissement",
        "los comercios tratados callan desde entonces, y el silencio no es recuperación",
    ),
    (
        r"(?P<names>.+) ha(?:s|ve) been silent since \(nothing, or far too little, went well\), and silence is not"
        r" recovery",
        "still seitdem (nichts oder viel zu wenig gelang): {names}; und Stille ist keine Erholung",
        "silencieux depuis (rien, ou bien trop peu, n'a réussi) : {names} ; et le silence n'est pas un rétablissement",
        "en silencio desde entonces (nada, o demasiado poco, fue bien): {names}; y el silencio no es recuperación",
    ),
    (
        r"the promise was kept on the whole, but not for (?P<names>.+)",
        "das Versprechen wurde im Ganzen gehalten, aber nicht für {names}",
        "la promesse a été tenue dans l'ensemble, mais pas pour {names}",
        "la promesa se cumplió en conjunto, pero no para {names}",
    ),
    (
        r"it moved to another error: (?P<seen>\d+) seen, (?P<expected>[\d.]+) expected, but (?P<moved>\d+) new"
        r" failures of"
        r" other kinds at the same endpoints",
        "es wurde ein anderer Fehler daraus: {seen} gesehen, {expected} erwartet, aber {moved} neue Fehler"
        " anderer Art an"
        " denselben Endpunkten",
        "cela s'est déplacé vers une autre erreur : {seen} vus, {expected} attendus, mais {moved} nouveaux échecs"
        " d'autres"
        " types aux mêmes points d'accès",
        "pasó a otro error: {seen} vistos, {expected} esperados, pero {moved} fallos nuevos de otro tipo en los mismos"
        " puntos de acceso",
    ),
    (
        r"it recovered on its own: (?P<seen>\d+) seen where (?P<plain>[\d.]+) were expected, but the untreated"
        r" recovered"
        r" likewise \((?P<other>\d+) seen, (?P<expected>[\d.]+) expected\), so the action is not credited with it",
        "es hat sich von selbst erholt: {seen} gesehen, wo {plain} erwartet waren, aber die Unbehandelten erholten sich"
        " ebenso ({other} gesehen, {expected} erwartet), darum wird es der Aktion nicht angerechnet",
        "cela s'est rétabli tout seul : {seen} vus où {plain} étaient attendus, mais les non traités se sont"
        " rétablis de"
        " même ({other} vus, {expected} attendus), l'action n'y est donc pour rien",
        "se recuperó por sí solo: {seen} vistos donde se esperaban {plain}, pero los no tratados se recuperaron igual"
        " ({other} vistos, {expected} esperados), así que no se atribuye a la acción",
    ),
    (
        r"(?P<name>\S+) can be read back",
        "{name} lässt sich nachlesen",
        "{name} peut être relu",
        "{name} se puede consultar",
    ),
    (
        r"(?P<name>\S+|no reference) cannot be read back(?P<yet> yet)?",
        "{name} lässt sich nicht nachlesen",
        "{name} ne peut être relu",
        "{name} no se puede consultar",
    ),
    (r"no reference", "keine Referenz", "aucune référence", "ninguna referencia"),
    (
        r"it was watched for (?P<minutes>\d+) minutes: not testable",
        "es wurde {minutes} Minuten lang beobachtet: nicht prüfbar",
        "cela a été observé {minutes} minutes : invérifiable",
        "se observó durante {minutes} minutos: no comprobable",
    ),
    (
        r"it recovered on its own: the trouble was last seen at (?P<at>.+ UTC), and its merchants have lived on for"
        r" (?P<minutes>\d+) minutes since without it",
        "es hat sich von selbst erholt: die Störung wurde zuletzt um {at} gesehen, und ihre Händler leben seit"
        " {minutes}"
        " Minuten ohne sie",
        "cela s'est rétabli tout seul : le trouble a été vu pour la dernière fois à {at}, et ses marchands vivent"
        " sans lui"
        " depuis {minutes} minutes",
        "se recuperó por sí solo: el problema se vio por última vez a las {at}, y sus comercios llevan {minutes}"
        " minutos"
        " sin él",
    ),
    (
        r"no tool is credited with it",
        "es wird keinem Werkzeug angerechnet",
        "aucun outil n'en a le mérite",
        "no se atribuye a ninguna herramienta",
    ),
    (
        r"the untreated recovered likewise: no tool is credited with it",
        "die Unbehandelten erholten sich ebenso: es wird keinem Werkzeug angerechnet",
        "les non traités se sont rétablis de même : aucun outil n'en a le mérite",
        "los no tratados se recuperaron igual: no se atribuye a ninguna herramienta",
    ),
    (
        r"it was not testable, which is no failure of the tool",
        "es war nicht prüfbar, was kein Versagen des Werkzeugs ist",
        "c'était invérifiable, ce qui n'est pas un échec de l'outil",
        "no era comprobable, lo que no es un fallo de la herramienta",
    ),
    (
        r"(?P<title>.+): taken for (?P<cause>\w+) with confidence (?P<sure>[\d.]+); (?P<what>.+); ended (?P<end>\w+)",
        "{title}: als Ursache galt {cause} mit Sicherheit {sure}; {what}; es endete mit {end}",
        "{title} : cause retenue {cause} avec une confiance de {sure} ; {what} ; cela a fini par {end}",
        "{title}: causa considerada {cause} con confianza {sure}; {what}; terminó en {end}",
    ),
    (
        r"(?P<title>.+): taken for (?P<cause>\w+)",
        "{title}: als Ursache galt {cause}",
        "{title} : cause retenue {cause}",
        "{title}: causa considerada {cause}",
    ),
    (
        r"(?P<title>.+): (?P<by>\S+) named the cause, (?P<cause>\w+)",
        "{title}: {by} nannte die Ursache {cause}",
        "{title} : {by} a nommé la cause {cause}",
        "{title}: {by} nombró la causa {cause}",
    ),
    (
        r"(?P<tool>\w+) against (?P<cause>\w+) ended (?P<end>\w+)",
        "{tool} gegen {cause} endete mit {end}",
        "{tool} contre {cause} a fini par {end}",
        "{tool} contra {cause} terminó en {end}",
    ),
    (
        r"nothing was proposed",
        "es wurde nichts vorgeschlagen",
        "rien n'a été proposé",
        "no se propuso nada",
    ),
)
"""What came of an action, and how earlier incidents ended."""
