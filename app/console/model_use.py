"""What a conversation lets the language model do, and what became of what it wrote."""

from typing import Final

import streamlit as st

from app.console import navigation, queries, safe_text
from app.domain.questions import AnswerText, Fallback, Idea, ModelUse
from app.schemas.operations import ModelStatus

PARAM: Final = "model"
USES: Final = {ModelUse.OFF: "Off", ModelUse.WORDING: "Wording", ModelUse.IDEAS: "Wording and ideas"}
WHY: Final = {
    Fallback.NO_MODEL: "there is no model",
    Fallback.STARTING: "the model is still being opened",
    Fallback.BUDGET: "the budget of the day is used up",
    Fallback.RATE: "too many calls within a minute",
    Fallback.RESTING: "the model failed too often and rests",
    Fallback.BUSY: "the model has too many calls open",
    Fallback.LATE: "the model did not answer in time",
    Fallback.FAILED: "the model failed",
    Fallback.NONSENSE: "the model wrote nothing that can be read",
    Fallback.GATE: "the model wrote what is not in the facts",
}


def chosen_use() -> str | None:
    """What the URL says the model may do."""
    found = navigation.param(PARAM)
    return found if found in set(ModelUse) else None


def draw_choice(tenant: str, current: ModelUse) -> None:
    """The switch, off at first, with what stands behind it."""
    status = queries.read_model_state(tenant)
    key = f"model-use-{navigation.param('conversation')}"
    use = ModelUse(chosen_use() or current.value)
    st.segmented_control(
        "Language model",
        list(USES),
        default=use,
        format_func=lambda one: safe_text.label(USES[one]),
        key=key,
        on_change=_choose,
        args=(key,),
        disabled=status.standing == "none",
    )
    safe_text.caption(_state_in_words(status))


def _choose(key: str) -> None:
    navigation.set_param(PARAM, str(st.session_state.get(key) or ModelUse.OFF))


def _state_in_words(status: ModelStatus) -> str:
    if status.standing == "none":
        return f"No model: {status.reason}. Answers are made by rules, as always."
    money = f", {status.usd:.2f} of {status.daily_usd:.2f} USD" if status.usd else ""
    waited = f", {status.mean_milliseconds} ms each" if status.mean_milliseconds is not None else ""
    instead = sum(status.fallbacks.values())
    return (
        f"{status.name} ({status.standing}): {status.calls} calls today, {status.tokens} of {status.daily_tokens}"
        f" tokens{money}{waited}; {status.dropped} lines dropped, {instead} times the rules answered instead."
    )


def describe_wording(answer: AnswerText) -> str:
    """Who worded an answer, and why a model that was wanted did not."""
    if answer.wording != "rules":
        return f"worded by {answer.wording} from recorded facts"
    if answer.fallback is not None:
        return f"by rules, because {WHY[answer.fallback]}"
    return "from recorded facts, by rules"


def draw_recorded(answer: AnswerText) -> None:
    """How the rules said what a model worded anew."""
    worded = [sentence.recorded for sentence in answer.sentences if sentence.recorded]
    if worded:
        with st.expander(safe_text.label("As recorded")):
            for text in worded:
                safe_text.plain(text)


def draw_ideas(tenant: str, answer: AnswerText, incident_id: str | None, key: str) -> None:
    """Ideas are no findings: they say so, and do nothing until somebody names the cause of one."""
    if not answer.ideas:
        return
    with st.container(border=True, key=f"ideas-{key}"):
        safe_text.strong("Ideas of the model")
        safe_text.caption("No finding, ranked nowhere. Nothing happens until somebody names a cause.")
        may_name = "NAME_CAUSE" in queries.read_state(tenant).may
        for place, idea in enumerate(answer.ideas):
            safe_text.plain(idea.text.for_ui())
            if idea.cause and incident_id and may_name:
                st.button(
                    safe_text.label(f"Name this cause: {idea.title}"),
                    key=f"adopt-{key}-{place}",
                    on_click=_adopt_idea,
                    args=(tenant, incident_id, idea),
                )


def _adopt_idea(tenant: str, incident_id: str, idea: Idea) -> None:
    """Name the cause as a person does anywhere else."""
    note = f"from an idea of the language model: {idea.text.for_ui(300)}"
    if idea.cause and navigation.attempt(queries.send_cause, tenant, incident_id, idea.cause, note):
        navigation.show_notice("success", f"The cause of {incident_id} is named: {idea.title}")
