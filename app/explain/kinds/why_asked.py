"""Why a person is asked, or why nobody was."""

from app.domain.decisions import Verdict
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import state_ruling

KEYS = {Verdict.ASK: "people_asked", Verdict.ALLOW: "nobody_asked", Verdict.DENY: "denied"}


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal, action = draft.case.proposal, draft.case.action
    if proposal is None:
        draft.lack("no_proposal")
        return
    state = action.status.value if action else draft.case.incident.status.value
    draft.rule(KEYS[proposal.ruling.verdict], proposal, title=proposal.title, status=state)
    state_ruling(draft, proposal)
    factors = ", ".join(proposal.risk.factors)
    draft.rule("risk", proposal, level=proposal.risk.level, factors=factors or draft.words("no_reason"))


KIND = QuestionKind(
    id="why_asked",
    description="why a person is asked, or nobody was",
    of_action=True,
    examples={
        "en": (
            "Why do you ask me?",
            "Why do I have to approve this?",
            "Why does this need a human?",
            "Why was nobody asked?",
            "Why can't you do it yourself?",
            "Why did you do it without asking?",
            "Why is my approval needed?",
            "Why does it need approval?",
            "Why are you asking me to confirm?",
            "Why do you need a person here?",
            "Why wait for a human?",
            "Why did nobody ask us?",
            "Can't you handle this on your own?",
            "Do you really need me for that?",
            "Why involve me?",
            "Isn't that something you can decide?",
            "Why is this on my desk?",
            "Do I really have to agree?",
            "Why don't you act on your own?",
            "Why do I have a say in this?",
            "What do you need my consent for?",
            "Why isn't this done automatically?",
            "Why did you stop and ask?",
        ),
        "de": (
            "Warum fragst du mich?",
            "Warum muss ich das freigeben?",
            "Warum wurde niemand gefragt?",
            "Warum braucht das einen Menschen?",
            "Warum machst du es nicht selbst?",
            "Wozu brauchst du meine Zustimmung?",
            "Weshalb muss ein Mensch entscheiden?",
            "Warum entscheidest du das nicht allein?",
            "Warum brauchst du meine Freigabe?",
            "Kannst du das nicht allein erledigen?",
            "Muss ich da wirklich zustimmen?",
            "Warum landet das bei mir?",
            "Brauchst du mich dafür wirklich?",
            "Wieso handelst du nicht selbst?",
            "Warum hängt das an mir?",
            "Wofür brauchst du meine Einwilligung?",
            "Warum passiert das nicht automatisch?",
            "Warum hältst du an und fragst?",
        ),
        "fr": (
            "Pourquoi me demandes-tu ?",
            "Pourquoi dois-je approuver ?",
            "Pourquoi personne n'a été consulté ?",
            "Pourquoi ne le fais-tu pas toi-même ?",
            "Pourquoi faut-il mon approbation ?",
            "Pourquoi une personne doit-elle valider ?",
            "Pourquoi attendre un humain ?",
            "Pourquoi n'a-t-on demandé à personne ?",
            "Ne peux-tu pas t'en occuper seul ?",
            "As-tu vraiment besoin de moi ?",
            "Pourquoi c'est à moi de décider ?",
            "Pourquoi n'agis-tu pas seul ?",
            "Pourquoi n'est-ce pas automatique ?",
            "Pour quoi as-tu besoin de mon consentement ?",
        ),
        "es": (
            "¿Por qué me preguntas?",
            "¿Por qué tengo que aprobarlo?",
            "¿Por qué no se preguntó a nadie?",
            "¿Por qué no lo haces tú mismo?",
            "¿Por qué hace falta mi aprobación?",
            "¿Por qué necesitas mi confirmación?",
            "¿Por qué tiene que decidir una persona?",
            "¿Por qué no decides solo?",
            "¿No puedes encargarte tú?",
            "¿De verdad me necesitas?",
            "¿Por qué me toca a mí decidir?",
            "¿Por qué no actúas por tu cuenta?",
            "¿Por qué no es automático?",
            "¿Para qué necesitas mi consentimiento?",
        ),
    },
    answer=_answer,
)
