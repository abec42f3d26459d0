"""Cutting: every line once, in order, under its heading, with its place."""

import random
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.base import normal_text
from app.domain.errors import TooLarge
from rag.chunks import TARGET, chunk_parts, chunk_text, first_heading, front_matter

GUIDE = """---
title: Guide
---
# Checkout

Intro line.

## Fix

```sh
# not a heading
run --now
```

### Deep

Text below.
"""


def cut(text, format="md"):
    return chunk_text("doc", text, format=format)


def place(chunk):
    numbers = [int(number) for number in re.findall(r"\d+", chunk.location)]
    return numbers[0], numbers[-1]


def test_chunks_carry_heading_path_and_lines():
    found = [(chunk.section, chunk.location, chunk.position) for chunk in cut(GUIDE)]
    assert found == [
        ("Checkout", "lines 4-6", 0),
        ("Checkout > Fix", "lines 8-13", 1),
        ("Checkout > Fix > Deep", "lines 15-17", 2),
    ]


def test_front_matter_is_about_the_document_and_not_cited():
    assert front_matter(GUIDE) == ({"title": "Guide"}, 3)
    assert all("title: Guide" not in chunk.text for chunk in cut(GUIDE))
    assert front_matter("---\nnot yaml: [\n---\n") == ({}, 0)
    assert cut("---\na rule above\n\n---\n")[0].location == "lines 1-4"


def test_a_hash_in_fenced_code_is_no_heading():
    assert [chunk.section for chunk in cut("# A\n\n~~~~\n# B\n~~~\n# C\n~~~~\nend\n\n# D\nmore")] == ["A", "D"]


def test_a_bare_heading_opens_the_section_below():
    chunks = cut("# Guide\n\n## First\nbody\n\n## Last\n")
    assert [(chunk.section, chunk.text) for chunk in chunks] == [
        ("Guide > First", "# Guide\n\n## First\nbody\n\n## Last")
    ]


def test_underlined_headings_count():
    assert [chunk.section for chunk in cut("Guide\n=====\ntext\n\nPart\n----\nmore")] == ["Guide", "Guide > Part"]
    assert first_heading("Guide\n=====\n") == "Guide"


def test_long_sections_are_cut_between_paragraphs():
    text = "# Long\n\n" + "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(12))
    chunks = cut(text)
    assert len(chunks) >= 4 and all(len(chunk.text) <= 1.2 * TARGET for chunk in chunks)
    assert {chunk.section for chunk in chunks} == {"Long"}


def test_a_line_longer_than_a_chunk_is_cut_at_sentences_and_keeps_its_place():
    text = "# One\n" + " ".join(f"Sentence number {number} says something." for number in range(300))
    chunks = cut(text)
    assert len(chunks) > 5 and all(place(chunk)[1] == 2 for chunk in chunks)
    assert " ".join(chunk.text for chunk in chunks).split() == text.split()
    assert all(len(chunk.text) <= TARGET + 50 for chunk in cut("x" * 5_000))


def test_plain_text_finds_capitals_and_paragraphs():
    chunks = chunk_text("doc", "intro\n\nSYMPTOMS\n\nit fails\n\nFIX:\ndo this", format="txt", title="Notes")
    assert [(chunk.section, chunk.location) for chunk in chunks] == [
        ("Notes", "line 1"),
        ("SYMPTOMS", "lines 3-5"),
        ("FIX", "lines 7-8"),
    ]


def test_pages_are_cited_as_pages():
    chunks = chunk_parts("doc", "pdf", [("page 1", "first"), ("page 3", "third")])
    assert [(chunk.section, chunk.location) for chunk in chunks] == [("Page 1", "page 1"), ("Page 3", "page 3")]


def test_ids_follow_from_content_and_differ_between_documents():
    assert [chunk.id for chunk in cut(GUIDE)] == [chunk.id for chunk in cut(GUIDE)]
    twice = [chunk.id for name in ("a", "b") for chunk in chunk_text(name, GUIDE)]
    assert len(set(twice)) == len(twice)


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "# A",
                "## B",
                "### C",
                "```",
                "~~~",
                "---",
                "===",
                "- item",
                "  indented",
                "| a | b |",
                "> quote",
                "1. one",
                "\tcode",
            ]
        ),
        st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=80),
        st.integers(50, 400).map(lambda count: "word. " * count),
    ),
    max_size=60,
)


@given(LINES, st.sampled_from(["md", "txt"]))
@settings(max_examples=120, deadline=None)
def test_every_line_is_in_exactly_one_chunk(lines, format):
    text = "\n".join(["start", *lines])
    chunks = cut(text, format)
    words = [word for chunk in chunks for word in chunk.text.split()]
    assert "".join(words) == "".join(normal_text(text).split())
    starts = [place(chunk) for chunk in chunks]
    assert starts == sorted(starts) and all(first[1] <= second[0] for first, second in pairwise(starts))
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_many_random_guides_keep_their_lines_apart():
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(30):
        lines = [chance.choice(["", "# H", "## H2", f"line {number} with words", "* point"]) for number in range(80)]
        seen = [
            number
            for chunk in cut("\n".join(["first", *lines]))
            for number in range(place(chunk)[0], place(chunk)[1] + 1)
        ]
        assert len(seen) == len(set(seen))


def test_a_document_of_headings_by_the_hundred_thousand_is_refused_with_what_to_do() -> None:
    with pytest.raises(TooLarge, match=r"100,000 passages; at most 8,000 are kept\. Split it") as told:
        chunk_text("DOC-1", "".join(f"{'#' * (number % 6 + 1)} h{number}\nx\n" for number in range(100_000)))
    assert told.value.facts["limit"] == 8_000
    bare = chunk_text("DOC-1", "".join(f"{'#' * (number % 6 + 1)} h{number}\n" for number in range(100_000)))
    assert len(bare) <= 8_000 and "".join(chunk.text for chunk in bare).count("#")


def test_a_heading_of_any_length_is_not_repeated_whole_in_every_passage() -> None:
    chunks = chunk_text("DOC-1", f"# {'a' * 700_000}\n\n" + "words and more words.\n\n" * 2_000)
    assert len(chunks) > 40 and all(len(chunk.section) <= 200 for chunk in chunks)
