"""What people wrote down: runbooks, cut into chunks that can be cited by document, section and lines."""

from enum import StrEnum

from pydantic import Field

from app.domain.base import Moment, Untrusted, Value


class Trust(StrEnum):
    """Whether a document may be cited."""

    TRUSTED = "trusted"
    WAITING = "waiting"
    REJECTED = "rejected"


class KnowledgeDocument(Value):
    """A runbook, shipped or uploaded. `tenant_id` is in the row's scope; shipped ones belong to every tenant."""

    id: str
    title: str
    format: str = "md"
    source: str = Field(default="upload", description="shipped or upload")
    filename: str = ""
    uploader: str = "system"
    trust: Trust = Trust.WAITING
    content_hash: str
    causes: tuple[str, ...] = ()
    uploaded_at: Moment


class Chunk(Value):
    """A citable piece of a document."""

    id: str = Field(description="hash of document id, place and text")
    document_id: str
    position: int = Field(ge=0)
    section: str
    location: str = Field(description="lines 12-30, or page 3")
    text: Untrusted


class Passage(Value):
    """A chunk that answers a query, with its score in [0, 1]."""

    chunk_id: str
    document_id: str
    title: str
    section: str
    location: str
    text: Untrusted
    score: float
    retrieval: str = Field(default="dense", description="dense, lexical or fused")
    uploader: str = "system"
