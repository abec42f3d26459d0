"""What LangChain's own middleware for human approval does where ours is tried: it is run here as it comes, so that
docs/what-an-approval-survives.md compares with what is, not with what is said of it.
"""

import re
import threading
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "what-an-approval-survives.md"
APPROVE = {"type": "approve"}


@pytest.fixture
def gear() -> Any:
    """The bare agent, where its libraries are installed."""
    pytest.importorskip("langchain")
    from tests.durability import bare_agent

    return bare_agent


def test_it_pays_once_when_it_is_asked_once(gear: Any) -> None:
    bare = gear.Bare()
    assert bare.paid == []
    bare.answer(APPROVE)
    bare.answer(APPROVE)
    assert bare.paid == [gear.SHOWN]


def test_it_pays_as_often_as_it_is_approved_at_once(gear: Any) -> None:
    bare = gear.Bare(meeting=threading.Barrier(2))
    hands = [threading.Thread(target=bare.answer, args=(APPROVE,)) for _ in range(2)]
    for one in hands:
        one.start()
    for one in hands:
        one.join(60)
    assert bare.paid == [gear.SHOWN, gear.SHOWN]


def test_it_pays_again_when_it_died_between_the_call_and_its_record(gear: Any) -> None:
    bare = gear.Bare(dies=True)
    with pytest.raises(gear.DeathError):
        bare.answer(APPROVE)
    bare.agent.invoke(None, gear.THREAD)
    assert bare.paid == [gear.SHOWN, gear.SHOWN]


def test_it_pays_what_stands_there_by_then_and_not_what_was_shown(gear: Any) -> None:
    bare = gear.Bare()
    shown = bare.agent.get_state(gear.THREAD).values["messages"][-1]
    bare.agent.update_state(gear.THREAD, {"messages": [gear.proposal("MERCH-A", 5_000, id=shown.id)]})
    bare.answer(APPROVE)
    assert bare.paid == [("MERCH-A", 5_000)]


def test_it_pays_whatever_an_edit_says(gear: Any) -> None:
    bare = gear.Bare()
    other = {"name": "pay_back", "args": {"merchant": "MERCH-B", "amount": 9_999}}
    bare.answer({"type": "edit", "edited_action": other})
    assert bare.paid == [("MERCH-B", 9_999)]


def test_after_a_word_it_does_not_know_it_takes_no_answer_any_more(gear: Any) -> None:
    bare = gear.Bare()
    with pytest.raises(ValueError, match="aprove"):
        bare.answer({"type": "aprove"})
    with pytest.raises(ValueError, match="aprove"):
        bare.answer(APPROVE)
    assert bare.paid == []


def test_an_approval_of_what_waited_in_memory_is_lost_with_the_process(gear: Any) -> None:
    bare = gear.Bare()
    bare.agent = bare.opened()
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
