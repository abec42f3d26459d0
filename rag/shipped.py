"""The runbooks that come with the product: Markdown files under `runbooks/<area>/<symptom>.md` with front matter."""

import hashlib
from datetime import date, datetime
from pathlib import Path

from pydantic import Field, ValidationError

from app.domain.base import Value
from app.domain.errors import BadConfig, BadInput
from app.domain.knowledge import Chunk, KnowledgeDocument, Trust
from rag.chunks import chunk_text, front_matter
from rag.documents import decode_text


class RunbookHeader(Value):
    """The front matter of a shipped runbook."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,80}$")
    title: str = Field(min_length=5, max_length=200)
    causes: tuple[str, ...] = Field(min_length=1, description="ids of the causes it treats")
    symptoms: tuple[str, ...] = Field(min_length=1, description="what people or machines report")
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
            problems.append(f"{folder.name}/{name}: {_sentence(wrong)}")
    ids = [document.id for document, _ in loaded]
    problems += [f"{folder.name}: two runbooks have the id {id!r}" for id in sorted({id for id in ids if ids.count(id) > 1})]
    if problems:
        raise BadConfig(problems)
    return loaded


def read_shipped(name: str, content: bytes, now: datetime) -> tuple[KnowledgeDocument, list[Chunk]]:
    """One shipped runbook; BadInput or ValidationError when its text or its front matter is not right."""
    text = decode_text(content, name)
    header = RunbookHeader.model_validate(front_matter(text)[0])
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
    return document, chunk_text(header.id, text, title=header.title)


def _sentence(wrong: BadInput | ValidationError) -> str:
    """What is wrong, in one line."""
    if isinstance(wrong, BadInput):
        return str(wrong)
    return "; ".join(f"{'.'.join(str(part) for part in error['loc']) or 'front matter'}: {error['msg']}" for error in wrong.errors())
