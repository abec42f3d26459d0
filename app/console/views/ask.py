"""Ask: a conversation kept on the server, with the sources of every sentence beside it."""

import streamlit as st

from app.console import chat, reads, session, text
from app.domain.questions import Turn


@session.guarded("ask")
def draw(tenant: str) -> None:
    """The exchanges on the left, the sources of the chosen answer on the right."""
    session.on_screen(session.param("about") or None)
    named = session.param("conversation")
    turns = reads.conversation(tenant, named) if named else []
    if not turns:
        _welcome(tenant)
        return
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        _history(tenant, turns)
    with right:
        _panel(tenant, turns)


def _welcome(tenant: str) -> None:
    about = session.about()
    with st.container(border=True):
        text.heading("Ask the agent")
        text.plain("It answers from what it recorded, cites it, and says what it does not know. It cannot approve anything here.")
        if about:
            text.caption(f"Questions are about {about}.")
        _suggestions(tenant)


def _suggestions(tenant: str) -> None:
    subject = session.about() or _dearest(tenant)
    with st.container(horizontal=True, gap="small"):
        for place, question in enumerate(chat.SUGGESTED):
            st.button(text.label(question), key=f"suggested-{place}", on_click=chat.ask, args=(tenant, question, subject))


def _dearest(tenant: str) -> str | None:
    """What a question without a subject is most likely about: the action that waits, else the latest incident."""
    waiting = reads.pending(tenant)
    if waiting:
        return waiting[0].id
    incidents = reads.incidents(tenant)
    return incidents[0].id if incidents else None


def _history(tenant: str, turns: list[Turn]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            text.caption(f"Conversation {session.param('conversation')} · kept on the server, the link leads back to it")
        st.button("New conversation", key="new-conversation", type="tertiary", on_click=session.set_param, args=("conversation", None))
    for turn in turns:
        chat.exchange(turn, chat.grounds(tenant, turn.answer))
    text.caption("Ask on")
    _suggestions(tenant)


def _panel(tenant: str, turns: list[Turn]) -> None:
    """The sources of one answer: the latest, unless another is chosen."""
    with st.container(border=True, key="sources"):
        text.strong("Sources")
        places = list(range(len(turns)))
        place = places[-1]
        if len(turns) > 1:
            names = [f"{number + 1}. {turn.question.for_ui(80)}" for number, turn in enumerate(turns)]
            place = st.selectbox(
                "Sources of", places, index=len(places) - 1, format_func=lambda number: text.option(names[number]), key=f"sources-{len(turns)}"
            )
        found = chat.grounds(tenant, turns[place].answer)
        if found.facts or found.passages or found.further:
            chat.show_grounds(tenant, found, f"turn-{place}")
        else:
            text.plain("This answer cites nothing, because nothing recorded supports more.")
