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
        r"until it is let go nobody of wave (?P<wave>\S+) is cut over; it is held only where the same cause would break"
        r" it",
        "bis sie freigegeben ist, wird niemand aus Welle {wave} umgestellt; sie wird nur angehalten, wo dieselbe"
        " Ursache sie träfe",
        "tant qu'elle est retenue, personne de la vague {wave} ne bascule ; elle ne l'est que là où la même cause la"
        " briserait",
        "mientras esté retenida, nadie de la oleada {wave} se traslada; solo se retiene donde la misma causa la"
        " rompería",
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
