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
    answer=_answer,
)
