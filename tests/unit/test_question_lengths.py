"""How far a question looks back is read from it, in four languages."""

from datetime import timedelta

import pytest

from app.explain.kinds.changed_since import read_length


@pytest.mark.parametrize(
    ("question", "minutes"),
    [
        ("what's different from an hour ago", 60),
        ("anything new in the last 30 minutes", 30),
        ("was ist vor zwei Stunden passiert", 120),
        ("quoi de neuf depuis la dernière heure", 60),
        ("novedades de hace 3 horas", 180),
    ],
)
def test_a_length_of_time_is_read(question: str, minutes: int) -> None:
    assert read_length(question) == timedelta(minutes=minutes)


def test_a_question_that_names_no_length_has_none() -> None:
    assert read_length("what changed since 14:10") is None
