"""Words that turn a meaning round, in the four languages: they are counted in a fact and in its wording alike."""

from typing import Final


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS: Final = {
    "en": _listed("not no never none nobody nothing without cannot neither nor unless hardly"),
    "de": _listed("nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder kaum"),
    "fr": _listed("pas non jamais aucun aucune rien personne sans ni guère"),
    "es": _listed("no nunca jamás ningún ninguna ninguno nada nadie sin ni tampoco"),
}
CONDITIONS: Final = {
    "en": _listed("if until unless otherwise instead"),
    "de": _listed("wenn falls bis sonst sofern stattdessen"),
    "fr": _listed("si s'il s'ils jusqu'à jusqu'au sinon jusque"),
    "es": _listed("si hasta excepto salvo"),
}
TO_COME: Final = {
    "en": _listed("will would shall should going must being"),
    "de": _listed("wird werden würde würden soll sollte müsste muss"),
    "fr": _listed("sera seront serait seraient ira doit devrait aura auront va vont"),
    "es": _listed("será serán sería serían va van debe debería habrá irá"),
}
HEDGES: Final = {
    "en": _listed("about around perhaps probably likely likeliest may might could best taken seems approximately"),
    "de": _listed("etwa ungefähr vielleicht wahrscheinlich wahrscheinlichste dürfte könnte beste gilt vermutlich rund"),
    "fr": _listed("environ peut-être probablement probable vraisemblable pourrait meilleure attribué semble supposée"),
    "es": _listed("aproximadamente unos unas quizá quizás probablemente probable podría mejor parece cerca supone"),
}
GROUNDS: Final = {
    "en": _listed("because since therefore thus hence due so reason reasons behind caused"),
    "de": _listed("weil denn daher deshalb darum somit wegen aufgrund grund gründe also da"),
    "fr": _listed("parce car donc ainsi puisque raison raisons"),
    "es": _listed("porque pues así debido razón razones motivo motivos"),
}
"""Words that make one thing the ground of another."""
OPPOSITES: Final = {
    "en": _listed(
        "before after against more less fewer healthy treated untreated approved refused rejected high low medium"
        " critical worked failed open closed first last earlier later increase decrease rose fell all only every most"
        " least"
    ),
    "de": _listed(
        "vor nach vorher nachher gegen dagegen mehr weniger gesund gesunde behandelten unbehandelten genehmigt"
        " abgelehnt hoch niedrig mittel kritisch offen geschlossen erste ersten letzte letzten früher später alle nur"
        " jede meisten"
    ),
    "fr": _listed(
        "avant après contre plus moins sain sains traités approuvé approuvée refusé refusée élevé faible moyen critique"
        " ouvert ouverts fermé première premier dernière dernier tous toutes seul seule seulement chaque"
    ),
    "es": _listed(
        "antes después contra más menos sano sanos tratados aprobado aprobó rechazado rechazó alto bajo medio crítico"
        " abierto abiertos cerrado primera primero última último todos todas solo sólo cada"
    ),
}
"""Words whose exchange says the contrary; they have to come in the same order."""
_UNIT_WORDS: Final = {
    "second": "s sec second seconds sekunde sekunden seconde secondes segundo segundos",
    "minute": "min mins minute minutes minuten minuto minutos",
    "hour": "h hour hours stunde stunden heure heures hora horas",
    "day": "d day days tag tage tagen jour jours día días",
    "week": "week weeks woche wochen semaine semaines semana semanas",
    "month": "month months monat monate monaten mois mes meses",
    "year": "year years jahr jahre jahren an ans año años",
    "%": "% percent prozent pourcent",
    "EUR": "eur euro euros",
    "USD": "usd dollar dollars",
    "GBP": "gbp pound pounds pfund",
    "million": "million millions millionen millones k thousand tausend mille mil",
}
UNITS: Final = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_COUNTED: Final = {
    "en": "zero=0 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13"
    " fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fifty=50"
    " sixty=60 seventy=70 eighty=80 ninety=90 hundred=? thousand=? million=? dozen=? double=? twice=? thrice=? half=?"
    " third=? quarter=? couple=? pair=? triple=? tenth=?",
    "de": "null=0 zwei=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwölf=12 dreizehn=13"
    " vierzehn=14 fünfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 zwanzig=20 dreissig=30 dreißig=30"
    " vierzig=40 fünfzig=50 sechzig=60 siebzig=70 achtzig=80 neunzig=90 hundert=? tausend=? million=? dutzend=?"
    " doppelt=? zweimal=? halb=? halbe=? hälfte=? drittel=? viertel=? paar=?",
    "fr": "zéro=0 deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13"
    " quatorze=14 quinze=15 seize=16 vingt=20 trente=30 quarante=40 cinquante=50 soixante=60 cent=? mille=? million=?"
    " douzaine=? double=? moitié=? demi=? tiers=? quart=? paire=?",
    "es": "cero=0 dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 once=11 doce=12 trece=13"
    " catorce=14 quince=15 veinte=20 treinta=30 cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90"
    " cien=? ciento=? mil=? millón=? docena=? doble=? mitad=? medio=? tercio=? cuarto=? par=?",
}
NUMBER_WORDS: Final[dict[str, dict[str, str]]] = {
    language: dict(entry.split("=") for entry in entries.split()) for language, entries in _COUNTED.items()
}
"""What each number word is worth; `?` is a number that only stands where the fact has the same word."""
