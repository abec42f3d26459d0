"""Questions: the input at the bottom of every page, which knows what is on it, and answers whose every sentence shows its sources."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.console import format as fmt
from app.console import reads, session, sources, text
from app.console.client import ApiProblem
from app.domain.evidence import Evidence
from app.domain.knowledge import Passage
from app.domain.questions import AnswerText, Sentence, Turn

SUGGESTED = ("Why did you propose this?", "Why this cause?", "Who is affected?", "What does it cost?", "Which runbook says so?")
OPEN = "answer_open"
FEW = 6


@dataclass(frozen=True)
class Grounds:
    """What the sentences of an answer rest on: what single sentences point at is numbered; what the whole rests on follows."""

    facts: Sequence[Evidence]
    passages: Sequence[Passage]
    further: Sequence[Evidence] = ()

    @property
    def numbers(self) -> dict[str, int]:
        """The mark of each numbered source."""
        return {name: place for place, name in enumerate([*(row.id for row in self.facts), *(row.chunk_id for row in self.passages)], start=1)}


def ask(tenant: str, question: str, about: str | None = None) -> None:
    """Put a question in the conversation of the URL (a callback's work)."""
    answer = session.attempt(reads.ask, tenant, question, about or session.about(), session.param("conversation") or None)
    if answer is None:
        return
    session.set_param("conversation", answer.conversation_id)
    st.session_state[OPEN] = True


def bar(tenant: str, *, panel: bool) -> None:
    """The input at the bottom; on pages other than Ask also the latest answer, right above it."""
    about = session.about()
    with st.bottom:
        if panel and session.param("conversation") and st.session_state.get(OPEN, True):
            _panel(tenant)
        hint = (
            f"Ask about {about}: why, what it costs, which runbook says so …"
            if about
            else "Ask the agent: what is broken, for whom, what it costs, and why …"
        )
        st.chat_input(hint, key="question", on_submit=_submitted, args=(tenant,), max_chars=2_000)


def _submitted(tenant: str) -> None:
    question = str(st.session_state.get("question") or "").strip()
    if question:
        ask(tenant, question)


def _close() -> None:
    st.session_state[OPEN] = False


@session.guarded("answer")
def _panel(tenant: str) -> None:
    turns = reads.conversation(tenant, session.param("conversation"))
    if not turns:
        return
    with st.container(border=True, height=330, key="answer-panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                text.strong(turns[-1].question)
            if st.button("Open in Ask", key="open-ask", type="tertiary"):
                session.go("ask", conversation=session.param("conversation"), **({"about": turns[-1].answer.about} if turns[-1].answer.about else {}))
            st.button("✕ Close", key="close-answer", type="tertiary", on_click=_close)
        found = grounds(tenant, turns[-1].answer)
        sentences(turns[-1].answer, found)
        show_grounds(tenant, found, "panel")


def grounds(tenant: str, answer: AnswerText) -> Grounds:
    """The sources of an answer, read afresh: what was removed since is not there any more."""
    every = _facts(tenant, answer.about, [name for sentence in answer.sentences for name in sentence.evidence_ids])
    pointed = [name for sentence in answer.sentences if len(sentence.evidence_ids) <= FEW for name in sentence.evidence_ids]
    first = sources.by_ids(every, pointed or [row.id for row in every[:FEW]])
    known = {row.id for row in first}
    chunk_ids = [name for sentence in answer.sentences for name in sentence.citations]
    return Grounds(first, sources.cited(tenant, chunk_ids), [row for row in every if row.id not in known])


def _facts(tenant: str, about: str | None, ids: Sequence[str]) -> list[Evidence]:
    if not ids:
        return []
    known: list[Evidence] = []
    for incident_id in _incidents(tenant, about):
        known += reads.incident(tenant, incident_id).evidence
        if set(ids) <= {row.id for row in known}:
            break
    return sources.by_ids(known, ids)


def _incidents(tenant: str, about: str | None) -> list[str]:
    """The incidents an answer may speak of: the one it is about, else the latest."""
    try:
        if about and about.startswith("ACT-"):
            return [reads.action(tenant, about).incident_id]
        if about and about.startswith("INC-"):
            return [reads.incident(tenant, about).incident.id]
    except ApiProblem as problem:
        if problem.status != 404:
            raise
    return [row.id for row in reads.incidents(tenant)[:8]]


def sentences(answer: AnswerText, found: Grounds) -> None:
    """The sentences with their marks, and what is not known."""
    for sentence in answer.sentences:
        text.plain(f"{sentence.text} {_marked(sentence, found)}".strip())
    if answer.unknown:
        text.notice("info", "What I do not know: " + " ".join(answer.unknown))
    if not answer.sentences and not answer.unknown:
        text.plain("I have nothing recorded that answers this.")


def _marked(sentence: Sentence, found: Grounds) -> str:
    numbers = found.numbers
    further = {row.id for row in found.further}
    marks = fmt.marks(numbers[name] for name in (*sentence.evidence_ids, *sentence.citations) if name in numbers)
    more = sum(name in further for name in sentence.evidence_ids)
    return f"{marks} [+{more} facts]" if more else marks


def show_grounds(tenant: str, found: Grounds, key: str) -> None:
    """The sources behind the marks."""
    if found.passages:
        text.caption("Runbooks")
        sources.passages(found.passages, f"{key}-passage", found.numbers)
    if found.facts:
        text.caption("Recorded facts")
        sources.facts(tenant, found.facts, f"{key}-fact", found.numbers)
    if found.further and st.toggle(text.label(f"Show the {len(found.further)} further facts"), key=f"{key}-further"):
        sources.facts(tenant, found.further, f"{key}-more")


def exchange(turn: Turn, found: Grounds) -> None:
    """One question and its answer."""
    with st.chat_message("user"):
        text.plain(turn.question.for_ui())
    with st.chat_message("assistant"):
        sentences(turn.answer, found)
        about = f"about {turn.answer.about} · " if turn.answer.about else ""
        wording = "from recorded facts, by rules" if turn.answer.wording == "rules" else f"worded by {turn.answer.wording}"
        text.caption(f"{about}{wording} · {fmt.moment(turn.at)}")
