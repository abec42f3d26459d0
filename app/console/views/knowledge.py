"""Knowledge: the runbooks, an upload that tells what came of each file, and a search to try."""

import streamlit as st

from app.console import citations, navigation, queries, safe_text
from app.console import format as fmt
from app.console.client import ApiProblem, File
from app.domain.knowledge import KnowledgeDocument, Trust

TYPES = ("md", "markdown", "txt", "pdf")
TRUST = {Trust.TRUSTED: "✓ trusted", Trust.WAITING: "◑ waits for approval", Trust.REJECTED: "✕ rejected"}
RESULTS = "upload_results"
UPLOADS = "upload_round"


@navigation.guarded("knowledge")
def draw(tenant: str) -> None:
    """Figures, then what there is, what can be added, and what is found."""
    navigation.on_screen(None)
    _draw_linked_passage(tenant)
    stats = queries.knowledge_stats(tenant)
    rows = queries.list_document_rows(tenant)
    for column, (name, value, note) in zip(
        st.columns(4), _figure_values(stats.documents, stats.chunks, stats.embedder, rows), strict=True
    ):
        with column:
            safe_text.metric(name, value, note)
    left, right = st.columns([0.58, 0.42], gap="medium")
    with left:
        _draw_documents(tenant, rows)
    with right:
        _draw_upload(tenant)
        _draw_search(tenant)


def _figure_values(
    documents: int, chunks: int, embedder: str, rows: list[KnowledgeDocument]
) -> list[tuple[str, object, str]]:
    waiting = sum(row.trust is Trust.WAITING for row in rows)
    uploads = sum(row.source != "shipped" for row in rows)
    return [
        ("Runbooks", documents, f"{uploads} uploaded"),
        ("Citable passages", chunks, "cut by heading"),
        ("Waiting for approval", waiting, "not cited until approved"),
        ("Search", _search_by(embedder), embedder),
    ]


def _search_by(embedder: str) -> str:
    if embedder.startswith("multilingual"):
        return "any language"
    return "semantic" if "minilm" in embedder.lower() else "lexical"


def _draw_linked_passage(tenant: str) -> None:
    """The passage a link leads to."""
    named = navigation.param("chunk")
    if not named:
        return
    try:
        found = queries.read_passage_row(tenant, named)
    except ApiProblem as problem:
        safe_text.notice("warning", problem.sentence)
        return
    citations.passages([found], "linked", opened=named)
    st.button(
        "Close the passage", key="close-passage", type="tertiary", on_click=navigation.set_param, args=("chunk", None)
    )


def _draw_documents(tenant: str, rows: list[KnowledgeDocument]) -> None:
    safe_text.strong("Documents")
    if not rows:
        safe_text.plain(
            "No runbook yet. Upload one; it is cited at once by search and by answers, and by decisions made after it."
        )
        return
    now = queries.read_state(tenant).now
    ordered = sorted(rows, key=lambda row: (row.source == "shipped", row.title))
    table = [
        {
            "title": row.title,
            "trust": TRUST[row.trust],
            "from": row.source,
            "causes": ", ".join(row.causes),
            "by": row.uploader,
            "added": fmt.since(row.uploaded_at, now) if row.source != "shipped" else "with the product",
            "id": row.id,
        }
        for row in ordered
    ]
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height="content",
        column_config={"title": st.column_config.TextColumn(width="large")},
    )
    _draw_management(tenant, [row for row in ordered if row.source != "shipped"])


def _draw_management(tenant: str, uploads: list[KnowledgeDocument]) -> None:
    if not uploads:
        return
    titles = {row.id: row for row in uploads}
    chosen = st.selectbox(
        "An upload",
        list(titles),
        format_func=lambda name: safe_text.option(f"{titles[name].title} ({name})"),
        key="upload_pick",
    )
    with st.container(horizontal=True, gap="small"):
        if chosen and titles[chosen].trust is Trust.WAITING:
            st.button(
                "Approve it for citing", key="trust", type="primary", on_click=_trust_upload, args=(tenant, chosen)
            )
        st.button("Remove it", key="remove", on_click=_remove_upload, args=(tenant, chosen))


def _trust_upload(tenant: str, document_id: str) -> None:
    if navigation.attempt(queries.trust_document, tenant, document_id) is not None:
        navigation.show_notice("success", f"{document_id} may be cited from now on.")


def _remove_upload(tenant: str, document_id: str) -> None:
    try:
        queries.remove_document(tenant, document_id)
    except ApiProblem as problem:
        navigation.show_notice("error", problem.sentence)
        return
    navigation.show_notice("success", f"{document_id} was removed; nothing cites it any more.")


def _draw_upload(tenant: str) -> None:
    with st.container(border=True, key="upload"):
        safe_text.strong("Add runbooks")
        turn = int(st.session_state.get(UPLOADS, 0))
        files = st.file_uploader(
            "Markdown, text or PDF; several at once",
            TYPES,
            accept_multiple_files=True,
            key=f"files-{turn}",
            max_upload_size=20,
        )
        contents = [File(file.name, file.getvalue()) for file in files]
        st.button(
            "Add to the knowledge",
            key="upload-now",
            type="primary",
            disabled=not contents,
            on_click=_send_files,
            args=(tenant, contents),
        )
        for kind, words in st.session_state.get(RESULTS, []):
            safe_text.notice(kind, words)


def _send_files(tenant: str, files: list[File]) -> None:
    """Each file on its own, so that one bad file spoils no other."""
    st.session_state[RESULTS] = [_send_one_file(tenant, file) for file in files]
    st.session_state[UPLOADS] = int(st.session_state.get(UPLOADS, 0)) + 1


def _send_one_file(tenant: str, file: File) -> tuple[safe_text.Kind, str]:
    try:
        answer = queries.send_upload(tenant, file)
    except ApiProblem as problem:
        return "error", f"{file.name}: {problem.sentence}"
    if not answer.documents:
        return "error", f"{file.name}: it was not kept."
    kept = answer.documents[0]
    then = "It may be cited at once." if kept.trust is Trust.TRUSTED else "It waits for approval."
    return "success", f"{file.name}: kept as {kept.title}. {then}"


def _draw_search(tenant: str) -> None:
    with st.container(border=True, key="search"):
        safe_text.strong("Try the search")
        st.session_state.setdefault("knowledge_query", navigation.param("q"))
        query = st.text_input(
            "What should a runbook answer?",
            key="knowledge_query",
            placeholder="webhooks answer 404 after the cutover",
            on_change=_keep_query,
        )
        if not (query or "").strip():
            safe_text.caption("The best passages appear here, with document, section and lines.")
            return
        found = queries.search_passages(tenant, (query or "").strip(), 5)
        if not found:
            safe_text.notice("info", "Nothing covers this. The agent would say so instead of guessing.")
            return
        citations.passages(found, "found")


def _keep_query() -> None:
    navigation.set_param("q", str(st.session_state.get("knowledge_query") or ""))
