"""Questions to the agent, and the conversations they belong to."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built, Known
from app.domain.questions import Turn
from app.schemas.incidents import AskAnswer, AskProgress, AskRequest
from app.schemas.operations import ModelStatus
from app.services.incidents import ask, ask_streaming
from app.services.operations import model_status

router = APIRouter(tags=["ask"])
LINES = "application/x-ndjson"


@router.post("/ask", summary="Ask the agent a question", openapi_extra=document_body(AskRequest))
def ask_question(ctx: Built, scope: Acting, question: Annotated[AskRequest, Depends(body_of(AskRequest))]) -> AskAnswer:
    """An answer from recorded facts; every sentence names its evidence, and what is not known is said."""
    return ask.answer_question(ctx, scope, question)


@router.post(
    "/ask/stream",
    summary="Ask the agent a question and see the answer come",
    response_class=StreamingResponse,
    responses={200: {"content": {LINES: {"schema": {"type": "string"}}}, "description": "AskProgress, one a line"}},
    openapi_extra=document_body(AskRequest),
)
def stream_question(
    ctx: Built, scope: Acting, question: Annotated[AskRequest, Depends(body_of(AskRequest))]
) -> StreamingResponse:
    """The same answer a line at a time: first as the rules made it, then with each sentence of a model that has passed
    the gate, last as it is kept. Under an Idempotency-Key all lines come at once.
    """
    states = ask_streaming.stream_answer(ctx, scope, question)
    first = next(states)
    return StreamingResponse(_write_lines(chain([first], states)), media_type=LINES)


def _write_lines(states: Iterator[AskProgress]) -> Iterator[str]:
    return (f"{one.model_dump_json()}\n" for one in states)


@router.get("/conversations/{conversation_id}", summary="Read a conversation")
def read_conversation(ctx: Built, scope: Acting, conversation_id: Known) -> list[Turn]:
    """Every turn of a conversation, oldest first."""
    return ask.read_conversation(ctx, scope, conversation_id)


@router.get("/llm/status", summary="Say whether there is a language model")
def read_model_status(ctx: Built, scope: Acting) -> ModelStatus:
    """Which one, why not, and what this tenant used of it today: calls, tokens, money, and how often the answer of the
    rules stood instead.
    """
    return model_status.read_model_status(ctx, scope)
