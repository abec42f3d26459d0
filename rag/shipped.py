"""The runbooks that come with the product: Markdown files under `runbooks/<area>/<symptom>.md` with front matter."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError

from app.domain.base import Value
from app.domain.errors import BadConfig, BadInput
from app.domain.knowledge import Chunk, KnowledgeDocument, Trust
from rag.chunks import FRONT_MATTER_LINES, chunk_text, front_matter
from rag.documents import decode_text


class RunbookHeader(Value):
    """The front matter of a shipped runbook."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,80}$")
    title: str = Field(min_length=5, max_length=200)
    causes: tuple[str, ...] = Field(min_length=1, description="ids of the causes it treats")
    symptoms: tuple[str, ...] = Field(min_length=1, description="what people or machines report")
    questions: tuple[str, ...] = Field(
        default=(), description="what somebody who needs it would type; the tests ask for it with these"
    )
    updated: date


def load_shipped(folder: Path, now: datetime) -> list[tuple[KnowledgeDocument, list[Chunk]]]:
    """Every shipped runbook with its chunks, by path; BadConfig names every file that cannot be used."""
    loaded: list[tuple[KnowledgeDocument, list[Chunk]]] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*/*.md")):
        name = path.relative_to(folder).as_posix()
        try:
            loaded.append(read_shipped(name, path.read_bytes(), now))
        except (BadInput, ValidationError) as wrong:
            problems += [
                f"{folder.name}/{name}:{problem}" for problem in _describe_header_errors(wrong, path.read_bytes())
            ]
    ids = [document.id for document, _ in loaded]
    problems += [
        f"{folder.name}: two runbooks have the id {id!r}" for id in sorted({id for id in ids if ids.count(id) > 1})
    ]
    if problems:
        raise BadConfig(problems)
    return loaded


def read_shipped(name: str, content: bytes, now: datetime) -> tuple[KnowledgeDocument, list[Chunk]]:
    """One shipped runbook; BadInput or ValidationError when its text or its front matter is not right."""
    header, chunks = _parse_runbook(name, content)
    document = KnowledgeDocument(
        id=header.id,
        title=header.title,
        source="shipped",
        filename=name,
        uploader="shipped",
        trust=Trust.TRUSTED,
        content_hash=hashlib.sha256(content).hexdigest(),
        causes=header.causes,
        uploaded_at=now,
    )
    return document, list(chunks)


@lru_cache(maxsize=256)
def _parse_runbook(name: str, content: bytes) -> tuple[RunbookHeader, Sequence[Chunk]]:
    """What a file says, whoever gets it and whenever: every tenant gets the same."""
    text = decode_text(content, name)
    header = RunbookHeader.model_validate(front_matter(text)[0])
    return header, tuple(chunk_text(header.id, text, title=header.title))


def _describe_header_errors(wrong: BadInput | ValidationError, content: bytes) -> list[str]:
    """What is wrong, each as `line: key: what`."""
    if isinstance(wrong, BadInput):
        return [f"1: {wrong}"]
    lines = content.decode("utf-8", errors="replace").splitlines()
    told = [(error["loc"] or ("front matter",), error["msg"]) for error in wrong.errors()]
    return [
        f"{_line_of(str(loc[0]), lines)}: {'.'.join(str(part) for part in loc)}: {msg[:1].lower()}{msg[1:]}"
        for loc, msg in told
    ]


def _line_of(key: str, lines: list[str]) -> int:
    """The line of the front matter on which a key is written; the first when it is missing."""
    return next(
        (number for number, line in enumerate(lines[:FRONT_MATTER_LINES], start=1) if line.startswith(f"{key}:")), 1
    )
