"""An assessment and a proposed action in other words: by a language model from the same recorded facts, once somebody
asks for it.
"""

import streamlit as st

from app.console import model_use, navigation, queries, safe_text
from app.domain.base import digest_of
from app.domain.questions import AnswerText, ModelUse
from app.schemas.incidents import CaseWords, IncidentDetail

KEPT = "case_words"


@st.fragment
@navigation.guarded("case-words")
def draw_words(tenant: str, detail: IncidentDetail) -> None:
    """A button where there is a model, and what it wrote of this state of the incident. The rest of the page stays as
    it is while the model is at work.
    """
    incident = detail.incident
    state = digest_of([tenant, incident.id, incident.evidence_version, *(row.id for row in detail.actions)])
    kept = st.session_state.get(KEPT)
    if kept is not None and kept[0] == state:
        _draw_kept(kept[1])
    elif detail.assessment and queries.read_model_state(tenant).standing != "none":
        place = st.empty()
        if place.button("Say it in other words", key="word-case", type="tertiary"):
            with place.container():
                safe_text.caption("The model is putting it into other words …")
            found = queries.send_words(tenant, incident.id, ModelUse.WORDING.value)
            st.session_state[KEPT] = (state, found)
            with place.container():
                _draw_kept(found)


def _draw_kept(found: CaseWords) -> None:
    for title, told in (("What it is", found.assessment), ("What is proposed", found.action)):
        if told is not None:
            with st.container(border=True):
                safe_text.strong(title)
                _draw_told(told)


def _draw_told(told: AnswerText) -> None:
    for sentence in told.sentences:
        if not sentence.detail:
            safe_text.plain(sentence.text)
    safe_text.caption(model_use.describe_wording(told))
    model_use.draw_recorded(told)
