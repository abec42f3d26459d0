"""Signals: taken in, listed, and the patterns found in them."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from pydantic import ValidationError

from app.api.bodies import RawBody, body_of, check_json, document_body, problem_of, refuse_problems, validate_body
from app.api.context import Acting, Built, Limit, Offset
from app.domain.base import JsonObject
from app.domain.errors import BadInput
from app.domain.patterns import Pattern
from app.domain.signals import Signal, SignalAside, SignalType
from app.domain.times import Reach
from app.schemas.base import MOST_SIGNALS, BringBackAnswer, BringBackRequest
from app.schemas.signals import (
    DepartureShown,
    FalseAlarms,
    IncomingSignal,
    IngestAnswer,
    SignalBatch,
    StreamCourse,
)
from app.services.intake import ingest, signals
from app.services.watch import alarm_budget, course, expectation
from app.validation.strict_json import strict_json

router = APIRouter(tags=["signals"])


@dataclass(frozen=True)
class Batch:
    """What is left of a batch, and what was refused of it."""

    items: list[IncomingSignal]
    rejected: list[JsonObject]


def read_batch(
    ctx: Built,
    scope: Acting,
    raw: RawBody,
    partial: Annotated[bool, Query(description="keep the good items and list the bad ones")] = False,
) -> Batch:
    """The batch of a request: whole or not at all, unless ?partial=true."""
    read, reach = check_json(raw), ingest.reach_now(ctx, scope)
    if partial:
        return _sorted_out(read, reach)
    try:
        return Batch(validate_body(SignalBatch, read).signals, [])
    except BadInput as wrong:
        if any(problem["index"] is None for problem in wrong.problems):
            raise
        raise refuse_problems(_sorted_out(read, reach).rejected) from None


def _sorted_out(raw: bytes, reach: Reach) -> Batch:
    """Item by item; the envelope itself must still be right."""
    envelope = strict_json(raw)
    entries = envelope.get("signals") if isinstance(envelope, dict) else None
    if not isinstance(entries, list) or len(envelope) != 1 or not 1 <= len(entries) <= MOST_SIGNALS:
        validate_body(SignalBatch, raw)
        raise BadInput("The body is one object with a list `signals`.")
    items, rejected = [], []
    for place, entry in enumerate(entries):
        item, problems = _one(entry, place, reach)
        rejected += problems
        if item is not None:
            items.append(item)
    return Batch(items, rejected)


def _one(entry: Any, place: int, reach: Reach) -> tuple[IncomingSignal | None, list[JsonObject]]:
    """One item as a signal, or everything that is wrong with it."""
    try:
        item = IncomingSignal.model_validate_json(json.dumps(entry))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return None, [problem_of({**problem, "loc": ("signals", place, *problem["loc"])}) for problem in found]
    wrong = ingest.faults(item, place, reach)
    return (None if wrong else item), wrong


@router.post("/signals/ingest", summary="Send signals", status_code=202, openapi_extra=document_body(SignalBatch))
def ingest_signals(
    ctx: Built,
    scope: Acting,
    signals_of: Annotated[Batch, Depends(read_batch)],
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> IngestAnswer:
    """Keep a batch of signals: all of it or, when one item is wrong, nothing (unless ?partial=true)."""
    if not signals_of.items:
        raise refuse_problems(signals_of.rejected)
    answer = ingest.accept(ctx, scope, signals_of.items, idempotency_key=idempotency_key)
    return answer.model_copy(update={"rejected": signals_of.rejected})


@router.get("/signals", summary="List signals")
def list_signals(
    ctx: Built,
    scope: Acting,
    limit: Limit = 100,
    offset: Offset = 0,
    signal_type: SignalType | None = None,
    merchant_id: str | None = None,
    wanted: Annotated[
        list[str] | None, Query(alias="id", max_length=500, description="exactly these signals; repeat for several")
    ] = None,
    set_aside: Annotated[
        bool, Query(description="only those that no sweep looks at; GET /signals/aside gives the reasons too")
    ] = False,
) -> list[Signal]:
    """The latest signals, newest first; or those that are named, in the order they are named; or those that were set
    aside.
    """
    if wanted:
        return signals.list_named(ctx, scope, wanted)
    if set_aside:
        return [one.signal for one in signals.aside(ctx, scope, offset + limit)[offset:]]
    return signals.list_recent(ctx, scope, limit=limit, offset=offset, signal_type=signal_type, merchant_id=merchant_id)


@router.get("/signals/pending", summary="List the signals no sweep has looked at")
def list_pending_signals(ctx: Built, scope: Acting, limit: Limit = 100) -> list[Signal]:
    """Signals no sweep has looked at yet."""
    return signals.list_pending(ctx, scope, limit)


@router.get("/signals/aside", summary="List the signals that were set aside")
def list_set_aside_signals(ctx: Built, scope: Acting, limit: Limit = 100) -> list[SignalAside]:
    """Signals that no sweep looks at, each with its reason: they lie beyond the accepted times, or a sweep failed over
    them.
    """
    return signals.aside(ctx, scope, limit)


@router.post(
    "/signals/aside/retry",
    summary="Try signals again that were set aside",
    openapi_extra=document_body(BringBackRequest, required=False),
)
def retry_signals(
    ctx: Built, scope: Acting, wanted: Annotated[BringBackRequest, Depends(body_of(BringBackRequest, optional=True))]
) -> BringBackAnswer:
    """These, or all of them. What is still wrong is set aside again. Needs the role operator."""
    return BringBackAnswer(signal_ids=signals.bring_back(ctx, scope, wanted.signal_ids))


@router.get("/patterns", summary="List the patterns found in the signals")
def list_patterns(ctx: Built, scope: Acting, limit: Limit = 100) -> list[Pattern]:
    """What the latest sweeps found, most important first."""
    return signals.list_patterns(ctx, scope, limit)


@router.get("/departures", summary="List what departs from what would have been normal")
def list_departures(ctx: Built, scope: Acting) -> list[DepartureShown]:
    """What is watched, what is an incident, and what ended lately: seen against expected, and for whom."""
    return expectation.list_departures(ctx, scope)


@router.get("/departures/hours", summary="List the watched streams hour by hour")
def list_courses(ctx: Built, scope: Acting) -> list[StreamCourse]:
    """Each watched stream over the last day, seen beside expected: what departs first, then orders and payments."""
    return course.list_courses(ctx, scope)


@router.get("/departures/false-alarms", summary="Read how many incidents were none")
def count_false_alarms(ctx: Built, scope: Acting) -> FalseAlarms:
    """How many incidents of the last four weeks were none, beside the budget."""
    return alarm_budget.count_false_alarms(ctx, scope)
