"""A person's word on a question as other consoles say it: LangChain's middleware for people in the loop, and Agent
Inbox.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, RootModel, Tag

from app.domain.actions import Action
from app.domain.base import JsonObject
from app.schemas.base import Incoming, Outgoing
from app.schemas.incidents import AskAnswer

Told = Annotated[str, Field(max_length=2_000)]


class EditedAction(Incoming):
    """The arguments that shall be sent instead."""

    name: Annotated[str, Field(max_length=200)]
    args: JsonObject


class MiddlewareDecision(Incoming):
    """One decision of LangChain's middleware."""

    type: Literal["approve", "edit", "reject", "respond"]
    message: Told = ""
    edited_action: EditedAction | None = None


class MiddlewareAnswer(Incoming):
    """`{"decisions": [...]}`: one question is asked at a time, so there is one decision."""

    decisions: Annotated[list[MiddlewareDecision], Field(min_length=1, max_length=1)]


class InboxEdit(Incoming):
    """What Agent Inbox sends with an edit."""

    action: Annotated[str, Field(max_length=200)]
    args: JsonObject


class InboxAnswer(Incoming):
    """One answer of Agent Inbox."""

    type: Literal["accept", "edit", "response", "ignore"]
    args: InboxEdit | Told | None = None


OneInboxAnswer = Annotated[list[InboxAnswer], Field(min_length=1, max_length=1)]


def _kind_of(body: object) -> str:
    return "inbox" if isinstance(body, list) else "middleware"


class OutsideAnswer(
    RootModel[
        Annotated[
            Annotated[MiddlewareAnswer, Tag("middleware")] | Annotated[OneInboxAnswer, Tag("inbox")],
            Discriminator(_kind_of),
        ]
    ]
):
    """The body of POST /actions/{id}/answer, in either spelling."""


class OutsideOutcome(Outgoing):
    """What the answer came to."""

    action: Action
    answer: AskAnswer | None = Field(default=None, description="what is said to a question; the action stays pending")
    note: str = ""
