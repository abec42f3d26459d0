"""Whether a wave may be cut over."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry, WaveFacts
from app.explain.kind import QuestionKind
from app.explain.recorded import list_names


def _answer(draft: Draft, asked: Inquiry) -> None:
    known = {wave.wave: wave for wave in draft.facts.waves if wave.wave is not None}
    for number in asked.waves:
        if number in known:
            _state_wave(draft, known[number])
        else:
            draft.lack("no_wave", wave=number, waves=", ".join(map(str, known)) or "-")
    if not asked.waves:
        for wave in known.values():
            if wave.waiting:
                _state_wave(draft, wave)
        if not draft.sentences:
            draft.lack("which_wave", waves=", ".join(map(str, known)) or "-")


def _state_wave(draft: Draft, wave: WaveFacts) -> None:
    key = {"go": "wave_go", "no_go": "wave_no_go", "done": "wave_done"}[wave.readiness]
    draft.tell(key, *wave.waiting[:8], wave=wave.wave, count=len(wave.waiting), names=list_names(wave.waiting))
    for reason in wave.reasons[:4]:
        draft.tell("wave_reason", *wave.waiting[:8], wave=wave.wave, reason=reason.rstrip("."))


KIND = QuestionKind(
    id="wave_ready",
    description="whether a wave is ready for the cutover",
    of_incident=False,
    takes=("waves",),
    reads=("waves",),
    examples={
        "en": (
            "Is {wave} ready?",
            "Can we cut over {wave}?",
            "May {wave} go ahead?",
            "What blocks {wave}?",
            "Is {wave} good to go?",
            "Which wave is ready?",
            "Should we hold {wave}?",
            "Is it safe to start {wave}?",
            "Can {wave} be launched?",
            "Is anything in the way of {wave}?",
            "Does anything stand against {wave}?",
            "Go or no go for {wave}?",
            "Should {wave} wait?",
            "What are the risks of {wave}?",
            "Would you start {wave}?",
            "Can {wave} begin now?",
            "Should we start {wave}?",
        ),
        "de": (
            "Ist {wave} bereit?",
            "Können wir {wave} umstellen?",
            "Was blockiert {wave}?",
            "Darf {wave} starten?",
            "Ist {wave} startklar?",
            "Kann es mit {wave} losgehen?",
            "Spricht etwas gegen {wave}?",
            "Steht {wave} etwas im Weg?",
            "Sollte {wave} warten?",
            "Welche Risiken hat {wave}?",
            "Würdest du {wave} starten?",
            "Kann {wave} anfangen?",
        ),
        "fr": (
            "{wave} est-elle prête ?",
            "Peut-on basculer {wave} ?",
            "Qu'est-ce qui bloque {wave} ?",
            "Peut-on lancer {wave} ?",
            "Est-ce que {wave} peut démarrer ?",
            "Quelque chose s'oppose-t-il à {wave} ?",
            "Peut-on y aller avec {wave} ?",
            "Faut-il attendre pour {wave} ?",
            "Lancerais-tu {wave} ?",
            "{wave} peut-elle commencer ?",
        ),
        "es": (
            "¿Está lista {wave}?",
            "¿Podemos migrar {wave}?",
            "¿Qué bloquea {wave}?",
            "¿Se puede lanzar {wave}?",
            "¿Puede empezar {wave}?",
            "¿Hay algo en contra de {wave}?",
            "¿Podemos seguir con {wave}?",
            "¿Debe esperar {wave}?",
            "¿Lanzarías {wave}?",
            "¿Puede arrancar {wave}?",
        ),
    },
    answer=_answer,
)
