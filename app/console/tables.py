"""A table of which a row can be selected, which is how a list leads to what it lists."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import streamlit as st


def draw_choice(
    rows: Sequence[Mapping[str, Any]],
    key: str,
    *,
    height: int | Literal["content"] = "content",
    columns: Mapping[str, Any] | None = None,
) -> list[int]:
    """Draw the table; the places of the rows that are selected, which is one at most."""
    chosen = st.dataframe(
        list(rows),
        hide_index=True,
        width="stretch",
        height=height,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config=dict(columns) if columns else None,
    )
    return list(chosen["selection"]["rows"])
