"""Has a model put an answer into other words. The answer of the rules goes in as facts; what comes out passes the gate,
and each line keeps the evidence of the facts it says. Whatever is wrong, the answer stands as it was, with why. Who
wants it as it comes is shown each line that has passed.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from app.domain.base import Untrusted
from app.domain.errors import ModelTrouble
from app.domain.questions import AnswerText, Fallback, Sentence
from app.explain.readers import KnownNames
from app.llm.gate import Worded, sift_wording
from app.llm.tokens import plain_name
from app.privacy.redact import redact
from app.services.incidents.model_desk import ModelDesk

SPOKEN: Final = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}
LEAST_LETTERS: Final = 3
Show = Callable[[AnswerText], None]
"""Is shown an answer each time more of it has passed the gate."""


def word_answer(
    desk: ModelDesk, question: str, answer: AnswerText, known: Collection[str], show: Show | None = None
) -> AnswerText:
    """The same answer in the words of a model, as far as the facts bear them."""
    places = [place for place, one in enumerate(answer.sentences) if not one.detail]
    if not desk.is_open or not places:
        return answer
    facts = [redact(answer.sentences[place].text).text for place in places]
    model = desk.ctx.model.state().name

    def sift(text: str) -> tuple[AnswerText | None, int, int]:
        """The answer with the lines that pass, how many pass, and how many do not."""
        sifted = sift_wording(text, facts, known, answer.language)
        kept = [one for one in sifted.kept if _is_one_claim([answer.sentences[places[fact]] for fact in one.facts])]
        told = answer.changed(sentences=_put_in_place(answer.sentences, places, kept), wording=model) if kept else None
        return told, len(kept), len(sifted.dropped) + len(sifted.kept) - len(kept)

    shown: list[AnswerText] = []

    def hear(text: str) -> None:
        """Show what has passed, once more lines have: a line is whole when the next one begins."""
        told, _, _ = sift(text.rpartition("\n")[0])
        if show is not None and told is not None and told not in shown:
            shown.append(told)
            show(told)

    try:
        reply = desk.say("wording", _tell_facts(question, answer.language, facts), hear if show else None)
    except ModelTrouble as trouble:
        return answer.changed(fallback=Fallback(trouble.reason))
    told, worded, dropped = sift(reply.text)
    desk.count_lines(worded, dropped)
    return told or answer.changed(fallback=Fallback.GATE)


def list_gate_names(desk: ModelDesk, known: KnownNames) -> frozenset[str]:
    """Every name that may not be exchanged for another: merchants, tools, causes, tenants."""
    tenants = [one.id for one in desk.ctx.store.tenants()]
    every = [*known.merchants, *known.merchants.values(), *known.tools, *known.causes, *tenants]
    return frozenset(name for one in every if len(name := plain_name(one)) >= LEAST_LETTERS)


def _tell_facts(question: str, language: str, facts: Sequence[str]) -> str:
    numbered = [f"[{number}] {Untrusted(fact).for_prompt()}" for number, fact in enumerate(facts, start=1)]
    asked = Untrusted(question).for_prompt()
    return "\n".join([f"Language: {SPOKEN.get(language, 'English')}", f"Question: {asked}", "Facts:", *numbered])


def _is_one_claim(sentences: Sequence[Sentence]) -> bool:
    """Whether one sentence can rest on all that these rest on: it names one decision at most."""
    return len({one.decision for one in sentences if one.decision}) <= 1


def _put_in_place(sentences: Sequence[Sentence], places: Sequence[int], kept: Sequence[Worded]) -> tuple[Sentence, ...]:
    """Each line where its first fact stood; what no line says stays as it was."""
    lines = {one.facts[0]: one for one in kept}
    said = {fact for one in kept for fact in one.facts}
    told: list[Sentence] = []
    for place, sentence in enumerate(sentences):
        fact = places.index(place) if place in places else None
        if fact is None or fact not in said:
            told.append(sentence)
        elif fact in lines:
            told.append(_join_claims(lines[fact].text, [sentences[places[one]] for one in lines[fact].facts]))
    return tuple(told)


def _join_claims(text: str, sentences: Sequence[Sentence]) -> Sentence:
    """One sentence that rests on everything these rest on."""
    return Sentence(
        text=text,
        evidence_ids=_once(name for one in sentences for name in one.evidence_ids),
        citations=_once(name for one in sentences for name in one.citations),
        decision=next((one.decision for one in sentences if one.decision), None),
        rule_ids=_once(name for one in sentences for name in one.rule_ids),
        records=_once(name for one in sentences for name in one.records),
        recorded=" ".join(one.text for one in sentences),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
