"""A form for the arguments of an action, made from their values: one input per argument, of its type."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.console import format as fmt
from app.console import safe_text

LONG = 60


def draw_editor(arguments: Mapping[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """The arguments as they stand in the form, and what is wrong with them (empty when nothing is)."""
    edited: dict[str, Any] = {}
    problem = ""
    for name, value in arguments.items():
        edited[name], wrong = _draw_field(name, value, f"arg-{key}-{name}")
        problem = problem or wrong
    return edited, problem


def _draw_field(name: str, value: Any, key: str) -> tuple[Any, str]:
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


def _draw_structure(name: str, value: Any, title: str, key: str) -> tuple[Any, str]:
    written = st.text_area(title, json.dumps(value, indent=2, ensure_ascii=False), key=key)
    try:
        return json.loads(written or ""), ""
    except ValueError as error:
        return value, f"{fmt.words(name)} is not JSON: {error}"
