"""What a person tells the agent on an incident's page: whether the sign holds that would tell most, and which cause it
is.
"""

from typing import Final

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.domain.hypotheses import NextCheck
from app.domain.incidents import FEEDABLE
from app.schemas.incidents import IncidentDetail

ANSWERS: Final = {"yes": "✓ Yes", "no": "✕ No", "unknown": "? Cannot tell"}


def draw_next_check(tenant: str, detail: IncidentDetail) -> None:
    """The check that moves the ranking most per minute, with a button for each answer; nothing where none does."""
    found = detail.assessment.next_checks if detail.assessment else ()
    if not found:
        return
    first, name = found[0], detail.incident.id
    with st.container(border=True, gap="xsmall", key="next-check"):
        safe_text.strong("Next check")
        safe_text.plain(first.ask)
        safe_text.caption(f"about {first.minutes:g} minutes · {first.look_at} · {first.sign}")
        safe_text.lines(_outcome_lines(first))
        note = (
            st.text_input("What did you see? (may stay empty)", key=f"seen-{first.sign}", max_chars=1_500) or ""
        ).strip()
        with st.container(horizontal=True, gap="small"):
            for word, label in ANSWERS.items():
                st.button(
                    safe_text.label(label),
                    key=f"check-{word}",
                    on_click=_answer,
                    args=(tenant, name, first.sign, word, note),
                )
        for later in found[1:]:
            safe_text.caption(f"After that: {later.ask} ({later.minutes:g} minutes)")


def _outcome_lines(check: NextCheck) -> list[str]:
    return [f"{one.answer.value}: {one.title} · {fmt.percent(one.confidence)}" for one in check.outcomes]


def _answer(tenant: str, incident_id: str, sign: str, word: str, note: str) -> None:
    said = navigation.attempt(queries.send_check, tenant, incident_id, sign, word, note)
    if said is not None:
        navigation.show_notice("success", f"{incident_id}: noted, and reasoned about anew")


def draw_name(detail: IncidentDetail) -> None:
    """Who named the cause, where somebody did."""
    named = detail.incident.named
    if named is not None:
        safe_text.notice("info", f"{named.sentence} {named.note}".rstrip())


def draw_naming(tenant: str, detail: IncidentDetail) -> None:
    """A list to name the cause from, or to name another."""
    row = detail.incident
    if detail.assessment is None or row.status not in FEEDABLE:
        return
    titles = {one.cause: f"{one.cause}: {one.title}" for one in detail.assessment.hypotheses}
    with st.popover("Name the cause", key="naming-popover"):
        safe_text.plain("It leads on this incident from then on; what waits against another cause is withdrawn.")
        cause = st.selectbox(
            "Cause",
            list(titles),
            index=None,
            format_func=lambda name: safe_text.option(titles[name]),
            key=f"naming-{row.id}",
            placeholder="Choose or type to find one",
        )
        note = (st.text_input("Why (may stay empty)", key=f"naming-why-{row.id}", max_chars=1_500) or "").strip()
        st.button("Name it", key="name-cause", disabled=not cause, on_click=_name, args=(tenant, row.id, cause, note))


def _name(tenant: str, incident_id: str, cause: str, note: str) -> None:
    if navigation.attempt(queries.send_cause, tenant, incident_id, cause, note) is not None:
        navigation.show_notice("success", f"{incident_id}: the cause is {cause}, by your word")
