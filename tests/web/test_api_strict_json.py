"""JSON is read in one way or refused with its place."""

import json
import random

import pytest

from app.validation.strict_json import DEEPEST, Unreadable, strict_json

REFUSED = [
    (b"", 1, 1, "Not JSON"),
    (b'{"a": 1,\n "b": nope}', 2, 7, "Not JSON"),
    (b'{"a":\n  NaN}', 2, 3, "NaN"),
    (b'{"a": -Infinity}', 1, 7, "Infinity"),
    (b'{"a": 1e999}', 1, 7, "1e999"),
    (b'{"a": 9223372036854775808}', 1, 7, "9223372036854775808"),
    (b'{"a": "9223372036854775808", "b": -9223372036854775809}', 1, 35, "-9223372036854775809"),
    (b'{"a": 1, "b": {"a": 1},\n "a": 2}', 2, 2, "'a' appears twice"),
    (b'{"a": 1, "\\u0061": 2}', 1, 10, "'a' appears twice"),
    (b'{"a": "x\\ud800y"}', 1, 7, "surrogate"),
    (b'{"\\udc00": 1}', 1, 2, "surrogate"),
    (b"[" * 500 + b"]" * 500, 1, DEEPEST + 1, "deep"),
    (b"[" * 200_000, 1, DEEPEST + 1, "deep"),
    (b'{"a": "\xff"}', 1, 8, "UTF-8"),
    (b'\n{"a": "\xed\xa0\x80"}', 2, 8, "UTF-8"),
    ('{"a": 1}'.encode("utf-16"), 1, 1, "UTF-8"),
    (b'{"a": 1} {"b": 2}', 1, 10, "Not JSON"),
    (b'"' + b'\\"' * 100_000, 1, 1, "Not JSON"),
]


@pytest.mark.parametrize(("raw", "line", "column", "word"), REFUSED, ids=[str(place) for place in range(len(REFUSED))])
def test_what_could_mean_two_things_is_refused_with_line_and_column(
    raw: bytes, line: int, column: int, word: str
) -> None:
    with pytest.raises(Unreadable) as refusal:
        strict_json(raw)
    assert (refusal.value.facts["line"], refusal.value.facts["column"]) == (line, column)
    assert word in refusal.value.detail


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 9223372036854775807, "b": -9223372036854775808, "c": 1.5e300}',
        b'{"NaN": "Infinity", "x": ["NaN", "1e999", {"x": 1}, {"x": 2}]}',
        '{"a": "\\ud83d\\ude00 😀 é"}'.encode(),
        b"[" * DEEPEST + b"]" * DEEPEST,
        b'{"a": "[[[[{{{{\\"[[[["}',
    ],
)
def test_everything_with_one_meaning_is_read_as_the_standard_reads_it(raw: bytes) -> None:
    assert strict_json(raw) == json.loads(raw)


def test_random_bytes_never_cause_anything_but_a_refusal() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    good = json.dumps({"signals": [{"a": [1, 2.5, "x\u00e9", None, True], "b": {"c": "\U0001f600"}}]}).encode()
    for _ in range(2_000):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.choice(b'{}[]",:\\u0eE+-9NaI\xff\xc3 \n')
        try:
            strict_json(bytes(raw))
        except Unreadable as refusal:
            assert refusal.facts["line"] >= 1
            assert refusal.facts["column"] >= 1
