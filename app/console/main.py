"""The frame every page stands in: navigation on top, the header, the page, and the question bar at the bottom."""

from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from app.console import chat, header, navigation
from app.console.client import ApiProblem
from app.console.views import ask, audit, causes, inbox, incidents, knowledge, migrations, signals, tools

View = Callable[[str], None]
VIEWS: Final[dict[str, tuple[str, View]]] = {
    "inbox": ("Inbox", inbox.draw),
    "incidents": ("Incidents", incidents.draw),
    "ask": ("Ask", ask.draw),
    "knowledge": ("Knowledge", knowledge.draw),
    "signals": ("Signals", signals.draw),
    "migrations": ("Migrations", migrations.draw),
    "causes": ("Causes", causes.draw),
    "tools": ("Tools", tools.draw),
    "audit": ("Audit", audit.draw),
}


def run_console() -> None:
    """Draw the console once."""
    st.set_page_config(page_title="Causeway", page_icon="🌉", layout="wide", initial_sidebar_state="collapsed")
    pages = {
        name: st.Page(
            partial(_draw_page, name), title=title, url_path=name if name != "inbox" else None, default=name == "inbox"
        )
        for name, (title, _) in VIEWS.items()
    }
    navigation.register(pages)
    named = st.Page(partial(_draw_page, "inbox"), title="Inbox", url_path="inbox", visibility="hidden")
    st.navigation([*pages.values(), named], position="top").run()


def _draw_page(name: str) -> None:
    try:
        tenant = navigation.tenant()
    except ApiProblem as problem:
        navigation.trouble(problem, "page")
        return
    header.draw_header(tenant)
    VIEWS[name][1](tenant)
    chat.draw_bar(tenant, panel=name != "ask")
