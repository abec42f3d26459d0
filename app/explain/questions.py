"""What an operator wants to know, recognised by words in a few languages. Nothing here can change anything."""

import re
import unicodedata

INTENTS: dict[str, str] = {
    "why_action": "why this action was proposed",
    "why_cause": "why we believe this cause",
    "who_affected": "who is affected",
    "cost": "what it costs",
    "runbook": "which runbook says so",
    "since_when": "since when it happens",
    "what_now": "what happens next",
    "next_check": "which check would tell most ('what would change your mind?')",
    "verified": "whether it worked",
    "why_not": "why not another cause or action ('why not rotate_token?')",
}
"""What can be asked, with the words that describe it."""

_WHY = r"\b(?:why|warum|wieso|weshalb|pourquoi|por que)\b"
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "approve",
        (
            r"^(?:please |bitte |just |now |then |so |ok(?:ay)?,? )*(?:approve|reject|execute|apply|run it|do it|go"
            r" ahead|genehmig|freigeben|ablehnen)"
        ),
    ),
    ("approve", r"^(?:approuve|rejette|aprueba|rechaza)|\bi (?:approve|reject)\b"),
    ("approve", r"\b(?:can|could|would|will) you (?:please )?(?:approve|reject|execute|apply|run)\b"),
    (
        "verified",
        (
            r"\b(?:did|has|have|was|is) (?:it|this|that|the fix|the"
            r" action|we)\b.*\b(?:work(?:ed)?|fixed|help(?:ed)?|verified)\b"
        ),
    ),
    (
        "verified",
        r"\b(?:did|has|have|was|is) (?:it|this|that|the fix|the action|we)\b.*\b(?:resolved|cured|recover(?:ed)?)\b",
    ),
    (
        "verified",
        (
            r"\b(?:receipt|verified|verification|verdict|proof|beleg|nachweis|hat es geholfen|hat .*gewirkt|ca a"
            r" marche|funciono|recibo)\b"
        ),
    ),
    (
        "runbook",
        (
            r"\b(?:runbooks?|playbook|document\w*|docs?|citations?|cite[sd]?|sources?|which"
            r" page|handbuch|quelle|anleitung|fuente)\b"
        ),
    ),
    (
        "cost",
        (
            r"\b(?:costs?|money|revenue|losing|lost|lose|expensive|price"
            r" of|impact|damage|kostet|kosten|umsatz|verlust|verlieren)\b"
        ),
    ),
    ("cost", r"\b(?:coute|cout|perdu|perdons|cuesta|costo|perdiendo|ingresos)\b"),
    (
        "who_affected",
        r"\b(?:who|whom|(?:which|how many) (?:merchants?|shops?|stores?|customers?)|affected|blast radius)\b",
    ),
    (
        "who_affected",
        r"\b(?:wer|betroffen\w*|welche (?:handler|shops?)|qui|touche\w*|concerne\w*|quien\w*|afectad\w*)\b",
    ),
    (
        "who_affected",
        (
            r"\b(?:(?:which|what) (?:migration )?(?:stages?|phases?|waves?)|stages? (?:is|are) (?:hit|affected)|by"
            r" stage)\b"
        ),
    ),
    (
        "who_affected",
        (
            r"\b(?:welche (?:phasen?|stufen?)|quelles? (?:etapes?|phases?)|que (?:etapas?|fases?)|cuales?"
            r" (?:etapas?|fases?))\b"
        ),
    ),
    (
        "since_when",
        (
            r"\b(?:since when|when did|how long|started?|begin|began|seit wann|wie lange|depuis quand|desde"
            r" cuando|cuando empezo)\b"
        ),
    ),
    ("next_check", r"\b(?:next|cheapest|best|first|which|what) (?:next )?checks?\b|\bchange your mind\b"),
    ("next_check", r"\bwhat (?:should|can|could|do|must) (?:i|we) (?:check|look at|find out|ask)\b"),
    ("next_check", r"\bwas (?:soll(?:en)?|kann|konnen|muss(?:en)?) (?:ich|wir) (?:prufen|nachsehen)\b|\bumstimmen\b"),
    ("next_check", r"\bquoi verifier\b|\bque (?:comprobar|revisar)\b"),
    ("why_cause", r"\b(?:cause|root cause|reason for|believe|think|sure|confiden\w*|hypothes\w*|diagnos\w*)\b"),
    ("why_cause", r"\b(?:what is (?:wrong|broken|happening)|ursache|grund|causa)\b"),
    ("why_action", _WHY + r".*\b(?:propos\w*|suggest\w*|action|recommend\w*|do (?:this|that|it)|this fix)\b"),
    (
        "why_action",
        _WHY + r".*\b(?:vorschl\w*|vorgeschlagen|massnahme|propuest\w*|accion|propon\w*)\b|\b(?:explain|justify)\b",
    ),
    ("what_now", r"\b(?:what now|what next|next steps?|what (?:should|can|do) (?:i|we)|what happens|status)\b"),
    ("what_now", r"\b(?:was nun|was jetzt|wie weiter|et maintenant|y ahora|que hago)\b"),
    (
        "why_cause",
        _WHY + r".*\b(?:break\w*|broken|fail\w*|happen\w*|errors?|kaputt|fehl\w*|passiert|echoue\w*|falla\w*|pasa)\b",
    ),
    ("why_action", _WHY),
)
_WHY_NOT = re.compile(
    r"\b(?:why not|why didn'?t (?:you|we) (?:propose|choose|use|try|do)?|warum nicht|pourquoi pas|por que no)\b\s*(.*)"
)
_FILLER = re.compile(
    r"\b(?:the|a|an|it|is|was|this|that|to|you|we|just|simply|propose|choose|use|try|do|run|einfach|simplement|simplemente)\b"
)


_NAMED = re.compile(
    r"(?<![\w-])(?:(?:INC|ACT|SIG|EV|DOC|MERCH)-[A-Za-z0-9][A-Za-z0-9_.:-]*[A-Za-z0-9]|[0-9a-f]{64})(?![\w-])",
    re.IGNORECASE,
)


def named(question: str) -> tuple[str, ...]:
    """The ids that stand in a question, as they are written there, each once."""
    return tuple(dict.fromkeys(_NAMED.findall(question[:2_000])))


def understand_question(question: str) -> str:
    """The intent of a question: one of INTENTS, `why_not:<what>`, `approve`, or `unknown`."""
    text = _plain_text(question)
    wanted = _WHY_NOT.search(text)
    if wanted and wanted.group(1).strip(" ?!."):
        return f"why_not:{'_'.join(_FILLER.sub(' ', wanted.group(1)).split()).strip('?!._ ')}"
    return next((intent for intent, pattern in _PATTERNS if re.search(pattern, text)), "unknown")


def _plain_text(question: str) -> str:
    parted = unicodedata.normalize("NFKD", question[:2_000]).casefold().replace("’", "'")
    return " ".join("".join(mark for mark in parted if not unicodedata.combining(mark)).split())
