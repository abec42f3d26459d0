"""What LangChain's own middleware for human approval does where ours is tried: it is run here as it comes, so that
docs/what-an-approval-survives.md compares with what is, not with what is said of it.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain")

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "what-an-approval-survives.md"
SHOWN = ("MERCH-A", 10)
APPROVE = {"type": "approve"}
THREAD: Any = {"configurable": {"thread_id": "one"}}


class _DeathError(BaseException):
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
        self.agent = self.opened(InMemorySaver())
        self.agent.invoke({"messages": [("user", "put it right")]}, THREAD)

    def opened(self, kept: InMemorySaver) -> Any:
        @tool
        def pay_back(merchant: str, amount: int) -> str:
            """Pay money back."""
            self.paid.append((merchant, amount))
            if self._meeting:
                self._meeting.wait(60)
            if self._dies:
                self._dies = False
                raise _DeathError
            return "paid"

        gate: Any = HumanInTheLoopMiddleware(interrupt_on={"pay_back": True})
        model = _Scripted(messages=_said())
        return create_agent(model, [pay_back], middleware=[gate], checkpointer=kept)

    def answer(self, decision: dict[str, Any]) -> Any:
        return self.agent.invoke(Command(resume={"decisions": [decision]}), THREAD)


def _said() -> Iterator[AIMessage]:
    yield _proposal(*SHOWN)
    while True:
        yield AIMessage("done")


def _proposal(merchant: str, amount: int, **named: Any) -> AIMessage:
    call = {"name": "pay_back", "args": {"merchant": merchant, "amount": amount}, "id": "call-1", "type": "tool_call"}
    return AIMessage("", tool_calls=[call], **named)


def test_it_pays_once_when_it_is_asked_once() -> None:
    bare = Bare()
    assert bare.paid == []
    bare.answer(APPROVE)
    bare.answer(APPROVE)
    assert bare.paid == [SHOWN]


def test_it_pays_as_often_as_it_is_approved_at_once() -> None:
    bare = Bare(meeting=threading.Barrier(2))
    hands = [threading.Thread(target=bare.answer, args=(APPROVE,)) for _ in range(2)]
    for one in hands:
        one.start()
    for one in hands:
        one.join(60)
    assert bare.paid == [SHOWN, SHOWN]


def test_it_pays_again_when_it_died_between_the_call_and_its_record() -> None:
    bare = Bare(dies=True)
    with pytest.raises(_DeathError):
        bare.answer(APPROVE)
    bare.agent.invoke(None, THREAD)
    assert bare.paid == [SHOWN, SHOWN]


def test_it_pays_what_stands_there_by_then_and_not_what_was_shown() -> None:
    bare = Bare()
    shown = bare.agent.get_state(THREAD).values["messages"][-1]
    bare.agent.update_state(THREAD, {"messages": [_proposal("MERCH-A", 5_000, id=shown.id)]})
    bare.answer(APPROVE)
    assert bare.paid == [("MERCH-A", 5_000)]


def test_it_pays_whatever_an_edit_says() -> None:
    bare = Bare()
    other = {"name": "pay_back", "args": {"merchant": "MERCH-B", "amount": 9_999}}
    bare.answer({"type": "edit", "edited_action": other})
    assert bare.paid == [("MERCH-B", 9_999)]


def test_after_a_word_it_does_not_know_it_takes_no_answer_any_more() -> None:
    bare = Bare()
    with pytest.raises(ValueError, match="aprove"):
        bare.answer({"type": "aprove"})
    with pytest.raises(ValueError, match="aprove"):
        bare.answer(APPROVE)
    assert bare.paid == []


def test_an_approval_of_what_waited_in_memory_is_lost_with_the_process() -> None:
    bare = Bare()
    bare.agent = bare.opened(InMemorySaver())
    assert "__interrupt__" in bare.answer(APPROVE)
    assert bare.paid == []


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8"))
    every = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 15 and [name for name in named if name not in every] == []
