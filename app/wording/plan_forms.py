"""What the agent says of the steps of a plan, as patterns of what is recorded, and the same in German, French and
Spanish.
"""

from typing import Final

PLANS: Final = (
    (
        r"(?P<step>.+) \(a step of the plan of (?P<id>[^()\s]+)\)",
        "{step} (ein Schritt des Plans von {id})",
        "{step} (une étape du plan de {id})",
        "{step} (un paso del plan de {id})",
    ),
    (
        r"the plan (?P<plan>.+) of (?P<id>INC-\S+) asks for it: (?P<step>.+)",
        "der Plan „{plan}“ von {id} verlangt es: {step}",
        "le plan « {plan} » de {id} le demande : {step}",
        "el plan «{plan}» de {id} lo pide: {step}",
    ),
    (
        r"what it costs is counted at (?P<id>\S+)",
        "was es kostet, wird bei {id} gezählt",
        "ce que cela coûte est compté pour {id}",
        "lo que cuesta se cuenta en {id}",
    ),
    (
        r"the hold can be read back; until it is lifted nobody of wave (?P<wave>\S+) \((?P<stores>[^()]+)\) is cut over",
        "der Halt lässt sich nachlesen; bis er aufgehoben ist, wird niemand aus Welle {wave} ({stores}) umgestellt",
        "la retenue peut être relue ; tant qu'elle dure, personne de la vague {wave} ({stores}) ne bascule",
        "la retención se puede leer; mientras dure, nadie de la oleada {wave} ({stores}) se traslada",
    ),
    (
        r"the release can be read back; wave (?P<wave>\S+) \((?P<stores>[^()]+)\) can be cut over",
        "die Freigabe lässt sich nachlesen; Welle {wave} ({stores}) kann umgestellt werden",
        "la levée peut être relue ; la vague {wave} ({stores}) peut basculer",
        "la liberación se puede leer; la oleada {wave} ({stores}) se puede trasladar",
    ),
    (
        r"until it is let go nobody of wave (?P<wave>\S+) is cut over; it is held only where the same cause would break it",
        "bis sie freigegeben ist, wird niemand aus Welle {wave} umgestellt; sie wird nur angehalten, wo dieselbe Ursache"
        " sie träfe",
        "tant qu'elle est retenue, personne de la vague {wave} ne bascule ; elle ne l'est que là où la même cause la"
        " briserait",
        "mientras esté retenida, nadie de la oleada {wave} se traslada; solo se retiene donde la misma causa la rompería",
    ),
    (
        r"wave (?P<wave>\S+) can be cut over",
        "Welle {wave} kann umgestellt werden",
        "la vague {wave} peut basculer",
        "la oleada {wave} se puede trasladar",
    ),
    (
        r"(?P<what>.+): it can be read back",
        "{what}: es lässt sich nachlesen",
        "{what} : cela peut être relu",
        "{what}: se puede leer",
    ),
    (r"there is no way back", "es gibt keinen Weg zurück", "il n'y a pas de retour", "no hay vuelta atrás"),
)
"""What a step is, why it is asked for, and what it promises."""
