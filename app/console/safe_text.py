"""The only door to the screen for text that is not a constant of ours.

Most Streamlit elements read their text as Markdown, and Markdown fetches pictures: a ticket could make an operator's
browser call home. Plain elements (`st.text`, `st.code`, `st.dataframe`) are used where they do; where Streamlit offers
only Markdown (headings, captions, badges, labels), `label` takes the meaning out of every mark first.
"""

import re
from collections.abc import Iterable
from typing import Literal

import streamlit as st

from app.domain.base import visible_text

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]
Kind = Literal["info", "success", "warning", "error"]
COLOURS: dict[str, Colour] = {
    "red": "red",
    "orange": "orange",
    "yellow": "yellow",
    "blue": "blue",
    "green": "green",
    "violet": "violet",
    "gray": "gray",
}
JOINER = "\u2060"
MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$^=&:@\"'/])")
LINKING = re.compile(r":(?=\S)|@(?=\S)|(?i:www)(?=\.)")
LONGEST = 4_000


def label(words: object, limit: int = 300) -> str:
    """The words as Markdown that means nothing but themselves, on one line: for labels, headings, captions, badges and
    toasts.
    """
    line = " ".join(visible_text(str(words)).split())
    short = line if len(line) <= limit else f"{line[: limit - 1]}…"
    return MARKS.sub(r"\\\1", LINKING.sub(lambda found: found.group() + JOINER, short))


def option(words: object, limit: int = 120) -> str:
    """A choice of a select box, which renders no markup: one line without hidden characters."""
    line = " ".join(visible_text(str(words)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def plain(words: object, limit: int = LONGEST) -> None:
    """Running text."""
    st.text(visible_text(str(words))[:limit])


def lines(words: Iterable[object]) -> None:
    """Several lines close together, in one element."""
    kept = [" ".join(visible_text(str(line)).split()) for line in words]
    if kept:
        st.text("\n".join(kept)[:LONGEST])


def block(words: object, limit: int = LONGEST * 3) -> None:
    """Text as it was written, with its line ends, in a box that wraps."""
    st.code(visible_text(str(words))[:limit], language=None, wrap_lines=True)


def json_block(words: str) -> None:
    """A request or an answer, as it goes over the wire."""
    st.code(visible_text(words), language="json", wrap_lines=True)


def heading(words: object) -> None:
    """A heading of a card or a page."""
    st.subheader(label(words), anchor=False)


def strong(words: object) -> None:
    """A short line in bold."""
    st.markdown(f"**{label(words)}**")


def caption(words: object) -> None:
    """A quiet line."""
    st.caption(label(words, limit=1_000))


def badge(words: object, colour: str = "gray") -> None:
    """A state, in words; the colour only repeats them."""
    st.badge(label(words), color=COLOURS.get(colour, "gray"))


def metric(name: str, value: object, note: object = "") -> None:
    """A figure under its name, with a quiet note below it."""
    with st.container(gap="xxsmall"):
        st.metric(label(name), visible_text(str(value))[:60])
        if note:
            st.caption(label(note))


def notice(kind: Kind, words: object) -> None:
    """What happened, in a coloured box with its mark."""
    draw = {"info": st.info, "success": st.success, "warning": st.warning, "error": st.error}[kind]
    mark = {"info": "·", "success": "✓", "warning": "!", "error": "✕"}[kind]
    draw(label(f"{mark} {words}", limit=1_000))


def toast(words: object) -> None:
    """A short word that goes away by itself."""
    st.toast(label(words))
