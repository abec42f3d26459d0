"""What nobody could read, and the mapper: a person says once which value stands where, sees what that makes, and it
counts from then on. Files are sent the same way.
"""

import json

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.console.client import ApiProblem, File
from app.domain.base import list_in
from app.domain.signals import SignalType
from app.schemas.sources import FileAnswer, MappingAnswer, ShapeView

KINDS = [kind.value for kind in SignalType]
SHOWN = 5
EXAMPLE = "merchant_id = order.shop"
LONGEST = 4_000
HELP = "One field a line: merchant_id = order.shop. Write severity = =high for what is always the same, attributes.NAME"
FILE_TYPES = ["csv", "tsv", "json", "jsonl"]


@navigation.guarded("unmapped")
def draw_unmapped(tenant: str) -> None:
    """The shapes, the mapper of the chosen one, and files."""
    shapes = queries.list_unmapped(tenant)
    waiting = [shape for shape in shapes if shape.kept]
    if not shapes:
        safe_text.plain("Everything that came in could be read.")
    else:
        safe_text.plain(
            "These came in a form that nobody could read. Say once what their fields mean: what is kept and what comes"
            " is read so."
        )
        _draw_shapes(shapes)
    if waiting:
        known = {shape.id: shape for shape in waiting}
        chosen = st.selectbox(
            "Map",
            list(known),
            format_func=lambda name: safe_text.option(f"{known[name].source} {known[name].kind} {name}"),
            key="unmapped_pick",
        )
        if chosen:
            _draw_mapper(tenant, known[chosen])
    with st.expander("Send a file: CSV, JSON, or one JSON object a line"):
        _draw_file(tenant)


def _draw_shapes(shapes: list[ShapeView]) -> None:
    table = [
        {
            "source": shape.source,
            "kind": shape.kind or fmt.NOTHING,
            "came": shape.count,
            "kept": shape.kept,
            "mapped": "ignored" if shape.mapping and shape.mapping.ignore else "yes" if shape.mapping else "no",
            "values at": ", ".join(shape.paths),
            "shape": shape.id,
        }
        for shape in shapes
    ]
    st.dataframe(table, hide_index=True, width="stretch", height="content")


def _draw_mapper(tenant: str, shape: ShapeView) -> None:
    safe_text.caption("As it came:")
    for example in shape.examples[:1]:
        safe_text.json_block(json.dumps(example, indent=1, ensure_ascii=False)[:LONGEST])
    kind = st.selectbox("It is a", KINDS, index=None, key="unmapped_kind", placeholder="Choose a kind of signal")
    said = st.text_area("Fields", key="unmapped_fields", help=HELP, placeholder=EXAMPLE, max_chars=8_000)
    with st.container(horizontal=True, gap="small"):
        shown = st.button("Show what it makes", key="unmapped-show")
        st.button(
            "Read it so from now on",
            key="unmapped-map",
            type="primary",
            on_click=_map,
            args=(tenant, shape.id, kind, said, False),
        )
        st.button(
            "It says nothing: ignore it", key="unmapped-ignore", on_click=_map, args=(tenant, shape.id, None, "", True)
        )
    if shown:
        try:
            _draw_answer(queries.map_unmapped(tenant, shape.id, kind, read_lines(said), ignore=False, dry_run=True))
        except ApiProblem as problem:
            safe_text.notice("error", problem.sentence)


def _draw_answer(answer: MappingAnswer) -> None:
    safe_text.plain(f"{answer.read} of {answer.read + answer.left} kept would be read.")
    for signal in answer.signals[:SHOWN]:
        safe_text.json_block(signal.model_dump_json(exclude_none=True, exclude_defaults=True))
    for one in answer.problems[:SHOWN]:
        safe_text.notice("warning", f"{one.field} ({one.place}): {one.problem}")


def _map(tenant: str, shape_id: str, kind: str | None, said: str, ignore: bool) -> None:
    answer = navigation.attempt(queries.map_unmapped, tenant, shape_id, kind, read_lines(said), ignore=ignore)
    if answer is not None:
        left = f"; {answer.left} stay, because the mapping does not fit them" if answer.left else ""
        navigation.show_notice(
            "success", f"{answer.read} {'dropped' if ignore else 'read'}, and so is what comes from now on{left}."
        )


def read_lines(said: str) -> dict[str, str]:
    """field = place lines as an object; a line without = keeps its words, so that the server tells what is wrong."""
    pairs = [line.partition("=") for line in (said or "").splitlines() if line.strip()]
    return {field.strip(): place.strip() for field, _, place in pairs}


def _draw_file(tenant: str) -> None:
    file = st.file_uploader("File", type=FILE_TYPES, key="signal_file", label_visibility="collapsed")
    kind = st.selectbox("Each row is a", KINDS, index=None, key="file_kind", placeholder="A column says it")
    said = st.text_area("Columns", key="file_fields", help=HELP, placeholder="merchant_id = Shop", max_chars=8_000)
    good = st.checkbox("Keep the good rows when some are bad", key="file_partial")
    with st.container(horizontal=True, gap="small"):
        shown = st.button("Check the file", key="file-check", disabled=file is None)
        sent = st.button("Send it", key="file-send", type="primary", disabled=file is None)
    if file is None or not (shown or sent):
        return
    try:
        found = queries.send_signal_file(
            tenant, File(file.name, file.getvalue()), kind, read_lines(said), partial=good, dry_run=shown
        )
    except ApiProblem as problem:
        safe_text.notice("error", problem.sentence)
        for wrong in list_in(problem.facts, "problems")[:SHOWN]:
            if isinstance(wrong, dict):
                safe_text.plain(f"{wrong.get('path', '')}: {wrong.get('problem', '')}")
        return
    _draw_file_answer(found)


def _draw_file_answer(found: FileAnswer) -> None:
    if found.dry_run:
        safe_text.notice("info", f"{found.rows} rows, {len(found.rejected)} bad; nothing was sent.")
    else:
        safe_text.notice("success", f"{found.accepted} new signals, {found.duplicates} known already.")
    for one in found.rejected[:SHOWN]:
        safe_text.plain(f"{one.path}: {one.problem}")
