"""Answers kept by Idempotency-Key: a request that comes again is answered as it was the first time, and does nothing
twice.

A question is kept before it is worked on and its answer before it is given, so there are four cases: nobody asked (it
is ours to answer), it was answered (the same again), it is being answered (ask later), it was another question (a
mistake). The insert of the row decides between askers.

What was begun and never answered, because the process died, may be begun again after a minute. That repeats nothing
that counts, because no use case relies on being called once: decisions, edits, sends, closings and mergers are
compare-and-sets; signals, merchants and runbooks are kept by what identifies them; sweeps and cycles look at what is
there. At worst a note or a turn of a conversation stands there twice.

After a day (or what config/retention.yaml says) the answers are forgotten; what is kept by its natural id is still kept
once.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from app.context import AppContext
from app.domain.base import digest_of
from app.domain.errors import BadInput, Conflict
from app.domain.tenants import Scope
from app.domain.work import StoredResponse

ABANDONED_AFTER = timedelta(minutes=1)
LONGEST_ROUTE = 255
FINAL_REFUSALS = frozenset({404, 409, 500})
"""Other refusals did nothing and may end otherwise: who corrects the request, or waits, may use the key again."""


class KeyReused(BadInput):
    """The key belongs to another request."""


class StillAnswering(Conflict):
    """The first request with this key has no answer yet."""


@dataclass(frozen=True)
class Question:
    """What was asked, and under which key."""

    key: str
    route: str
    fingerprint: str


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def route_of(scope: Scope, method: str, path: str) -> str:
    """What a key is good for: one principal's calls of one method and path; a digest where that is no plain
    short text.
    """
    said = f"{scope.principal.id} {method} {path}"
    return said if len(said) <= LONGEST_ROUTE and said.isascii() and said.isprintable() else digest_of(said)


def begin_answer(ctx: AppContext, scope: Scope, question: Question, *, working: bool = False) -> KeptAnswer | None:
    """None when the question is ours to answer, else what it was answered; KeyReused or StillAnswering when there is no
    telling.

    `working` says that this process is still at it, however long that takes. The time is the system's: a tenant's own
    may run or stand still.
    """
    now, kept_for = ctx.system.now(), _kept_for(ctx, scope)
    asked = StoredResponse(key=question.key, route=question.route, fingerprint=question.fingerprint, at=now)
    with ctx.store.write(scope) as session:
        session.replies.discard_before(now - kept_for)
        kept = session.replies.begin(asked, abandoned_before=now - (kept_for if working else ABANDONED_AFTER))
    return None if kept is None else _stored_answer(kept, question)


def _kept_for(ctx: AppContext, scope: Scope) -> timedelta:
    """As long as the configuration says, which is a day at least."""
    return ctx.config.retention.of(ctx.tenant(scope)).replies


def _stored_answer(kept: StoredResponse, question: Question) -> KeptAnswer:
    if kept.fingerprint != question.fingerprint:
        raise KeyReused(
            "This Idempotency-Key was used for a request with another content, and nothing was done now; a new request"
            " needs a new key.",
            idempotency_key=question.key,
        )
    if kept.status is None:
        raise StillAnswering(
            "The first request with this Idempotency-Key is still being answered, and nothing was done now; ask again"
            " in a second.",
            idempotency_key=question.key,
        )
    return KeptAnswer(kept.status, kept.headers, b64decode(kept.body))


def is_kept(status: int) -> bool:
    """Whether an answer of this status stands for good."""
    return 200 <= status < 300 or status in FINAL_REFUSALS


def finish_answer(ctx: AppContext, scope: Scope, question: Question, answer: KeptAnswer) -> None:
    """Keep the answer, or forget the question when it was refused without any effect."""
    with ctx.store.write(scope) as session:
        if is_kept(answer.status):
            body = b64encode(answer.body).decode("ascii")
            session.replies.finish(
                question.key, question.route, status=answer.status, headers=answer.headers, body=body
            )
        else:
            session.replies.forget(question.key, question.route)
