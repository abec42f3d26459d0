"""How right the confidences were: two figures with their intervals, a plot of claimed against right, and a sentence
that says what so few of them can tell.
"""

from typing import TYPE_CHECKING, Any

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.schemas.packs import FigureShown, PackCalibration, ReliabilityBin

if TYPE_CHECKING:
    import altair as alt


@navigation.guarded("reliability")
def draw_reliability(tenant: str) -> None:
    """The record of a tenant."""
    found = queries.read_calibration(tenant)
    safe_text.heading("How right the confidences were")
    safe_text.plain(found.sentence)
    for column, figure in zip(st.columns(4), _figures_of(found), strict=True):
        with column:
            safe_text.metric(*figure)
    if found.bins:
        _draw_bins(found.bins)


def _figures_of(found: PackCalibration) -> list[tuple[str, str, str]]:
    moved = f"between {found.lowest:+.2f} and {found.highest:+.2f} at most"
    return [
        ("Claims judged", str(found.n), f"{found.by_person} by people, {found.by_treatment} by cures"),
        ("Brier score", *_words_of(found.brier, "0 is perfect, 0.25 a coin")),
        ("Calibration error", *_words_of(found.ece, "ECE over five bins")),
        ("Simulated prior", fmt.percent(found.prior_weight), f"of its weight; log-odds {found.shift:+.2f}, {moved}"),
    ]


def _words_of(figure: FigureShown | None, what: str) -> tuple[str, str]:
    if figure is None:
        return fmt.NOTHING, "no claim was judged yet"
    return f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f} (95 %); {what}"


def _draw_bins(bins: list[ReliabilityBin]) -> None:
    told = "; ".join(f"claimed {one.claimed:.0%}, right {one.right:.0%} of {one.n}" for one in bins)
    st.altair_chart(_build_plot(bins), width="content", alt=f"Claimed against right: {told}")
    st.dataframe(
        [
            {
                "confidence": f"{one.above:.0%} to {one.up_to:.0%}",
                "claims": one.n,
                "claimed": fmt.percent(one.claimed),
                "right": fmt.percent(one.right),
                "between": f"{one.low:.0%} and {one.high:.0%}",
            }
            for one in bins
        ],
        hide_index=True,
        width="content",
    )


def _build_plot(bins: list[ReliabilityBin]) -> "alt.LayerChart | alt.FacetChart":
    """Where the points lie on the line, claims are as often right as they say."""
    import altair as alt
    import pandas

    share = alt.Scale(domain=[0, 1])
    across: Any = alt.X("claimed:Q", title="claimed", scale=share)
    data = alt.Chart(pandas.DataFrame([one.model_dump() for one in bins]))
    line = alt.Chart(pandas.DataFrame({"claimed": [0, 1], "right": [0, 1]})).mark_line(strokeDash=[4, 4], color="gray")
    return alt.layer(
        line.encode(x=across, y=alt.Y("right:Q", title="right", scale=share)),
        data.mark_rule().encode(x=across, y=alt.Y("low:Q"), y2="high:Q"),
        data.mark_point(filled=True, size=80).encode(
            x=across, y="right:Q", tooltip=["claimed", "right", "n", "low", "high"]
        ),
    ).properties(width=320, height=320)
