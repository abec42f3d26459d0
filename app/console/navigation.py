"""Where the operator is: the tenant and the ids, kept in the URL so that a reload or a shared link shows the same
thing.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.console import queries, safe_text
from app.console.client import ApiProblem

P = ParamSpec("P")
DEMO = "demo"
DEFAULT = "default"
PLACES = "places"
ABOUT = "about"
NOTICE = "notice"


def param(name: str) -> str:
    """A value of the URL, empty when it is not there."""
    return str(st.query_params.get(name, ""))


def set_param(name: str, value: str | None) -> None:
    """Put a value into the URL, or take it out."""
    if value:
        if param(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def first_tenant() -> str:
    """`default` when it holds anything, else the demo."""
    state = queries.read_state(None)
    used = state.tenant == DEFAULT and (state.signals or state.incidents_by_status)
    return DEFAULT if used or DEMO not in state.tenants else DEMO


def tenant() -> str:
    """The tenant on the screen: the URL's, else the one chosen before in this tab, else the first choice."""
    chosen = param("tenant") or str(st.session_state.get("tenant", "")) or first_tenant()
    st.session_state["tenant"] = chosen
    set_param("tenant", chosen)
    return chosen


def choose_tenant(name: str) -> None:
    """Go to another tenant; what was on the screen belongs to the old one."""
    keep = {"tenant": name}
    st.session_state["tenant"] = name
    st.query_params.from_dict(keep)
    queries.forget_reads()


def register(places: Mapping[str, StreamlitPage]) -> None:
    """Remember the pages of this run, so that a view can lead to another."""
    st.session_state[PLACES] = places


def go(place: str, **ids: str) -> None:
    """Open another page with these ids in its URL."""
    st.switch_page(st.session_state[PLACES][place], query_params={"tenant": tenant(), **ids})


def on_screen(identifier: str | None) -> None:
    """Say what the page is about, so that a question asked on it is about the same thing."""
    st.session_state[ABOUT] = identifier


def about() -> str | None:
    """What the page is about."""
    found = st.session_state.get(ABOUT)
    return str(found) if found else None


def show_notice(kind: safe_text.Kind, words: str) -> None:
    """Leave a notice for the top of the next drawing."""
    st.session_state[NOTICE] = (kind, words)


def told() -> None:
    """Show the notice that was left, once."""
    if found := st.session_state.pop(NOTICE, None):
        safe_text.notice(*found)


def retry() -> None:
    """Forget what was read, so that the next drawing asks again."""
    queries.forget_reads()


def trouble(problem: ApiProblem, key: str) -> None:
    """A sentence about what did not work, and a way to try again."""
    safe_text.notice("error", problem.sentence)
    st.button("Try again", key=f"retry-{key}", on_click=retry)


def guarded(place: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A part of a page that fails alone: its problem becomes a sentence where it would have stood."""

    def around(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                draw(*args, **kwargs)
            except ApiProblem as problem:
                trouble(problem, place)

        return drawn

    return around


def attempt(work: Callable[Concatenate[P], Any], *args: P.args, **kwargs: P.kwargs) -> Any:
    """Run a callback's work; when the API refuses, leave its sentence as a notice and return None."""
    try:
        return work(*args, **kwargs)
    except ApiProblem as problem:
        show_notice("error", problem.sentence)
        return None
