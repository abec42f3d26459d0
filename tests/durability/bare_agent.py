"""An agent behind LangChain's own middleware, and what it pays: read when a test asks for it, since every worker
collects all tests and the libraries of models are large.
"""

import threading
from collections.abc import Iterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

SHOWN = ("MERCH-A", 10)
THREAD: Any = {"configurable": {"thread_id": "one"}}


class DeathError(BaseException):
    """The process ends here."""


class _Scripted(GenericFakeChatModel):
    """A model that proposes one payment and then has no more to say."""

    def bind_tools(self, *_args: Any, **_kwargs: Any) -> Any:
        return self


class Bare:
    """An agent with one tool behind the middleware, and what was really paid."""

    def __init__(self, *, dies: bool = False, meeting: threading.Barrier | None = None) -> None:
        self.paid: list[tuple[str, int]] = []
        self._dies, self._meeting = dies, meeting
        self.agent = self.opened()
        self.agent.invoke({"messages": [("user", "put it right")]}, THREAD)

    def opened(self) -> Any:
        """The agent over an empty memory."""

        @tool
        def pay_back(merchant: str, amount: int) -> str:
            """Pay money back."""
            self.paid.append((merchant, amount))
            if self._meeting:
                self._meeting.wait(60)
            if self._dies:
                self._dies = False
                raise DeathError
            return "paid"

        gate: Any = HumanInTheLoopMiddleware(interrupt_on={"pay_back": True})
        model = _Scripted(messages=_said())
        return create_agent(model, [pay_back], middleware=[gate], checkpointer=InMemorySaver())

    def answer(self, decision: dict[str, Any]) -> Any:
        return self.agent.invoke(Command(resume={"decisions": [decision]}), THREAD)


def _said() -> Iterator[AIMessage]:
    yield proposal(*SHOWN)
    while True:
        yield AIMessage("done")


def proposal(merchant: str, amount: int, **named: Any) -> AIMessage:
    call = {"name": "pay_back", "args": {"merchant": merchant, "amount": amount}, "id": "call-1", "type": "tool_call"}
    return AIMessage("", tool_calls=[call], **named)
