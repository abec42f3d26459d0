"""Documents cut into chunks that can be cited: a heading path and the lines they stand on (or the page).

Nothing is lost: every line that is not blank is in exactly one chunk (front matter of Markdown is about the document,
not part of it). Small enough to be embedded whole: MiniLM reads the first 256 tokens and no more.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import yaml

from app.domain.base import JsonObject, Untrusted, digest_of
from app.domain.errors import TooLarge
from app.domain.knowledge import Chunk
from rag.documents import with_plain_lines

TARGET = 900
SMALLEST = 120
LONGEST_LINE = 1_500
FRONT_MATTER_LINES = 80
MOST_CHUNKS = 8_000
"""So many passages of one document are kept; more is no runbook, and each of them is embedded."""
LONGEST_HEADING = 200
"""So many characters of a heading stand in a path: it is repeated in every passage under it."""
MARKDOWN = frozenset({"md", "markdown"})
HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
NOT_A_TITLE = re.compile(r"\s*(?:[-*+>|]|\d+[.)])\s|\s*\||\s*$")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line with its number in the document (several when a very long one was cut)."""

    number: int
    text: str
    fenced: bool = False

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read on it."""
        return not self.text.strip()


@dataclass(slots=True)
class Section:
    """Lines under one heading path, while a document is being cut."""

    path: tuple[str, ...]
    lines: list[TextLine] = field(default_factory=list)
    headings: int = 0

    @property
    def only_heading(self) -> bool:
        """Whether nothing but headings stands here."""
        return sum(1 for line in self.lines if not line.blank) <= self.headings


def chunk_parts(document_id: str, format: str, parts: Iterable[tuple[str, str]], *, title: str = "") -> list[Chunk]:
    """Chunks of what a Parser gave: pages of a PDF, or the one text of a Markdown or plain file."""
    pieces: list[tuple[str, str, str]] = []
    for place, text in parts:
        if place.startswith("page"):
            pieces += [
                (place.capitalize(), place, join_lines(group))
                for group in _group_lines(_number_lines(with_plain_lines(text)))
            ]
        else:
            pieces += _text_pieces(with_plain_lines(text), format, title)
    if len(pieces) > MOST_CHUNKS:
        said = (
            f"This document falls into {len(pieces):,} passages; at most {MOST_CHUNKS:,} are kept. Split it, or use"
            " fewer headings."
        )
        raise TooLarge(said, limit=MOST_CHUNKS)
    return [_build_chunk(document_id, position, *piece) for position, piece in enumerate(pieces)]


def chunk_text(document_id: str, text: str, *, format: str = "md", title: str = "") -> list[Chunk]:
    """Chunks of one text; a PDF's text is cut like plain text."""
    return chunk_parts(document_id, format, [("lines", text)], title=title)


def front_matter(text: str) -> tuple[JsonObject, int]:
    """The YAML block a Markdown file may start with, and how many lines it takes (none: an empty mapping and 0)."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, 0
    end = next(
        (number for number, line in enumerate(lines[1:FRONT_MATTER_LINES], start=1) if line.rstrip() in {"---", "..."}),
        0,
    )
    if not end:
        return {}, 0
    try:
        found = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.YAMLError:
        return {}, 0
    return (found, end + 1) if isinstance(found, dict) else ({}, 0)


def first_heading(text: str) -> str:
    """The title a Markdown text gives itself, if any."""
    return next((section.path[-1] for section in _markdown_sections(_number_lines(text)) if section.path), "")


def join_lines(lines: Sequence[TextLine]) -> str:
    """The lines as text again; pieces of one cut line are put back together, blank lines between paragraphs kept."""
    text = ""
    last: int | None = None
    for line in lines:
        text += (
            line.text
            if last is None
            else (" " if line.number == last else "\n" * min(line.number - last, 2)) + line.text
        )
        last = line.number
    return text.strip("\n")


def _build_chunk(document_id: str, position: int, section: str, location: str, text: str) -> Chunk:
    """A chunk whose id follows from what it is."""
    identity = digest_of([document_id, position, location, section, text])
    return Chunk(
        id=identity,
        document_id=document_id,
        position=position,
        section=section,
        location=location,
        text=Untrusted(text),
    )


def _text_pieces(text: str, format: str, title: str) -> list[tuple[str, str, str]]:
    """(section, location, text) of Markdown or plain text."""
    if format in MARKDOWN:
        skipped = front_matter(text)[1]
        sections = _markdown_sections(_number_lines(text)[skipped:])
    else:
        sections = _plain_sections(_number_lines(text))
    pieces = []
    for section in _with_bare_headings_moved_on(sections):
        name = " > ".join(section.path) or title or "Text"
        pieces += [(name, _location_of(group), join_lines(group)) for group in _group_lines(section.lines)]
    return pieces


def _number_lines(text: str) -> list[TextLine]:
    """Numbered lines, each marked when it is inside fenced code."""
    lines: list[TextLine] = []
    fence = ""
    for number, raw in enumerate(text.split("\n"), start=1):
        match = FENCE.match(raw)
        opens = not fence and match and not (match[1][0] == "`" and "`" in match[2])
        closes = fence and match and match[1].startswith(fence) and not match[2].strip()
        lines.append(TextLine(number, raw, fenced=bool(fence or opens)))
        if opens and match:
            fence = match[1]
        elif closes:
            fence = ""
    return lines


def _markdown_sections(lines: Sequence[TextLine]) -> list[Section]:
    """Lines grouped under their heading path."""
    sections = [Section(path=())]
    path: list[tuple[int, str]] = []
    underlines: set[int] = set()
    for index, line in enumerate(lines):
        found = _parse_heading(lines, index)
        if found is None:
            sections[-1].lines.append(line)
            sections[-1].headings += line.number in underlines
            continue
        level, name, underlined = found
        path = [(above, words) for above, words in path if above < level] + [(level, name)]
        underlines.update({line.number + 1} if underlined else set())
        sections.append(
            Section(path=tuple(words[:LONGEST_HEADING] for _, words in path if words), lines=[line], headings=1)
        )
    return sections


def _parse_heading(lines: Sequence[TextLine], index: int) -> tuple[int, str, bool] | None:
    """(level, words, underlined) when a heading stands on this line."""
    line = lines[index]
    if line.fenced:
        return None
    match = HEADING.match(line.text)
    if match:
        return len(match[1]), (match[2] or "").strip(), False
    below = lines[index + 1] if index + 1 < len(lines) else None
    alone = index == 0 or lines[index - 1].blank
    underline = (
        SETEXT.match(below.text) if below and not below.fenced and alone and not NOT_A_TITLE.match(line.text) else None
    )
    return (1 if underline[1][0] == "=" else 2, line.text.strip(), True) if underline else None


def _plain_sections(lines: Sequence[TextLine]) -> list[Section]:
    """Plain text: a line of its own in capitals, or underlined, counts as a heading."""
    plain = [TextLine(line.number, line.text) for line in lines]
    sections = [Section(path=())]
    for index, line in enumerate(plain):
        alone = index == 0 or plain[index - 1].blank
        words = line.text.strip().rstrip(":")
        underlined = (
            alone
            and index + 1 < len(plain)
            and bool(SETEXT.match(plain[index + 1].text))
            and not NOT_A_TITLE.match(line.text)
        )
        if alone and (underlined or (words.isupper() and 3 <= len(words) <= 60)):
            sections.append(Section(path=(words,), headings=1 + underlined))
        sections[-1].lines.append(line)
    return sections


def _with_bare_headings_moved_on(sections: Iterable[Section]) -> list[Section]:
    """A heading with nothing under it opens the section that follows (or closes the one before), so that no chunk is a
    bare heading.
    """
    kept: list[Section] = []
    waiting: list[TextLine] = []
    last_path: tuple[str, ...] = ()
    for section in sections:
        if section.only_heading:
            waiting += section.lines
            last_path = section.path or last_path
            continue
        kept.append(Section(section.path, waiting + section.lines))
        waiting = []
    if any(not line.blank for line in waiting):
        if kept:
            kept[-1].lines += waiting
        else:
            kept.append(Section(last_path, waiting))
    return kept


def _group_lines(lines: Sequence[TextLine]) -> Iterator[list[TextLine]]:
    """The lines in groups of about TARGET characters, cut between paragraphs where that is possible."""
    group: list[TextLine] = []
    size = 0
    for block in _split_blocks(lines):
        length = sum(len(line.text) + 1 for line in block)
        if size > SMALLEST and size + length > TARGET:
            yield group
            group, size = [], 0
        group, size = group + block, size + length
    if group:
        yield group


def _split_blocks(lines: Sequence[TextLine]) -> Iterator[list[TextLine]]:
    """Paragraphs and fenced blocks; those longer than TARGET come in pieces at line ends, very long lines at sentence
    ends.
    """
    block: list[TextLine] = []
    size = 0
    for line in (piece for whole in lines for piece in _cut_line(whole)):
        if line.blank and not line.fenced:
            if block:
                yield block
            block, size = [], 0
            continue
        if block and (size + len(line.text) > TARGET):
            yield block
            block, size = [], 0
        block, size = [*block, line], size + len(line.text) + 1
    if any(not line.blank for line in block):
        yield block


def _cut_line(line: TextLine) -> Iterator[TextLine]:
    """The line, or pieces of it when no chunk could hold it."""
    if len(line.text) <= LONGEST_LINE:
        yield line
        return
    piece = ""
    for part in (bit for sentence in SENTENCE_END.split(line.text) for bit in _hard_cut(sentence)):
        if piece and len(piece) + len(part) > TARGET:
            yield TextLine(line.number, piece, line.fenced)
            piece = ""
        piece = f"{piece} {part}" if piece else part
    yield TextLine(line.number, piece, line.fenced)


def _hard_cut(sentence: str) -> list[str]:
    """Words of a sentence in runs shorter than TARGET; a word longer than that is cut."""
    runs = [""]
    for word in re.findall(rf"\S{{1,{TARGET}}}", sentence):
        if runs[-1] and len(runs[-1]) + len(word) >= TARGET:
            runs.append(word)
        else:
            runs[-1] = f"{runs[-1]} {word}".strip()
    return [run for run in runs if run]


def _location_of(lines: Sequence[TextLine]) -> str:
    """`lines 12-30`, or `line 12`, without the blank ends."""
    numbers = [line.number for line in lines if not line.blank]
    first, last = (numbers[0], numbers[-1]) if numbers else (lines[0].number, lines[-1].number)
    return f"lines {first}-{last}" if last > first else f"line {first}"
