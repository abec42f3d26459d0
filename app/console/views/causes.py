"""Causes: which pack of them is in force here, packs of one's own, and what each would say of what was recorded."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, reliability, safe_text
from app.console.client import ApiProblem
from app.console.tables import draw_choice
from app.domain.base import JsonObject, list_in
from app.schemas.packs import PacksAnswer, PackShown, PackTrial, PackWeighed

CHOSEN: Final = "pack"
TRIED, ROUND, REFUSED = "pack_tried", "pack_round", "pack_refused"
HEADS: Final = ("pack.yaml", "words.yaml")
MOST_REFUSED: Final = 20
UPLOAD_RIGHT, TRY_RIGHT, PUT_RIGHT = "UPLOAD_PACK", "TRY_PACK", "ACTIVATE_PACK"


@navigation.guarded("causes")
def draw(tenant: str) -> None:
    """What is in force, the uploads, the one that was chosen, and a place for another."""
    navigation.on_screen(None)
    found, may = queries.read_packs(tenant), frozenset(queries.read_state(tenant).may)
    _draw_figures(found)
    if found.trouble:
        safe_text.notice("warning", f"The chosen pack does not count: {found.trouble}")
    left, right = st.columns([0.62, 0.38], gap="medium")
    with left:
        _draw_uploads(tenant, found, may)
    with right:
        _draw_upload(tenant, may)
        _draw_back(tenant, found, may)
    _draw_known(found)
    reliability.draw_reliability(tenant)


def _draw_figures(found: PacksAnswer) -> None:
    last = found.put[-1] if found.put else None
    figures = [
        ("In force", found.in_force.partition(" (")[0], f"since {fmt.moment(last.at)}, by {last.by}" if last else ""),
        ("Causes it knows", str(len(found.causes)), found.in_force),
        ("Uploads", str(len(found.versions)), f"{sum(one.tried is not None for one in found.versions)} were tried"),
    ]
    for column, figure in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            safe_text.metric(*figure)


def _draw_known(found: PacksAnswer) -> None:
    with st.expander(safe_text.label(f"What each of the {len(found.causes)} causes is")):
        for one in found.causes:
            safe_text.strong(f"{fmt.words(one.id)}: {one.title}")
            safe_text.plain(one.explanation)


def _draw_uploads(tenant: str, found: PacksAnswer, may: frozenset[str]) -> None:
    safe_text.strong("Packs of this tenant")
    if not found.versions:
        safe_text.plain("Nothing was uploaded: the pack that came with the product is in force.")
        return
    rows = [
        {
            "number": one.number,
            "stands": "▶ in force" if one.in_force else "◇ tried" if one.tried else "○ not tried",
            "changes": changes_of(one),
            "would differ": f"{one.tried.differ} of {one.tried.incidents}" if one.tried else fmt.NOTHING,
            "by": one.by,
            "when": fmt.moment(one.at),
            "note": one.note or fmt.NOTHING,
        }
        for one in found.versions
    ]
    for place in draw_choice(rows, "pack_table"):
        navigation.set_param(CHOSEN, str(found.versions[place].number))
    safe_text.caption("Select a row to try it over recorded incidents, and to put it in force.")
    chosen = next((one for one in found.versions if str(one.number) == navigation.param(CHOSEN)), None)
    if chosen:
        _draw_chosen(tenant, chosen, may)


def changes_of(one: PackShown) -> str:
    """What an upload changes, in words."""
    if not one.made_of:
        return f"a whole pack of {one.causes} causes"
    parts = [("adds", one.added), ("replaces", one.replaced), ("leaves out", one.left_out)]
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts if names) or "words only"


def _draw_chosen(tenant: str, chosen: PackShown, may: frozenset[str]) -> None:
    with st.container(border=True):
        safe_text.heading(f"Pack {chosen.number}: {chosen.title}")
        safe_text.plain(f"It {changes_of(chosen)}, made of {chosen.made_of}." if chosen.made_of else changes_of(chosen))
        st.button(
            "◇ Try it over recorded incidents",
            key="try-pack",
            disabled=TRY_RIGHT not in may,
            on_click=_try_pack,
            args=(tenant, chosen.number),
        )
        kept = st.session_state.get(TRIED)
        if kept and kept[:2] == (tenant, chosen.number):
            _draw_trial(kept[2])
        elif chosen.tried:
            safe_text.caption(f"Tried by {chosen.tried.by}, {fmt.moment(chosen.tried.at)}.")
        if PUT_RIGHT in may and chosen.tried and not chosen.in_force:
            _draw_reason(tenant, chosen.number, "Put it in force", "put-pack")


def _try_pack(tenant: str, number: int) -> None:
    found = navigation.attempt(queries.try_pack, tenant, number)
    if found is not None:
        st.session_state[TRIED] = (tenant, number, found)


def _draw_trial(trial: PackTrial) -> None:
    safe_text.plain(trial.sentence)
    if trial.incidents:
        st.dataframe(_trial_rows(trial.incidents), hide_index=True, width="stretch")


def _trial_rows(weighed: Sequence[PackWeighed]) -> list[dict[str, str]]:
    return [
        {
            "": "≠" if one.changed else "",
            "incident": one.incident_id,
            "now": f"{fmt.words(one.cause_before)}, {fmt.percent(one.confidence_before)}",
            "with it": f"{fmt.words(one.cause_after)}, {fmt.percent(one.confidence_after)}",
            "known to be": f"{fmt.words(one.known_cause)}, by {one.known_by}" if one.known_cause else fmt.NOTHING,
        }
        for one in weighed
    ]


def _draw_reason(tenant: str, number: int | None, words: str, key: str) -> None:
    with st.form(key, border=False, clear_on_submit=True):
        st.text_input("Why? It is part of the audit record.", key=f"{key}-reason", max_chars=500)
        st.form_submit_button(
            safe_text.label(words), key=f"{key}-now", on_click=_put_pack, args=(tenant, number, f"{key}-reason")
        )


def _put_pack(tenant: str, number: int | None, field: str) -> None:
    reason = str(st.session_state.get(field) or "").strip()
    if not reason:
        navigation.show_notice("error", "Say why: it is part of the audit record.")
        return
    done = navigation.attempt(queries.put_pack, tenant, number, reason)
    if done is not None:
        navigation.show_notice("success", f"In force: {done.in_force}. Open incidents are reasoned about anew with it.")


def _draw_back(tenant: str, found: PacksAnswer, may: frozenset[str]) -> None:
    if PUT_RIGHT in may and found.number:
        with st.container(border=True):
            safe_text.strong("Go back to the pack before")
            _draw_reason(tenant, None, "Go back", "pack-back")


def _draw_upload(tenant: str, may: frozenset[str]) -> None:
    if UPLOAD_RIGHT not in may:
        return
    with st.container(border=True, key="pack_upload"):
        safe_text.strong("Upload a pack, or changes to the one in force")
        files = st.file_uploader(
            "A file for each cause, and pack.yaml or words.yaml where they change",
            ("yaml",),
            accept_multiple_files=True,
            key=f"pack-files-{int(st.session_state.get(ROUND, 0))}",
        )
        whole = st.checkbox("It is a whole pack: take nothing over", key="pack-whole")
        note = st.text_input("What is it for?", key="pack-note", max_chars=500)
        contents = {
            name if name in HEADS else f"causes/{name}": file.getvalue() for file in files for name in [file.name]
        }
        st.button(
            "Check and keep it", key="pack-upload-now", disabled=not contents, on_click=_send_pack,
            args=(tenant, contents, whole, note),
        )  # fmt: skip
        safe_text.lines(st.session_state.get(REFUSED, ()))


def _send_pack(tenant: str, contents: dict[str, bytes], whole: bool, note: str) -> None:
    st.session_state[REFUSED] = []
    files: JsonObject = {name: content.decode("utf-8", "replace") for name, content in contents.items()}
    try:
        kept = queries.send_pack(tenant, {"files": files, "whole": whole, "note": note})
    except ApiProblem as problem:
        told = [one for one in list_in(problem.facts, "problems")[:MOST_REFUSED] if isinstance(one, dict)]
        st.session_state[REFUSED] = [f"{one.get('path')}: {one.get('problem')}" for one in told]
        navigation.show_notice("error", problem.sentence)
        return
    st.session_state[ROUND] = int(st.session_state.get(ROUND, 0)) + 1
    navigation.set_param(CHOSEN, str(kept.number))
    navigation.show_notice("success", f"Kept as pack {kept.number}. Try it over recorded incidents next.")
