"""Ask: a conversation kept on the server, with the sources of every sentence beside it."""

import streamlit as st

from app.console import chat, model_use, navigation, queries, safe_text
from app.domain.questions import ModelUse, Turn


@navigation.guarded("ask")
def draw(tenant: str) -> None:
    """The exchanges on the left, the sources of the chosen answer on the right."""
    named = navigation.param("conversation")
    turns = queries.read_turns(tenant, named) if named else []
    spoken_of = next((turn.answer.about for turn in reversed(turns) if turn.answer.about), None)
    navigation.on_screen(spoken_of or navigation.param("about") or None)
    chat.draw_asking(tenant)
    if not turns:
        _draw_welcome(tenant)
        return
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        _draw_history(tenant, turns)
    with right:
        _draw_sources(tenant, turns)


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
    for turn in turns:
        chat.draw_exchange(turn, chat.collect_grounds(tenant, turn.answer))
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
