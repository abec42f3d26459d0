"""What our own clients make of answers: the shapes are the API's, and another version of the server is no crash."""

import pytest
from pydantic import ValidationError

from app.cli.client import read_as
from app.client import parse_answer
from app.console import queries
from app.console.client import ApiProblem
from app.domain.actions import Action
from app.domain.errors import Permanent
from app.domain.tenants import KillSwitch
from tests.builders import make_action, make_outcome


def test_what_only_a_newer_server_knows_is_left_out_at_every_depth() -> None:
    row = make_action(1, result=make_outcome())
    answer = row.plain() | {"new": 1}
    answer["decision"] |= {"newer": {"a": []}}
    answer["result"]["request"] |= {"newest": None}
    assert parse_answer(Action, answer) == row
    assert parse_answer(list[Action], [answer, answer]) == [row, row]
    assert read_as(Action, answer) == row and queries._parse(list[Action], [answer]) == [row]


def test_members_of_free_json_are_kept_whole() -> None:
    row = make_action(1, result=make_outcome(response={"body": {"of": ["anybody"]}}))
    assert parse_answer(Action, row.plain()).result == row.result


@pytest.mark.parametrize("answer", [{"everywhere": "perhaps"}, [], None, "off", {"at": "yesterday"}])
def test_an_answer_in_another_shape_is_one_sentence_for_people(answer: object) -> None:
    with pytest.raises(ValidationError):
        parse_answer(KillSwitch, answer)
    with pytest.raises(Permanent, match="Are both of the same version"):
        read_as(KillSwitch, answer)
    with pytest.raises(ApiProblem, match="Are both of the same version"):
        queries._parse(KillSwitch, answer)
