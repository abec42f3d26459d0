"""A form for the arguments of an action, made from their values: one input per argument, of its type."""

import json

import streamlit as st

from app.console import format as fmt
from app.console import safe_text
from app.domain.base import Json, JsonMapping, JsonObject

LONG = 60


def draw_editor(arguments: JsonMapping, key: str) -> tuple[JsonObject, str]:
    """The arguments as they stand in the form, and what is wrong with them (empty when nothing is)."""
    edited: JsonObject = {}
    problem = ""
    for name, value in arguments.items():
        edited[name], wrong = _draw_field(name, value, f"arg-{key}-{name}")
        problem = problem or wrong
    return edited, problem


def _draw_field(name: str, value: Json, key: str) -> tuple[Json, str]:
    title = safe_text.label(fmt.words(name))
    if isinstance(value, bool):
        return st.checkbox(title, value, key=key), ""
    if isinstance(value, int):
        return int(st.number_input(title, value=value, step=1, key=key)), ""
    if isinstance(value, float):
        return float(st.number_input(title, value=value, key=key)), ""
    if isinstance(value, str):
        return (
            st.text_area(title, value, key=key) if len(value) > LONG else st.text_input(title, value, key=key)
        ) or "", ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        chosen = st.multiselect(title, value, default=value, key=key, accept_new_options=True)
        return list(chosen), "" if chosen else f"{fmt.words(name)} needs at least one entry."
    return _draw_structure(name, value, title, key)


def _draw_structure(name: str, value: Json, title: str, key: str) -> tuple[Json, str]:
    written = st.text_area(title, json.dumps(value, indent=2, ensure_ascii=False), key=key)
    try:
        return json.loads(written or ""), ""
    except ValueError as error:
        return value, f"{fmt.words(name)} is not JSON: {error}"
