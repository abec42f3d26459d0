"""Words with which a wording may join what the facts say: they add no fact by themselves. Every other word must stand
in the facts, or mean the same as one that does.
"""

from typing import Final

_FREE: Final = {
    "en": "a an the since exist exists speak speaks somewhere this that these those it its they them their there"
    " here he she we us our you your i me my who whom whose which what when where why how as at by for from in"
    " into of on onto per to with within during and or but so because therefore thus hence while also then than"
    " too just such is are was were be been am has have had having do does did say says said saying show shows"
    " shown showing tell tells told mean means meaning found find finds seen see sees saw record recorded"
    " records according based due reason reasons behind explanation explains explained explain case incident"
    " incidents action actions cause evidence fact facts agent system point points pointing given rests rest"
    " resting regarding question short summary overall makes make making made take takes taken stands stand"
    " standing follows follow following namely called named name names known result results one another same"
    " way kind part place time moment like looks look note notes please therein come comes came coming get gets"
    " got put puts keep keeps state status between out about shop's incident's what's that's it's there's",
    "de": "der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem jener es er"
    " sie ihr ihre ihren ihrem ihrer ihnen ihm ihn wir uns unser unsere man sich wer wen wem wessen was welche"
    " welcher welches welchen wann wo warum wie als am an auf aus bei beim durch für hinter im in ins mit neben"
    " um von vom wegen zu zum zur zwischen und oder aber denn weil da dass daher deshalb darum somit also auch"
    " dann so sowie ist sind war waren sei sein gewesen hat haben hatte hatten wurde wurden worden laut gemäss"
    " gemäß aufgrund grund gründe dafür darauf daran davon dazu dabei damit hier dort sagt sagen gesagt zeigt"
    " zeigen gezeigt heisst heißt bedeutet nennt nennen genannt gefunden gesehen festgehalten aufgezeichnet"
    " vorfall vorfälle vorfalls massnahme maßnahme massnahmen maßnahmen aktion aktionen ursache ursachen beleg"
    " belege fakt fakten tatsache tatsachen agent system weist hindeutet deutet hin beruht beruhen frage kurz"
    " zusammengefasst macht gemacht genommen steht stehen folgt folgende folgenden folgendes nämlich namens"
    " namen name bekannt ergebnis selbe gleiche art teil stelle zeit sieht kommt kommen liegt liegen gibt gab"
    " stand zustand status wahrscheinlichkeit sicherheit konfidenz erklärung erklärt",
    "fr": "le la les l un une des du de d au aux ce cet cette ces c il elle ils elles on nous vous leur leurs se s"
    " son sa ses notre nos qui que qu quoi quel quelle quels quelles dont où quand comment pourquoi à avec chez"
    " dans derrière dès devant en entre envers par pour vers et ou mais donc car ainsi aussi alors comme parce"
    " est sont était étaient être été a ont avait avaient ayant fait font selon raison raisons cela ceci y dit"
    " disent montre montrent montré signifie indique indiquent appelle nommé nommée trouvé vu constaté"
    " enregistré incident incidents action actions mesure mesures cause causes preuve preuves faits agent"
    " système repose reposent question bref résumé mis pris prise suit suivant suivants suivante suivantes"
    " savoir nom noms connu résultat même façon partie endroit temps moment voit vient viennent état statut"
    " confiance explication explique expliquer ne n j m t lorsque puisque c'est n'est l'incident l'action"
    " l'agent qu'il qu'elle d'un d'une s'agit",
    "es": "el la los las lo un una uno unos unas este esta estos estas esto ese esa esos esas eso aquel él ella"
    " ellos ellas nosotros nos se su sus nuestro nuestra le les que quien quienes cual cuales cuyo qué quién"
    " cuál cuándo dónde cómo por para a ante con de del al en entre hacia según y e o u pero porque pues así"
    " también además entonces como cuando donde mientras es son era eran fue fueron ser sido siendo está están"
    " estaba estaban estar ha han había habían haber hay hace hacen hecho razón razones motivo motivos debido"
    " basa basado dice dicen dicho muestra muestran mostrado significa indica indican llama llamado llamada"
    " encontrado visto registrado constatado incidente incidentes acción acciones medida medidas causa causas"
    " prueba pruebas hechos agente sistema apoya pregunta resumen tomado sigue siguiente siguientes saber"
    " nombre nombres conocido resultado mismo misma modo manera parte lugar tiempo momento ve viene vienen"
    " estado confianza explicación explica",
}
FREE: Final = {language: frozenset(words.split()) for language, words in _FREE.items()}
_ALIKE: Final = (
    "affected affects affect hit hits concerned concerns involved",
    "proposed propose proposes proposal suggested suggests recommended recommends",
    "betroffen betrifft betreffen",
    "vorgeschlagen vorschlag empfohlen empfiehlt",
    "touché touchés touchée touchées concerne concernent concerné concernés",
    "proposé proposée propose proposition recommandé recommandée",
    "afectado afectados afectada afectadas afecta afectan",
    "propuesto propuesta propone recomendado recomienda",
    "merchant merchants shop shops store stores customer customers",
    "expensive costs cost costing costly price loss losses",
    "approve approves approved approval",
    "allow allows allowed permits permitted permit permits",
    "wait waits waiting pending awaits awaiting",
    "person people somebody someone human humans",
    "undo undone reversed reverse reversible",
    "runbook runbooks guide handbook",
    "start started began begun begin",
    "sign signs symptom symptoms",
    "cover covers covered describes described",
    "open opened active",
    "order orders purchases",
    "lose lost losing",
    "best likeliest strongest",
    "about approximately around roughly",
    "policy rules rule policies",
    "händler händlern shops shop",
    "kostet kosten koste",
    "wartet warten wartende",
    "marchand marchands boutique boutiques commerçant commerçants",
    "coûte coûtent coût",
    "attend attendent attente",
    "comerciante comerciantes tienda tiendas comercio comercios",
    "cuesta cuestan coste costo",
    "espera esperan esperando",
    "min minute minutes minuten minuto minutos",
    "h hour hours hourly stunde stunden heure heures hora horas",
    "% percent prozent",
)
ALIKE: Final[dict[str, frozenset[str]]] = {}
for _group in _ALIKE:
    for _word in _group.split():
        ALIKE[_word] = ALIKE.get(_word, frozenset()) | frozenset(_group.split())
"""Of each word the words that mean the same to an operator."""
