"""Templates of log lines: the same message is one template, whatever values it carries and in whatever style."""

import json
import time
from random import Random

import pytest

from app.domain.errors import BadInput
from app.observe.masks import LINE_LIMIT, mask_line
from app.observe.templates import Templates, mine_templates
from tests.log_lines import HELD_OUT, WRITTEN_FOR, draw_lines, grouped_right


@pytest.mark.parametrize("style", [*WRITTEN_FOR, *HELD_OUT])
def test_lines_of_one_message_are_one_template_in_every_style(style: str) -> None:
    lines, messages = draw_lines(style, count=300, seed=20_261)
    learning = Templates()
    for line in lines:
        learning.template_of(line)
    assert grouped_right(mine_templates(lines), messages) >= 0.9, "seed 20261"
    assert grouped_right([learning.template_of(line) for line in lines], messages) >= 0.9, "seed 20261"


def test_a_template_keeps_its_id_while_it_is_learnt_and_after_a_restart() -> None:
    lines, _ = draw_lines("shop", count=400, seed=7)
    learning = Templates()
    first = {line: learning.template_of(line) for line in lines[:200]}
    kept = learning.to_json()
    again = Templates.from_json(kept)
    assert [again.template_of(line) for line in lines] == [learning.template_of(line) for line in lines]
    later = {line: again.template_of(line) for line in first}
    assert sum(later[line] == name for line, name in first.items()) >= 0.95 * len(first)
    assert json.loads(kept).keys() == {"made", "gatherings", "texts"}


def test_a_word_that_tells_two_messages_apart_is_kept_and_a_value_is_not() -> None:
    opened = [f"session {n} opened for {name}" for n, name in enumerate(["anna", "ben", "eva", "kai", "lea"])]
    closed = [line.replace("opened", "closed") for line in opened]
    assert set(mine_templates(opened + closed)) == {"session <*> opened for <*>", "session <*> closed for <*>"}
    learning = Templates()
    for line in opened + closed:
        learning.template_of(line)
    found = {learning.text_of(learning.template_of(line)) for line in opened + closed}
    assert found == {"session <*> opened for <*>", "session <*> closed for <*>"}


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("GET /api/v3/orders/991 took 12ms", "GET /api/<*>/orders/<*> took <*>"),
        ("from 10.0.0.7:443 id 6f1c2a9e-0b1d-4c3e-9f00-aabbccddeeff", "from <*> id <*>"),
        ("2026-11-20T10:11:12.5Z mail to a.b@c.example failed (0x7fff)", "<*> mail to <*> failed (<*>)"),
        (
            '{"level":"info","msg":"cart was emptied","user":"anna"}',
            '{"level":<*>,"msg":"cart was emptied","user":<*>}',
        ),
        ("see https://a.example/x?y=z now", "see <*> now"),
    ],
)
def test_what_is_a_value_by_its_looks_is_masked(line: str, masked: str) -> None:
    assert mask_line(line).replace("\x01", "<*>") == masked


@pytest.mark.parametrize(
    "line",
    [
        *("", " \t", "\x00\x1b[31m", "\ud800 \u202e {}[]", "<*> \x01 <*>"),
        *("a" * 100_000, "a-" * 50_000, "'" * 20_000, '"\\' * 20_000, "1." * 50_000, "x@" * 40_000, "a.b" * 40_000),
        *("=" * 9_000, ":" * 9_000),
    ],
    ids=lambda line: repr(line[:6]),
)
def test_a_hostile_line_has_a_short_template_quickly(line: str) -> None:
    started = time.process_time()
    learning = Templates()
    found = learning.template_of(line)
    assert time.process_time() - started < 1.0
    assert len(learning.text_of(found)) <= 2 * LINE_LIMIT and len(mine_templates([line, line])) == 2
    assert Templates.from_json(learning.to_json()).template_of(line) == found


def test_many_different_lines_take_no_more_memory_than_is_allowed() -> None:
    rng = Random(3)
    learning = Templates(kept=50)
    for _ in range(1_500):
        learning.template_of(" ".join("".join(rng.choices("abcdefgh", k=5)) for _ in range(rng.randrange(2, 9))))
    assert len(learning) <= 50
    assert len(learning.to_json()) < 100_000
    assert len(Templates.from_json(learning.to_json(), kept=50)) == len(learning)


@pytest.mark.parametrize("state", ["", "[]", "{", '{"py/object": "os.system"}', '{"gatherings": [{"number": 0}]}'])
def test_a_state_that_is_none_is_refused(state: str) -> None:
    with pytest.raises(BadInput, match="no state of templates"):
        Templates.from_json(state)
