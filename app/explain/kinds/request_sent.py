"""What exactly will be sent, or was."""

import json

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import list_names


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal, action = draft.case.proposal, draft.case.action
    if proposal is None or proposal.tool is None:
        draft.lack("no_proposal")
        return
    about = action.id if action else draft.case.incident.id
    sent = action is not None and action.executed_at is not None
    count, mode = len(proposal.requests), proposal.mode.value
    draft.tell("was_sent" if sent else "will_be_sent", about, count=count, tool=proposal.tool, mode=mode)
    for one in proposal.requests:
        body = json.dumps(one.body, ensure_ascii=False, sort_keys=True)
        names = list_names(one.merchants)
        draft.tell("one_request", about, method=one.method, url=one.url, body=body, merchants=names)


KIND = QuestionKind(
    id="request_sent",
    description="what exactly will be sent",
    of_action=True,
    examples={
        "en": (
            "What exactly will be sent?",
            "Show me the exact request",
            "Which request goes to the platform?",
            "What will you send?",
            "What is the payload of the call?",
            "Which API call would you make?",
            "What exactly will {action} change?",
            "What would you do exactly?",
            "What is sent when I approve?",
            "What would be transmitted?",
            "Which body does the call have?",
            "Let me see the request",
            "Show me the JSON",
            "I want to see what goes out",
            "What are you going to change, literally?",
            "What does the body look like?",
            "Which values will be set?",
            "Show the diff",
            "Which endpoint do you call?",
            "Spell out the request",
            "What is the wording of the call?",
            "Describe the change precisely",
            "Which change do you want to make?",
        ),
        "de": (
            "Was genau wird gesendet?",
            "Zeig mir die genaue Anfrage",
            "Welcher Request geht raus?",
            "Was schickst du an die Plattform?",
            "Welchen Aufruf würdest du machen?",
            "Was wird konkret übertragen?",
            "Was steht in der Anfrage?",
            "Was geht an die Plattform, wenn ich zustimme?",
            "Lass mich die Anfrage sehen",
            "Zeig mir das JSON",
            "Ich will sehen, was rausgeht",
            "Welche Werte werden gesetzt?",
            "Was änderst du wortwörtlich?",
            "Welchen Endpunkt rufst du auf?",
            "Wie lautet die Anfrage im Wortlaut?",
            "Beschreibe die Änderung genau",
            "Welche Änderung willst du machen?",
        ),
        "fr": (
            "Que sera-t-il envoyé exactement ?",
            "Montre la requête exacte",
            "Quel appel sera fait à la plateforme ?",
            "Qu'est-ce que tu vas envoyer ?",
            "Que transmets-tu à la plateforme ?",
            "Que contient la requête ?",
            "Je veux voir ce qui est envoyé",
            "Montre-moi le JSON",
            "Qu'est-ce qui va partir ?",
            "Quelles valeurs seront modifiées ?",
            "Fais voir la requête",
            "Décris précisément le changement",
            "Quel changement veux-tu faire ?",
        ),
        "es": (
            "¿Qué se enviará exactamente?",
            "Muéstrame la petición exacta",
            "¿Qué llamada se hará a la plataforma?",
            "¿Qué vas a mandar?",
            "¿Qué se transmite a la plataforma?",
            "¿Qué contiene la petición?",
            "Quiero ver lo que se manda",
            "Muéstrame el JSON",
            "¿Qué va a salir exactamente?",
            "¿Qué valores se cambian?",
            "Déjame ver la petición",
            "Describe el cambio con precisión",
            "¿Qué cambio quieres hacer?",
        ),
    },
    answer=_answer,
)
