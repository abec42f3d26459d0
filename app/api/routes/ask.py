"""Questions to the agent, and the conversations they belong to."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.bodies import body, documented
from app.api.context import Acting, Built, Known
from app.domain.questions import Turn
from app.services import ask
from app.wire import AskAnswer, AskRequest

router = APIRouter(tags=["ask"])


@router.post("/ask", summary="Ask the agent a question", openapi_extra=documented(AskRequest))
def answer(house: Built, scope: Acting, question: Annotated[AskRequest, Depends(body(AskRequest))]) -> AskAnswer:
    """An answer from recorded facts; every sentence names its evidence, and what is not known is said."""
    return ask.answer(house, scope, question)


@router.get("/conversations/{conversation_id}", summary="Read a conversation")
def conversation(house: Built, scope: Acting, conversation_id: Known) -> list[Turn]:
    """Every turn of a conversation, oldest first."""
    return ask.conversation(house, scope, conversation_id)
