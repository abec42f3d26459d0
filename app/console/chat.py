"""Questions: the input at the bottom of every page, which knows what is on it, and answers whose every sentence shows
its sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.console import citations, model_use, navigation, queries, safe_text
from app.console import format as fmt
from app.console.client import ApiProblem
from app.domain.evidence import Evidence
from app.domain.knowledge import Passage
from app.domain.questions import AnswerText, ModelUse, Sentence, Turn
from app.schemas.incidents import AskAnswer

SUGGESTED = (
    "Why did you propose this?",
    "Why this cause?",
    "Who is affected?",
    "What does it cost?",
    "Which runbook says so?",
)
OPEN = "answer_open"
ASKING = "asking"
"""What was asked and is to be answered as it comes, once the page is drawn."""
LAST = "last_conversation"
FEW = 6


@dataclass(frozen=True)
class Grounds:
    """What the sentences of an answer rest on: what single sentences point at is numbered; what the whole rests on
    follows.
    """

    facts: Sequence[Evidence]
    passages: Sequence[Passage]
    further: Sequence[Evidence] = ()

    @property
    def numbers(self) -> dict[str, int]:
        """The mark of each numbered source."""
        return {
            name: place
            for place, name in enumerate(
                [*(row.id for row in self.facts), *(row.chunk_id for row in self.passages)], start=1
            )
        }


def ask_question(tenant: str, question: str, about: str | None = None) -> None:
    """Put a question in the conversation of the URL (a callback's work); where a model words the answer, the page shows
    it as it comes.
    """
    if _is_worded(tenant):
        st.session_state[ASKING] = (question, about or navigation.about())
        st.session_state[OPEN] = True
        return
    answer = navigation.attempt(
        queries.send_question,
        tenant,
        question,
        about or navigation.about(),
        navigation.param("conversation") or None,
        model_use.chosen_use(),
    )
    if answer is None:
        return
    keep_conversation(tenant, answer.conversation_id)
    st.session_state[OPEN] = True


def _is_worded(tenant: str) -> bool:
    """Whether a model may word the next answer: as the URL says, else as in the conversation so far."""
    chosen, named = model_use.chosen_use(), navigation.param("conversation")
    if chosen is not None or not named:
        return chosen not in {None, ModelUse.OFF}
    turns = navigation.attempt(queries.read_turns, tenant, named)
    return bool(turns) and turns[-1].model is not ModelUse.OFF


def is_asking() -> bool:
    """Whether a question was put that is to be answered as it comes."""
    return ASKING in st.session_state


def draw_asking(tenant: str) -> None:
    """What was just asked, with its answer as it comes: that of the rules stands first. The conversation stands in the
    URL before the answer does, so that whoever leaves the page finds it again.
    """
    asked = st.session_state.pop(ASKING, None)
    if asked is None:
        return
    with st.chat_message("user"):
        safe_text.plain(str(asked[0]))
    with st.chat_message("assistant"):
        place = st.empty()
    with place.container():
        safe_text.caption("Reading what is recorded …")
    conversation = navigation.param("conversation") or None
    question, about = asked
    whole: AskAnswer | None = None
    found = Grounds((), ())
    for progress in queries.stream_question(tenant, question, about, conversation, model_use.chosen_use()):
        keep_conversation(tenant, progress.conversation_id)
        found = found if found.numbers else collect_grounds(tenant, progress.answer)
        with place.container():
            draw_sentences(progress.answer, found)
            safe_text.caption("The model is putting it into other words …")
        whole = progress.whole
    if whole is not None:
        st.rerun()


def keep_conversation(tenant: str, name: str) -> None:
    """Put a conversation into the URL, and remember it in this tab."""
    navigation.set_param("conversation", name)
    st.session_state[LAST] = (tenant, name)


def last_conversation(tenant: str) -> str:
    """The conversation of a tenant that was on the screen last in this tab."""
    whose, name = st.session_state.get(LAST) or ("", "")
    return str(name) if whose == tenant else ""


def draw_bar(tenant: str, *, panel: bool) -> None:
    """The input at the bottom; on pages other than Ask also the latest answer, right above it."""
    about = navigation.about()
    with st.bottom:
        if panel:
            _draw_coming(tenant)
        if panel and navigation.param("conversation") and st.session_state.get(OPEN, True):
            _draw_panel(tenant)
        hint = (
            f"Ask about {about}: why, what it costs, which runbook says so …"
            if about
            else "Ask the agent: what is broken, for whom, what it costs, and why …"
        )
        st.chat_input(hint, key="question", on_submit=_submit_question, args=(tenant,), max_chars=2_000)


def _submit_question(tenant: str) -> None:
    question = str(st.session_state.get("question") or "").strip()
    if question:
        ask_question(tenant, question)


def _close_panel() -> None:
    st.session_state[OPEN] = False


@navigation.guarded("answer-coming")
def _draw_coming(tenant: str) -> None:
    if is_asking():
        with st.container(border=True, height=330, key="answer-coming"):
            draw_asking(tenant)


@navigation.guarded("answer")
def _draw_panel(tenant: str) -> None:
    turns = queries.read_turns(tenant, navigation.param("conversation"))
    if not turns:
        return
    with st.container(border=True, height=330, key="answer-panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                safe_text.strong(turns[-1].question)
            if st.button("Open in Ask", key="open-ask", type="tertiary"):
                navigation.go(
                    "ask",
                    conversation=navigation.param("conversation"),
                    **({"about": turns[-1].answer.about} if turns[-1].answer.about else {}),
                )
            st.button("✕ Close", key="close-answer", type="tertiary", on_click=_close_panel)
        found = collect_grounds(tenant, turns[-1].answer)
        draw_sentences(turns[-1].answer, found)
        safe_text.caption(model_use.describe_wording(turns[-1].answer))
        draw_suggestions(tenant, turns[-1].answer.suggestions, turns[-1].answer.about, "panel-suggested")
        show_grounds(tenant, found, "panel")


def collect_grounds(tenant: str, answer: AnswerText) -> Grounds:
    """The sources of an answer, read afresh: what was removed since is not there any more."""
    every = _facts_behind(
        tenant, answer.about, [name for sentence in answer.sentences for name in sentence.evidence_ids]
    )
    pointed = [
        name for sentence in answer.sentences if len(sentence.evidence_ids) <= FEW for name in sentence.evidence_ids
    ]
    first = citations.by_ids(every, pointed or [row.id for row in every[:FEW]])
    known = {row.id for row in first}
    chunk_ids = [name for sentence in answer.sentences for name in sentence.citations]
    return Grounds(first, citations.cited(tenant, chunk_ids), [row for row in every if row.id not in known])


def _facts_behind(tenant: str, about: str | None, ids: Sequence[str]) -> list[Evidence]:
    if not ids:
        return []
    known: list[Evidence] = []
    for incident_id in _incidents_about(tenant, about):
        known += queries.read_incident_detail(tenant, incident_id).evidence
        if set(ids) <= {row.id for row in known}:
            break
    return citations.by_ids(known, ids)


def _incidents_about(tenant: str, about: str | None) -> list[str]:
    """The incidents an answer may speak of: the one it is about, else the latest."""
    try:
        if about and about.startswith("ACT-"):
            return [queries.read_action_row(tenant, about).incident_id]
        if about and about.startswith("INC-"):
            return [queries.read_incident_detail(tenant, about).incident.id]
    except ApiProblem as problem:
        if problem.status != 404:
            raise
    return [row.id for row in queries.list_incident_rows(tenant)[:8]]


def incident_of(tenant: str, about: str | None) -> str | None:
    """The incident that an answer is about, if it is about one."""
    return next(iter(_incidents_about(tenant, about)), None) if about else None


def draw_sentences(answer: AnswerText, found: Grounds) -> None:
    """The sentences with their marks, and what is not known."""
    for sentence in answer.sentences:
        if not sentence.detail:
            safe_text.plain(f"{sentence.text} {_mark_sources(sentence, found)}".strip())
    further = [sentence for sentence in answer.sentences if sentence.detail]
    if further:
        with st.expander(safe_text.label(f"More ({len(further)})")):
            for sentence in further:
                safe_text.plain(f"{sentence.text} {_mark_sources(sentence, found)}".strip())
    if answer.unknown:
        admitted = "" if answer.intent in {"unknown", "approve"} else "What I do not know: "
        safe_text.notice("info", admitted + " ".join(answer.unknown))
    if not answer.sentences and not answer.unknown:
        safe_text.plain("I have nothing recorded that answers this.")


def _mark_sources(sentence: Sentence, found: Grounds) -> str:
    numbers = found.numbers
    further = {row.id for row in found.further}
    marks = fmt.marks(numbers[name] for name in (*sentence.evidence_ids, *sentence.citations) if name in numbers)
    if sentence.decision:
        marks = (
            f"{marks} [decision {sentence.decision[:12]}, policy {', '.join(sentence.rule_ids) or 'without a rule'}]"
        )
    if sentence.records:
        marks = f"{marks} [{', '.join(sentence.records[:FEW])}]".strip()
    more = sum(name in further for name in sentence.evidence_ids)
    return f"{marks} [+{more} facts]" if more else marks


def show_grounds(tenant: str, found: Grounds, key: str) -> None:
    """The sources behind the marks."""
    if found.passages:
        safe_text.caption("Runbooks")
        citations.passages(found.passages, f"{key}-passage", found.numbers)
    if found.facts:
        safe_text.caption("Recorded facts")
        citations.facts(tenant, found.facts, f"{key}-fact", found.numbers)
    if found.further and st.toggle(
        safe_text.label(f"Show the {len(found.further)} further facts"), key=f"{key}-further"
    ):
        citations.facts(tenant, found.further, f"{key}-more")


def draw_suggestions(tenant: str, questions: Sequence[str], subject: str | None, key: str) -> None:
    """Questions as buttons: one press asks it."""
    with st.container(horizontal=True, gap="small"):
        for place, question in enumerate(questions):
            st.button(
                safe_text.label(question),
                key=f"{key}-{place}",
                on_click=ask_question,
                args=(tenant, question, subject),
            )


def draw_exchange(turn: Turn, found: Grounds) -> None:
    """One question and its answer."""
    with st.chat_message("user"):
        safe_text.plain(turn.question.for_ui())
    with st.chat_message("assistant"):
        draw_sentences(turn.answer, found)
        about = f"about {turn.answer.about} · " if turn.answer.about else ""
        model_use.draw_recorded(turn.answer)
        read_by = f" · question read by {turn.answer.read_by}" if turn.answer.read_by else ""
        safe_text.caption(f"{about}{model_use.describe_wording(turn.answer)}{read_by} · {fmt.moment(turn.at)}")
