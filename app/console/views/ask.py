"""Ask: a conversation kept on the server, with the sources of every sentence beside it."""

from typing import Final

import streamlit as st

from app.console import chat, model_use, navigation, queries, safe_text
from app.console.client import ApiProblem
from app.domain.questions import ModelUse, Turn

TALL: Final = 560
"""A conversation of several turns scrolls by itself in so many pixels: the latest stays on the screen."""


@navigation.guarded("ask")
def draw(tenant: str) -> None:
    """The exchanges on the left, the one that comes below them; the sources of the chosen answer on the right."""
    named = navigation.param("conversation")
    turns = _read_turns(tenant, named)
    spoken_of = next((turn.answer.about for turn in reversed(turns) if turn.answer.about), None)
    navigation.on_screen(spoken_of or navigation.param("about") or None)
    if turns:
        chat.keep_conversation(tenant, named)
        left, right = st.columns([0.6, 0.4], gap="medium")
        with right:
            _draw_sources(tenant, turns)
        with left:
            _draw_history(tenant, turns)
    elif chat.is_asking():
        chat.draw_asking(tenant)
    elif named:
        _await_first_answer(tenant, named)
    else:
        _draw_welcome(tenant)


def _read_turns(tenant: str, named: str) -> list[Turn]:
    """The turns so far; none where the first answer is still being written."""
    try:
        return queries.read_turns(tenant, named) if named else []
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return []


@st.fragment(run_every="2s")
@navigation.guarded("first-answer")
def _await_first_answer(tenant: str, named: str) -> None:
    """Whoever left while the first answer came sees it once it is kept."""
    if _read_turns(tenant, named):
        st.rerun()
    safe_text.plain(
        f"Nothing is kept under {named} yet. A first answer that is still being written appears here by itself."
    )
    st.button("New conversation", key="begin-anew", type="tertiary", on_click=_begin_anew)


def _draw_welcome(tenant: str) -> None:
    about = navigation.about()
    with st.container(border=True):
        safe_text.heading("Ask the agent")
        safe_text.plain(
            "It answers from what it recorded, cites it, and says what it does not know. It cannot approve anything"
            " here."
        )
        if about:
            safe_text.caption(f"Questions are about {about}.")
        chat.draw_suggestions(tenant, chat.SUGGESTED, about or _likely_subject(tenant), "suggested")
        model_use.draw_choice(tenant, ModelUse.OFF)
    last = chat.last_conversation(tenant)
    if last:
        st.button("Back to the last conversation", key="last", type="tertiary", on_click=_go_back, args=(last,))


def _go_back(conversation: str) -> None:
    navigation.set_param("conversation", conversation)


def _likely_subject(tenant: str) -> str | None:
    """What a question without a subject is most likely about: the action that waits, else the latest incident."""
    waiting = queries.list_pending_actions(tenant)
    if waiting:
        return waiting[0].id
    incidents = queries.list_incident_rows(tenant)
    return incidents[0].id if incidents else None


def _draw_history(tenant: str, turns: list[Turn]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            safe_text.caption(
                f"Conversation {navigation.param('conversation')} · kept on the server, the link leads back to it"
            )
        st.button(
            "New conversation",
            key="new-conversation",
            type="tertiary",
            on_click=_begin_anew,
        )
    comes = chat.is_asking()
    long = len(turns) > 1 or comes
    with st.container(height=TALL if long else "content", border=False, autoscroll=long or None):
        for turn in turns:
            chat.draw_exchange(turn, chat.collect_grounds(tenant, turn.answer))
        if comes:
            chat.draw_asking(tenant)
    if comes:
        return
    last = turns[-1].answer
    model_use.draw_ideas(tenant, last, chat.incident_of(tenant, last.about), str(len(turns)))
    safe_text.caption("Did you mean" if last.intent == "unknown" else "Ask on")
    chat.draw_suggestions(tenant, last.suggestions or chat.SUGGESTED, last.about, "suggested")
    model_use.draw_choice(tenant, turns[-1].model)


def _begin_anew() -> None:
    """A new conversation wants no model until somebody says so."""
    navigation.set_param("conversation", None)
    navigation.set_param(model_use.PARAM, None)


def _draw_sources(tenant: str, turns: list[Turn]) -> None:
    """The sources of one answer: the latest, unless another is chosen."""
    with st.container(border=True, key="sources"):
        safe_text.strong("Sources")
        places = list(range(len(turns)))
        place = places[-1]
        if len(turns) > 1:
            names = [f"{number + 1}. {turn.question.for_ui(80)}" for number, turn in enumerate(turns)]
            place = st.selectbox(
                "Sources of",
                places,
                index=len(places) - 1,
                format_func=lambda number: safe_text.option(names[number]),
                key=f"sources-{len(turns)}",
            )
        found = chat.collect_grounds(tenant, turns[place].answer)
        if found.facts or found.passages or found.further:
            chat.show_grounds(tenant, found, f"turn-{place}")
        else:
            safe_text.plain("This answer cites nothing, because nothing recorded supports more.")
